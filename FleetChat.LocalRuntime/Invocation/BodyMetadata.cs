using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>The host offers the top-level members of a JSON body to parameters of the same names.</summary>
internal static class BodyMetadata
{
    public static void AddTo(Dictionary<string, object?> metadata, string body)
    {
        if (!HostText.LooksLikeJson(body)) return;
        try
        {
            foreach (var member in JObject.Parse(body).Properties())
            {
                if (member.Value is JArray || TextOf(member.Value) is not { } text) continue;
                metadata[member.Name] = text;
            }
        }
        catch (JsonException)
        {
            // Anything may be posted; what is not a JSON object has no members to offer.
        }
    }

    private static string? TextOf(JToken value) => value switch
    {
        JObject nested => nested.ToString(Formatting.None),
        JValue { Value: { } scalar } => Convert.ToString(scalar, CultureInfo.InvariantCulture),
        _ => null,
    };
}
