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

    /// <summary>The week after it is over before any month is, and what becomes of the month's invoices before the inbox forgets the day.</summary>
    private const int DayOfMonth = 20;

    /// <summary>Half an hour before the day begins where the drivers are, in this month or the next: nothing has happened yet.</summary>
    public static DateTimeOffset NextMorning(DateTimeOffset now)
    {
        var today = TimeZoneInfo.ConvertTime(now, Zone).Date;
        var day = new DateTime(today.Year, today.Month, DayOfMonth) + Begin;
        return (At(day) > now ? At(day) : At(day.AddMonths(1))).ToUniversalTime();
    }

    private static DateTimeOffset At(DateTime local) => new(local, Zone.GetUtcOffset(local));
}
