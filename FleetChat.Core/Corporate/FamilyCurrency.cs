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

    /// <returns>Whether the company's parent, or one of its children, has another currency.</returns>
    internal async Task<bool> DiffersAsync(TenantId tenant, string currency, CancellationToken ct)
    {
        var relatives = await CorporateLinks.ListChildrenAsync(system, tenant, ct);
        if (await CorporateLinks.FindParentAsync(dbs.For(tenant), ct) is { } parent) relatives.Add(parent);
        foreach (var relative in relatives)
        {
            if (await FindAsync(dbs.For(relative), ct) != currency) return true;
        }
        return false;
    }
}
