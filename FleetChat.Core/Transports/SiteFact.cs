using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Samsara;

namespace FleetChat.Core.Transports;

/// <summary>A truck has entered or left the geofence of a place, as an event says. It names no driver.</summary>
/// <param name="Vehicle">Samsara's id.</param>
/// <param name="Address">Samsara's id of the place.</param>
/// <param name="Name">Null if the event doesn't say.</param>
/// <param name="At">The fact's own time, in whole milliseconds: it is part of ids.</param>
internal sealed record SiteFact(string Vehicle, string Address, string? Name, DateTimeOffset At, bool IsExit)
{
    public string EffectKey => EffectOf(Vehicle, Address, IsExit ? "left" : "entered", At);

    public static SiteFact? TryRead(string kind, JsonElement payload, DateTimeOffset receivedAt)
    {
        var data = payload.Member("data");
        if (data.Member("vehicle").Id("id") is not { } vehicle || data.Member("address").Id("id") is not { } address) return null;
        var at = RouteFact.Happened(payload.Time("eventTime"), receivedAt) ?? receivedAt;
        return new(vehicle, address, data.Member("address").Text("name"), DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()), kind == SamsaraEvents.GeofenceExit);
    }

    public static string EffectOf(string vehicle, string address, string what, DateTimeOffset at)
        => string.Create(CultureInfo.InvariantCulture, $"site:{address}:{vehicle}:{what}:{at.ToUniversalTime():yyyyMMdd'T'HHmmss.fff}");
}
