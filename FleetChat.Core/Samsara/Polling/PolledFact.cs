using System.Buffers;
using System.Text.Json;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>
/// Facts that a look brings. They come once by the look's commit, not by their id, which is new each time: what goes from A to B
/// and back to A are three facts.
/// </summary>
internal static class PolledFact
{
    public static InboxItem Of(string kind, Guid look, string id, string laneKey, bool isFirst, DateTimeOffset at, Action<Utf8JsonWriter> writeContent)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writeContent(writer);
            writer.WriteBoolean("first_look", isFirst);
            writer.WriteString("seen_at", at);
            writer.WriteEndObject();
        }
        return new(InboxSource.Samsara, kind, $"poll:{look:N}:{kind}:{id}", laneKey, buffer.WrittenSpan.ToArray());
    }

    /// <summary>As it was sent: half a surrogate pair is no text that could be written anew.</summary>
    public static void WriteRaw(this Utf8JsonWriter writer, string name, JsonElement content)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(content.GetRawText(), skipInputValidation: true);
    }
}
