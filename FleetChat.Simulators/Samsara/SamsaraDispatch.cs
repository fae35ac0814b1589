using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>
/// What a dispatcher does to routes, by the dashboard or the API. Of all that Samsara tells by webhook only that stops were put into
/// another order: a new route, another driver, a stop more or less show when somebody reads, and partly in the audit feed.
/// </summary>
internal sealed class SamsaraDispatch(SamsaraState state, SamsaraEvents events, TimeProvider clock)
{
    public RouteView AddRoute(long orgId, NewRoute request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            if (request.Stops.Count < 2)
                throw new ControlException("a route has at least two stops");
            var route = new Route(SamsaraWorld.FreeId(request.Id, org.Routes.Select(other => other.Id)))
            {
                Name = request.Name,
                Notes = request.Notes,
                Driver = request.DriverId is { } driver ? org.GetDriver(driver) : null,
                Vehicle = request.VehicleId is { } vehicle ? org.GetVehicle(vehicle) : null,
                TagIds = [.. request.TagIds ?? []],
                CompletionCondition = request.CompletionCondition,
                StartingCondition = request.StartingCondition,
                AssignedAt = request.DriverId is null && request.VehicleId is null ? null : clock.GetUtcNow(),
            };
            Put(route.ExternalIds, request.ExternalIds);
            foreach (var stop in request.Stops)
                route.Stops.Add(Stop(org, route, stop));
            org.Routes.Add(route);
            Told(org, route, before: []);
            return View(route);
        }
    }

    public RouteView GetRoute(long orgId, string routeId)
    {
        lock (state.Gate)
            return View(state.GetOrg(orgId).GetRoute(routeId));
    }

    public IReadOnlyList<EmittedEvent> ChangeRoute(long orgId, string routeId, RouteChange change)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var route = org.GetRoute(routeId);
            var before = Sequence(route.Stops);
            route.Name = change.Name ?? route.Name;
            route.Notes = change.Notes ?? route.Notes;
            route.TagIds = change.TagIds is null ? route.TagIds : [.. change.TagIds];
            Put(route.ExternalIds, change.ExternalIds);
            Assign(org, route, change);
            foreach (var stop in change.ChangeStops ?? [])
                Change(route.GetStop(stop.Id), stop);
            foreach (var id in change.RemoveStops ?? [])
                route.Stops.Remove(route.GetStop(id));
            foreach (var stop in change.AddStops ?? [])
                route.Stops.Insert(Math.Clamp(stop.At ?? route.Stops.Count, 0, route.Stops.Count), Stop(org, route, stop.Stop));
            if (route.Stops.Count < 2)
                throw new ControlException("a route keeps at least two stops");
            return Told(org, route, before, change.Options);
        }
    }

    public IReadOnlyList<EmittedEvent> Resequence(long orgId, string routeId, NewOrder request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var route = org.GetRoute(routeId);
            var before = Sequence(route.Stops);
            RouteProgress.Resequence(route, request.StopIds);
            return Told(org, route, before, request.Options);
        }
    }

    public void DeleteRoute(long orgId, string routeId)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            org.Routes.Remove(org.GetRoute(routeId));
        }
    }

    /// <summary>The audit feed and the webhooks of a change of stops, whoever made it.</summary>
    /// <param name="before">By <see cref="Sequence"/>; empty of a new route.</param>
    public IReadOnlyList<EmittedEvent> Told(Org org, Route route, JsonArray before, EventOptions? how = null)
    {
        var after = Sequence(route.Stops);
        if (JsonNode.DeepEquals(before, after))
            return [];
        var changes = SimulatorJson.Object(("before", SimulatorJson.Object(("stops", before))), ("after", SimulatorJson.Object(("stops", after))));
        var isOrder = !Common(before, after).SequenceEqual(Common(after, before));
        var operation = isOrder ? RouteProgress.OrderChanged : RouteProgress.StopScheduled;
        org.Tell(route, stopId: null, operation, "admin", clock.GetUtcNow(), (JsonObject)changes.DeepClone());
        if (!isOrder)
            return [];
        var json = RouteJson.RouteInWebhook(route);
        json["changes"] = changes;
        var data = SimulatorJson.Object(
            ("driver", SamsaraWorld.DriverOf(org, route)), ("operation", operation), ("route", json), ("time", WireTime.Milliseconds(clock.GetUtcNow())), ("type", "route tracking"));
        return events.Emit(org, "RouteStopResequence", data, how ?? new());
    }

    public static JsonArray Sequence(IEnumerable<Stop> stops) => SimulatorJson.Array(stops.Select(stop => SimulatorJson.Object(
        ("id", stop.Id),
        ("scheduledArrivalTime", WireTime.Milliseconds(stop.ScheduledArrival)),
        ("scheduledDepartureTime", WireTime.Milliseconds(stop.ScheduledDeparture)),
        ("state", stop.State))));

    public static Stop NewStop(Org org, Route route, string name) => new(Unique.Digits(10))
    {
        Name = name,
        LiveSharingUrl = $"https://cloud.samsara.com/o/{org.Id}/fleet/viewer/job/{Unique.Letters(20)}",
        State = route.Driver is null && route.Vehicle is null ? StopState.Unassigned : StopState.Scheduled,
    };

    // The ids of one list that the other has too, in the one's order.
    private static IEnumerable<string> Common(JsonArray list, JsonArray other)
    {
        var known = other.Select(stop => (string)stop!["id"]!).ToHashSet();
        return list.Select(stop => (string)stop!["id"]!).Where(known.Contains);
    }

    private void Assign(Org org, Route route, RouteChange change)
    {
        if (change is { DriverId: null, VehicleId: null, Unassign: false })
            return;
        if (change.DriverId is not null && change.VehicleId is not null)
            throw new ControlException("a route is assigned to a driver or to a vehicle");
        route.Driver = change.DriverId is { } driver ? org.GetDriver(driver) : null;
        route.Vehicle = change.VehicleId is { } vehicle ? org.GetVehicle(vehicle) : null;
        route.AssignedAt = change.Unassign ? null : clock.GetUtcNow();
        RouteProgress.Assigned(route);
    }

    private static void Change(Stop stop, StopChange change)
    {
        stop.Name = change.Name ?? stop.Name;
        stop.Notes = change.Notes ?? stop.Notes;
        stop.ScheduledArrival = change.ScheduledArrival ?? stop.ScheduledArrival;
        stop.ScheduledDeparture = change.ScheduledDeparture ?? stop.ScheduledDeparture;
        Put(stop.ExternalIds, change.ExternalIds);
    }

    private static Stop Stop(Org org, Route route, NewStop request)
    {
        if (request.ScheduledArrival is null && request.ScheduledDeparture is null)
            throw new ControlException($"stop {request.Name} needs a scheduled arrival or departure");
        var stop = NewStop(org, route, request.Name);
        stop = new Stop(SamsaraWorld.FreeId(request.Id ?? stop.Id, org.Routes.SelectMany(other => other.Stops).Select(other => other.Id)))
        {
            Name = stop.Name,
            LiveSharingUrl = stop.LiveSharingUrl,
            State = stop.State,
            Notes = request.Notes ?? "",
            ScheduledArrival = request.ScheduledArrival,
            ScheduledDeparture = request.ScheduledDeparture,
            OnTimeBeforeMs = request.OnTimeBeforeMs,
            OnTimeAfterMs = request.OnTimeAfterMs,
            Place = Place(org, request),
        };
        Put(stop.ExternalIds, request.ExternalIds);
        return stop;
    }

    private static Place? Place(Org org, NewStop request)
    {
        if (request.AddressId is { } id)
        {
            var known = org.GetAddress(id);
            return new(known, known.FormattedAddress, known.Latitude, known.Longitude, known.RadiusMeters);
        }
        return request.Address is { } text ? new(null, text, request.Latitude, request.Longitude, null) : null;
    }

    private static void Put(Dictionary<string, string> map, IReadOnlyDictionary<string, string>? added)
    {
        foreach (var (key, value) in added ?? new Dictionary<string, string>())
            map[key] = value;
    }

    private static RouteView View(Route route)
        => new(route.Id, route.Name, route.Driver?.Id, route.Vehicle?.Id, [.. route.Stops.Select(stop => new StopView(stop.Id, stop.Name, stop.State, stop.Notes))])
        {
            Notes = route.Notes,
            ExternalIds = route.ExternalIds.ToDictionary(),
        };
}
