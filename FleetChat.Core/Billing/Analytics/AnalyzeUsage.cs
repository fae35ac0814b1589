using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Analytics;

/// <param name="From">Null: the first of the last day's month.</param>
/// <param name="Until">Null: today, in the company's time zone.</param>
/// <param name="By">One of <see cref="UsageBy.All"/>; null: by day.</param>
public sealed record AnalyzeUsageInput(TenantId Tenant, DateOnly? From, DateOnly? Until, string? By);

/// <summary>What a company used, by day, driver, event type or category.</summary>
public sealed class AnalyzeUsage(TenantDbs dbs, TenantSettingsCache settings, TimeProvider time)
{
    public async Task<Result<UsageAnalytics>> HandleAsync(AnalyzeUsageInput input, CancellationToken ct)
    {
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        var (now, by) = (time.GetUtcNow(), input.By ?? UsageBy.Day);
        var until = input.Until ?? BillingPeriod.Today(now, tenant.TimeZone);
        var from = input.From ?? BillingPeriod.Of(until);
        if (DayRange.TryMake(from, until, tenant.TimeZone) is not { } days) return AnalyticsErrors.RangeInvalid;
        var (total, rows) = await AnalyticsSql.ReadAsync(dbs.For(input.Tenant), days, by, now, ct);
        return new UsageAnalytics(from, until, by, total, rows);
    }

    /// <summary>The rows as CSV, without the total: a spreadsheet would count it twice.</summary>
    public async Task<Result<byte[]>> WriteCsvAsync(AnalyzeUsageInput input, CancellationToken ct)
    {
        var analyzed = await HandleAsync(input, ct);
        return analyzed.IsOk ? UsageCsv.Write(analyzed.Value.Data) : analyzed.Error;
    }
}
