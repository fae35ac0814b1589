namespace FleetChat.Core.Tenants;

/// <summary>A company's status stands twice: with the company, and in the directory, for those who look at all companies.</summary>
internal static class TenantStatus
{
    /// <summary>For the transaction that changes the company's own row. Parameter: the status.</summary>
    public const string SaveInDirectory = """
        update directory.tenants
        set status = $2
        where tenant_id = $1
        """;
}
