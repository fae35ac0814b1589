using System.Text.Json;
using FleetChat.Core.Messaging.Answers;

namespace FleetChat.Core.Transports;

/// <summary>What a route event of Samsara's says, or a route as Samsara lists it.</summary>
/// <param name="RouteId">Null if the event doesn't say: then the stop has to be known already.</param>
/// <param name="StopId">The stop that the event is about, one of <paramref name="Stops"/>; null for a route as a whole.</param>
/// <param name="At">The fact's own time.</param>
/// <param name="Stops">As the route lists them, in its order; the event's own stop too where the route doesn't list it.</param>
public sealed record RouteFact(string? RouteId, string? RouteName, string? SamsaraDriverId, string? StopId, DateTimeOffset At, IReadOnlyList<StopOfRoute> Stops)
{
    /// <summary>How far the sender's clock may be ahead of ours. What is further ahead has not happened: it gets the time of its arrival here.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    // Samsara's documentation shows event times of January 1970: such a time is none.
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string? VehicleId { get; init; }

    /// <summary>Samsara's id of who was at the wheel when it happened, as the event says. The route may be another's, or nobody's.</summary>
    public string? SeenDriverId { get; init; }

    public DateTimeOffset? StartsAt { get; init; }

    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>IANA name.</summary>
    public string? TimeZone { get; init; }

    public string? Notes { get; init; }

    /// <summary>Samsara's externalIds of the route.</summary>
    public JsonElement? ExternalIds { get; init; }

    /// <summary>True if this is all of the route: a stop that is missing is not on it any more, and a driver who is not named is nobody.</summary>
    public bool IsWhole { get; init; }

    /// <summary>True if it was there when we first looked: nobody is told of what he has known for long.</summary>
    public bool IsFirstLook { get; init; }

    /// <returns>Null if the event names no stop: nothing can be told from it.</returns>
    public static RouteFact? TryReadStop(JsonElement payload, DateTimeOffset receivedAt)
    {
        var data = payload.Member("data");
        var (route, stop) = (data.Member("route"), data.Member("routeStopDetails"));
        if (stop is not { } details || stop.Text("id") is not { } stopId) return null;
        var at = Happened(HappenedAt(payload, stop), receivedAt) ?? Happened(data.Time("time"), receivedAt) ?? Happened(payload.Time("eventTime"), receivedAt) ?? receivedAt;
        return Describe(new(route.Text("id"), route.Text("name"), NamedDriver(data), stopId, at, ReadStops(route, details, receivedAt)), route, data.Member("vehicle").Id("id")) with { SeenDriverId = data.Member("driver").Text("id") };
    }

    /// <returns>A route event that names no stop, such as a new order of stops; null if it names no route either.</returns>
    public static RouteFact? TryReadRoute(JsonElement payload, DateTimeOffset receivedAt)
    {
        var data = payload.Member("data");
        var route = data.Member("route");
        if (route.Id("id") is not { } id) return null;
        var at = Happened(data.Time("time"), receivedAt) ?? Happened(payload.Time("eventTime"), receivedAt) ?? receivedAt;
        return Describe(new(id, route.Text("name"), NamedDriver(data), null, at, ReadStops(route, null, receivedAt)), route, data.Member("vehicle").Id("id"));
    }

    /// <summary>A route as <c>GET /fleet/routes</c> lists it, in the fact <c>route.seen</c>.</summary>
    public static RouteFact? TryReadSeen(JsonElement payload, DateTimeOffset receivedAt)
    {
        var route = payload.Member("route");
        if (route.Id("id") is not { } id) return null;
        var at = Happened(payload.Time("seen_at"), receivedAt) ?? receivedAt;
        return Describe(new(id, route.Text("name"), route.Member("driver").Id("id"), null, at, ReadStops(route, null, receivedAt)), route, null) with
        {
            IsWhole = true,
            IsFirstLook = payload.Member("first_look") is { ValueKind: JsonValueKind.True },
        };
    }

    public static string? DriverIdOf(JsonElement payload)
        => payload.Member("data").Member("driver").Text("id") ?? payload.Member("data").Member("route").Member("driver").Text("id") ?? payload.Member("route").Member("driver").Text("id");

    // A route is given to a driver or to a vehicle. Of a vehicle's the event shows whoever is at the wheel: that is who drives, and not
    // whom the route names.
    private static string? NamedDriver(JsonElement? data)
        => data.Member("route").Member("driver").Text("id")
           ?? (data.Text("assignedToRoute") == "driver" || (data.Member("vehicle").Id("id") ?? data.Member("route").Member("vehicle").Id("id")) is null ? data.Member("driver").Text("id") : null);

    private static RouteFact Describe(RouteFact fact, JsonElement? route, string? vehicle) => fact with
    {
        VehicleId = route.Member("vehicle").Id("id") ?? vehicle,
        StartsAt = route.Time("scheduledRouteStartTime"),
        EndsAt = route.Time("scheduledRouteEndTime"),
        TimeZone = route.Text("orgLocalTimezone") is { } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone.Replace(' ', '_'), out _) ? zone.Replace(' ', '_') : null,
        // Without our own lines: what we write there comes back as an event, and is no news to anybody.
        Notes = RouteNotes.WithoutOurs(route.Text("notes")),
        ExternalIds = route.Member("externalIds"),
    };

    private static DateTimeOffset? HappenedAt(JsonElement payload, JsonElement? stop)
        => payload.Text("eventType") == "RouteStopDeparture" ? stop.Time("actualDepartureTime") : stop.Time("actualArrivalTime");

    internal static DateTimeOffset? Happened(DateTimeOffset? time, DateTimeOffset receivedAt)
        => time > receivedAt + MostAhead ? receivedAt : time > Earliest ? time : null;

    private static List<StopOfRoute> ReadStops(JsonElement? route, JsonElement? details, DateTimeOffset receivedAt)
    {
        var listed = route.Items("stops").Where(s => s.Text("id") is not null).DistinctBy(s => s.Text("id")).ToArray();
        var stops = listed.Select((stop, index) => Read(stop, index, StopKind.Of(SaidKind(stop), index, listed.Length), isListed: true, receivedAt)).ToList();
        // Every member of an event may be missing, the route's stops too. Of a stop alone nobody can say whether it is the first or the last.
        if (details is { } own && !stops.Exists(s => s.StopId == own.Text("id")))
            stops.Add(Read(own, listed.Length, StopKind.Of(SaidKind(own), StopKind.Other), isListed: false, receivedAt));
        return stops;
    }

    private static StopOfRoute Read(JsonElement stop, int index, string kind, bool isListed, DateTimeOffset receivedAt)
    {
        var place = ((JsonElement?)stop).Member("singleUseLocation");
        return new(
            stop.Text("id")!, index, kind, stop.Text("name") ?? ((JsonElement?)stop).Member("address").Text("name"), StopState.FromSamsara(stop.Text("state")),
            stop.Time("scheduledArrivalTime") ?? stop.Time("scheduledDepartureTime"), stop.Time("eta"),
            Happened(stop.Time("actualArrivalTime"), receivedAt), Happened(stop.Time("actualDepartureTime"), receivedAt), isListed)
        {
            DepartsAt = stop.Time("scheduledDepartureTime"),
            AddressId = ((JsonElement?)stop).Member("address").Id("id"),
            Address = place.Text("address") ?? ((JsonElement?)stop).Member("address").Text("formattedAddress"),
            Latitude = place.Number("latitude"),
            Longitude = place.Number("longitude"),
            Notes = stop.Text("notes"),
            SkippedAt = Happened(stop.Time("skippedTime"), receivedAt),
            EnRouteAt = Happened(stop.Time("enRouteTime"), receivedAt),
        };
    }

    private static string? SaidKind(JsonElement stop) => stop.Member("externalIds").Text(StopKind.ExternalIdKey);
}

/// <param name="Name">Null if the event doesn't say.</param>
/// <param name="IsListed">False if the event tells of this stop only, and not of its place in the route.</param>
public sealed record StopOfRoute(
    string StopId, int Sequence, string Kind, string? Name, string State, DateTimeOffset? ScheduledAt, DateTimeOffset? Eta, DateTimeOffset? ArrivedAt, DateTimeOffset? DepartedAt,
    bool IsListed)
{
    /// <summary>When the schedule has it left.</summary>
    public DateTimeOffset? DepartsAt { get; init; }

    /// <summary>Of Samsara's address book; null: it is none of it, or the event doesn't say.</summary>
    public string? AddressId { get; init; }

    public string? Address { get; init; }

    public double? Latitude { get; init; }

    public double? Longitude { get; init; }

    public string? Notes { get; init; }

    public DateTimeOffset? SkippedAt { get; init; }

    public DateTimeOffset? EnRouteAt { get; init; }
}
