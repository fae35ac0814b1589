namespace FleetChat.LocalHost.Demo;

/// <summary>Where the drivers' day is.</summary>
internal static class DayClock
{
    /// <summary>Of all companies of the day.</summary>
    public static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    /// <summary>So long before the day begins the companies come in.</summary>
    public static readonly TimeSpan BringingIn = TimeSpan.FromMinutes(30);

    /// <summary>Half past five: it is still night for the drivers.</summary>
    public static readonly TimeSpan DayBegins = new(5, 30, 0);

    private static readonly TimeSpan Begin = DayBegins - BringingIn;

    /// <summary>Half an hour before the day begins where the drivers are, of this day or the next: nothing has happened yet.</summary>
    public static DateTimeOffset NextMorning(DateTimeOffset now)
    {
        var today = TimeZoneInfo.ConvertTime(now, Zone).Date + Begin;
        var begin = new DateTimeOffset(today, Zone.GetUtcOffset(today));
        return (begin > now ? begin : At(today.AddDays(1))).ToUniversalTime();
    }

    private static DateTimeOffset At(DateTime local) => new(local, Zone.GetUtcOffset(local));
}
