using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Billing;

/// <summary>Moves the counters, alerts companies that come near their limits, and enrols the roster's drivers who wait once there is room.</summary>
public sealed partial class KeepUsage(SystemDb system, TenantDbs dbs, TenantSettingsCache settings, TimeProvider time, ILogger<KeepUsage> logger)
{
    private const int NearPercent = 80;

    public async Task HandleAsync(CancellationToken ct)
        => await EachTenant.KeepAsync(await ListTenantsAsync(system, ct), settings, KeepAsync, (exception, tenant) => Log.Failed(logger, exception, tenant), ct);

    private async Task KeepAsync(TenantSettings tenant, CancellationToken ct)
    {
        await UsageSql.FoldAsync(dbs.For(tenant.Tenant), ct);
        var today = BillingPeriod.Today(time.GetUtcNow(), tenant.TimeZone);
        await using var db = await dbs.BeginAsync(tenant.Tenant, ct);
        // Two that judge at once would alert twice.
        var allowance = await UsageSql.LockAllowanceAsync(db, today, ct);
        if (allowance.Waiting > 0 && allowance.Limits.MaxDrivers > allowance.Enrolled) await AdmitAsync(db, allowance.Limits.MaxDrivers - allowance.Enrolled, ct);
        (var usage, allowance) = await UsageSql.ReadAsync(db, today, ct);
        await JudgeAsync(db, usage, allowance, ct);
        await db.CommitAsync(ct);
    }

    private const string Admit = """
        with next as (
            select id
            from fleet.drivers
            where tenant_id = $1
              and status = 'over_limit'
            order by id
            limit $2
            for no key update skip locked
        )
        update fleet.drivers d
        set status = 'active', updated_at = $3
        from next
        where d.tenant_id = $1
          and d.id = next.id
        returning d.id
        """;

    /// <summary>The oldest first.</summary>
    private async Task AdmitAsync(TenantTransaction db, int room, CancellationToken ct)
    {
        foreach (var driver in await db.ListAsync(Admit, row => row.GetGuid(0), ct, P.Number(room), P.Time(time.GetUtcNow())))
        {
            await Alerts.CloseAsync(db, time, AlertCodes.DriverOverLimit, driver.ToString(), ct);
            Log.Admitted(logger, db.Tenant, driver);
        }
    }

    private const string ListOpen = $"""
        select code, subject
        from fleet.alerts
        where tenant_id = $1
          and code in ('{AlertCodes.UsageNearLimit}', '{AlertCodes.UsageLimitReached}')
          and closed_at is null
        """;

    private async Task JudgeAsync(TenantTransaction db, Usage usage, Allowance allowance, CancellationToken ct)
    {
        var open = (await db.ListAsync(ListOpen, row => (row.GetString(0), row.GetString(1)), ct)).ToHashSet();
        foreach (var (name, used, most) in Levels(usage, allowance))
        {
            await SetAsync(AlertCodes.UsageNearLimit, Alerts.Warning, name, used * 100m >= most * (decimal)NearPercent);
            await SetAsync(AlertCodes.UsageLimitReached, Alerts.Critical, name, used >= most);
        }

        async Task SetAsync(string code, string severity, string limit, bool isOver)
        {
            if (isOver == open.Contains((code, limit))) return;
            if (isOver) await Alerts.RaiseAsync(db, time, code, severity, limit, ct);
            else await Alerts.CloseAsync(db, time, code, limit, ct);
        }
    }

    private static IEnumerable<(string Limit, long Used, long Most)> Levels(Usage usage, Allowance allowance) =>
    [
        ("max_drivers", allowance.Enrolled + allowance.Waiting, allowance.Limits.MaxDrivers),
        ("max_monthly_messages", usage.MonthlyMessages, allowance.Limits.MaxMonthlyMessages),
        ("storage_limit_mb", usage.StorageBytes, allowance.Limits.StorageLimitMb * ResourceLimits.BytesInMb),
    ];

    private const string ListTenants = """
        select tenant_id
        from directory.tenants
        where status in ('onboarding', 'active', 'suspended')
        order by tenant_id
        """;

    private static Task<List<TenantId>> ListTenantsAsync(SystemDb db, CancellationToken ct) => db.ListAsync(ListTenants, row => TenantId.Parse(row.GetString(0)), ct);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Driver {DriverId} of {TenantId} is enrolled: there is room again")]
        public static partial void Admitted(ILogger logger, TenantId tenantId, Guid driverId);

        [LoggerMessage(Level = LogLevel.Error, Message = "The usage of {TenantId} could not be kept")]
        public static partial void Failed(ILogger logger, Exception exception, TenantId tenantId);
    }
}
