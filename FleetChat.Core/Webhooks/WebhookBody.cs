using System.Text.Json;
using System.Text.Json.Nodes;

namespace FleetChat.Core.Webhooks;

/// <summary>The body of a webhook: <c>{type, timestamp, data}</c>, small enough for every receiver.</summary>
internal static class WebhookBody
{
    public const int MaxBytes = 20_000;

    // Texts of people have no end of their own: all that are longer are cut, and the API has the whole.
    private static readonly int[] TextLengths = [4000, 1000, 200, 40];

    public static byte[] Write(string type, DateTimeOffset at, object data)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new Body(type, at, data), PublicJson.Options);
        foreach (var length in TextLengths)
        {
            if (body.Length < MaxBytes) break;
            body = JsonSerializer.SerializeToUtf8Bytes(Cut(JsonNode.Parse(body), length), PublicJson.Options);
        }
        return body;
    }

    private static JsonNode? Cut(JsonNode? node, int length) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Cut(m.Value, length)))),
        JsonArray items => new JsonArray([.. items.Select(item => Cut(item, length))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is var text && text.Length > length
            => JsonValue.Create($"{text.AsSpan(0, char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1)}…"),
        _ => node?.DeepClone(),
    };

    private sealed record Body(string Type, DateTimeOffset Timestamp, object Data);
}
