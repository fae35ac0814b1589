using System.Buffers;
using System.Text;
using System.Text.Json;
using FleetChat.Core.Security;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>What a thing of Samsara's says, as something to compare: members come in any order, and mean the same.</summary>
internal static class SeenContent
{
    /// <summary>Says nothing without the company's key: a plain hash of a phone could be guessed.</summary>
    public static byte[] Index(DataKey key, JsonElement content) => key.BlindIndex("seen", InOrder(content));

    private static string InOrder(JsonElement content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using (var writer = new Utf8JsonWriter(buffer)) Write(writer, content);
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }
        catch (InvalidOperationException)
        {
            // A name with half a surrogate pair can't be put in order.
            return content.GetRawText();
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Write(writer, item);
                writer.WriteEndArray();
                break;
            default:
                // As it was sent: half a surrogate pair is no text that could be written anew.
                writer.WriteRawValue(element.GetRawText(), skipInputValidation: true);
                break;
        }
    }
}
