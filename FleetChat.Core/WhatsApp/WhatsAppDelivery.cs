using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.WhatsApp;

/// <summary>One update out of a POST of Meta's, with what routes it.</summary>
/// <param name="PhoneNumberId">Null for account and template updates, which carry no number.</param>
/// <param name="AccountId">The WABA, <c>entry.id</c>.</param>
public sealed record WhatsAppUpdate(string? PhoneNumberId, string? AccountId, InboxItem Item);

/// <summary>Splits a POST into its updates: up to 1,000, of several numbers and accounts.</summary>
public static class WhatsAppDelivery
{
    public const string Message = "message";
    public const string Status = "status";
    private const string Messages = "messages";
    private const int LongestId = 400;

    /// <returns>Null if the body is no JSON of the shape <c>{entry:[{changes:[...]}]}</c>.</returns>
    public static IReadOnlyList<WhatsAppUpdate>? TrySplit(ReadOnlyMemory<byte> body, DateTimeOffset receivedAt)
    {
        if (!Utf8.IsValid(body.Span)) return null;
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.Member("entry") is not { ValueKind: JsonValueKind.Array }) return null;
            return [.. from entry in json.RootElement.Items("entry")
                       from change in entry.Items("changes")
                       from update in Split(entry, change, receivedAt)
                       select update];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<WhatsAppUpdate> Split(JsonElement entry, JsonElement change, DateTimeOffset receivedAt)
    {
        var account = entry.Text("id");
        var field = change.Text("field") ?? "unknown";
        var value = change.Member("value");
        var number = value.Member("metadata").Text("phone_number_id");
        var messages = value.Items(Messages).ToArray();
        var statuses = value.Items("statuses").ToArray();

        foreach (var message in messages)
            yield return new(number, account, ToMessage(number, account, value, message, receivedAt));
        foreach (var status in statuses)
            yield return new(number, account, ToStatus(number, account, status, receivedAt));
        if (messages.Length + statuses.Length == 0)
            yield return new(number, account, ToOther(number, account, field, entry, change, receivedAt));
    }

    private static InboxItem ToMessage(string? number, string? account, JsonElement? value, JsonElement message, DateTimeOffset receivedAt)
    {
        var payload = Payload(account, value.Member("metadata"), value.Member("contacts"), "message", message);
        return new(InboxSource.WhatsApp, Message, Id(number, "m", message.Text("id"), message),
            message.Text("from") ?? message.Text("from_user_id") ?? "", payload)
        {
            Urgency = OptOut.IsStop(InboundMessage.WordsOf(message)) ? (short)0 : (short)1,
            Number = Use(number, message, receivedAt),
        };
    }

    private static InboxItem ToStatus(string? number, string? account, JsonElement status, DateTimeOffset receivedAt)
    {
        var id = status.Text("id") is { } wamid
            ? $"{wamid}:{status.Text("status")}{(status.Text("recipient_participant_id") is { } participant ? ":" + participant : "")}"
            : null;
        return new(InboxSource.WhatsApp, Status, Id(number, "s", id, status),
            status.Text("recipient_id") ?? status.Text("recipient_user_id") ?? "", Payload(account, null, null, "status", status))
        {
            Number = Use(number, status, receivedAt),
        };
    }

    private static InboxItem ToOther(string? number, string? account, string field, JsonElement entry, JsonElement change, DateTimeOffset receivedAt)
        => new(InboxSource.WhatsApp, field == Messages ? "notice" : Shortened(field), $"{number ?? account}:o:{entry.Text("time")}:{Digest(change)}", account ?? "",
            Payload(account, null, null, "change", change))
        {
            Number = number is null ? null : new(number, receivedAt),
        };

    private static NumberUse? Use(string? number, JsonElement item, DateTimeOffset receivedAt)
        => number is null ? null : new(number, item.UnixSeconds("timestamp") ?? receivedAt);

    // An update without an id, or with one of absurd length, is known by its content.
    private static string Id(string? number, string kind, string? id, JsonElement item)
        => id is { Length: <= LongestId } ? $"{number}:{kind}:{id}" : $"{number}:{kind}:{Digest(item)}";

    private static string Digest(JsonElement item) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(item.GetRawText())));

    private static string Shortened(string field) => field.Length <= 100 ? field : field[..100];

    private static byte[] Payload(string? account, JsonElement? metadata, JsonElement? contacts, string name, JsonElement item)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (account is not null) writer.WriteString("account", account);
            Write("metadata", metadata);
            Write("contacts", contacts);
            Write(name, item);
            writer.WriteEndObject();

            // Raw: what was sent, to the letter, whatever a reader of ours makes of it.
            void Write(string member, JsonElement? element)
            {
                if (element is null) return;
                writer.WritePropertyName(member);
                writer.WriteRawValue(element.Value.GetRawText(), skipInputValidation: true);
            }
        }
        return buffer.WrittenSpan.ToArray();
    }
}
