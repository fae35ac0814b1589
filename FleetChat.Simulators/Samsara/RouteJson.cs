using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>Drivers, vehicles, routes and stops as REST and webhooks show them. Absent members are left out, as Samsara does.</summary>
internal static class RouteJson
{
    public static JsonObject Route(Route route, Org org) => SimulatorJson.Object(
        ("actualRouteEndTime", WireTime.Milliseconds(route.ActualEnd)),
        ("actualRouteStartTime", WireTime.Milliseconds(route.ActualStart)),
        ("driver", route.Driver is { } driver ? Who(driver) : null),
        ("externalIds", Map(route.ExternalIds)),
        ("id", route.Id),
        ("name", route.Name),
        ("notes", route.Notes),
        ("orgLocalTimezone", org.TimeZone),
        ("scheduledRouteEndTime", WireTime.Milliseconds(route.ScheduledEnd)),
        ("scheduledRouteStartTime", WireTime.Milliseconds(route.ScheduledStart)),
        ("settings", SimulatorJson.Object(
            ("routeCompletionCondition", route.CompletionCondition), ("routeStartingCondition", route.StartingCondition), ("sequencingMethod", route.SequencingMethod))),
        ("stops", SimulatorJson.Array(route.Stops.Select((stop, index) => RestStop(org, stop, index)))),
        ("tagIds", route.TagIds.Count == 0 ? null : new JsonArray([.. route.TagIds.Select(tag => (JsonNode)tag)])),
        ("vehicle", route.Vehicle is { } vehicle ? Which(vehicle) : null));

    public static JsonObject RouteInWebhook(Route route) => SimulatorJson.Object(
        ("actualRouteEndTime", WireTime.Milliseconds(route.ActualEnd)),
        ("actualRouteStartTime", WireTime.Milliseconds(route.ActualStart)),
        ("externalIds", Map(route.ExternalIds)),
        ("id", route.Id),
        ("name", route.Name),
        ("notes", route.Notes),
        ("scheduledRouteEndTime", WireTime.Milliseconds(route.ScheduledEnd)),
        ("scheduledRouteStartTime", WireTime.Milliseconds(route.ScheduledStart)),
        ("settings", SimulatorJson.Object(("routeCompletionCondition", route.CompletionCondition), ("routeStartingCondition", route.StartingCondition))),
        ("stops", SimulatorJson.Array(route.Stops.Select(Stop))));

    public static JsonObject StopDetails(Stop stop) => SimulatorJson.Object(
        ("actualArrivalTime", WireTime.Milliseconds(stop.ArrivedAt)),
        ("actualDepartureTime", WireTime.Milliseconds(stop.DepartedAt)),
        ("enRouteTime", WireTime.Milliseconds(stop.EnRouteAt)),
        ("eta", WireTime.Milliseconds(stop.Eta)),
        ("externalIds", Map(stop.ExternalIds)),
        ("id", stop.Id),
        ("liveSharingUrl", stop.LiveSharingUrl),
        ("state", stop.State));

    public static JsonObject Who(Driver driver) => SimulatorJson.Object(("externalIds", Map(driver.ExternalIds)), ("id", driver.Id), ("name", driver.Name));

    public static JsonObject Which(Vehicle vehicle) => SimulatorJson.Object(("externalIds", Map(vehicle.ExternalIds)), ("id", vehicle.Id), ("name", vehicle.Name));

    public static JsonObject Driver(Driver driver) => SimulatorJson.Object(
        ("carrierSettings", new JsonObject()),
        ("createdAtTime", WireTime.Milliseconds(driver.CreatedAt)),
        ("deactivatedAtTime", WireTime.Milliseconds(driver.DeactivatedAt)),
        ("driverActivationStatus", driver.DeactivatedAt is null ? "active" : "deactivated"),
        ("eldAdverseWeatherExemptionEnabled", false),
        ("eldBigDayExemptionEnabled", false),
        ("eldExempt", false),
        ("eldPcEnabled", false),
        ("eldYmEnabled", false),
        ("externalIds", Map(driver.ExternalIds)),
        ("id", driver.Id),
        ("isDeactivated", driver.DeactivatedAt is null ? null : true),
        ("locale", driver.Locale),
        ("name", driver.Name),
        ("notes", driver.Notes),
        ("phone", driver.Phone),
        ("staticAssignedVehicle", driver.StaticVehicle is { } vehicle ? SimulatorJson.Object(("id", vehicle.Id), ("name", vehicle.Name)) : null),
        ("tags", Tags(driver.Tags)),
        ("timezone", driver.TimeZone),
        ("updatedAtTime", WireTime.Milliseconds(driver.UpdatedAt)),
        ("username", driver.Username));

    public static JsonObject? Map(Dictionary<string, string> map)
        => map.Count == 0 ? null : new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    public static JsonArray? Tags(List<Tag> tags)
        => tags.Count == 0 ? null : SimulatorJson.Array(tags.Select(tag => SimulatorJson.Object(("id", tag.Id), ("name", tag.Name), ("parentTagId", tag.ParentTagId))));

    private static JsonObject RestStop(Org org, Stop stop, int index)
    {
        var json = Stop(stop);
        json["sequenceNumber"] = stop.SequenceNumber ?? index + 1;
        if (stop.OnTimeBeforeMs is { } before)
            json["ontimeWindowBeforeArrivalMs"] = before;
        if (stop.OnTimeAfterMs is { } after)
            json["ontimeWindowAfterArrivalMs"] = after;
        var documents = org.Documents.Where(document => document.RouteStopId == stop.Id).ToList();
        if (documents.Count > 0)
            json["documents"] = SimulatorJson.Array(documents.Select(document => SimulatorJson.Object(("id", document.Id), ("name", document.Json["name"]?.DeepClone() ?? document.Json["documentType"]!["name"]!.DeepClone()))));
        return json;
    }

    private static JsonObject Stop(Stop stop) => SimulatorJson.Object(
        ("actualArrivalTime", WireTime.Milliseconds(stop.ArrivedAt)),
        ("actualDepartureTime", WireTime.Milliseconds(stop.DepartedAt)),
        ("address", stop.Place is { Address: { } known } ? SimulatorJson.Object(("externalIds", Map(known.ExternalIds)), ("id", known.Id), ("name", known.Name)) : null),
        ("enRouteTime", WireTime.Milliseconds(stop.EnRouteAt)),
        ("eta", stop.State == StopState.EnRoute ? WireTime.Milliseconds(stop.Eta) : null),
        ("externalIds", Map(stop.ExternalIds)),
        ("id", stop.Id),
        ("liveSharingUrl", stop.LiveSharingUrl),
        ("name", stop.Name),
        ("notes", stop.Notes),
        ("scheduledArrivalTime", WireTime.Milliseconds(stop.ScheduledArrival)),
        ("scheduledDepartureTime", WireTime.Milliseconds(stop.ScheduledDeparture)),
        ("singleUseLocation", stop.Place is { Address: null } once
            ? SimulatorJson.Object(("address", once.Text), ("latitude", once.Latitude), ("longitude", once.Longitude), ("radiusMeters", once.RadiusMeters))
            : null),
        ("skippedTime", WireTime.Milliseconds(stop.SkippedAt)),
        ("state", stop.State));
}
