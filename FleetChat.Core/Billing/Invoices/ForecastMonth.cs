using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <param name="Left">Whether something of the month's service is still to come.</param>
internal sealed record CompanyForecast(RatedMonth Rated, ForecastBasis Basis, bool Left);

/// <summary>Reads what a company's pace is, and rates the month as it would end at that pace.</summary>
public sealed class ForecastMonth(TimeProvider time)
{
    private const decimal SecondsOfDay = 86_400m;

    // What is billed in a month and was used before it began; not drivers of a trial's days, who are in no sum of a month that has an agreement with one.
    private const string CountLate = """
        select count(*) filter (where kind = 'driver_active' and at >= coalesce($4, '-infinity')),
               count(*) filter (where kind in ('message_out', 'message_in'))
        from fleet.usage_facts
        where tenant_id = $1
          and billed_in = $2
          and kind in ('driver_active', 'message_out', 'message_in')
          and is_folded
          and at < $3
        """;

    private const string CountIdle = """
        select count(*)
        from fleet.drivers d
        where d.tenant_id = $1
          and d.status = 'active'
          and not exists (
              select
              from fleet.usage_facts f
              where f.tenant_id = $1
                and f.kind = 'driver_active'
                and f.source_id = d.id
                and f.part = $2::text)
        """;

    /// <summary>A company's own month, without those that it pays for.</summary>
    internal async Task<CompanyForecast> HandleAsync(TenantDb db, PricedMonth priced, CancellationToken ct)
    {
        var (month, zone, now) = (priced.Input, TimeZoneInfo.FindSystemTimeZoneById(priced.Company.TimeZone), time.GetUtcNow());
        var service = ServiceTime.Of(month.Service, zone, now);
        if (service.Left == 0) return Of(priced, new(ForecastPace.None, month.Usage), service);
        var trialLeft = month.Agreement?.TrialUntil is { } last ? ServiceTime.Of(month.Service, zone, now, last.AddDays(1)).Left : 0;
        var read = await ReadAsync(db, month, zone, ct);
        return Of(priced, ForecastUsage.Of(new(month.Usage, read.Late, read.Idle, service, trialLeft, read.Last)), service);
    }

    /// <summary>Of a child's month that is closed: there is nothing to be expected.</summary>
    internal static CompanyForecast OfClosed(ChildMonth child)
        => new(child.Rated, BasisOf(child.Child, child.Name, ForecastPace.None, new(0, 0), child.Rated), Left: false);

    /// <returns>Null: no part of the month is still to come.</returns>
    internal static InvoiceForecast? Together(PricedMonth own, CompanyForecast forecast, IReadOnlyList<(ChildMonth Child, CompanyForecast Forecast)> children)
    {
        if (!forecast.Left && !children.Any(child => child.Forecast.Left)) return null;
        var bill = ConsolidatedInvoice.Of(own with { Rated = forecast.Rated }, [.. children.Select(child => child.Child with { Rated = child.Forecast.Rated })]);
        if (!bill.IsOk) return null;
        var rated = bill.Value.Rated;
        return new(
            rated.ActiveDrivers, rated.MessageVolume, rated.BaseCost, rated.VolumeDiscount, rated.MessageCharge, rated.AdjustmentAmount, rated.TaxAmount, rated.TotalAmount,
            [forecast.Basis, .. children.Select(child => child.Forecast.Basis)]);
    }

    private static CompanyForecast Of(PricedMonth priced, UsageForecast expected, ServiceTime service)
    {
        var rated = RateUsage.Of(priced.Input with { Usage = expected.Usage });
        return new(rated, BasisOf(priced.Company.TenantId, priced.Company.CompanyName, expected.Pace, service, rated), service.Left > 0);
    }

    private static ForecastBasis BasisOf(TenantId company, string name, string pace, ServiceTime service, RatedMonth rated)
        => new(company, name, pace, DaysOf(service.Over), DaysOf(service.Left), rated.ActiveDrivers, rated.MessageVolume, rated.TotalAmount);

    private static decimal DaysOf(long seconds) => decimal.Round(seconds / SecondsOfDay, 2);

    /// <summary>In one round trip.</summary>
    private static async Task<PaceRead> ReadAsync(TenantDb db, RatingInput month, TimeZoneInfo zone, CancellationToken ct)
    {
        var period = month.Period;
        var (before, begin) = (period.AddMonths(-1), BillingPeriod.StartOf(period, zone));
        await using var batch = db.Batch();
        batch.Add(CountLate, P.Day(period), P.Time(begin), P.Time(month.Agreement?.FindTrialEnd(zone)));
        batch.Add(CountIdle, P.Day(period));
        batch.Add(RateMonth.CountUsage, P.Day(before));
        batch.Add(CountLate, P.Day(before), P.Time(BillingPeriod.StartOf(before, zone)), P.Time(null));
        ServiceTerms.AddTo(batch, before);
        await using var reader = await batch.ReadAsync(ct);
        var late = (await reader.ListAsync(ReadPast, ct))[0];
        var idle = (await reader.ListAsync(row => row.GetInt64(0), ct))[0];
        var (all, lateThen) = ((await reader.ListAsync(ReadPast, ct))[0], (await reader.ListAsync(ReadPast, ct))[0]);
        var seconds = ServiceTime.Of(await ServiceTerms.ReadAsync(reader, before, ct), zone, begin).Over;
        return new(late, idle, seconds > 0 ? new(all.ActiveDrivers - lateThen.ActiveDrivers, all.Messages - lateThen.Messages, seconds) : null);
    }

    private static PastUsage ReadPast(Npgsql.NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt64(1));

    private sealed record PaceRead(PastUsage Late, long Idle, LastMonth? Last);
}
