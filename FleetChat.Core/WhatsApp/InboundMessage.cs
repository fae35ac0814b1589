using System.Text.Json;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Answers;

namespace FleetChat.Core.WhatsApp;

/// <summary>A message from a WhatsApp user, in the shape that rules work with.</summary>
/// <param name="Wamid">WhatsApp's id of it.</param>
/// <param name="From">All that the webhook says of who wrote, the phone first. Empty: nobody can tell.</param>
/// <param name="ReplyTo">WhatsApp's id of the message that it answers.</param>
/// <param name="Payload">What the tapped button carries: ours, if the message that it answers is ours.</param>
/// <param name="Kind">What kind of act it is.</param>
/// <param name="Revokes">WhatsApp's id of the message that the user took back with it.</param>
public sealed record InboundMessage(
    string Wamid, IReadOnlyList<ChatIdentity> From, DateTimeOffset SentAt, string Type, string? ReplyTo, string? Payload, MessageContent Content,
    InboundKind Kind, bool AsksForStop, string? Revokes)
{
    /// <summary>The user said something: WhatsApp's 24 hours begin anew.</summary>
    public bool OpensWindow => Kind is InboundKind.Message or InboundKind.Reaction;

    /// <param name="payload">As <see cref="WhatsAppDelivery"/> stored it.</param>
    public static InboundMessage? TryRead(JsonElement payload, DateTimeOffset receivedAt)
    {
        var message = payload.Member("message");
        var (id, type) = (message.Text("id"), message.Id("type") ?? "unknown");
        if (id is null) return null;
        var kind = KindOf(message, type);
        return new(
            id, kind is InboundKind.System or InboundKind.NumberChange ? ReadSubject(message) : ReadSender(payload, message),
            message.UnixSeconds("timestamp")?.NoLaterThan(receivedAt) ?? receivedAt, type, message.Member("context").Text("id") ?? message.Member("reaction").Text("message_id"), PayloadOf(message),
            ReadContent(message, type), kind, message is { } sent && AsksToStop(sent), kind == InboundKind.Revocation ? message.Member("revoke").Text("original_message_id") : null);
    }

    /// <summary>A button of ours is never a STOP, however it is called; every other one is by its title or by what it carries.</summary>
    public static bool AsksToStop(JsonElement message)
    {
        var payload = PayloadOf(message);
        return ButtonPayload.TryParse(payload) is null && (Keywords.IsStop(WordsOf(message)) || Keywords.IsStop(payload));
    }

    // What the user said in words: typed, or as the title of the button that was tapped.
    private static string? WordsOf(JsonElement? message)
    {
        var tap = message.Member("interactive");
        return message.Member("text").Text("body") ?? message.Member("button").Text("text")
            ?? tap.Member("button_reply").Text("title") ?? tap.Member("list_reply").Text("title")
            ?? message.Member("edit").Member("message").Member("text").Text("body");
    }

    private static string? PayloadOf(JsonElement? message)
    {
        var tap = message.Member("interactive");
        return message.Member("button").Text("payload") ?? tap.Member("button_reply").Text("id") ?? tap.Member("list_reply").Text("id");
    }

    private static InboundKind KindOf(JsonElement? message, string type) => type switch
    {
        "system" => message.Member("system").Text("type") is "user_changed_number" or "customer_changed_number" or "user_changed_user_id"
            ? InboundKind.NumberChange
            : InboundKind.System,
        "request_welcome" => InboundKind.System,
        "unsupported" => InboundKind.Unsupported,
        "revoke" => InboundKind.Revocation,
        "edit" => InboundKind.Edit,
        "reaction" => InboundKind.Reaction,
        _ => InboundKind.Message,
    };

    private static IReadOnlyList<ChatIdentity> ReadSender(JsonElement payload, JsonElement? message)
    {
        var contact = ContactOf(payload, message);
        return Identities(
            PhoneNumber.FromWhatsApp(message.Text("from")) ?? PhoneNumber.FromWhatsApp(contact.Text("wa_id")),
            message.Text("from_user_id") ?? contact.Text("user_id"));
    }

    // A change of number or user id speaks of the one before; who has the new one is somebody we do not know yet.
    private static IReadOnlyList<ChatIdentity> ReadSubject(JsonElement? message)
        => Identities(PhoneNumber.FromWhatsApp(message.Text("from")), message.Member("system").Text("previous_user_id") ?? message.Text("from_user_id"));

    private static IReadOnlyList<ChatIdentity> Identities(PhoneNumber? number, string? user)
    {
        var identities = new List<ChatIdentity>(2);
        if (number is { } phone) identities.Add(ChatIdentity.Of(phone));
        if (user is { Length: <= 200 }) identities.Add(ChatIdentity.OfUser(user));
        return identities;
    }

    // One that nothing ties to the message is the sender's only if there is no other.
    private static JsonElement? ContactOf(JsonElement payload, JsonElement? message)
    {
        var contacts = payload.Items("contacts").Select(c => (JsonElement?)c).ToArray();
        var (phone, user) = (message.Text("from"), message.Text("from_user_id"));
        return Array.Find(contacts, c => (phone is not null && c.Text("wa_id") == phone) || (user is not null && c.Text("user_id") == user))
            ?? (contacts is [var only] ? only : null);
    }

    private static MessageContent ReadContent(JsonElement? message, string type)
    {
        if (type == "system") return new(ReadSystem(message));
        var body = message.Member(type);
        return new(WordsOf(message) ?? body.Text("caption") ?? body.Text("emoji") ?? "")
        {
            Location = type == "location" && body.Number("latitude") is { } latitude && body.Number("longitude") is { } longitude
                ? new(latitude, longitude, body.Text("name"), body.Text("address"))
                : null,
            Media = body.Text("mime_type") is { } mime && body.Text("id") is { } id ? new(id, mime, body.Text("filename"), body.Text("sha256")) : null,
        };
    }

    // Old and new, whatever the sentence that WhatsApp makes of it says.
    private static string ReadSystem(JsonElement? message)
    {
        var system = message.Member("system");
        var before = message.Text("from") ?? system.Text("previous_user_id") ?? message.Text("from_user_id");
        return $"{system.Text("body")} ({before} -> {system.Text("wa_id") ?? system.Text("user_id")})".TrimStart();
    }
}

/// <summary>What somebody did in the chat.</summary>
public enum InboundKind
{
    Message,
    Reaction,

    /// <summary>Nobody did anything: WhatsApp tells of something.</summary>
    System,
    NumberChange,
    Unsupported,
    Revocation,
    Edit,
}
