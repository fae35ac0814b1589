using FleetChat.Core.Data;

namespace FleetChat.Core.Tenants.Registration;

/// <summary>A company as FleetChat's operators list it.</summary>
/// <param name="ParentTenantId">Null: it is nobody's child.</param>
public sealed record TenantSummary(TenantId TenantId, string CompanyName, string Status, string ServiceTier, string DataRegion, DateTimeOffset CreatedAt, string? ParentTenantId);

/// <summary>All companies, the newest first.</summary>
public sealed class ListTenants(SystemDb system, TenantDbs dbs, Pages pages)
{
    public async Task<Result<Page<TenantSummary>>> HandleAsync(PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenForPlatformAsync("tenants", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await system.ListAsync(List, row => (Tenant: TenantId.Parse(row.GetString(0)), Status: row.GetString(1), Region: row.GetString(2), At: row.Time(3), Place: row.GetGuid(4), Parent: row.TextOrNull(5)), ct,
            P.Time(window.Value.After.Time), P.Uuid(window.Value.After.Id), window.Value.Rows);
        var (listed, next) = window.Value.Page(rows, row => new(row.At, row.Place));
        var summaries = new List<TenantSummary>();
        foreach (var row in listed)
        {
            var (name, tier) = await dbs.For(row.Tenant).FindAsync(FindName, found => (found.GetString(0), found.GetString(1)), ct);
            summaries.Add(new(row.Tenant, name, row.Status, tier, row.Region, row.At, row.Parent));
        }
        return new Page<TenantSummary>(summaries, next);
    }

    private const string List = """
        select tenant_id, status, data_region, created_at, md5(tenant_id)::uuid, parent_tenant_id
        from directory.tenants
        where (created_at, md5(tenant_id)::uuid) < ($1, $2)
        order by created_at desc, md5(tenant_id)::uuid desc
        limit $3
        """;

    private const string FindName = """
        select company_name, service_tier
        from fleet.tenants
        where tenant_id = $1
        """;
}
