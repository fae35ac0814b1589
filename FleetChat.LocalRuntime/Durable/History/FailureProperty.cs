using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Properties of failures come across as the real worker brings them: every number as a double, moments as themselves, what
/// else is no JSON as its text.
/// </summary>
internal static class FailureProperty
{
    private const string Moment = "dt:";
    private const string MomentWithOffset = "dto:";

    public static JsonElement Write(object? value) => JsonSerializer.SerializeToElement(NodeOf(value));

    public static object? Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => TextOrMoment(value.GetString()!),
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.Array => value.EnumerateArray().Select(Read).ToList(),
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(p => p.Name, p => Read(p.Value)),
        _ => null,
    };

    private static JsonNode? NodeOf(object? value) => value switch
    {
        null => null,
        string text => text,
        bool truth => truth,
        DateTime moment => Moment + moment.ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset moment => MomentWithOffset + moment.ToString("O", CultureInfo.InvariantCulture),
        byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal => NumberOf(value),
        IDictionary<string, object?> members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, NodeOf(m.Value)))),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(NodeOf)]),
        _ => value.ToString(),
    };

    /// <summary>JSON has no word for infinity.</summary>
    private static JsonNode? NumberOf(object value)
    {
        var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return double.IsFinite(number) ? number : number.ToString(CultureInfo.InvariantCulture);
    }

    private static object TextOrMoment(string text)
    {
        if (text.StartsWith(Moment, StringComparison.Ordinal)
            && DateTime.TryParse(text[Moment.Length..], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var moment))
            return moment;
        if (text.StartsWith(MomentWithOffset, StringComparison.Ordinal)
            && DateTimeOffset.TryParse(text[MomentWithOffset.Length..], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var withOffset))
            return withOffset;
        return text;
    }
}
