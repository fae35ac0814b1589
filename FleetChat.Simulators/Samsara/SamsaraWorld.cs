using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>What people and vehicles do in the simulated fleets; the control calls and REST's writes end here.</summary>
internal sealed class SamsaraWorld(SamsaraState state, SamsaraEvents events, TimeProvider clock)
{
    public SamsaraDispatch Dispatch { get; } = new(state, events, clock);

    public SamsaraAlerts Alerts { get; } = new(state, events, clock);

    public SamsaraPapers Papers { get; } = new(state, events, clock);

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
            state.GetOrg(orgId).Tokens.Add(new(request.Value, request.TagIds ?? [], request.ExpiresAt, request.Scopes));
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

    public void ExpireToken(long orgId, TokenEnd request)
    {
        lock (state.Gate)
        {
            var tokens = state.GetOrg(orgId).Tokens;
            var at = tokens.FindIndex(token => token.Value == request.Value);
            if (at < 0)
                throw new ControlException($"org {orgId} has no such token");
            tokens[at] = tokens[at] with { ExpiresAt = request.At };
        }
    }

    public void AddTag(long orgId, Tag tag)
    {
        lock (state.Gate)
            state.GetOrg(orgId).Tags[tag.Id] = tag;
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
                Tags = org.Know(request.Tags ?? []),
                StaticVehicle = request.StaticVehicleId is { } vehicle ? org.GetVehicle(vehicle) : null,
                CreatedAt = now,
                UpdatedAt = now,
            };
            Put(driver.ExternalIds, request.ExternalIds);
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
            driver.DutyStatus = change.Offline ? null : change.DutyStatus ?? driver.DutyStatus;
            if (change is { Name: null, Phone: null, Notes: null, Tags: null, Active: null, Locale: null, TimeZone: null, ExternalIds: null, StaticVehicleId: null })
                return;
            driver.Locale = change.Locale ?? driver.Locale;
            driver.TimeZone = change.TimeZone ?? driver.TimeZone;
            driver.StaticVehicle = change.StaticVehicleId is { } vehicle ? org.GetVehicle(vehicle) : driver.StaticVehicle;
            Put(driver.ExternalIds, change.ExternalIds);
            driver.Name = change.Name ?? driver.Name;
            driver.Phone = change.Phone ?? driver.Phone;
            driver.Notes = change.Notes ?? driver.Notes;
            driver.Tags = change.Tags is null ? driver.Tags : org.Know(change.Tags);
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
            var (org, now) = (state.GetOrg(orgId), clock.GetUtcNow());
            var vehicle = new Vehicle(FreeId(request.Id, org.Vehicles.Select(other => other.Id)))
            {
                Name = request.Name,
                Serial = $"{Unique.UpperHex(4)}-{Unique.UpperHex(3)}-{Unique.UpperHex(3)}",
                Vin = request.Vin,
                LicensePlate = request.LicensePlate,
                Tags = org.Know(request.Tags ?? []),
                CreatedAt = now,
                UpdatedAt = now,
            };
            // Samsara's own two stand beside the customer's.
            vehicle.ExternalIds["samsara.serial"] = vehicle.Serial.Replace("-", "", StringComparison.Ordinal);
            if (vehicle.Vin is { } vin)
                vehicle.ExternalIds["samsara.vin"] = vin;
            Put(vehicle.ExternalIds, request.ExternalIds);
            org.Vehicles.Add(vehicle);
            events.Emit(org, "VehicleCreated", SimulatorJson.Object(("vehicle", VehiclesApi.InWebhook(org, vehicle))), new());
            return new(vehicle.Id);
        }
    }

    public void ChangeVehicle(long orgId, string vehicleId, VehicleChange change)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var vehicle = org.GetVehicle(vehicleId);
            vehicle.Name = change.Name ?? vehicle.Name;
            vehicle.Notes = change.Notes ?? vehicle.Notes;
            vehicle.LicensePlate = change.LicensePlate ?? vehicle.LicensePlate;
            vehicle.Tags = change.Tags is null ? vehicle.Tags : org.Know(change.Tags);
            vehicle.UpdatedAt = clock.GetUtcNow();
            events.Emit(org, "VehicleUpdated", SimulatorJson.Object(("vehicle", VehiclesApi.InWebhook(org, vehicle))), new());
        }
    }

    public void MoveVehicle(long orgId, string vehicleId, VehiclePosition position)
    {
        lock (state.Gate)
            state.GetOrg(orgId).GetVehicle(vehicleId).Position = new(position.Latitude, position.Longitude, position.SpeedMilesPerHour, clock.GetUtcNow());
    }

    /// <summary>A vehicle at an address. Samsara's event names no driver.</summary>
    public IReadOnlyList<EmittedEvent> CrossGeofence(long orgId, string addressId, GeofenceCrossing request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var vehicle = RouteJson.Which(org.GetVehicle(request.VehicleId));
            vehicle["assetType"] = "vehicle";
            var data = SimulatorJson.Object(("address", AddressJson.Geofenced(org.GetAddress(addressId))), ("vehicle", vehicle));
            return events.Emit(org, request.Exit ? "GeofenceExit" : "GeofenceEntry", data, request.Options ?? new());
        }
    }

    public Created AddAddress(long orgId, NewAddress request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var address = new Address(FreeId(request.Id, org.Addresses.Select(other => other.Id)))
            {
                Name = request.Name,
                FormattedAddress = request.FormattedAddress,
                Latitude = request.Latitude,
                Longitude = request.Longitude,
                RadiusMeters = request.RadiusMeters,
                Notes = request.Notes,
                Tags = org.Know(request.Tags ?? []),
            };
            Put(address.ExternalIds, request.ExternalIds);
            org.Addresses.Add(address);
            events.Emit(org, "AddressCreated", SimulatorJson.Object(("address", AddressJson.Full(address))), new());
            return new(address.Id);
        }
    }

    public void ChangeAddress(long orgId, string addressId, AddressChange change)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var address = org.GetAddress(addressId);
            address.Name = change.Name ?? address.Name;
            address.FormattedAddress = change.FormattedAddress ?? address.FormattedAddress;
            address.Notes = change.Notes ?? address.Notes;
            events.Emit(org, "AddressUpdated", SimulatorJson.Object(("address", AddressJson.Full(address))), new());
        }
    }

    public void DeleteAddress(long orgId, string addressId)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var address = org.GetAddress(addressId);
            org.Addresses.Remove(address);
            events.Emit(org, "AddressDeleted", SimulatorJson.Object(("address", AddressJson.Bare(address))), new());
        }
    }

    public void Assign(long orgId, NewAssignment request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var (driver, vehicle, start) = (org.GetDriver(request.DriverId), org.GetVehicle(request.VehicleId), request.Start ?? clock.GetUtcNow());
            // One that is planned, or entered afterwards, leaves the present one alone.
            if (request is { Start: null, End: null })
            {
                foreach (var former in org.Assignments.Where(old => old.End is null && (old.Driver == driver || (old.Vehicle == vehicle && !old.IsPassenger && !request.IsPassenger))))
                    former.End = start;
            }
            org.Assignments.Add(new(driver, vehicle, request.IsPassenger, start) { End = request.End, Type = request.Type });
        }
    }

    /// <summary>The driver has left whatever he was assigned to.</summary>
    public void Unassign(long orgId, string driverId)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var driver = org.GetDriver(driverId);
            foreach (var assignment in org.Assignments.Where(old => old.Driver == driver && old.End is null))
                assignment.End = clock.GetUtcNow();
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

    public IReadOnlyList<EmittedEvent> Emit(long orgId, EmitEvent request)
    {
        lock (state.Gate)
            return events.Emit(state.GetOrg(orgId), request.EventType, request.Data, request.Options ?? new());
    }

    /// <summary>Any event with sample contents about what the org really has.</summary>
    public IReadOnlyList<EmittedEvent> EmitSample(long orgId, string eventType, SampleRequest request)
    {
        lock (state.Gate)
        {
            var known = SamsaraSamples.FindEventType(eventType) ?? throw new ControlException($"Samsara has no event {eventType}");
            var org = state.GetOrg(orgId);
            return events.Emit(org, known, SamsaraSamples.Data(known, org.About(request.Subject ?? new(), clock.GetUtcNow())), request.Options ?? new());
        }
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

    public void ClearFaults()
    {
        lock (state.Gate)
            state.Faults.Clear();
    }

    public void Change(SamsaraSettings settings)
    {
        lock (state.Gate)
            state.Settings = settings;
    }

    public SamsaraSettings Settings()
    {
        lock (state.Gate)
            return state.Settings;
    }

    /// <summary>What there is, for somebody who looks on.</summary>
    public SamsaraView View()
    {
        lock (state.Gate)
        {
            return new([.. state.Orgs.Select(org => new OrgView(
                org.Id,
                org.Name,
                org.TimeZone,
                [.. org.Drivers.Select(driver => new DriverView(driver.Id, driver.Name, driver.Phone, driver.DeactivatedAt is null, driver.DutyStatus))],
                [.. org.Vehicles.Select(vehicle => new VehicleView(vehicle.Id, vehicle.Name, [.. org.Assignments.Where(one => one.Vehicle == vehicle && one.Touches(clock.GetUtcNow(), clock.GetUtcNow())).Select(one => one.Driver.Id)]))],
                [.. org.Routes.Select(route => new RouteLine(route.Id, route.Name, route.Driver?.Id, route.Vehicle?.Id, [.. route.Stops.Select(stop => new StopView(stop.Id, stop.Name, stop.State, stop.Notes))]))],
                [.. org.Webhooks.Select(webhook => new WebhookView(webhook.Id, webhook.Url, webhook.EventTypes))]))], [.. state.Faults]);
        }
    }

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
            org.Tell(route, stop.Id, operation, "automatic", now, SimulatorJson.Object(
                ("before", SimulatorJson.Object(("stops", new JsonArray(before)))), ("after", SimulatorJson.Object(("stops", new JsonArray(RouteJson.StopDetails(stop)))))));
            if (eventType is null)
                return [];
            var data = StopData(org, route, stop, operation, now);
            var told = events.Emit(org, eventType, data, request.Options ?? new());
            return eventType == "RouteStopArrival" && RouteProgress.IsEarlyOrLate(stop)
                ? [.. told, .. events.Emit(org, "RouteStopEarlyLateArrival", data, (request.Options ?? new()) with { EventId = null })]
                : told;
        }
    }

    // Clocks and duty status come only while the driver's app is online.
    private static JsonObject StopData(Org org, Route route, Stop stop, string operation, DateTimeOffset now)
    {
        var online = AtTheWheel(org, route) is { DutyStatus.Length: > 0 } driver ? driver : null;
        return SimulatorJson.Object(
            ("assignedAtTime", online is null ? null : WireTime.Milliseconds(route.AssignedAt)),
            ("assignedToRoute", online is null ? null : route.Driver is null ? "vehicle" : "driver"),
            ("clocks", online is null ? null : OrgApi.FullClocks(now)),
            ("currentDutyStatus", online is null ? null : SimulatorJson.Object(("hosStatusType", online.DutyStatus))),
            ("driver", DriverOf(org, route)),
            ("operation", operation),
            ("route", RouteJson.RouteInWebhook(route)),
            ("routeStopDetails", RouteJson.StopDetails(stop)),
            ("time", WireTime.Milliseconds(now)),
            ("type", "route tracking"),
            ("vehicle", route.Vehicle is { } vehicle ? RouteJson.Which(vehicle) : null));
    }

    public static JsonObject? DriverOf(Org org, Route route) => AtTheWheel(org, route) is { } driver ? RouteJson.Who(driver) : null;

    // A route given to a vehicle shows whoever is at its wheel, if that is one person.
    private static Driver? AtTheWheel(Org org, Route route)
    {
        if (route.Driver is { } assigned)
            return assigned;
        var drivers = org.Assignments.Where(assignment => assignment.Vehicle == route.Vehicle && assignment is { End: null, IsPassenger: false }).ToList();
        return drivers.Count == 1 ? drivers[0].Driver : null;
    }

    private static void Put(Dictionary<string, string> map, IReadOnlyDictionary<string, string>? added)
    {
        foreach (var (key, value) in added ?? new Dictionary<string, string>())
            map[key] = value;
    }

    public static string FreeId(string? wanted, IEnumerable<string> taken)
    {
        if (wanted is null)
            return Unique.Digits(9);
        return taken.Contains(wanted, StringComparer.Ordinal) ? throw new ControlException($"id {wanted} is taken") : wanted;
    }
}
