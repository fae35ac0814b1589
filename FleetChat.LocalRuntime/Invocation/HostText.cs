using System.Globalization;
using Azure.Core.Serialization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>
/// How a function's value becomes text on the way through the real host: the worker writes it with its serializer, the host
/// reads it with Newtonsoft.Json and writes what it understood. Neither step is the identity.
/// </summary>
internal static class HostText
{
    private static readonly JsonSerializerSettings DatesStayText = new() { DateParseHandling = DateParseHandling.None };

    /// <summary>What the host holds after the worker sent the value: null, a string, bytes, or JSON as Newtonsoft sees it.</summary>
    public static object? Received(object? value, ObjectSerializer serializer) => value switch
    {
        null or string or byte[] => value,
        _ => JsonConvert.DeserializeObject(serializer.Serialize(value).ToString(), DatesStayText),
    };

    public static bool LooksLikeJson(string text)
    {
        var trimmed = text.AsSpan().Trim();
        return trimmed is ['{', .., '}'] or ['[', .., ']'];
    }

    /// <exception cref="JsonException">It only looked like JSON.</exception>
    public static JToken Parse(string json)
    {
        var token = JToken.Parse(json);
        FixDates(token);
        return token;
    }

    /// <summary>An HTTP result that happens to be JSON is read as such: "null" becomes nothing, "1.10" becomes 1.1.</summary>
    public static object? ParseOrText(string text)
    {
        try
        {
            var value = JsonConvert.DeserializeObject(text);
            if (value is JToken token) FixDates(token);
            return value is DateTime { Kind: DateTimeKind.Local } date ? date.ToUniversalTime() : value;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    public static string Of(object? value) => value switch
    {
        null => "",
        JValue scalar => scalar.ToString(CultureInfo.InvariantCulture),
        JToken token => token.ToString(Formatting.Indented),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>A date with an offset comes out in the machine's own zone; hosts in Azure run in UTC, so UTC it is on every machine.</summary>
    private static void FixDates(JToken token)
    {
        if (token is JContainer container)
        {
            foreach (var value in container.DescendantsAndSelf().OfType<JValue>().ToArray()) FixDate(value);
            return;
        }
        FixDate((JValue)token);
    }

    private static void FixDate(JValue value)
    {
        if (value.Value is DateTime { Kind: DateTimeKind.Local } date)
            value.Value = date.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture) + "+00:00";
    }
}
