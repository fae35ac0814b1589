using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <param name="Means">In plain words.</param>
public sealed record SampleEvent(string EventType, string Means);

/// <summary>
/// The <c>data</c> of every event type of envelope 2.0 that Samsara's webhooks know, with sensible contents in the shapes of
/// real samples and documented examples; where Samsara publishes none (ETA, early or late arrival), as its likes have it.
/// </summary>
public static class SamsaraSamples
{
    private static readonly Dictionary<string, (string Means, Func<SampleSubject, JsonObject> Data)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["AddressCreated"] = ("an address was put into the org's book", about => Of(("address", FullAddress(about)))),
        ["AddressDeleted"] = ("an address was taken out of the book", about => Of(("address", Of(("id", about.AddressId), ("name", about.AddressName))))),
        ["AddressUpdated"] = ("an address or its geofence changed", about => Of(("address", FullAddress(about)))),
        ["AlertIncident"] = ("an alert went off or resolved", about => SamsaraIncidents.Data("hosViolation", about)),
        ["AlertObjectEvent"] = ("something happened to what an alert watches", about => SamsaraIncidents.Data("panicButton", about)),
        ["DocumentSubmitted"] = ("a driver handed in a document in his app", about => Of(("document", Document(about)))),
        ["DriverCreated"] = ("a driver was added", about => Of(("driver", FullDriver(about)))),
        ["DriverUpdated"] = ("a driver's data changed", about => Of(("driver", FullDriver(about)))),
        ["DvirSubmitted"] = ("a vehicle was inspected", about => Of(("dvir", Dvir(about)))),
        ["EngineFaultOff"] = ("an engine fault is gone", about => Of(("fault", Fault()), ("vehicle", Vehicle(about)))),
        ["EngineFaultOn"] = ("an engine reports a fault", about => Of(("fault", Fault()), ("vehicle", Vehicle(about)))),
        ["FormSubmitted"] = ("a form was handed in", about => Of(("form", Form(about)))),
        ["FormUpdated"] = ("a form changed", about => Of(("form", Form(about)))),
        ["GatewayUnplugged"] = ("a vehicle's gateway was pulled out", about => Of(("gateway", Of(("model", "VG34"), ("serial", Serial), ("vehicle", Vehicle(about)))))),
        ["GeofenceEntry"] = ("a vehicle came to an address; no driver is named", Geofence),
        ["GeofenceExit"] = ("a vehicle left an address; no driver is named", Geofence),
        ["IssueCreated"] = ("somebody reported an issue", about => Of(("issue", Issue(about)))),
        ["MissingDvirPastDue"] = ("an inspection is overdue", about => Of(("driver", Driver(about)), ("dvirType", "preTrip"), ("dueAtTime", Time(about, -60)), ("vehicle", Vehicle(about)))),
        ["PredictiveMaintenanceAlert"] = ("a part is likely to fail", about => Of(("component", "battery"), ("severity", "high"), ("vehicle", Vehicle(about)))),
        ["RouteStopArrival"] = ("a truck reached a stop", about => RouteStop(about, "arrived")),
        ["RouteStopDeparture"] = ("a truck left a stop", about => RouteStop(about, "departed")),
        ["RouteStopEarlyLateArrival"] = ("a truck reached a stop outside of its window", about => RouteStop(about, "arrived")),
        ["RouteStopEtaUpdated"] = ("a stop's estimated arrival moved", about => RouteStop(about, "en route")),
        ["RouteStopResequence"] = ("a route's stops were put into another order", Resequence),
        ["SevereSpeedingEnded"] = ("severe speeding is over", about => Of(("data", Of(("endTime", Time(about)), ("startTime", Time(about, -2)), ("tripStartTime", Time(about, -90)), ("vehicle", Of(("id", about.VehicleId))))))),
        ["SevereSpeedingStarted"] = ("a truck is severely speeding", about => Of(("data", Of(("startTime", Time(about)), ("tripStartTime", Time(about, -90)), ("vehicle", Of(("id", about.VehicleId))))))),
        ["ShipmentTrackingEvent"] = ("a shipment moved on", about => Of(("shipment", Of(("id", "990000008"), ("status", "inTransit"))), ("time", Time(about)), ("vehicle", Vehicle(about)))),
        ["SpeedingEventEnded"] = ("speeding is over", about => Speeding(about, ended: true)),
        ["SpeedingEventStarted"] = ("a truck is speeding", about => Speeding(about, ended: false)),
        ["SuddenFuelLevelDrop"] = ("fuel is vanishing", about => Fuel(about, before: 80, after: 35)),
        ["SuddenFuelLevelRise"] = ("somebody refuelled", about => Fuel(about, before: 20, after: 95)),
        ["VehicleCreated"] = ("a vehicle was added", about => Of(("vehicle", FullVehicle(about)))),
        ["VehicleUpdated"] = ("a vehicle's data changed", about => Of(("vehicle", FullVehicle(about)))),
        ["VisualSearchMatch"] = ("a camera saw what somebody looks for", about => Of(("happenedAtTime", Time(about)), ("vehicle", Vehicle(about)))),
        ["WorkOrderCreatedOrChanged"] = ("a work order of the workshop", about => Of(("vehicle", Vehicle(about)), ("workOrder", Of(("id", "990000009"), ("status", "open"), ("createdAtTime", Time(about)))))),
    };

    private const string Serial = "G7E5-GM5-9H7";

    public static IReadOnlyList<SampleEvent> Events { get; } = [.. Known.Select(known => new SampleEvent(known.Key, known.Value.Means)).OrderBy(sample => sample.EventType, StringComparer.Ordinal)];

    /// <returns>As Samsara spells it; null: Samsara knows no such event.</returns>
    public static string? FindEventType(string name) => Known.Keys.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="ArgumentException">There is no such event.</exception>
    public static JsonObject Data(string eventType, SampleSubject about)
        => Known.TryGetValue(eventType, out var known) ? known.Data(about) : throw new ArgumentException($"Samsara has no event {eventType}.", nameof(eventType));

    internal static JsonObject Driver(SampleSubject about) => Of(("id", about.DriverId), ("name", about.DriverName));

    internal static JsonObject Vehicle(SampleSubject about)
        => Of(("externalIds", Of(("samsara.serial", "G7E5GM59H7"))), ("id", about.VehicleId), ("name", about.VehicleName));

    internal static JsonObject Document(SampleSubject about) => Of(
        ("createdAtTime", Time(about)),
        ("documentType", Of(("id", "2c541bb5-d033-4a8e-9d53-f3db85d366ff"), ("name", "Bill of Lading"))),
        ("driver", Driver(about)),
        ("fields", new JsonArray(
            Of(("label", "Photos"), ("type", "photo"), ("value", new JsonObject())),
            Of(("label", "Reference #"), ("type", "string"), ("value", Of(("stringValue", "4711")))))),
        ("id", $"{about.DriverId}_{about.Now.ToUnixTimeMilliseconds()}"),
        ("route", Of(("id", about.RouteId), ("name", about.RouteName))),
        ("routeStop", Of(("id", about.StopId))),
        ("state", "submitted"),
        ("updatedAtTime", Time(about)),
        ("vehicle", Vehicle(about)));

    internal static JsonObject Address(SampleSubject about) => Of(
        ("formattedAddress", "I-35 Frontage Rd, Waco, TX, USA"),
        ("geofence", Of(("circle", Of(("latitude", 31.5493), ("longitude", -97.1467), ("radiusMeters", 322))))),
        ("id", about.AddressId),
        ("name", about.AddressName));

    internal static JsonObject RouteStop(SampleSubject about, string state) => Of(
        ("driver", Driver(about)),
        ("operation", state switch { "arrived" => RouteProgress.StopArrived, "departed" => RouteProgress.StopDeparted, _ => RouteProgress.EtaUpdated }),
        ("route", Route(about, state)),
        ("routeStopDetails", StopDetails(about, state)),
        ("time", Time(about)),
        ("type", "route tracking"));

    internal static string Time(SampleSubject about, double minutes = 0) => WireTime.Milliseconds(about.Now.AddMinutes(minutes));

    internal static JsonObject Of(params (string Name, JsonNode? Value)[] members) => SimulatorJson.Object(members);

    private static JsonObject StopDetails(SampleSubject about, string state) => Of(
        ("actualArrivalTime", state is "arrived" or "departed" ? Time(about, state == "departed" ? -25 : 0) : null),
        ("actualDepartureTime", state == "departed" ? Time(about) : null),
        ("enRouteTime", Time(about, -60)),
        ("eta", state == "en route" ? WireTime.Milliseconds(about.Eta ?? about.Now.AddMinutes(45)) : null),
        ("id", about.StopId),
        ("liveSharingUrl", "https://cloud.samsara.com/o/5005929/fleet/viewer/job/sample"),
        ("state", state));

    private static JsonObject Route(SampleSubject about, string state) => Of(
        ("actualRouteStartTime", Time(about, -60)),
        ("id", about.RouteId),
        ("name", about.RouteName),
        ("scheduledRouteEndTime", Time(about, 180)),
        ("scheduledRouteStartTime", Time(about, -60)),
        ("settings", Of(("routeCompletionCondition", "arriveLastStop"), ("routeStartingCondition", "departFirstStop"))),
        ("stops", new JsonArray(
            Stop(about, about.StopId, about.StopName, state, 0, StopDetails(about, state)),
            Stop(about, about.NextStopId, "Sample depot, Dallas, TX", "scheduled", 180, []))));

    private static JsonObject Stop(SampleSubject about, string id, string name, string state, double minutes, JsonObject details)
    {
        var stop = Of(
            ("id", id),
            ("liveSharingUrl", "https://cloud.samsara.com/o/5005929/fleet/viewer/job/sample"),
            ("name", name),
            ("notes", "Gate 4, ring the bell"),
            ("scheduledArrivalTime", Time(about, minutes)),
            ("singleUseLocation", Of(("address", name), ("latitude", 31.5493), ("longitude", -97.1467))),
            ("state", state));
        foreach (var (member, value) in details)
            stop[member] = value?.DeepClone();
        return stop;
    }

    private static JsonObject Resequence(SampleSubject about)
    {
        JsonObject first = Sequenced(about, about.StopId, 0), second = Sequenced(about, about.NextStopId, 180);
        var route = Route(about, "scheduled");
        var stops = (JsonArray)route["stops"]!;
        var moved = stops[0]!;
        stops.RemoveAt(0);
        stops.Add(moved);
        route["changes"] = Of(
            ("before", Of(("stops", new JsonArray(first, second)))),
            ("after", Of(("stops", new JsonArray(second.DeepClone(), first.DeepClone())))));
        return Of(("driver", Driver(about)), ("operation", RouteProgress.OrderChanged), ("route", route), ("time", Time(about)), ("type", "route tracking"));
    }

    private static JsonObject Sequenced(SampleSubject about, string id, double minutes) => Of(("id", id), ("scheduledArrivalTime", Time(about, minutes)), ("state", "scheduled"));

    private static JsonObject Geofence(SampleSubject about)
    {
        var vehicle = Vehicle(about);
        (vehicle["assetType"], vehicle["licensePlate"]) = ("vehicle", "09999");
        return Of(("address", Address(about)), ("vehicle", vehicle));
    }

    private static JsonObject FullAddress(SampleSubject about)
    {
        var address = Address(about);
        (address["latitude"], address["longitude"]) = (31.5493, -97.1467);
        (address["addressTypes"], address["notes"]) = (new JsonArray("yard"), "Closed on Sundays");
        return address;
    }

    private static JsonObject FullDriver(SampleSubject about) => Of(
        ("carrierSettings", new JsonObject()),
        ("createdAtTime", Time(about)),
        ("driverActivationStatus", "active"),
        ("eldAdverseWeatherExemptionEnabled", false),
        ("eldBigDayExemptionEnabled", false),
        ("eldExempt", false),
        ("eldPcEnabled", false),
        ("eldYmEnabled", false),
        ("id", about.DriverId),
        ("name", about.DriverName),
        ("phone", about.DriverPhone),
        ("timezone", "America/Chicago"),
        ("updatedAtTime", Time(about)),
        ("username", string.Concat(about.DriverName.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant()));

    // A real sample of an update has an empty time here.
    private static JsonObject FullVehicle(SampleSubject about) => Of(
        ("assetType", "vehicle"),
        ("createdAtTime", ""),
        ("externalIds", Of(("samsara.serial", "G7E5GM59H7"))),
        ("gateway", Of(("model", "VG34"), ("serial", Serial))),
        ("id", about.VehicleId),
        ("licensePlate", "09999"),
        ("name", about.VehicleName),
        ("serial", "G7E5GM59H7"),
        ("staticAssignedDriver", Driver(about)));

    private static JsonObject Dvir(SampleSubject about) => Of(
        ("authorSignature", Of(("signatoryUser", Driver(about)), ("signedAtTime", Time(about)), ("type", "driver"))),
        ("driver", Driver(about)),
        ("endTime", Time(about)),
        ("formattedLocation", "Waco, TX"),
        ("hasDefects", true),
        ("id", "990000007"),
        ("needsCorrection", true),
        ("safetyStatus", "unsafe"),
        ("startTime", Time(about, -9)),
        ("type", "preTrip"),
        ("vehicle", Vehicle(about)));

    private static JsonObject Fault() => Of(
        ("j1939", Of(("fmi", Of(("description", "Voltage below normal"), ("id", 4))), ("occurrenceCount", 2), ("spn", Of(("description", "Battery potential"), ("id", 168))), ("txId", 0))));

    private static JsonObject Form(SampleSubject about) => Of(
        ("createdAtTime", Time(about, -10)),
        ("fields", new JsonArray(Of(("id", "f1"), ("label", "Seal number"), ("textValue", Of(("value", "SL-4711"))), ("type", "text")))),
        ("formTemplate", Of(("id", "9814a1fa-f0c6-408b-bf85-51dc3bc71ac7"), ("revisionId", "1214a1fa-f0c6-408b-bf85-51dc3bc71ac7"))),
        ("id", "54a1e9a8-0cd6-4f43-9cd3-f2c3c6d3f0a1"),
        ("location", Of(("latitude", 31.5493), ("longitude", -97.1467))),
        ("routeStopId", about.StopId),
        // Real ones come with an empty status.
        ("status", ""),
        ("submittedAtTime", Time(about)),
        ("submittedBy", Of(("id", about.DriverId), ("type", "driver"))),
        ("updatedAtTime", Time(about)));

    private static JsonObject Issue(SampleSubject about) => Of(
        ("asset", Of(("id", about.VehicleId), ("name", about.VehicleName))),
        ("createdAtTime", Time(about)),
        ("id", "990000010"),
        ("priority", "high"),
        ("status", "open"),
        ("submittedBy", Of(("id", about.DriverId), ("type", "driver"))),
        ("title", "Left mirror is broken"));

    private static JsonObject Speeding(SampleSubject about, bool ended) => Of(
        ("endTime", ended ? Time(about) : null),
        ("severityLevel", "Heavy"),
        ("startTime", Time(about, ended ? -3 : 0)),
        ("tripStartTime", Time(about, -90)),
        ("vehicle", Of(("id", about.VehicleId), ("name", about.VehicleName))));

    private static JsonObject Fuel(SampleSubject about, int before, int after) => Of(
        ("fuelLevelPercentAfter", after), ("fuelLevelPercentBefore", before), ("happenedAtTime", Time(about)), ("vehicle", Vehicle(about)));
}
