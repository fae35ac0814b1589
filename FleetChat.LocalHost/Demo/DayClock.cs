namespace FleetChat.LocalHost.Demo;

/// <summary>Where the drivers' day is.</summary>
internal static class DayClock
{
    /// <summary>Of all companies of the day.</summary>
    public static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    private static readonly TimeSpan Begin = new(5, 30, 0);

    /// <summary>Half past five in the drivers' morning, of this day or the next: it is still night for them, and every row of the installation is older.</summary>
    public static DateTimeOffset NextMorning(DateTimeOffset now)
    {
        var today = TimeZoneInfo.ConvertTime(now, Zone).Date + Begin;
        var begin = new DateTimeOffset(today, Zone.GetUtcOffset(today));
        return (begin > now ? begin : At(today.AddDays(1))).ToUniversalTime();
    }

    private static DateTimeOffset At(DateTime local) => new(local, Zone.GetUtcOffset(local));
}
