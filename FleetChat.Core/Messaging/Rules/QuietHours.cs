namespace FleetChat.Core.Messaging.Rules;

/// <summary>A driver's night: what can wait is not told between nine in the evening and six in the morning of his zone.</summary>
public static class QuietHours
{
    private static readonly TimeOnly Evening = new(21, 0);
    private static readonly TimeOnly Morning = new(6, 0);

    /// <summary>What starts so soon is told at night too.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromHours(2);

    /// <param name="startsAt">When what it is about starts; null if that is not known.</param>
    /// <returns>When it may be told: now, in the morning, or two hours before it starts.</returns>
    public static DateTimeOffset Earliest(DateTimeOffset now, TimeZoneInfo zone, DateTimeOffset? startsAt)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var time = TimeOnly.FromTimeSpan(local.TimeOfDay);
        if (time >= Morning && time < Evening) return now;
        if (startsAt - now <= Soon) return now;
        var day = DateOnly.FromDateTime(local.DateTime).AddDays(time >= Evening ? 1 : 0);
        var morning = At(day, zone);
        return startsAt is { } start && start - Soon < morning ? start - Soon : morning;
    }

    // Six in the morning exists on every day of every zone; which offset it has is the zone's to say.
    private static DateTimeOffset At(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(Morning);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }
}
