using FleetChat.Core.Data;

namespace FleetChat.Core.Tenants;

internal static class AllTenants
{
    private const string List = """
        select tenant_id
        from directory.tenants
        order by tenant_id
        """;

    /// <summary>By id, those that are closed too.</summary>
    public static Task<List<TenantId>> ListAsync(SystemDb db, CancellationToken ct) => db.ListAsync(List, row => TenantId.Parse(row.GetString(0)), ct);
}
