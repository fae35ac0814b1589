using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing;

/// <param name="Actor">Who allows it, for the audit trail.</param>
public sealed record OverrideLimitsInput(TenantId Tenant, LimitOverride Limits, string Actor);

/// <summary>The operator allows a company other limits than its tier's until a day. A later word replaces an earlier one; with nothing but nulls the tier's are back.</summary>
public sealed class OverrideLimits(TenantDbs dbs, TenantSettingsCache settings, GetUsage get, TimeProvider time)
{
    public async Task<Result<UsageView>> HandleAsync(OverrideLimitsInput input, CancellationToken ct)
    {
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        var (limits, now) = (input.Limits, time.GetUtcNow());
        if (limits is { MaxDrivers: <= 0 } or { MaxMonthlyMessages: <= 0 } or { StorageLimitMb: <= 0 }) return UsageErrors.LimitOutOfRange;
        if (limits.Until < BillingPeriod.Today(now, tenant.TimeZone)) return UsageErrors.UntilIsPast;
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            var before = await db.FindAsync(Lock, row => UsageSql.ReadOverride(row, 0), ct);
            await db.WriteAsync(Save, ct, P.Number(limits.MaxDrivers), P.Big(limits.MaxMonthlyMessages), P.Big(limits.StorageLimitMb), P.Day(limits.Until), P.Text(input.Actor), P.Time(now));
            db.Audit(time, input.Actor, "limits.overridden", input.Tenant.Value, change: new(before, limits));
            await db.CommitAsync(ct);
        }
        return await get.HandleAsync(input.Tenant, ct);
    }

    private const string Lock = """
        select max_drivers, max_monthly_messages, storage_limit_mb, until
        from fleet.limit_overrides
        where tenant_id = $1
        for no key update
        """;

    internal const string Save = """
        insert into fleet.limit_overrides (tenant_id, max_drivers, max_monthly_messages, storage_limit_mb, until, set_by, set_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant_id) do update
        set max_drivers = excluded.max_drivers, max_monthly_messages = excluded.max_monthly_messages, storage_limit_mb = excluded.storage_limit_mb,
            until = excluded.until, set_by = excluded.set_by, set_at = excluded.set_at
        """;
}
