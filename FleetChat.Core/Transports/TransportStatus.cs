namespace FleetChat.Core.Transports;

/// <param name="StateAt">The time that the fact behind the state gave itself.</param>
/// <param name="IsListed">False if no fact has told its place in the route yet.</param>
public sealed record StopFact(string Kind, string State, DateTimeOffset StateAt, bool IsListed = true);

/// <summary>A transport's status follows its stops.</summary>
public static class TransportStatus
{
    public const string Assigned = "assigned";
    public const string Accepted = "accepted";
    public const string Declined = "declined";
    public const string EnRoute = "en_route";
    public const string Arrived = "arrived";
    public const string Loaded = "loaded";
    public const string Delivered = "delivered";
    public const string Completed = "completed";
    public const string Cancelled = "cancelled";

    /// <summary>Whether a driver may still take or refuse a transport: until he is under way with it.</summary>
    public static bool CanDecide(string from, string to) => (from, to) switch
    {
        (Assigned, Accepted or Declined) => true,
        // He thought again, and a dispatcher has not given it to somebody else meanwhile.
        (Accepted, Declined) or (Declined, Accepted) => true,
        _ => false,
    };

    public static bool IsOver(string status) => status is Delivered or Completed or Cancelled or Declined;

    /// <summary>The status that the stops give, or the current one if they say nothing or it is final.</summary>
    public static string Follow(string current, IReadOnlyCollection<StopFact> stops)
    {
        if (current is Cancelled or Completed or Declined || stops.Count == 0) return current;
        if (stops.All(s => s.State is StopState.Done or StopState.Skipped))
        {
            // As long as no fact has listed the route's stops, there may be more than those we heard of.
            if (!stops.Any(s => s.IsListed)) return EnRoute;
            return stops.Any(s => s is { Kind: StopKind.Delivery, State: StopState.Done }) ? Delivered : Completed;
        }
        if (stops.Any(s => s.State == StopState.Arrived)) return Arrived;
        if (stops.Any(s => s.State == StopState.EnRoute)) return EnRoute;
        var last = stops.Where(s => s.State == StopState.Done).MaxBy(s => s.StateAt);
        return last switch
        {
            null => current,
            { Kind: StopKind.Pickup } => Loaded,
            _ => EnRoute,
        };
    }
}
