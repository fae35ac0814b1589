using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>Samsara's two envelopes, and the headers of a delivery.</summary>
public static class SamsaraEnvelope
{
    public const string Alert = "Alert";
    public const string Ping = "Ping";

    public static string NewEventId() => Unique.Uuid();

    /// <summary>Envelope 2.0: the org is a number, the webhook a text.</summary>
    public static JsonObject Event(string eventId, DateTimeOffset time, string eventType, long orgId, string webhookId, JsonObject data) => SimulatorJson.Object(
        ("data", data.DeepClone()),
        ("eventId", eventId),
        ("eventTime", WireTime.Milliseconds(time)),
        ("eventType", eventType),
        ("orgId", orgId),
        ("webhookId", webhookId));

    /// <summary>Envelope 1.0, of old alerts and pings: the org stands inside the event.</summary>
    public static JsonObject Legacy(string eventId, DateTimeOffset time, string eventType, JsonObject content) => SimulatorJson.Object(
        ("event", content.DeepClone()),
        ("eventId", eventId),
        ("eventMs", time.ToUnixTimeMilliseconds()),
        ("eventType", eventType));

    public static JsonObject PingContent() => SimulatorJson.Object(("text", "Ping"));

    /// <param name="shuffle">Null leaves the keys as they are; Samsara's come in any order, inside too.</param>
    public static byte[] Body(JsonObject envelope, Random? shuffle = null)
        => Encoding.UTF8.GetBytes((shuffle is null ? envelope : Shuffled(envelope, shuffle)!).ToJsonString(SimulatorJson.Wire));

    /// <param name="signature">Null leaves it out.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Headers(string timestamp, string? signature, string eventId, long orgId, string eventType)
    {
        List<KeyValuePair<string, string>> headers =
        [
            new("User-Agent", "Samsara-Webhook/1.0"),
            new("X-Samsara-Timestamp", timestamp),
            new("X-Samsara-Request", eventId),
            new("X-Samsara-Org-Id", orgId.ToString(CultureInfo.InvariantCulture)),
            new("X-Samsara-Event-Type", eventType),
        ];
        if (signature is not null)
            headers.Add(new("X-Samsara-Signature", signature));
        return headers;
    }

    private static JsonNode? Shuffled(JsonNode? node, Random shuffle)
    {
        switch (node)
        {
            case JsonObject members:
                var pairs = members.ToArray();
                shuffle.Shuffle(pairs);
                return new JsonObject(pairs.Select(pair => KeyValuePair.Create(pair.Key, Shuffled(pair.Value, shuffle))));
            case JsonArray items:
                return new JsonArray([.. items.Select(item => Shuffled(item, shuffle))]);
            default:
                return node?.DeepClone();
        }
    }
}
