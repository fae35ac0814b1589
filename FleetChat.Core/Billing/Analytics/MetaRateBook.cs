namespace FleetChat.Core.Billing.Analytics;

/// <summary>Which of Meta's rates holds for a message.</summary>
internal sealed class MetaRateBook(IReadOnlyCollection<MetaRateView> rates)
{
    public const string AnyCountry = "*";

    // The newest first; of two with one first day the later word.
    private readonly ILookup<(string Country, string Category), MetaRateView> _rates
        = rates.OrderByDescending(rate => rate.ValidFrom).ThenByDescending(rate => rate.Version).ToLookup(rate => (rate.Country, rate.Category));

    /// <param name="country">Null: nobody knows it, and so no rate; that for every country may be the wrong one.</param>
    /// <param name="day">In the company's time zone.</param>
    /// <returns>Null: none has begun.</returns>
    public MetaRateView? Find(string? country, string category, DateOnly day)
        => country is null ? null : FindBegun(country, category, day) ?? FindBegun(AnyCountry, category, day);

    /// <summary>The first day, and each later one on which a rate begins: between them every message of a kind costs the same.</summary>
    /// <param name="end">Exclusive.</param>
    public IReadOnlyList<DateOnly> Spans(DateOnly first, DateOnly end)
        => [first, .. _rates.SelectMany(same => same).Select(rate => rate.ValidFrom).Where(day => day > first && day < end).Distinct().Order()];

    private MetaRateView? FindBegun(string country, string category, DateOnly day) => _rates[(country, category)].FirstOrDefault(rate => rate.ValidFrom <= day);
}
