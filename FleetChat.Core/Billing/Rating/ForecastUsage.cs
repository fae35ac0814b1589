using FleetChat.Core.Billing.Invoices;

namespace FleetChat.Core.Billing.Rating;

/// <summary>From what it is reckoned how much will have been used at a month's end.</summary>
/// <param name="SoFar">What is counted by now.</param>
/// <param name="Late">Of <paramref name="SoFar"/> what was used before the month began: it says nothing about the month's pace.</param>
/// <param name="IdleDrivers">Enrolled, and without a business message in this month so far.</param>
/// <param name="Time">Of the month's service.</param>
/// <param name="TrialLeft">Seconds of the time left that are of the trial.</param>
/// <param name="Last">The month before; null: not in service.</param>
internal sealed record ForecastInput(MonthUsage SoFar, PastUsage Late, long IdleDrivers, ServiceTime Time, long TrialLeft, LastMonth? Last);

internal sealed record PastUsage(long ActiveDrivers, long Messages);

/// <param name="Seconds">In service.</param>
internal sealed record LastMonth(long ActiveDrivers, long Messages, long Seconds);

/// <param name="Pace">One of <see cref="ForecastPace"/>.</param>
internal sealed record UsageForecast(string Pace, MonthUsage Usage);

/// <summary>
/// Usage goes on as it did: messages at the pace of this month, by the time in service; in its first three days, of which nothing can be told, at that of the last one.
/// Drivers are counted once however much they write, so they become more only by those who are enrolled and were not active yet. Nothing is ever
/// forecast to be less than it is. What it costs is for <see cref="RateUsage"/> to say, as of any usage.
/// </summary>
internal static class ForecastUsage
{
    /// <summary>So long a month's own pace is an accident of its first days, and so is that of a last month of which there was less.</summary>
    public const long SteadySeconds = 3 * SecondsOfDay;

    /// <summary>A company that has just come in has no last month: after one day its own is better than nothing.</summary>
    public const long FirstSeconds = SecondsOfDay;

    private const long SecondsOfDay = 86_400;

    public static UsageForecast Of(ForecastInput input)
    {
        var (soFar, time) = (input.SoFar, input.Time);
        if (FindPace(input) is not { } pace) return new(ForecastPace.None, soFar);
        var added = Math.Min(pace.Of(pace.Messages, time.Left), RatingRange.Messages - soFar.Messages);
        var drivers = Math.Min(input.Late.ActiveDrivers + pace.Of(pace.Drivers, time.Whole), soFar.ActiveDrivers + input.IdleDrivers);
        return new(pace.Name, new(
            Math.Clamp(drivers, soFar.ActiveDrivers, RatingRange.Drivers),
            soFar.Messages + added,
            soFar.TrialMessages + Math.Min(pace.Of(pace.Messages, input.TrialLeft), added)));
    }

    private static Pace? FindPace(ForecastInput input) => input switch
    {
        { Time.Left: 0 } => null,
        { Time.Over: >= SteadySeconds } => OwnPace(input),
        { Last: { Seconds: >= SteadySeconds } last } => new(ForecastPace.LastMonth, last.ActiveDrivers, last.Messages, last.Seconds),
        { Time.Over: >= FirstSeconds } => OwnPace(input),
        _ => null,
    };

    private static Pace OwnPace(ForecastInput input)
        => new(ForecastPace.ThisMonth, input.SoFar.ActiveDrivers - input.Late.ActiveDrivers, input.SoFar.Messages - input.Late.Messages, input.Time.Over);

    /// <summary>So much in so many seconds.</summary>
    private sealed record Pace(string Name, long Drivers, long Messages, long Seconds)
    {
        public long Of(long amount, long seconds) => (Exact.Of(amount) * seconds / Seconds).RoundHalfEven();
    }
}
