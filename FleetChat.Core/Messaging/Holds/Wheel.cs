namespace FleetChat.Core.Messaging.Holds;

/// <summary>Whether a driver is at the wheel; kept in rows.</summary>
public static class WheelState
{
    public const string Driving = "driving";
    public const string NotDriving = "not_driving";

    /// <summary>Samsara was asked, and nobody can tell.</summary>
    public const string Unknown = "unknown";
}

/// <summary>What was seen of a driver.</summary>
/// <param name="State">One of <see cref="WheelState"/>.</param>
/// <param name="Source"><c>hos</c> or <c>speed</c>; null where nobody can tell.</param>
public sealed record Wheel(string State, string? Source)
{
    private const string Hos = "hos";
    private const string Speed = "speed";

    /// <summary>A message goes by no older look; well above <see cref="WatchWheel.Interval"/>.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(60);

    /// <summary>A gateway without signal goes on showing its last speed.</summary>
    private static readonly TimeSpan SpeedIsOld = TimeSpan.FromMinutes(5);

    /// <summary>Slower than a truck moves when it is driven, faster than a parked one's position wanders.</summary>
    private const double Moving = 5;

    /// <param name="duty">His hours of service; null while his app is offline or the fleet has none.</param>
    /// <param name="milesPerHour">Of the vehicle whose wheel is his; null: not known.</param>
    public static Wheel Of(string? duty, double? milesPerHour, DateTimeOffset? speedAt, DateTimeOffset now) => duty switch
    {
        "driving" => new(WheelState.Driving, Hos),
        "offDuty" or "sleeperBed" or "onDuty" => new(WheelState.NotDriving, Hos),
        // In the yard and on private ways he may be driving, and leaves these on for the night: his vehicle knows.
        _ when milesPerHour is { } speed && speedAt > now - SpeedIsOld => new(speed >= Moving ? WheelState.Driving : WheelState.NotDriving, Speed),
        _ => new(WheelState.Unknown, null),
    };

    /// <summary>Whether the message is held: it can wait, and its driver drives, or nobody has looked lately.</summary>
    public static bool Holds(SendFacts facts, DateTimeOffset now)
        => facts.CanWait && (facts.Wheel is { } seen && seen.At >= now - Fresh ? seen.State == WheelState.Driving : !IsDoubtOver(facts.HeldAt, facts.DroveAt, now));

    /// <summary>Whether a message has waited long enough for a look that does not come.</summary>
    public static bool IsDoubtOver(DateTimeOffset? heldAt, DateTimeOffset? droveAt, DateTimeOffset now)
        => heldAt <= now - WatchWheel.LongestDoubt && !(droveAt > now - WatchWheel.LongestDoubtOfDriving);
}
