using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>What people and vehicles do in the simulated fleets; the control calls and REST's writes end here.</summary>
internal sealed class SamsaraWorld(SamsaraState state, SamsaraEvents events, TimeProvider clock)
{
    public void AddOrg(NewOrg request)
    {
        lock (state.Gate)
        {
            state.Add(new Org(request.Id, request.Name) { TimeZone = request.TimeZone });
            AddToken(request.Id, new(request.Token));
        }
    }

    public void AddToken(long orgId, NewToken request)
    {
        lock (state.Gate)
        {
            if (state.FindToken(request.Value, DateTimeOffset.MinValue) is not null)
                throw new ControlException("this token exists already");
            state.GetOrg(orgId).Tokens.Add(new(request.Value, request.TagIds ?? [], request.ExpiresAt));
        }
    }

    public void RevokeToken(long orgId, string value)
    {
        lock (state.Gate)
        {
            if (state.GetOrg(orgId).Tokens.RemoveAll(token => token.Value == value) == 0)
                throw new ControlException($"org {orgId} has no such token");
        }
    }

    public void AddGrant(long orgId, NewGrant request)
    {
        lock (state.Gate)
            state.Grants.Add(new(request.ClientId, request.ClientSecret, state.GetOrg(orgId), request.Code, TimeSpan.FromSeconds(request.TokenLifeSeconds)));
    }

    public Created AddDriver(long orgId, NewDriver request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var id = FreeId(request.Id, org.Drivers.Select(driver => driver.Id));
            if (!id.All(char.IsAsciiDigit))
                throw new ControlException($"a driver's id is digits, because the old API shows it as a number, and {id} is not");
            var now = clock.GetUtcNow();
            var driver = new Driver(id)
            {
                Name = request.Name,
                Username = request.Username ?? string.Concat(request.Name.Where(char.IsAsciiLetterOrDigit)),
                TimeZone = request.TimeZone ?? org.TimeZone,
                Phone = request.Phone,
                Locale = request.Locale,
                Notes = request.Notes,
                Tags = [.. request.Tags ?? []],
                CreatedAt = now,
                UpdatedAt = now,
            };
            org.Drivers.Add(driver);
            events.Emit(org, "DriverCreated", SimulatorJson.Object(("driver", RouteJson.Driver(driver))), new());
            return new(id);
        }
    }

    public void ChangeDriver(long orgId, string driverId, DriverChange change)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var driver = org.GetDriver(driverId);
            driver.DutyStatus = change.DutyStatus ?? driver.DutyStatus;
            if (change is { Name: null, Phone: null, Notes: null, Tags: null, Active: null })
                return;
            driver.Name = change.Name ?? driver.Name;
            driver.Phone = change.Phone ?? driver.Phone;
            driver.Notes = change.Notes ?? driver.Notes;
            driver.Tags = change.Tags is null ? driver.Tags : [.. change.Tags];
            if (change.Active is { } active)
                driver.DeactivatedAt = active ? null : driver.DeactivatedAt ?? clock.GetUtcNow();
            Updated(org, driver);
        }
    }

    public void Updated(Org org, Driver driver)
    {
        driver.UpdatedAt = clock.GetUtcNow();
        events.Emit(org, "DriverUpdated", SimulatorJson.Object(("driver", RouteJson.Driver(driver))), new());
    }

    public Created AddVehicle(long orgId, NewVehicle request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var vehicle = new Vehicle(FreeId(request.Id, org.Vehicles.Select(other => other.Id)), request.Name);
            vehicle.Tags.AddRange(request.Tags ?? []);
            org.Vehicles.Add(vehicle);
            return new(vehicle.Id);
        }
    }

    public void MoveVehicle(long orgId, string vehicleId, VehiclePosition position)
    {
        lock (state.Gate)
        {
            var vehicle = state.GetOrg(orgId).GetVehicle(vehicleId);
            (vehicle.Latitude, vehicle.Longitude, vehicle.SpeedMilesPerHour) = (position.Latitude, position.Longitude, position.SpeedMilesPerHour);
        }
    }

    public void Assign(long orgId, NewAssignment request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var (driver, vehicle, now) = (org.GetDriver(request.DriverId), org.GetVehicle(request.VehicleId), clock.GetUtcNow());
            foreach (var former in org.Assignments.Where(old => old.End is null && (old.Driver == driver || (old.Vehicle == vehicle && !old.IsPassenger && !request.IsPassenger))))
                former.End = now;
            org.Assignments.Add(new(driver, vehicle, request.IsPassenger, now));
        }
    }

    public CreatedWebhook AddWebhook(long orgId, NewWebhook request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var webhook = new Webhook(FreeId(request.Id, org.Webhooks.Select(other => other.Id)))
            {
                Name = request.Name,
                Url = request.Url,
                SecretKey = request.SecretKey ?? Unique.Base64(32),
                EventTypes = request.EventTypes,
            };
            org.Webhooks.Add(webhook);
            return new(webhook.Id, webhook.SecretKey);
        }
    }

    public Created AddDocumentType(long orgId, NewDocumentType request)
    {
        lock (state.Gate)
        {
            var type = new DocumentType(request.Id ?? Unique.Uuid(), request.Name, [.. request.Fields]);
            state.GetOrg(orgId).DocumentTypes.Add(type);
            return new(type.Id);
        }
    }

    public RouteView AddRoute(long orgId, NewRoute request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            if (request.Stops.Count < 2)
                throw new ControlException("a route has at least two stops");
            var route = new Route(FreeId(request.Id, org.Routes.Select(other => other.Id)))
            {
                Name = request.Name,
                Notes = request.Notes,
                Driver = request.DriverId is { } driver ? org.GetDriver(driver) : null,
                Vehicle = request.VehicleId is { } vehicle ? org.GetVehicle(vehicle) : null,
                TagIds = [.. request.TagIds ?? []],
                CompletionCondition = request.CompletionCondition,
                StartingCondition = request.StartingCondition,
            };
            foreach (var stop in request.Stops)
                route.Stops.Add(Stop(org, route, stop));
            org.Routes.Add(route);
            return View(route);
        }
    }

    public RouteView GetRoute(long orgId, string routeId)
    {
        lock (state.Gate)
            return View(state.GetOrg(orgId).GetRoute(routeId));
    }

    public IReadOnlyList<EmittedEvent> Arrive(long orgId, string routeId, string stopId, StopEvent request)
        => Progress(orgId, routeId, stopId, "RouteStopArrival", request, RouteProgress.Arrive);

    public IReadOnlyList<EmittedEvent> Depart(long orgId, string routeId, string stopId, StopEvent request)
        => Progress(orgId, routeId, stopId, "RouteStopDeparture", request, RouteProgress.Depart);

    /// <summary>Samsara has no event for it: only the audit feed tells.</summary>
    public IReadOnlyList<EmittedEvent> EnRoute(long orgId, string routeId, string stopId, StopEvent request)
        => Progress(orgId, routeId, stopId, null, request, (_, stop, now) => RouteProgress.EnRoute(stop, now));

    /// <summary>Samsara has no event for it: only the audit feed tells.</summary>
    public IReadOnlyList<EmittedEvent> Skip(long orgId, string routeId, string stopId, StopEvent request)
        => Progress(orgId, routeId, stopId, null, request, (_, stop, now) => RouteProgress.Skip(stop, now));

    public IReadOnlyList<EmittedEvent> Expect(long orgId, string routeId, string stopId, StopEvent request)
    {
        var eta = request.Eta ?? throw new ControlException("eta is required");
        return Progress(orgId, routeId, stopId, "RouteStopEtaUpdated", request, (_, stop, now) => RouteProgress.Expect(stop, eta, now));
    }

    public IReadOnlyList<EmittedEvent> Resequence(long orgId, string routeId, NewOrder request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var route = org.GetRoute(routeId);
            var before = Sequence(route);
            var operation = RouteProgress.Resequence(route, request.StopIds);
            var changes = SimulatorJson.Object(("before", before), ("after", Sequence(route)));
            Audit(org, route, operation, (JsonObject)changes.DeepClone());
            var json = RouteJson.RouteInWebhook(route);
            json["changes"] = changes;
            var data = SimulatorJson.Object(
                ("driver", DriverOf(org, route)), ("operation", operation), ("route", json), ("time", WireTime.Milliseconds(clock.GetUtcNow())), ("type", "route tracking"));
            return events.Emit(org, "RouteStopResequence", data, request.Options ?? new());
        }
    }

    public IReadOnlyList<EmittedEvent> Emit(long orgId, EmitEvent request)
    {
        lock (state.Gate)
            return events.Emit(state.GetOrg(orgId), request.EventType, request.Data, request.Options ?? new());
    }

    public IReadOnlyList<EmittedEvent> EmitAlert(long orgId, EmitAlert request)
    {
        lock (state.Gate)
            return events.EmitAlert(state.GetOrg(orgId), request);
    }

    public IReadOnlyList<EmittedEvent> Ping(long orgId, string webhookId)
    {
        lock (state.Gate)
            return events.EmitPing(state.GetOrg(orgId), webhookId);
    }

    public void Fail(CallFault fault)
    {
        lock (state.Gate)
            state.Faults.Add(fault);
    }

    public void Audit(Org org, Route route, string operation, JsonObject changes)
        => org.Audit.Add(new(org.Audit.Count + 1, clock.GetUtcNow(), operation, "automatic", route.Id, changes));

    public static Stop NewStop(Org org, Route route, string name) => new(Unique.Digits(10))
    {
        Name = name,
        LiveSharingUrl = $"https://cloud.samsara.com/o/{org.Id}/fleet/viewer/job/{Unique.Letters(20)}",
        State = route.Driver is null && route.Vehicle is null ? StopState.Unassigned : StopState.Scheduled,
    };

    private IReadOnlyList<EmittedEvent> Progress(long orgId, string routeId, string stopId, string? eventType, StopEvent request, Func<Route, Stop, DateTimeOffset, string> change)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var route = org.GetRoute(routeId);
            var stop = route.GetStop(stopId);
            var now = clock.GetUtcNow();
            var before = RouteJson.StopDetails(stop);
            var operation = change(route, stop, now);
            Audit(org, route, operation, SimulatorJson.Object(
                ("before", SimulatorJson.Object(("stops", new JsonArray(before)))), ("after", SimulatorJson.Object(("stops", new JsonArray(RouteJson.StopDetails(stop)))))));
            return eventType is null ? [] : events.Emit(org, eventType, StopData(org, route, stop, operation, now), request.Options ?? new());
        }
    }

    private static JsonObject StopData(Org org, Route route, Stop stop, string operation, DateTimeOffset now) => SimulatorJson.Object(
        ("driver", DriverOf(org, route)),
        ("operation", operation),
        ("route", RouteJson.RouteInWebhook(route)),
        ("routeStopDetails", RouteJson.StopDetails(stop)),
        ("time", WireTime.Milliseconds(now)),
        ("type", "route tracking"),
        ("vehicle", route.Vehicle is { } vehicle ? RouteJson.Which(vehicle) : null));

    // A route given to a vehicle shows whoever is at its wheel, if that is one person.
    private static JsonObject? DriverOf(Org org, Route route)
    {
        if (route.Driver is { } assigned)
            return RouteJson.Who(assigned);
        var atTheWheel = org.Assignments.Where(assignment => assignment.Vehicle == route.Vehicle && assignment is { End: null, IsPassenger: false }).ToList();
        return atTheWheel.Count == 1 ? RouteJson.Who(atTheWheel[0].Driver) : null;
    }

    private static JsonObject Sequence(Route route) => SimulatorJson.Object(("stops", SimulatorJson.Array(route.Stops.Select(stop => SimulatorJson.Object(
        ("id", stop.Id),
        ("scheduledArrivalTime", WireTime.Milliseconds(stop.ScheduledArrival)),
        ("scheduledDepartureTime", WireTime.Milliseconds(stop.ScheduledDeparture)),
        ("state", stop.State))))));

    private static Stop Stop(Org org, Route route, NewStop request)
    {
        if (request.ScheduledArrival is null && request.ScheduledDeparture is null)
            throw new ControlException($"stop {request.Name} needs a scheduled arrival or departure");
        var stop = NewStop(org, route, request.Name);
        return new Stop(request.Id ?? stop.Id)
        {
            Name = stop.Name,
            LiveSharingUrl = stop.LiveSharingUrl,
            State = stop.State,
            Notes = request.Notes ?? "",
            ScheduledArrival = request.ScheduledArrival,
            ScheduledDeparture = request.ScheduledDeparture,
            Place = request.Address is null && request.AddressId is null ? null : new(request.AddressId, request.Address ?? request.Name, request.Latitude, request.Longitude, null),
        };
    }

    private static RouteView View(Route route)
        => new(route.Id, route.Name, route.Driver?.Id, route.Vehicle?.Id, [.. route.Stops.Select(stop => new StopView(stop.Id, stop.Name, stop.State, stop.Notes))]);

    private static string FreeId(string? wanted, IEnumerable<string> taken)
    {
        if (wanted is null)
            return Unique.Digits(9);
        return taken.Contains(wanted, StringComparer.Ordinal) ? throw new ControlException($"id {wanted} is taken") : wanted;
    }
}
