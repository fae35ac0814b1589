using System.Globalization;

namespace FleetChat.LocalHost.Commands;

/// <summary>Durations and moments for reading.</summary>
internal static class Ages
{
    public static string Text(TimeSpan? age) => age is { } known ? Text(known) : "";

    /// <summary>The two largest units: 250 ms, 3.2 s, 4 min 5 s, 3 h 20 min, 2 d 4 h.</summary>
    public static string Text(TimeSpan age) => age switch
    {
        { Ticks: < 0 } => $"-{Text(age.Negate())}",
        { TotalSeconds: < 1 } => Say($"{age.TotalMilliseconds:0} ms"),
        { TotalMinutes: < 1 } => Say($"{age.TotalSeconds:0.#} s"),
        { TotalHours: < 1 } => Say($"{age.Minutes} min{Rest(age.Seconds, "s")}"),
        { TotalDays: < 1 } => Say($"{age.Hours} h{Rest(age.Minutes, "min")}"),
        _ => Say($"{(long)age.TotalDays} d{Rest(age.Hours, "h")}"),
    };

    /// <summary>UTC, to the millisecond.</summary>
    public static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Rest(int number, string unit) => number == 0 ? "" : Say($" {number} {unit}");

    private static string Say(FormattableString text) => FormattableString.Invariant(text);
}
