namespace FleetChat.Core.Billing.Rating;

/// <summary>A span of service without the days of the trial.</summary>
/// <param name="Until">Exclusive.</param>
internal sealed record ChargedSpan(DateOnly From, DateOnly Until, string Tier, TierPrice Price)
{
    public int Days => Until.DayNumber - From.DayNumber;

    /// <summary>Only those with a day that is charged.</summary>
    public static IReadOnlyList<ChargedSpan> ListOf(RatingInput input) =>
    [
        .. input.Service
            .Select(span => new ChargedSpan(FirstCharged(span, input.Agreement?.TrialUntil), span.Until, span.Tier, input.PriceOf(span.Tier)))
            .Where(span => span.Days > 0),
    ];

    private static DateOnly FirstCharged(ServiceSpan span, DateOnly? trialUntil)
    {
        if (trialUntil is not { } last || last < span.From) return span.From;
        return last < span.Until ? last.AddDays(1) : span.Until;
    }
}
