using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Corporate;

/// <summary>A corporate account has one currency: its bill is a sum. What slips through at the same moment stops the month with an alert.</summary>
public sealed class FamilyCurrency(SystemDb system, TenantDbs dbs)
{
    private const string Find = """
        select currency
        from fleet.tenants
        where tenant_id = $1
        """;

    internal static Task<string?> FindAsync(TenantDb db, CancellationToken ct) => db.FindAsync(Find, row => row.GetString(0), ct);

    private const string FindParent = """
        select parent_tenant_id
        from directory.tenants
        where tenant_id = $1
        """;

    private const string ListChildren = """
        select tenant_id
        from directory.tenants
        where parent_tenant_id = $1
        order by tenant_id
        """;

    /// <returns>Whether the company's parent, or one of its children, has another currency.</returns>
    internal async Task<bool> DiffersAsync(TenantId tenant, string currency, CancellationToken ct)
    {
        var relatives = await system.ListAsync(ListChildren, row => row.GetString(0), ct, P.Text(tenant.Value));
        if (await dbs.For(tenant).FindAsync(FindParent, row => row.TextOrNull(0), ct) is { } parent) relatives.Add(parent);
        foreach (var relative in relatives)
        {
            if (await FindAsync(dbs.For(TenantId.Parse(relative)), ct) != currency) return true;
        }
        return false;
    }
}
