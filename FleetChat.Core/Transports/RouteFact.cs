using System.Text.Json;

namespace FleetChat.Core.Transports;

/// <summary>What a route event of Samsara's says.</summary>
/// <param name="RouteId">Null if the event doesn't say: then the stop has to be known already.</param>
/// <param name="StopId">The stop that the event is about; it is one of <paramref name="Stops"/>.</param>
/// <param name="At">The fact's own time.</param>
/// <param name="Stops">As the route lists them, in its order; the event's own stop too where the route doesn't list it.</param>
public sealed record RouteFact(string? RouteId, string? RouteName, string? SamsaraDriverId, string StopId, DateTimeOffset At, IReadOnlyList<StopOfRoute> Stops)
{
    /// <summary>How far the sender's clock may be ahead of ours. What is further ahead has not happened: it gets the time of its arrival here.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    // Samsara's documentation shows event times of January 1970: such a time is none.
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <returns>Null if the event names no stop: nothing can be told from it.</returns>
    public static RouteFact? TryReadStop(JsonElement payload, DateTimeOffset receivedAt)
    {
        var data = payload.Member("data");
        var (route, stop) = (data.Member("route"), data.Member("routeStopDetails"));
        if (stop is not { } details || stop.Text("id") is not { } stopId) return null;
        var at = Happened(stop.Time("actualArrivalTime"), receivedAt) ?? Happened(data.Time("time"), receivedAt) ?? Happened(payload.Time("eventTime"), receivedAt) ?? receivedAt;
        return new(route.Text("id"), route.Text("name"), DriverIdOf(payload), stopId, at, ReadStops(route, details, receivedAt));
    }

    public static string? DriverIdOf(JsonElement payload)
        => payload.Member("data").Member("driver").Text("id") ?? payload.Member("data").Member("route").Member("driver").Text("id");

    private static DateTimeOffset? Happened(DateTimeOffset? time, DateTimeOffset receivedAt)
        => time > receivedAt + MostAhead ? receivedAt : time > Earliest ? time : null;

    private static List<StopOfRoute> ReadStops(JsonElement? route, JsonElement details, DateTimeOffset receivedAt)
    {
        var listed = route.Items("stops").Where(s => s.Text("id") is not null).DistinctBy(s => s.Text("id")).ToArray();
        var stops = listed.Select((stop, index) => Read(stop, index, StopKind.Of(SaidKind(stop), index, listed.Length), isListed: true, receivedAt)).ToList();
        // Every member of an event may be missing, the route's stops too. Of a stop alone nobody can say whether it is the first or the last.
        if (!stops.Exists(s => s.StopId == details.Text("id")))
            stops.Add(Read(details, listed.Length, StopKind.Of(SaidKind(details), StopKind.Other), isListed: false, receivedAt));
        return stops;
    }

    private static StopOfRoute Read(JsonElement stop, int index, string kind, bool isListed, DateTimeOffset receivedAt) => new(
        stop.Text("id")!, index, kind, stop.Text("name") ?? ((JsonElement?)stop).Member("address").Text("name"), StopState.FromSamsara(stop.Text("state")),
        stop.Time("scheduledArrivalTime") ?? stop.Time("scheduledDepartureTime"), stop.Time("eta"),
        Happened(stop.Time("actualArrivalTime"), receivedAt), Happened(stop.Time("actualDepartureTime"), receivedAt), isListed);

    private static string? SaidKind(JsonElement stop) => stop.Member("externalIds").Text(StopKind.ExternalIdKey);
}

/// <param name="Name">Null if the event doesn't say.</param>
/// <param name="IsListed">False if the event tells of this stop only, and not of its place in the route.</param>
public sealed record StopOfRoute(
    string StopId, int Sequence, string Kind, string? Name, string State, DateTimeOffset? ScheduledAt, DateTimeOffset? Eta, DateTimeOffset? ArrivedAt, DateTimeOffset? DepartedAt,
    bool IsListed);
