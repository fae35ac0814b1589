namespace FleetChat.Core.Billing.Analytics;

/// <summary>Days of a company, both ends inclusive, and the moments at which they begin.</summary>
internal sealed class DayRange
{
    public const int Most = 400;

    // Far from where a zone's offset would lead out of the calendar.
    private static readonly DateOnly s_first = new(2000, 1, 1);
    private static readonly DateOnly s_last = new(2100, 12, 31);

    private readonly DateOnly _from;

    private DayRange(DateOnly from, DateOnly until, TimeZoneInfo zone)
    {
        _from = from;
        Starts = [.. Enumerable.Range(0, until.DayNumber - from.DayNumber + 2).Select(n => BillingPeriod.StartOf(from.AddDays(n), zone))];
    }

    /// <summary>Of each day, and of the day after the last.</summary>
    public IReadOnlyList<DateTimeOffset> Starts { get; }

    public DateTimeOffset Begin => Starts[0];

    /// <summary>Exclusive.</summary>
    public DateTimeOffset End => Starts[^1];

    /// <returns>Null: they can't be meant, or are too many.</returns>
    public static DayRange? TryMake(DateOnly from, DateOnly until, TimeZoneInfo zone)
        => from < s_first || until > s_last || until < from || until.DayNumber - from.DayNumber >= Most ? null : new(from, until, zone);

    /// <param name="number">From 1, as PostgreSQL's <c>width_bucket</c> counts in <see cref="Starts"/>.</param>
    public DateOnly DayOf(int number) => _from.AddDays(number - 1);
}
