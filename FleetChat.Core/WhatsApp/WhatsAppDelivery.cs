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
    public const string UserPreferences = "user_preferences";
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
        var field = change.Id("field") ?? "unknown";
        var value = change.Member("value");
        var source = new Source(value.Member("metadata").Id("phone_number_id"), entry.Id("id"), value.Member("metadata"), receivedAt);
        var messages = value.Items(Messages).ToArray();
        var statuses = value.Items("statuses").ToArray();
        var contacts = new Contacts(value, messages);

        foreach (var message in messages)
            yield return Update(source, Message, "m", message, () => ToMessage(source, contacts.Of(message), message));
        foreach (var status in statuses)
            yield return Update(source, Status, "s", status, () => ToStatus(source, status));
        if (messages.Length + statuses.Length == 0)
            yield return Update(source, field == Messages ? "notice" : field, "o", change, () => ToOther(source, field, entry, change));
    }

    // One bad update must not cost the others: it is stored as it came, and fails by itself, if at all, when it is processed.
    private static WhatsAppUpdate Update(Source source, string kind, string letter, JsonElement element, Func<InboxItem> make)
    {
        try
        {
            return new(source.Number, source.Account, make());
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return new(source.Number, source.Account, new(InboxSource.WhatsApp, kind, $"{source.Number}:{letter}:{Digest(element)}", "",
                Payload(source.Account, source.Metadata, null, letter == "o" ? "change" : kind, element))
            {
                Number = source.UsedAt(null),
            });
        }
    }

    private static InboxItem ToMessage(Source source, JsonElement? contact, JsonElement message)
        => new(InboxSource.WhatsApp, Message, Id(source.Number, "m", message.Text("id"), message), message.Text("from") ?? message.Text("from_user_id") ?? "",
            Payload(source.Account, source.Metadata, contact, "message", message))
        {
            Urgency = InboundMessage.AsksToStop(message) ? (short)0 : (short)1,
            Number = source.UsedAt(message.UnixSeconds("timestamp")),
        };

    private static InboxItem ToStatus(Source source, JsonElement status)
    {
        var id = status.Text("id") is { } wamid
            ? $"{wamid}:{status.Text("status")}{(status.Text("recipient_participant_id") is { } participant ? ":" + participant : "")}"
            : null;
        return new(InboxSource.WhatsApp, Status, Id(source.Number, "s", id, status),
            status.Text("recipient_id") ?? status.Text("recipient_user_id") ?? "", Payload(source.Account, null, null, "status", status))
        {
            Number = source.UsedAt(status.UnixSeconds("timestamp")),
        };
    }

    private static InboxItem ToOther(Source source, string field, JsonElement entry, JsonElement change)
        => new(InboxSource.WhatsApp, field == Messages ? "notice" : field, $"{source.Number ?? source.Account}:o:{entry.Id("time")}:{Digest(change)}", source.Account ?? "",
            Payload(source.Account, null, null, "change", change, entry.Member("time")))
        {
            Number = source.UsedAt(null),
        };

    // An update without an id, or with one of absurd length, is known by its content.
    private static string Id(string? number, string kind, string? id, JsonElement item)
        => id is { Length: <= LongestId } ? $"{number}:{kind}:{id}" : $"{number}:{kind}:{Digest(item)}";

    private static string Digest(JsonElement item) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(item.GetRawText())));

    private static byte[] Payload(string? account, JsonElement? metadata, JsonElement? contact, string name, JsonElement item, JsonElement? time = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (account is not null) writer.WriteString("account", account);
            Write("metadata", metadata);
            Write("time", time);
            if (contact is not null)
            {
                writer.WriteStartArray("contacts");
                writer.WriteRawValue(contact.Value.GetRawText(), skipInputValidation: true);
                writer.WriteEndArray();
            }
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

    /// <summary>What all updates of one change share.</summary>
    private sealed record Source(string? Number, string? Account, JsonElement? Metadata, DateTimeOffset ReceivedAt)
    {
        public NumberUse? UsedAt(DateTimeOffset? said) => Number is null ? null : new(Number, said?.NoLaterThan(ReceivedAt) ?? ReceivedAt);
    }

    /// <summary>Who is who among a change's senders. One that nothing ties to a message is its sender's only where there is no other of either.</summary>
    private sealed class Contacts
    {
        private readonly Dictionary<string, JsonElement> _byPhone = [];
        private readonly Dictionary<string, JsonElement> _byUser = [];
        private readonly JsonElement? _only;

        public Contacts(JsonElement? value, IReadOnlyCollection<JsonElement> messages)
        {
            var contacts = value.Items("contacts").ToArray();
            foreach (var contact in contacts)
            {
                if (contact.Id("wa_id") is { } phone) _byPhone.TryAdd(phone, contact);
                if (contact.Id("user_id") is { } user) _byUser.TryAdd(user, contact);
            }
            if (contacts is [var only] && messages.Select(m => m.Text("from") ?? m.Text("from_user_id")).Distinct().Take(2).Count() == 1) _only = only;
        }

        public JsonElement? Of(JsonElement message)
            => message.Id("from") is { } phone && _byPhone.TryGetValue(phone, out var byPhone) ? byPhone
                : message.Id("from_user_id") is { } user && _byUser.TryGetValue(user, out var byUser) ? byUser
                : _only;
    }
}
