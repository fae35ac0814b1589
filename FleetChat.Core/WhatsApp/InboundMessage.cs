using System.Text.Json;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;

namespace FleetChat.Core.WhatsApp;

/// <summary>A message from a WhatsApp user, in the shape that rules work with.</summary>
/// <param name="Wamid">WhatsApp's id of it.</param>
/// <param name="From">All that the webhook says of who wrote, the phone first. Empty: nobody can tell.</param>
/// <param name="ReplyTo">WhatsApp's id of the message that it answers.</param>
/// <param name="Payload">What the tapped button carries: ours, if the message that it answers is ours.</param>
public sealed record InboundMessage(
    string Wamid, string PhoneNumberId, IReadOnlyList<ChatIdentity> From, DateTimeOffset SentAt, string Type, string? ReplyTo, string? Payload, MessageContent Content)
{
    /// <param name="payload">As <see cref="WhatsAppDelivery"/> stored it.</param>
    public static InboundMessage? TryRead(JsonElement payload, DateTimeOffset receivedAt)
    {
        var message = payload.Member("message");
        var (id, type) = (message.Text("id"), message.Text("type") ?? "unknown");
        if (id is null) return null;
        var tap = message.Member("interactive");
        return new(
            id, payload.Member("metadata").Text("phone_number_id") ?? "", ReadSender(payload, message),
            message.UnixSeconds("timestamp") ?? receivedAt, type, message.Member("context").Text("id"),
            message.Member("button").Text("payload") ?? tap.Member("button_reply").Text("id") ?? tap.Member("list_reply").Text("id"),
            ReadContent(message, type));
    }

    /// <summary>What the user said in words: typed, or as the title of the button that was tapped.</summary>
    public static string? WordsOf(JsonElement? message)
    {
        var tap = message.Member("interactive");
        return message.Member("text").Text("body") ?? message.Member("button").Text("text")
            ?? tap.Member("button_reply").Text("title") ?? tap.Member("list_reply").Text("title");
    }

    private static IReadOnlyList<ChatIdentity> ReadSender(JsonElement payload, JsonElement? message)
    {
        var contact = payload.Items("contacts").Select(c => (JsonElement?)c).FirstOrDefault();
        var number = PhoneNumber.FromWhatsApp(message.Text("from")) ?? PhoneNumber.FromWhatsApp(contact.Text("wa_id"));
        var user = message.Text("from_user_id") ?? contact.Text("user_id");
        var identities = new List<ChatIdentity>(2);
        if (number is { } phone) identities.Add(ChatIdentity.Of(phone));
        if (user is { Length: <= 200 }) identities.Add(ChatIdentity.OfUser(user));
        return identities;
    }

    private static MessageContent ReadContent(JsonElement? message, string type)
    {
        var body = message.Member(type);
        return new(WordsOf(message) ?? body.Text("caption") ?? body.Text("emoji") ?? "")
        {
            Location = type == "location" && body.Number("latitude") is { } latitude && body.Number("longitude") is { } longitude
                ? new(latitude, longitude, body.Text("name"), body.Text("address"))
                : null,
            Media = body.Text("mime_type") is { } mime && body.Text("id") is { } id ? new(id, mime, body.Text("filename"), body.Text("sha256")) : null,
        };
    }
}
