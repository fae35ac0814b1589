using NCrontab;

namespace FleetChat.LocalRuntime.Timers;

/// <summary>A NCRONTAB expression in UTC, of six fields with seconds or five without, or the time between two occurrences as hh:mm:ss.</summary>
internal sealed class TimerSchedule
{
    private const int Samples = 10;
    private readonly Func<DateTime, DateTime> _next;

    private TimerSchedule(string text, Func<DateTime, DateTime> next, TimeSpan period, bool isMonitorable)
    {
        Text = text;
        _next = next;
        Period = period;
        IsMonitorable = isMonitorable;
    }

    public string Text { get; }

    /// <summary>The shortest time between two of its occurrences.</summary>
    public TimeSpan Period { get; }

    /// <summary>The real host keeps no account of timers that come round more than once in every minute.</summary>
    public bool IsMonitorable { get; }

    /// <exception cref="InvalidOperationException">It is neither a NCRONTAB expression nor a duration.</exception>
    public static TimerSchedule Parse(string function, string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        if (CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 }) is { } crontab)
            return new(text, now => crontab.GetNextOccurrence(now), ShortestOf(crontab), !ComesMoreThanOnceAMinute(crontab));
        if (TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var period) && period > TimeSpan.Zero)
            return new(text, now => DateTime.MaxValue - now > period ? now + period : DateTime.MaxValue, period, period >= TimeSpan.FromMinutes(1));
        throw new InvalidOperationException($"The function '{function}' cannot be loaded: '{text}' is not a NCRONTAB expression, nor a duration as hh:mm:ss.");
    }

    public DateTimeOffset NextAfter(DateTimeOffset moment) => new(DateTime.SpecifyKind(_next(moment.UtcDateTime), DateTimeKind.Utc), TimeSpan.Zero);

    private static TimeSpan ShortestOf(CrontabSchedule schedule)
    {
        var from = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var dues = schedule.GetNextOccurrences(from, DateTime.MaxValue).Take(Samples + 1).ToArray();
        return dues.Zip(dues.Skip(1), (a, b) => b - a).DefaultIfEmpty(TimeSpan.FromDays(3650)).Min();
    }

    /// <summary>In each minute: one that is quick in some hours alone is kept account of, as on the real host.</summary>
    private static bool ComesMoreThanOnceAMinute(CrontabSchedule schedule)
    {
        var from = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        return schedule.ToString().Split(' ').Skip(1).All(field => field == "*")
            && schedule.GetNextOccurrences(from, from.AddMinutes(1)).Skip(1).Any();
    }
}
