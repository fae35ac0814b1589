using FleetChat.Core.Data;

namespace FleetChat.Core.Security.Access;

/// <summary>What a company lets FleetChat's support see, and until when.</summary>
internal static class SupportGrants
{
    private const string Find = """
        select g.id, t.status
        from fleet.support_grants g
        join fleet.tenants t on t.tenant_id = g.tenant_id
        where g.tenant_id = $1
          and g.revoked_at is null
          and g.created_at <= $2
          and g.expires_at > $2
        order by g.expires_at desc
        limit 1
        """;

    public static Task<SupportGrant?> FindAsync(TenantDb db, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync(Find, row => new SupportGrant(row.GetGuid(0), row.GetString(1)), ct, P.Time(now));

    private const string FindTenantStatus = """
        select status
        from fleet.tenants
        where tenant_id = $1
        """;

    public static Task<string?> FindTenantStatusAsync(TenantDb db, CancellationToken ct) => db.FindAsync(FindTenantStatus, row => row.GetString(0), ct);
}

internal sealed record SupportGrant(Guid Id, string TenantStatus);
