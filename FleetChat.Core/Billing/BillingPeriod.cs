using System.Globalization;

namespace FleetChat.Core.Billing;

/// <summary>A month in a company's own time zone.</summary>
public static class BillingPeriod
{
    private const string Format = "yyyy-MM";

    /// <summary>No zone is further from UTC.</summary>
    private static readonly TimeSpan s_furthest = TimeSpan.FromHours(16);

    /// <returns>Its first day.</returns>
    public static DateOnly Of(DateTimeOffset at, TimeZoneInfo zone) => Of(Today(at, zone));

    public static DateOnly Of(DateOnly day) => new(day.Year, day.Month, 1);

    public static DateOnly Today(DateTimeOffset at, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>As people and the API write it, such as <c>2026-03</c>.</summary>
    public static string Write(DateOnly period) => period.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>Of years with which one can reckon.</summary>
    public static bool TryParse(string? text, out DateOnly period)
        => DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out period) && IsSensible(period);

    public static bool IsSensible(DateOnly day) => day.Year is >= 2000 and < 9000;

    /// <exception cref="FormatException">It is no month.</exception>
    public static DateOnly Parse(string text) => DateOnly.ParseExact(text, Format, CultureInfo.InvariantCulture);

    /// <summary>The moment at which the next month begins.</summary>
    public static DateTimeOffset EndOf(DateOnly period, TimeZoneInfo zone) => StartOf(period.AddMonths(1), zone);

    /// <summary>
    /// The first moment of a day: 00:00 where there is one, else that to which the clock jumps over it. Searched for, by what <see cref="Today"/> says: so the two agree
    /// whatever a zone's rules are.
    /// </summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var (before, at) = (midnight - s_furthest, midnight + s_furthest);
        while (at - before > TimeSpan.FromSeconds(1))
        {
            var middle = before + TimeSpan.FromSeconds(Math.Floor((at - before).TotalSeconds / 2));
            if (Today(middle, zone) < day) before = middle;
            else at = middle;
        }
        return at;
    }
}
