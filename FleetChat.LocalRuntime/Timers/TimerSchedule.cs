using NCrontab;

namespace FleetChat.LocalRuntime.Timers;

/// <summary>A NCRONTAB expression in UTC: six fields with seconds, or five without.</summary>
internal sealed class TimerSchedule
{
    private const int Samples = 10;
    private readonly CrontabSchedule _schedule;

    private TimerSchedule(string text, CrontabSchedule schedule)
    {
        Text = text;
        _schedule = schedule;
        Period = ShortestOf(schedule);
    }

    public string Text { get; }

    /// <summary>The shortest time between two of its occurrences.</summary>
    public TimeSpan Period { get; }

    /// <summary>The real host keeps no account of timers that come round more than once a minute.</summary>
    public bool IsMonitorable => Period >= TimeSpan.FromMinutes(1);

    /// <exception cref="InvalidOperationException">It is not a NCRONTAB expression.</exception>
    public static TimerSchedule Parse(string function, string text)
    {
        var withSeconds = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 6;
        var schedule = CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = withSeconds })
            ?? throw new InvalidOperationException($"The function '{function}' cannot be loaded: '{text}' is not a NCRONTAB expression.");
        return new(text, schedule);
    }

    public DateTimeOffset NextAfter(DateTimeOffset moment) => new(_schedule.GetNextOccurrence(moment.UtcDateTime), TimeSpan.Zero);

    private static TimeSpan ShortestOf(CrontabSchedule schedule)
    {
        var from = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var dues = schedule.GetNextOccurrences(from, DateTime.MaxValue).Take(Samples + 1).ToArray();
        return dues.Zip(dues.Skip(1), (a, b) => b - a).DefaultIfEmpty(TimeSpan.FromDays(3650)).Min();
    }
}
