namespace FleetChat.Core.Samsara;

/// <summary>Kinds of facts that come from Samsara: its own event types, and what polling sees.</summary>
public static class SamsaraEvents
{
    public const string StopArrival = "RouteStopArrival";
    public const string StopDeparture = "RouteStopDeparture";
    public const string StopEtaUpdated = "RouteStopEtaUpdated";
    public const string StopEarlyLateArrival = "RouteStopEarlyLateArrival";
    public const string StopResequence = "RouteStopResequence";
    public const string DocumentSubmitted = "DocumentSubmitted";
    public const string DvirSubmitted = "DvirSubmitted";
    public const string GeofenceEntry = "GeofenceEntry";
    public const string GeofenceExit = "GeofenceExit";
    public const string AlertIncident = "AlertIncident";

    /// <summary>An alert of the older envelope.</summary>
    public const string LegacyAlert = "Alert";

    /// <summary>A route as it is listed: <c>{route, first_look, seen_at}</c>.</summary>
    public const string RouteSeen = "route.seen";

    /// <summary>A route that is not there any more: <c>{route_id, seen_at}</c>.</summary>
    public const string RouteGone = "route.gone";

    public const string DriverCreated = "DriverCreated";
    public const string DriverUpdated = "DriverUpdated";

    /// <summary>A driver as the roster shows him, with those members that we have a use for: <c>{driver, first_look, seen_at}</c>.</summary>
    public const string DriverSeen = "driver.seen";

    /// <summary>A driver who is not on the roster any more: <c>{driver_id, seen_at}</c>.</summary>
    public const string DriverGone = "driver.gone";

    /// <summary>Other people are assigned to a vehicle than before, or it was looked at for the first time: <c>{vehicle_id, seen_at}</c>.</summary>
    public const string CrewChanged = "crew.changed";

    /// <summary>What a company's webhook has to tell. Assignments and the roster's leavers no webhook tells: they are polled.</summary>
    public static readonly IReadOnlyList<string> Wanted =
    [
        StopArrival, StopDeparture, StopEtaUpdated, StopEarlyLateArrival, StopResequence, DocumentSubmitted, DvirSubmitted, GeofenceEntry, GeofenceExit,
        AlertIncident, DriverCreated, DriverUpdated,
    ];

    /// <summary>Whether a fact comes from polling: it was judged when it was seen.</summary>
    public static bool IsPolled(string kind) => kind is RouteSeen or RouteGone or DriverSeen or DriverGone or CrewChanged;
}
