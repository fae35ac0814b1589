namespace FleetChat.Core.Tenants;

/// <summary>A company's status stands twice: with the company, and in the directory, for those who look at all companies.</summary>
internal static class TenantStatus
{
    /// <summary>What a company can be, in the order of its life. Kept, and part of the API.</summary>
    public static readonly IReadOnlyList<string> All = ["onboarding", "active", "suspended", "terminating", "terminated"];

    /// <summary>For the transaction that changes the company's own row. Parameter: the status.</summary>
    public const string SaveInDirectory = """
        update directory.tenants
        set status = $2
        where tenant_id = $1
        """;
}
