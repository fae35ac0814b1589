using FleetChat.Core.Data;

namespace FleetChat.Core.Tenants;

/// <summary>For what is counted before it grows: two at once would both count the last but one.</summary>
internal static class TenantLock
{
    /// <summary>For a batch; one row, of status and name. Nothing refers to the columns that it locks.</summary>
    public const string Lock = """
        select status, company_name
        from fleet.tenants
        where tenant_id = $1
        for no key update
        """;

    /// <returns>Null if there is no such tenant.</returns>
    public static Task<LockedTenant?> TakeAsync(TenantTransaction db, CancellationToken ct)
        => db.FindAsync(Lock, row => new LockedTenant(row.GetString(0), row.GetString(1)), ct);
}

internal sealed record LockedTenant(string Status, string CompanyName);
