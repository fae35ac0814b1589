using System.Text.Json;
using FleetChat.Core.Samsara;

namespace FleetChat.Core.Drivers;

/// <summary>A driver as Samsara's roster shows him.</summary>
/// <param name="Name">Null if it is not said.</param>
/// <param name="Phone">As somebody typed it; null: there is none.</param>
/// <param name="At">The entry's own time.</param>
/// <param name="IsFirstLook">It was there when we first looked.</param>
public sealed record RosterEntry(string SamsaraId, string? Name, string? Phone, bool IsActive, DateTimeOffset At, bool IsFirstLook)
{
    /// <summary>IANA name; null if none is said that is known.</summary>
    public string? TimeZone { get; init; }

    private const int LongestName = 200;

    /// <summary>From a look at the roster, or from Samsara's own event.</summary>
    public static RosterEntry? TryRead(string kind, JsonElement payload, DateTimeOffset receivedAt)
    {
        var driver = kind == SamsaraEvents.DriverSeen ? payload.Member("driver") : payload.Member("data").Member("driver");
        if (driver.Id("id") is not { } id) return null;
        var isActive = driver.Text("driverActivationStatus") != "deactivated" && driver.Member("isDeactivated") is not { ValueKind: JsonValueKind.True };
        // The time of a look is ours, that of a change Samsara's: neither is later than we heard of it.
        var at = ((kind == SamsaraEvents.DriverSeen ? payload.Time("seen_at") : driver.Time("updatedAtTime")) ?? receivedAt).NoLaterThan(receivedAt);
        var name = driver.Text("name") is { } text && !string.IsNullOrWhiteSpace(text) ? text[..Math.Min(text.Length, LongestName)] : null;
        return new(id, name, driver.Text("phone") is { } phone && !string.IsNullOrWhiteSpace(phone) ? phone.Trim() : null, isActive, at, payload.Member("first_look") is { ValueKind: JsonValueKind.True })
        {
            TimeZone = ZoneOf(driver.Text("timezone")),
        };
    }

    // Samsara's own samples have one with a blank.
    internal static string? ZoneOf(string? zone) => zone?.Replace(' ', '_') is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out _) ? name : null;

    public static string? DriverIdOf(JsonElement payload) => payload.Id("driver_id") ?? payload.Member("driver").Id("id") ?? payload.Member("data").Member("driver").Id("id");
}
