using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>Addresses of the org's book as events show them.</summary>
internal static class AddressJson
{
    public static JsonObject Bare(Address address) => SimulatorJson.Object(("externalIds", RouteJson.Map(address.ExternalIds)), ("id", address.Id), ("name", address.Name));

    public static JsonObject Geofenced(Address address)
    {
        var json = Bare(address);
        json["formattedAddress"] = address.FormattedAddress;
        json["geofence"] = SimulatorJson.Object(
            ("circle", SimulatorJson.Object(("latitude", address.Latitude), ("longitude", address.Longitude), ("radiusMeters", address.RadiusMeters))));
        return json;
    }

    public static JsonObject Full(Address address)
    {
        var json = Geofenced(address);
        (json["latitude"], json["longitude"]) = (address.Latitude, address.Longitude);
        if (address.Notes is { } notes)
            json["notes"] = notes;
        if (RouteJson.Tags(address.Tags) is { } tags)
            json["tags"] = tags;
        return json;
    }
}
