using CsCheck;
using FleetChat.Core.Billing.Rating;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>Any month that can be rated: mostly such as happen, with many halves and bracket edges among them, and some at the ends of what is allowed.</summary>
internal static class RandomMonths
{
    private static readonly string[] Tiers = ["starter", "professional", "enterprise"];

    private static readonly Gen<decimal> s_prices = Gen.OneOf(
        Gen.Const(0m),
        Gen.Int[0, 5_000].Select(i => (decimal)i),
        Gen.Int[0, 400].Select(i => i / 2m),
        Gen.Int[0, 5_000].Select(i => i / 8m),
        Gen.Int[0, 9_000_000].Select(i => i / 1_000_000m),
        Gen.Long[0, 1_000_000_000_000].Select(i => i / 1_000_000m),
        Gen.Long[0, 1_000_000_000_000_000].Select(i => i / 1_000_000m));

    private static readonly Gen<decimal> s_messagePrices = s_prices.Select(price => Math.Min(price, 1_000_000m));

    private static readonly Gen<decimal> s_percents = Gen.OneOf(
        Gen.OneOf(0m, 5m, 7m, 8.25m, 8.875m, 10m, 12.5m, 19m, 21.5m, 50m, 100m),
        Gen.Int[0, 200].Select(i => i / 2m),
        Gen.Int[0, 1_000_000].Select(i => i / 10_000m));

    private static readonly Gen<IReadOnlyList<VolumeBracket>> s_brackets =
        Gen.Select(Gen.OneOf(Gen.Long[0, 60], Gen.Long[0, 2_000], Gen.Long[0, 10_000_000]), s_percents).Array[0, 4]
            .Select(all => (IReadOnlyList<VolumeBracket>)[.. all.DistinctBy(b => b.Item1).OrderBy(b => b.Item1).Select(b => new VolumeBracket(b.Item1, b.Item2))]);

    private static readonly Gen<long> s_messages = Gen.OneOf(Gen.Long[0, 50], Gen.Long[0, 5_000], Gen.Long[0, 200_000], Gen.Long[0, 100_000_000_000]);

    private static readonly Gen<TierPrice> s_tierPrices =
        Gen.Select(s_prices, s_messages, s_messagePrices, s_brackets).Select(t => new TierPrice(t.Item1, t.Item2, t.Item3, t.Item4));

    private static readonly Gen<RateCard> s_cards = Gen.Select(Gen.OneOf("JPY", "USD", "EUR", "KWD"), s_tierPrices.Array[3]).Select((currency, prices) =>
        new RateCard(currency, 1, new(2000, 1, 1), Tiers.Zip(prices).ToDictionary(t => t.First, t => t.Second)));

    private static readonly Gen<MonthUsage> s_usages =
        Gen.Select(Gen.OneOf(Gen.Long[0, 62], Gen.Long[0, 2_100], Gen.Long[0, 10_000_000]), s_messages, Gen.OneOf(Gen.Const(0), Gen.Int[0, 100]))
            .Select((drivers, messages, trialPercent) => new MonthUsage(drivers, messages, messages * trialPercent / 100));

    private static readonly Gen<DateOnly> s_periods = Gen.Select(Gen.Int[2024, 2032], Gen.Int[1, 12]).Select((year, month) => new DateOnly(year, month, 1));

    // From a first day on so many days in a tier and so many without service, again and again.
    private static readonly Gen<(int First, (int Days, int Pause, string Tier)[] Stays)> s_services = Gen.OneOf(
        Gen.OneOf(Tiers).Select(tier => (0, new[] { (31, 0, tier) })),
        Gen.Select(Gen.OneOf(Gen.Const(0), Gen.Int[0, 30]), Gen.Select(Gen.Int[1, 31], Gen.OneOf(Gen.Const(0), Gen.Int[1, 9]), Gen.OneOf(Tiers)).Array[0, 4]));

    private static readonly Gen<Func<DateOnly, Agreement?>> s_agreements =
        Gen.Select(Maybe(s_prices), Maybe(s_brackets), Maybe(s_messages), Maybe(s_messagePrices), Maybe(s_messages), Maybe(Gen.Int[-3, 40]), Gen.Int[0, 2])
            .Select((price, brackets, included, messagePrice, minimum, trialDays, chance) => (Func<DateOnly, Agreement?>)(period => chance == 0 ? null : new(1, new(2000, 1, 1), null)
            {
                PricePerDriver = price.Length > 0 ? price[0] : null,
                Brackets = brackets.Length > 0 ? brackets[0] : null,
                IncludedMessages = included.Length > 0 ? included[0] : null,
                PricePerMessage = messagePrice.Length > 0 ? messagePrice[0] : null,
                Minimum = minimum.Length > 0 ? minimum[0] : null,
                TrialUntil = trialDays.Length > 0 ? period.AddDays(trialDays[0]) : null,
            }));

    private static readonly Gen<TaxTerms> s_taxes = Gen.Select(s_percents, Gen.Int[0, 5]).Select((percent, chance) =>
        chance == 0 ? new TaxTerms(percent, true, "Reverse charge") : new TaxTerms(percent, false, chance == 1 ? "Sales tax" : null));

    private static readonly Gen<Adjustment[]> s_adjustments = Gen.OneOf(Gen.Const(Array.Empty<long>()), Gen.Long[-100_000, 100_000].Array[1, 3])
        .Select(amounts => amounts.Select((amount, i) => new Adjustment(new Guid(i + 1, 0, 0, new byte[8]), "Adjusted", amount)).ToArray());

    public static readonly Gen<RatingInput> All = Gen.Select(s_periods, s_services, s_usages, s_cards, s_agreements, s_taxes, s_adjustments, Gen.Int[-8, 1])
        .Select((period, service, usage, card, agreement, tax, adjustments, beside) =>
            AtEdge(new(period, [.. SpansOf(period, service.First, service.Stays)], usage, card, agreement(period), tax, adjustments), beside));

    // Now and then with exactly as many drivers as a bracket begins with, or one more.
    private static RatingInput AtEdge(RatingInput month, int beside)
    {
        var brackets = month.Service.SelectMany(span => month.PriceOf(span.Tier).Brackets).ToList();
        if (beside < 0 || brackets.Count == 0) return month;
        return month with { Usage = month.Usage with { ActiveDrivers = Math.Min(RatingRange.Drivers, brackets[^1].Above + beside) } };
    }

    private static IEnumerable<ServiceSpan> SpansOf(DateOnly period, int first, (int Days, int Pause, string Tier)[] stays)
    {
        var (free, end) = (period.AddDays(first), period.AddMonths(1));
        foreach (var (days, pause, tier) in stays)
        {
            if (free >= end) yield break;
            var until = free.AddDays(days) < end ? free.AddDays(days) : end;
            yield return new(free, until, tier);
            free = until.AddDays(pause);
        }
    }

    // One or none.
    private static Gen<T[]> Maybe<T>(Gen<T> gen) => gen.Array[0, 1];
}
