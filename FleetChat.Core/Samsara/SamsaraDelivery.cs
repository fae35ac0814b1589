using System.Text.Json;
using System.Text.Unicode;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Samsara;

/// <summary>One webhook of Samsara's, as far as receiving needs it. Both envelopes: 2.0 and the legacy alerts of 1.0.</summary>
/// <param name="OrgId">Null where the envelope names none, as in Ping.</param>
public sealed record SamsaraDelivery(string EventId, string EventType, string? OrgId, string? WebhookId, string LaneKey)
{
    /// <returns>Null if the body is no JSON, or names no event.</returns>
    public static SamsaraDelivery? TryParse(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span)) return null;
        try
        {
            using var json = JsonDocument.Parse(body);
            return Read(json.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public InboxItem ToItem(byte[] body) => new(InboxSource.Samsara, EventType, EventId, LaneKey, body);

    private static SamsaraDelivery? Read(JsonElement root)
    {
        var (id, type) = (root.Text("eventId"), root.Text("eventType"));
        if (id is not { Length: <= 500 } || type is not { Length: <= 200 }) return null;
        var legacy = root.Member("event");
        var data = root.Member("data");
        var lane = data.Member("driver").Text("id") ?? legacy.Member("driver").Text("id")
            ?? data.Member("vehicle").Text("id") ?? data.Member("route").Text("id") ?? legacy.Member("device").Text("id") ?? id;
        return new(id, type, root.Id("orgId") ?? legacy.Id("orgId"), root.Id("webhookId"), lane);
    }
}
