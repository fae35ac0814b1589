using System.Globalization;
using System.Text.Json;

namespace FleetChat.Core;

/// <summary>
/// Reads what others send: a member that is missing, null, empty or of another type is simply not there, and ids come as
/// strings or numbers. Both senders do all of these (Samsara sends empty strings for times, Meta numbers for strings).
/// </summary>
public static class JsonReading
{
    /// <summary>No sender's id is longer, and unique indexes hold them.</summary>
    private const int LongestId = 100;

    public static JsonElement? Member(this JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && TryFind(element, name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    public static JsonElement? Member(this JsonElement? element, string name) => element?.Member(name);

    /// <summary>A string or number as text; null if absent, empty or anything else.</summary>
    public static string? Text(this JsonElement? element, string name)
        => element.Member(name) is { } member
            ? member.ValueKind switch
            {
                JsonValueKind.String => ReadText(member) is { Length: > 0 } text ? text : null,
                JsonValueKind.Number => member.GetRawText(),
                _ => null,
            }
            : null;

    private static bool TryFind(JsonElement element, string name, out JsonElement member)
    {
        try
        {
            return element.TryGetProperty(name, out member);
        }
        catch (InvalidOperationException)
        {
            return TryFindAmongUnreadable(element, name, out member);
        }
    }

    // A name with half a surrogate pair can't be compared: such a member is passed over, and those beside it are still read.
    private static bool TryFindAmongUnreadable(JsonElement element, string name, out JsonElement member)
    {
        var found = false;
        member = default;
        foreach (var property in element.EnumerateObject())
        {
            try
            {
                if (!property.NameEquals(name)) continue;
                (found, member) = (true, property.Value);
            }
            catch (InvalidOperationException)
            {
                // No name of ours.
            }
        }
        return found;
    }

    // Half a surrogate pair or broken UTF-8 is no text at all; a NUL is none that Postgres could hold.
    private static string? ReadText(JsonElement member)
    {
        try
        {
            return member.GetString()!.Replace('\0', '\uFFFD');
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static string? Text(this JsonElement element, string name) => ((JsonElement?)element).Text(name);

    /// <summary>An id or a code of the sender's; one of absurd length is none.</summary>
    public static string? Id(this JsonElement? element, string name) => element.Text(name) is { Length: <= LongestId } id ? id : null;

    public static string? Id(this JsonElement element, string name) => ((JsonElement?)element).Id(name);

    /// <summary>Finite.</summary>
    public static double? Number(this JsonElement? element, string name)
        => double.TryParse(element.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>RFC 3339, in UTC.</summary>
    public static DateTimeOffset? Time(this JsonElement? element, string name)
        => DateTimeOffset.TryParse(element.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    public static DateTimeOffset? Time(this JsonElement element, string name) => ((JsonElement?)element).Time(name);

    /// <summary>Unix seconds, as a string or a number.</summary>
    public static DateTimeOffset? UnixSeconds(this JsonElement? element, string name)
        => long.TryParse(element.Text(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 253402300800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    public static DateTimeOffset? UnixSeconds(this JsonElement element, string name) => ((JsonElement?)element).UnixSeconds(name);

    /// <summary>Senders' clocks run ahead, and some lie: nothing happened after we heard of it.</summary>
    public static DateTimeOffset NoLaterThan(this DateTimeOffset said, DateTimeOffset receivedAt) => said < receivedAt ? said : receivedAt;

    /// <summary>The items of an array; none if it is absent or no array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement? element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => ((JsonElement?)element).Items(name);
}
