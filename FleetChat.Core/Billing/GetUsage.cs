using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing;

/// <param name="BillingPeriod">The month in the company's time zone, such as <c>2026-03</c>.</param>
/// <param name="EnrolledDrivers">Drivers who count against max_drivers, whether they were written to or not.</param>
/// <param name="WaitingDrivers">Drivers of Samsara's roster for whom there is no room.</param>
/// <param name="LimitsUntil">The last day of limits that FleetChat has agreed to beside the tier's; null: there are none.</param>
public sealed record UsageView(
    TenantId TenantId,
    string BillingPeriod,
    [OneOf(typeof(ResourceLimits), nameof(ResourceLimits.TierNames))] string ServiceTier,
    CurrentMetrics CurrentMetrics,
    ResourceLimits ResourceLimits,
    int EnrolledDrivers,
    int WaitingDrivers,
    DateOnly? LimitsUntil);

/// <param name="ActiveDrivers">With at least one business message in the period: what is billed.</param>
/// <param name="MonthlyMessages">Accepted out and in, without consent, STOP, HELP and resends.</param>
/// <param name="WebhookRequests">New events that Samsara's and WhatsApp's webhooks brought in the period.</param>
/// <param name="StorageUsageMb">Of media that are kept now; of a million bytes each.</param>
public sealed record CurrentMetrics(long ActiveDrivers, long MonthlyMessages, long WebhookRequests, decimal StorageUsageMb);

/// <summary>What a company uses this month, and how much it may.</summary>
public sealed class GetUsage(TenantDbs dbs, TenantSettingsCache settings, TimeProvider time)
{
    public async Task<Result<UsageView>> HandleAsync(TenantId id, CancellationToken ct)
    {
        if (await settings.FindAsync(id, ct) is not { } tenant) return GetTenant.NotFound;
        var today = BillingPeriod.Today(time.GetUtcNow(), tenant.TimeZone);
        var (usage, allowance) = await UsageSql.ReadAsync(dbs.For(id), today, ct);
        return new UsageView(id, today.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture), allowance.Tier,
            new(usage.ActiveDrivers, usage.MonthlyMessages, usage.WebhookRequests, usage.StorageBytes / (decimal)ResourceLimits.BytesInMb),
            allowance.Limits, allowance.Enrolled, allowance.Waiting, allowance.Override?.Until >= today ? allowance.Override.Until : null);
    }
}
