using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Corporate;

/// <summary>A child as its parent knows it anyway: that is why listing it is no look at it.</summary>
public sealed record ChildSummary(TenantId TenantId, string CompanyName, string Status);

/// <summary>The parent's children, the newest first. The directory names them; what is shown of each is read as that tenant.</summary>
public sealed class ListChildren(SystemDb system, TenantDbs dbs, Pages pages)
{
    public async Task<Result<Page<ChildSummary>>> HandleAsync(TenantId parent, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(parent, "children", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var (places, next) = window.Value.Page(await ListAsync(parent, window.Value, ct), place => place.Position);
        var children = new List<ChildSummary>();
        foreach (var place in places)
        {
            // Who has left meanwhile is passed over.
            if (await FindAsync(dbs.For(place.Child), parent, ct) is { } child) children.Add(child);
        }
        return new Page<ChildSummary>(children, next);
    }

    private const string List = """
        select tenant_id, created_at, md5(tenant_id)::uuid
        from directory.tenants
        where parent_tenant_id = $1
          and (created_at, md5(tenant_id)::uuid) < ($2, $3)
        order by created_at desc, md5(tenant_id)::uuid desc
        limit $4
        """;

    private Task<List<Place>> ListAsync(TenantId parent, PageWindow window, CancellationToken ct)
        => system.ListAsync(List, row => new Place(TenantId.Parse(row.GetString(0)), new(row.Time(1), row.GetGuid(2))), ct,
            P.Text(parent.Value), P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);

    private const string Find = """
        select t.company_name, t.status
        from fleet.tenants t
        join directory.tenants d on d.tenant_id = t.tenant_id
        where t.tenant_id = $1
          and d.parent_tenant_id = $2
        """;

    private static Task<ChildSummary?> FindAsync(TenantDb db, TenantId parent, CancellationToken ct)
        => db.FindAsync(Find, row => new ChildSummary(db.Tenant, row.GetString(0), row.GetString(1)), ct, P.Text(parent.Value));

    private sealed record Place(TenantId Child, Position Position);
}
