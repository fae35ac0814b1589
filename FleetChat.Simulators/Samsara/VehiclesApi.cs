using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>Vehicles, and where and how fast they are.</summary>
internal static class VehiclesApi
{
    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest)
    {
        app.MapGet("/fleet/vehicles", rest.Handle(List));
        app.MapGet("/fleet/vehicles/stats", rest.Handle(Stats));
        app.MapGet("/fleet/vehicles/{id}", rest.Handle(call => SamsaraRest.Data(Json(call.Org, Find(call, call.Route("id"))))));
    }

    /// <summary>By Samsara's id or by an external one, <c>key:value</c>.</summary>
    public static Vehicle Find(SamsaraCall call, string id)
        => call.Org.Vehicles.Find(vehicle => (vehicle.Id == id || vehicle.ExternalIds.Any(pair => $"{pair.Key}:{pair.Value}" == id)) && call.Sees(vehicle))
            ?? throw SamsaraErrorException.NotFound("Vehicle");

    public static JsonObject Json(Org org, Vehicle vehicle) => SimulatorJson.Object(
        ("createdAtTime", WireTime.Milliseconds(vehicle.CreatedAt)),
        ("externalIds", RouteJson.Map(vehicle.ExternalIds)),
        ("gateway", SimulatorJson.Object(("model", "VG34"), ("serial", vehicle.Serial))),
        ("id", vehicle.Id),
        ("licensePlate", vehicle.LicensePlate),
        ("name", vehicle.Name),
        ("notes", vehicle.Notes),
        ("serial", vehicle.Serial.Replace("-", "", StringComparison.Ordinal)),
        ("staticAssignedDriver", org.Drivers.Find(driver => driver.StaticVehicle == vehicle) is { } driver ? SimulatorJson.Object(("id", driver.Id), ("name", driver.Name)) : null),
        ("tags", RouteJson.Tags(vehicle.Tags)),
        ("updatedAtTime", WireTime.Milliseconds(vehicle.UpdatedAt)),
        ("vin", vehicle.Vin));

    /// <summary>As its events have it: with another name for the VIN.</summary>
    public static JsonObject InWebhook(Org org, Vehicle vehicle)
    {
        var json = Json(org, vehicle);
        json["assetType"] = "vehicle";
        if (json.Remove("vin"))
            json["vehicleVin"] = vehicle.Vin;
        return json;
    }

    private static IResult List(SamsaraCall call) => SamsaraRest.Page(call, Seen(call), vehicle => vehicle.Id, vehicle => Json(call.Org, vehicle));

    private static IResult Stats(SamsaraCall call)
    {
        if (call.QueryList("types") is not { } types)
            throw SamsaraErrorException.Invalid("types is required.");
        if (types.FirstOrDefault(type => type != "gps") is { } other)
            throw SamsaraErrorException.Invalid($"The simulator knows no statistics of type {other}.");
        var wanted = call.QueryList("vehicleIds");
        var vehicles = Seen(call).Where(vehicle => wanted is null || wanted.Contains(vehicle.Id));
        return SamsaraRest.Page(call, vehicles, vehicle => vehicle.Id, vehicle => SimulatorJson.Object(
            ("gps", vehicle.Position is { } position ? Gps(position) : null), ("id", vehicle.Id), ("name", vehicle.Name)));
    }

    // The time is that of the last report: a gateway that has lost its signal tells an old speed.
    private static JsonObject Gps(Position position) => SimulatorJson.Object(
        ("headingDegrees", 0),
        ("isEcuSpeed", false),
        ("latitude", position.Latitude),
        ("longitude", position.Longitude),
        ("reverseGeo", SimulatorJson.Object(("formattedLocation", FormattableString.Invariant($"{position.Latitude:0.000}, {position.Longitude:0.000}")))),
        ("speedMilesPerHour", position.SpeedMilesPerHour),
        ("time", WireTime.Milliseconds(position.At)));

    private static IEnumerable<Vehicle> Seen(SamsaraCall call)
    {
        var tags = call.TagFilter();
        return call.Org.Vehicles.Where(vehicle => call.Sees(vehicle) && tags(vehicle.Tags.Select(tag => tag.Id)));
    }
}
