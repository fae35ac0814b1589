using System.Text.Json;

namespace FleetChat.Core.Transports;

/// <summary>What a route event of Samsara's says.</summary>
/// <param name="At">The fact's own time.</param>
/// <param name="Stops">In route order; empty if the event lists none.</param>
public sealed record RouteFact(string RouteId, string? RouteName, string? SamsaraDriverId, string StopId, DateTimeOffset At, IReadOnlyList<StopOfRoute> Stops)
{
    // Samsara's documentation shows event times of January 1970: such a time is none.
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <returns>Null if the event names no route or no stop: nothing can be told from it.</returns>
    public static RouteFact? TryReadStop(JsonElement payload, DateTimeOffset receivedAt)
    {
        var data = payload.Member("data");
        var (route, stop) = (data.Member("route"), data.Member("routeStopDetails"));
        if (route.Text("id") is not { } routeId || stop.Text("id") is not { } stopId) return null;
        var at = new[] { stop.Time("actualArrivalTime"), data.Time("time"), payload.Time("eventTime") }.FirstOrDefault(t => t > Earliest) ?? receivedAt;
        return new(routeId, route.Text("name"), DriverIdOf(payload), stopId, at, ReadStops(route));
    }

    public static string? DriverIdOf(JsonElement payload)
        => payload.Member("data").Member("driver").Text("id") ?? payload.Member("data").Member("route").Member("driver").Text("id");

    private static List<StopOfRoute> ReadStops(JsonElement? route)
    {
        var stops = route.Items("stops").Where(s => s.Text("id") is not null).ToArray();
        return [.. stops.Select((stop, index) => new StopOfRoute(
            stop.Text("id")!, index, StopKind.Of(stop.Member("externalIds").Text(StopKind.ExternalIdKey), index, stops.Length),
            stop.Text("name") ?? stop.Member("address").Text("name") ?? $"Stop {index + 1}",
            StopState.FromSamsara(stop.Text("state")), stop.Time("scheduledArrivalTime") ?? stop.Time("scheduledDepartureTime"),
            stop.Time("eta"), stop.Time("actualArrivalTime"), stop.Time("actualDepartureTime")))];
    }
}

public sealed record StopOfRoute(
    string StopId, int Sequence, string Kind, string Name, string State, DateTimeOffset? ScheduledAt, DateTimeOffset? Eta, DateTimeOffset? ArrivedAt, DateTimeOffset? DepartedAt);
