using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>A company's month with its price, and all that it was made of.</summary>
/// <param name="Company">As it is now.</param>
internal sealed record PricedMonth(TenantView Company, BillingAccount Account, RatingInput Input, RatedMonth Rated);

/// <summary>Reads what a company's month consists of, and rates it. Facts that are not counted yet are not in it: count them first.</summary>
public sealed class RateMonth(RateCards cards, BillingAccounts accounts, GetTenant get)
{
    /// <param name="mayBeIdle">It pays for others: there is a bill though it was not in service itself, and of its own use nothing is on it.</param>
    /// <returns>An error that people can mend: a price that is missing, adjustments that go below zero.</returns>
    internal async Task<Result<PricedMonth>> HandleAsync(TenantDb db, DateOnly period, bool mayBeIdle, CancellationToken ct)
    {
        if (await get.FindAsync(db, ct) is not { } company) return GetTenant.NotFound;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(company.TimeZone, out var zone)) return BillingErrors.ZoneUnknown;
        var month = await ReadAsync(db, period, ct);
        if (month.Service.Count == 0 && !mayBeIdle) return BillingErrors.NothingToBill;
        if (await cards.FindAsync(company.Currency, period, ct) is not { } card) return BillingErrors.RateCardMissing;
        if (month.Service.Any(span => !card.Tiers.ContainsKey(span.Tier))) return BillingErrors.TierMissing;
        var usage = month.Service.Count == 0 ? new(0, 0, 0) : await WithoutTrialAsync(db, month.Usage, period, month.Agreement, zone, ct);
        var input = new RatingInput(period, month.Service, usage, card, month.Agreement, month.Account.Tax, month.Adjustments);
        if (input.FindFault() is { } fault) return BillingErrors.NotRatable(fault);
        var rated = RateUsage.Of(input);
        return rated.IsBelowZero ? BillingErrors.BelowZero : new PricedMonth(company, month.Account, input, rated);
    }

    /// <summary>In one round trip.</summary>
    private async Task<ReadMonth> ReadAsync(TenantDb db, DateOnly period, CancellationToken ct)
    {
        await using var batch = db.Batch();
        ServiceTerms.AddTo(batch, period);
        Agreements.AddTo(batch, period);
        BillingAccounts.AddTo(batch);
        Adjustments.AddTo(batch, period);
        batch.Add(CountUsage, P.Day(period));
        await using var reader = await batch.ReadAsync(ct);
        return new(
            await ServiceTerms.ReadAsync(reader, period, ct), await Agreements.ReadAsync(reader, ct), await accounts.ReadAsync(reader, ct), await Adjustments.ReadAsync(reader, ct),
            (await reader.ListAsync(row => new MonthUsage(row.GetInt64(0), row.GetInt64(1), 0), ct))[0]);
    }

    private sealed record ReadMonth(IReadOnlyList<ServiceSpan> Service, Agreement? Agreement, BillingAccount Account, IReadOnlyList<Adjustment> Adjustments, MonthUsage Usage);

    /// <summary>Active drivers and messages of a month, as they are counted. Parameter: the month.</summary>
    internal const string CountUsage = """
        select coalesce(sum(amount) filter (where kind = 'driver_active'), 0)::bigint,
               coalesce(sum(amount) filter (where kind in ('message_out', 'message_in')), 0)::bigint
        from fleet.usage_counters
        where tenant_id = $1
          and period = $2
        """;

    private const string CountTrial = """
        select count(*) filter (where kind in ('message_out', 'message_in')),
               count(*) filter (where kind = 'driver_active' and period < billed_in)
        from fleet.usage_facts
        where tenant_id = $1
          and billed_in = $2
          and kind in ('driver_active', 'message_out', 'message_in')
          and is_folded
          and at < $3
        """;

    // Of a trial that is over something may come late. A driver of its days is then of none that is charged; one of this month is charged for the days after the trial, as all are.
    private static async Task<MonthUsage> WithoutTrialAsync(TenantDb db, MonthUsage usage, DateOnly period, Agreement? agreement, TimeZoneInfo zone, CancellationToken ct)
    {
        if (agreement?.FindTrialEnd(zone) is not { } end) return usage;
        var (messages, lateDrivers) = await db.FindAsync(CountTrial, row => (row.GetInt64(0), row.GetInt64(1)), ct, P.Day(period), P.Time(end));
        return usage with { ActiveDrivers = Math.Max(0, usage.ActiveDrivers - lateDrivers), TrialMessages = messages };
    }
}
