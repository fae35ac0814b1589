namespace FleetChat.Core.Billing.Analytics;

/// <param name="Country">Of the recipient's phone; null: nobody knows it.</param>
/// <param name="Day">One on which the rate of their own days holds.</param>
/// <param name="IsBillable">As statuses said; null: they did not say.</param>
internal sealed record PricedMessages(string? Country, string Category, DateOnly Day, bool? IsBillable, long Count);

/// <summary>What messages cost at Meta. What has no rate is shown without an amount.</summary>
internal static class MetaCosts
{
    public static IReadOnlyList<MetaCostLine> Lines(MetaRateBook book, IEnumerable<PricedMessages> messages) =>
    [
        .. messages.Where(some => some.IsBillable == true)
            .Select(some => (some.Country, some.Category, Rate: book.Find(some.Country, some.Category, some.Day), some.Count))
            .GroupBy(some => (some.Country, some.Category, some.Rate), some => some.Count)
            .Select(same => LineOf(same.Key.Country, same.Key.Category, same.Key.Rate, same.Sum()))
            .OrderBy(line => line.Country, StringComparer.Ordinal).ThenBy(line => line.Category, StringComparer.Ordinal).ThenBy(line => line.RateValidFrom),
    ];

    /// <summary>Rounded once, half to even, on the sum of each currency.</summary>
    public static IReadOnlyList<MetaCost> Sums(IEnumerable<MetaCostLine> lines) =>
    [
        .. lines.Where(line => line.Currency is not null)
            .GroupBy(line => line.Currency!)
            .Select(same => new MetaCost(same.Key, (long)decimal.Round(same.Sum(line => line.Amount ?? 0), 0, MidpointRounding.ToEven)))
            .OrderBy(cost => cost.Currency, StringComparer.Ordinal),
    ];

    private static MetaCostLine LineOf(string? country, string category, MetaRateView? rate, long count)
        => new(country, category, count, rate?.Country, rate?.ValidFrom, rate?.Currency, rate?.Amount, rate?.Amount * count);
}
