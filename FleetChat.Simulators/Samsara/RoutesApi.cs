using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

internal static class RoutesApi
{
    private static readonly string[] StopMembers =
    [
        "id", "name", "notes", "addressId", "singleUseLocation", "scheduledArrivalTime", "scheduledDepartureTime", "externalIds", "sequenceNumber",
        "ontimeWindowBeforeArrivalMs", "ontimeWindowAfterArrivalMs",
    ];

    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest, SamsaraWorld world)
    {
        app.MapGet("/fleet/routes", rest.Handle(List));
        app.MapGet("/fleet/routes/audit-logs/feed", rest.Handle(Feed));
        app.MapGet("/fleet/routes/{id}", rest.Handle(call => SamsaraRest.Data(RouteJson.Route(Find(call), call.Org))));
        app.MapGet("/route-events/stream", rest.Handle(RouteEvents.Stream));
        app.MapPost("/fleet/routes", rest.Handle(call => Create(call, world)));
        app.MapPatch("/fleet/routes/{id}", rest.Handle(call => Change(call, world)));
        app.MapDelete("/fleet/routes/{id}", rest.Handle(Delete));
    }

    /// <summary>Every route whose scheduled time touches the window, first the one that starts first; one that is late and still under way has to be asked for by its own time.</summary>
    private static IResult List(SamsaraCall call)
    {
        var (start, end) = (call.RequiredQueryTime("startTime"), call.RequiredQueryTime("endTime"));
        if (end < start)
            throw SamsaraErrorException.Invalid("endTime must not be before startTime.");
        var tags = call.TagFilter();
        var routes = call.Org.Routes
            .Where(route => Sees(call, route) && tags(route.AllTagIds) && route.ScheduledStart <= end && route.ScheduledEnd >= start)
            .OrderBy(route => route.ScheduledStart).ThenBy(route => route.Id, StringComparer.Ordinal);
        return SamsaraRest.Page(call, routes, route => route.Id, route => RouteJson.Route(route, call.Org));
    }

    /// <summary>A feed always has a cursor to come back with, also on its last page.</summary>
    private static IResult Feed(SamsaraCall call)
    {
        var after = call.Query("after") is not { } cursor ? 0
            : long.TryParse(cursor, out var position) ? position : throw SamsaraErrorException.Invalid("Invalid cursor.");
        var limit = call.Limit();
        var entries = call.Org.Audit.Where(entry => entry.Position > after && call.Sees(entry.TagIds)).Take(limit).ToList();
        var last = entries.Count == 0 ? after : entries[^1].Position;
        return SamsaraRest.Json(SimulatorJson.Object(
            ("data", SimulatorJson.Array(entries.Select(entry => AuditJson(call, entry)))),
            ("pagination", SimulatorJson.Object(
                ("endCursor", last.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("hasNextPage", call.Org.Audit.Exists(entry => entry.Position > last && call.Sees(entry.TagIds)))))));
    }

    private static JsonObject AuditJson(SamsaraCall call, AuditEntry entry)
    {
        var expanded = call.QueryList("expand")?.Contains("route") == true ? call.Org.Routes.Find(route => route.Id == entry.RouteId) : null;
        return SimulatorJson.Object(
            ("changes", entry.Changes.DeepClone()),
            ("operation", entry.Operation),
            ("route", expanded is null ? SimulatorJson.Object(("id", entry.RouteId)) : RouteJson.Route(expanded, call.Org)),
            ("source", entry.Source),
            ("time", WireTime.Milliseconds(entry.Time)),
            ("type", "route tracking"));
    }

    private static IResult Create(SamsaraCall call, SamsaraWorld world)
    {
        var body = call.Body;
        body.RefuseOthers("name", "notes", "driverId", "vehicleId", "externalIds", "tagIds", "settings", "stops");
        call.RequireTags(body);
        var route = new Route(Unique.Digits(10)) { Name = body.Text("name", 255) };
        Apply(call, route, body);
        route.Stops = Stops(call, route, body.Objects("stops"));
        call.Org.Routes.Add(route);
        world.Dispatch.Told(call.Org, route, before: []);
        return SamsaraRest.Data(RouteJson.Route(route, call.Org));
    }

    private static IResult Change(SamsaraCall call, SamsaraWorld world)
    {
        var route = Find(call);
        var body = call.Body;
        body.RefuseOthers("name", "notes", "driverId", "vehicleId", "externalIds", "tagIds", "settings", "stops");
        call.RequireTags(body);
        var name = body.OptionalText("name", 255);
        var stops = body.OptionalObjects("stops") is { } items ? Stops(call, route, items) : route.Stops;
        var before = SamsaraDispatch.Sequence(route.Stops);

        Apply(call, route, body);
        route.Name = name ?? route.Name;
        route.Stops = stops;
        RouteProgress.Assigned(route);
        world.Dispatch.Told(call.Org, route, before);
        return SamsaraRest.Data(RouteJson.Route(route, call.Org));
    }

    private static IResult Delete(SamsaraCall call)
    {
        call.Org.Routes.Remove(Find(call));
        return Results.NoContent();
    }

    private static void Apply(SamsaraCall call, Route route, Fields body)
    {
        var (driverId, vehicleId) = (body.OptionalText("driverId", 50), body.OptionalText("vehicleId", 50));
        if (driverId is not null && vehicleId is not null)
            throw SamsaraErrorException.Invalid("A route is assigned to a driver or to a vehicle.");
        var notes = body.OptionalText("notes", 2000, allowEmpty: true);
        var externalIds = body.OptionalMap("externalIds");
        var tagIds = body.OptionalTexts("tagIds", 50);
        var driver = driverId is null ? null : DriversApi.Find(call, driverId);
        var vehicle = vehicleId is null ? null : VehiclesApi.Find(call, vehicleId);
        if (body.OptionalObject("settings") is { } settings)
        {
            route.CompletionCondition = settings.OptionalOneOf("routeCompletionCondition", "arriveLastStop", "departLastStop") ?? route.CompletionCondition;
            route.StartingCondition = settings.OptionalOneOf("routeStartingCondition", "departFirstStop", "arriveFirstStop") ?? route.StartingCondition;
            route.SequencingMethod = settings.OptionalOneOf("sequencingMethod", "unknown", "scheduledArrivalTime", "manual") ?? route.SequencingMethod;
        }
        if (driver is not null || vehicle is not null)
            (route.Driver, route.Vehicle, route.AssignedAt) = (driver, vehicle, call.Now);
        route.Notes = notes ?? route.Notes;
        route.TagIds = tagIds is null ? route.TagIds : [.. tagIds];
        foreach (var (key, value) in externalIds ?? [])
            route.ExternalIds[key] = value;
    }

    /// <summary>The whole new list: known ids are changed, items without an id created, and whatever is missing is gone.</summary>
    private static List<Stop> Stops(SamsaraCall call, Route route, IReadOnlyList<Fields> items)
    {
        if (items.Count < 2)
            throw SamsaraErrorException.Invalid("stops must have at least 2 items.");
        foreach (var item in items)
            item.RefuseOthers(StopMembers);
        if (items.Select(item => item.OptionalText("id", 50)).OfType<string>().GroupBy(id => id).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw SamsaraErrorException.Invalid($"Stop {twice.Key} is there twice.");
        return [.. items.Select(item => ChangedStop(call, route, item))];
    }

    private static Stop ChangedStop(SamsaraCall call, Route route, Fields item)
    {
        var id = item.OptionalText("id", 50);
        var old = id is null ? null : route.Stops.Find(stop => stop.Id == id) ?? throw SamsaraErrorException.Invalid($"Stop {id} is not on this route.");
        var (arrival, departure) = (item.OptionalTime("scheduledArrivalTime"), item.OptionalTime("scheduledDepartureTime"));
        if (old is null && arrival is null && departure is null)
            throw item.Missing("scheduledArrivalTime");
        var fresh = old is null ? SamsaraDispatch.NewStop(call.Org, route, item.OptionalText("name", 255) ?? "") : null;

        // A copy, so that a later item's mistake leaves the route untouched.
        var stop = new Stop((old ?? fresh)!.Id)
        {
            Name = item.OptionalText("name", 255) ?? (old ?? fresh)!.Name,
            LiveSharingUrl = (old ?? fresh)!.LiveSharingUrl,
            State = (old ?? fresh)!.State,
            Notes = item.OptionalText("notes", 2000, allowEmpty: true) ?? old?.Notes ?? "",
            Place = Place(call, item) ?? old?.Place,
            SequenceNumber = (int?)item.OptionalNumber("sequenceNumber") ?? old?.SequenceNumber,
            OnTimeBeforeMs = (long?)item.OptionalNumber("ontimeWindowBeforeArrivalMs") ?? old?.OnTimeBeforeMs,
            OnTimeAfterMs = (long?)item.OptionalNumber("ontimeWindowAfterArrivalMs") ?? old?.OnTimeAfterMs,
            ScheduledArrival = arrival ?? old?.ScheduledArrival,
            ScheduledDeparture = departure ?? old?.ScheduledDeparture,
            EnRouteAt = old?.EnRouteAt,
            ArrivedAt = old?.ArrivedAt,
            DepartedAt = old?.DepartedAt,
            SkippedAt = old?.SkippedAt,
            Eta = old?.Eta,
        };
        foreach (var (key, value) in (old?.ExternalIds ?? []).Concat(item.OptionalMap("externalIds") ?? []))
            stop.ExternalIds[key] = value;
        return stop;
    }

    private static Place? Place(SamsaraCall call, Fields item)
    {
        if (item.OptionalText("addressId", 50) is { } addressId)
        {
            var known = call.Org.Addresses.Find(address => address.Id == addressId || address.ExternalIds.Any(pair => $"{pair.Key}:{pair.Value}" == addressId))
                ?? throw item.Bad("addressId", "is no address of this org");
            return new(known, known.FormattedAddress, known.Latitude, known.Longitude, known.RadiusMeters);
        }
        return item.OptionalObject("singleUseLocation") is not { } once
            ? null
            : new(null, once.OptionalText("address", 255) ?? "", once.Number("latitude"), once.Number("longitude"), once.OptionalNumber("radiusMeters"));
    }

    private static Route Find(SamsaraCall call)
    {
        var id = call.Route("id");
        return call.Org.Routes.Find(route => (route.Id == id || route.ExternalIds.Any(pair => $"{pair.Key}:{pair.Value}" == id)) && Sees(call, route))
            ?? throw SamsaraErrorException.NotFound("Route");
    }

    private static bool Sees(SamsaraCall call, Route route) => call.Sees(route.AllTagIds);
}
