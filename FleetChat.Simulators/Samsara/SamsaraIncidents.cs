using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <param name="Name">The member of <c>details</c> by which a receiver knows it.</param>
/// <param name="TriggerId">Null where Samsara publishes none.</param>
/// <param name="LegacyId">The <c>alertConditionId</c> in envelope 1.0; null: such alerts are of envelope 2.0 only.</param>
public sealed record AlertCondition(string Name, string Description, int? TriggerId = null, string? LegacyId = null);

/// <summary>Alerts: every condition that Samsara's schema lists, spelt as it does, and the sample data of an incident.</summary>
public static class SamsaraIncidents
{
    private const string SampleConfiguration = "9814a1fa-f0c6-408b-bf85-51dc3bc71ac7";

    private static readonly string[] DriverOnly = ["hosViolation", "driverMessageReceived", "driverMessageSent", "driverAppSignIn", "driverAppSignOut", "driverRecorded", "workerSafetySos"];

    public static IReadOnlyList<AlertCondition> Conditions { get; } =
    [
        new("ambientTemperature", "Ambient temperature is out of range", null, "TemperatureAbove"),
        new("cameraConnectorDisconected", "Camera connector is disconnected", null, "DashcamDisconnected"),
        new("cameraStreamIssue", "Camera stream has an issue"),
        new("cellSignalLoss", "Cellular signal was lost"),
        new("cloudBackupUploadIssue", "Cloud backup does not upload"),
        new("dashcamDisconnected", "Dash cam was disconnected", null, "DashcamDisconnected"),
        new("dataInputValue", "A data input reached its threshold"),
        new("deviceMovement", "Device moved", null, "DeviceMovement"),
        new("deviceMovementStopped", "Device stopped moving"),
        new("doorOpen", "Door was opened", null, "DoorActivated"),
        new("driverAppSignIn", "Driver signed in to the app", 5012),
        new("driverAppSignOut", "Driver signed out of the app", 5013),
        new("driverDocumentSubmitted", "Driver submitted a document", 5009, "DriverDocumentSubmitted"),
        new("driverMessageReceived", "Message from a driver received"),
        new("driverMessageSent", "Message to a driver sent"),
        new("driverRecorded", "Driver recorded a video"),
        new("dvirSubmittedDevice", "DVIR submitted", 5005, "UnsafeDvir"),
        new("engineIdle", "Engine idles", 1019, "EngineIdle"),
        new("engineOff", "Engine was switched off"),
        new("engineOn", "Engine was switched on"),
        new("formSubmitted", "Form submitted"),
        new("formUpdated", "Form updated"),
        new("fuelLevelPercentage", "Fuel level is low", null, "VehicleFuelLevelBelow"),
        new("gatewayDisconnected", "Gateway is disconnected", null, "DeviceDisconnect"),
        new("gatewayUnplugged", "Gateway was unplugged", null, "DeviceUnplugged"),
        new("geofenceEntry", "Vehicle entered a geofence", 5016),
        new("geofenceExit", "Vehicle left a geofence", 5017),
        new("gpsSignalLoss", "GPS signal was lost"),
        new("harshEvent", "Harsh event", 1023, "HarshEvent"),
        new("hosViolation", "HOS violation", 1018, "HosViolation"),
        new("inactivity", "Nothing moves"),
        new("insideGeofence", "Vehicle stays inside a geofence", 1014, "DeviceLocationInsideGeofence"),
        new("issueCreated", "Issue created"),
        new("jammingDetected", "Jamming detected"),
        new("missingDvirPastDue", "DVIR is past due"),
        new("motionDetected", "Motion detected"),
        new("outOfRoute", "Vehicle is out of route", 1027),
        new("outsideGeofence", "Vehicle is outside a geofence", 1020, "DeviceLocationOutsideGeofence"),
        new("panicButton", "Panic button pressed", 1034, "PanicButtonPressed"),
        new("personDetected", "Person detected"),
        new("reading", "A reading reached its threshold"),
        new("reeferTemperature", "Reefer temperature is out of range", null, "ReeferTemperatureAboveSetPoint"),
        new("routeStopArrival", "Vehicle arrived at a stop"),
        new("routeStopDeparture", "Vehicle departed from a stop"),
        new("routeStopETA", "ETA of a stop reached its threshold", 5018, "DispatchRouteETAThreshold"),
        new("scheduledMaintenance", "Maintenance is due", null, "ScheduledMaintenanceDate"),
        new("scheduledMaintenanceByEngineHours", "Maintenance by engine hours is due", null, "ScheduledMaintenanceEngineHours"),
        new("scheduledMaintenanceOdometer", "Maintenance by odometer is due", null, "ScheduledMaintenanceOdometer"),
        new("severeSpeeding", "Severe speeding", 5022),
        new("siteGatewayDisconnected", "Site gateway is disconnected"),
        new("speed", "Vehicle speed exceeds threshold", 1000, "DeviceSpeedAbove"),
        new("suddenFuelLevelDrop", "Fuel level dropped suddenly"),
        new("suddenFuelLevelRise", "Fuel level rose suddenly"),
        new("tamperingDetected", "Tampering detected"),
        new("tireFaults", "Tire fault"),
        new("trailerMovingWithoutPower", "Trailer moves without power"),
        new("unassignedDriving", "Unassigned driving", 1016),
        new("vehicleBatteryVoltage", "Battery voltage is low", null, "BatteryVoltageBelow"),
        new("vehicleDefLevelPercentage", "DEF level is low"),
        new("vehicleDetected", "Vehicle detected"),
        new("vehicleFaults", "Vehicle fault", 1029, "DeviceHasVehicleFault"),
        new("vehicleTrailerMismatch", "Vehicle and trailer don't match"),
        new("workerSafetySos", "SOS of a worker"),
    ];

    /// <summary>Conditions that envelope 1.0 alone knows.</summary>
    public static IReadOnlyList<string> LegacyOnly { get; } =
        ["DeviceSpeedAboveSpeedLimit", "BatteryLow", "TemperatureBelow", "HumidityBelow", "HumidityAbove", "ReeferHasNewAlarm", "ReeferTemperatureBelowSetPoint", "SafeDvirWithDefects"];

    public static AlertCondition? Find(string name) => Conditions.FirstOrDefault(condition => condition.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same incident comes again when it resolves: only its own times tell that it is the same.</summary>
    /// <param name="details">Null: sample details.</param>
    public static JsonObject Data(string condition, SampleSubject about, JsonObject? details = null, string? configurationId = null, DateTimeOffset? happenedAt = null, DateTimeOffset? resolvedAt = null)
    {
        var known = Find(condition) ?? new(condition, condition);
        return SimulatorJson.Object(
            ("conditions", new JsonArray(SimulatorJson.Object(
                ("description", known.Description),
                ("details", SimulatorJson.Object((known.Name, details?.DeepClone() ?? Details(known.Name, about)))),
                ("triggerId", known.TriggerId)))),
            ("configurationId", configurationId ?? SampleConfiguration),
            ("happenedAtTime", WireTime.Milliseconds(happenedAt ?? about.Now)),
            ("incidentUrl", $"https://cloud.samsara.com/o/{about.OrgId}/fleet/workflows/incidents/{configurationId ?? SampleConfiguration}"),
            ("isResolved", resolvedAt is not null),
            ("resolvedAtTime", WireTime.Milliseconds(resolvedAt)),
            ("updatedAtTime", WireTime.Milliseconds(resolvedAt ?? about.Now)));
    }

    public static JsonObject Details(string condition, SampleSubject about)
    {
        var details = new JsonObject();
        if (condition is "geofenceEntry" or "geofenceExit" or "insideGeofence" or "outsideGeofence")
            details["address"] = SamsaraSamples.Address(about);
        else
            details["driver"] = SamsaraSamples.Driver(about);
        if (!DriverOnly.Contains(condition))
            details["vehicle"] = SamsaraSamples.Vehicle(about);
        foreach (var (name, value) in Particular(condition, about))
            details[name] = value?.DeepClone();
        return details;
    }

    /// <summary>What envelope 1.0 says of it. A document's id stands in the text alone.</summary>
    public static JsonObject LegacyContent(string legacyId, string description, SampleSubject about)
    {
        var hasDriver = long.TryParse(about.DriverId, out var driver);
        return SimulatorJson.Object(
            ("alertConditionDescription", description),
            ("alertConditionId", legacyId),
            ("alertEventUrl", $"https://cloud.samsara.com/o/{about.OrgId}/alerts/incidents/v2/{about.Now.ToUnixTimeMilliseconds()}"),
            ("details", legacyId == "DriverDocumentSubmitted" ? $"A document was submitted (ID: {about.DriverId}_{about.Now.ToUnixTimeMilliseconds()})" : $"{description}: {about.DriverName}"),
            ("driver", hasDriver ? SimulatorJson.Object(("id", driver), ("name", about.DriverName)) : null),
            ("orgId", about.OrgId),
            ("resolved", false),
            ("startMs", about.Now.ToUnixTimeMilliseconds()),
            ("summary", description));
    }

    private static JsonObject Particular(string condition, SampleSubject about) => condition switch
    {
        "driverDocumentSubmitted" => SamsaraSamples.Of(("document", SamsaraSamples.Document(about))),
        "hosViolation" => SamsaraSamples.Of(("type", "shiftDriving"), ("violationStartTime", SamsaraSamples.Time(about))),
        "speed" => SamsaraSamples.Of(("currentSpeedKilometersPerHour", 121), ("minDurationMilliseconds", 60_000), ("operation", "greater than"), ("thresholdSpeedKilometersPerHour", 105)),
        "severeSpeeding" => SamsaraSamples.Of(("speedLimitMilesPerHour", 55), ("speedMilesPerHour", 75)),
        "routeStopArrival" => SamsaraSamples.RouteStop(about, "arrived"),
        "routeStopDeparture" => SamsaraSamples.RouteStop(about, "departed"),
        "routeStopETA" => SamsaraSamples.RouteStop(about, "en route"),
        _ => [],
    };
}
