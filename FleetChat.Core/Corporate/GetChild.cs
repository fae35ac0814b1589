using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Corporate;

/// <summary>A child as its parent's people see it: neither its people nor its numbers.</summary>
public sealed record ChildView(
    TenantId TenantId,
    string CompanyName,
    [OneOf(typeof(TenantStatus), nameof(TenantStatus.All))] string Status,
    [OneOf(typeof(ResourceLimits), nameof(ResourceLimits.TierNames))] string ServiceTier,
    string DataRegion,
    string Country,
    string TimeZone,
    string DefaultLanguage,
    string Currency,
    DateTimeOffset CreatedAt);

/// <summary>One of the parent's children.</summary>
public sealed class GetChild(ChildDoor door)
{
    public Task<Result<ChildView>> HandleAsync(ChildLook look, CancellationToken ct)
        => door.LookAsync<ChildView>(look, async db => (await FindAsync(db, ct))!, ct);

    private const string Find = """
        select company_name, status, service_tier, data_region, country, time_zone, default_language, currency, created_at
        from fleet.tenants
        where tenant_id = $1
        """;

    private static Task<ChildView?> FindAsync(TenantTransaction db, CancellationToken ct)
        => db.FindAsync(Find, row => new ChildView(
            db.Tenant, row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7), row.Time(8)), ct);
}
