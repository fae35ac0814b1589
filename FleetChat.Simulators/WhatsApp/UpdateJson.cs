using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>The values of webhooks' changes.</summary>
internal static class UpdateJson
{
    public static JsonObject Messages(Number number, User user, JsonObject message, bool withContacts = true)
        => Value(number, ("contacts", withContacts ? new JsonArray(Contact(user)) : null), ("messages", new JsonArray(message)));

    public static JsonObject Statuses(Number number, User? user, JsonObject status)
        => Value(number, ("contacts", user?.UserId is null || (string?)status["status"] == "failed" ? null : new JsonArray(Contact(user))), ("statuses", new JsonArray(status)));

    public static JsonObject Preferences(Number number, User user, JsonObject preference)
        => Value(number, ("contacts", new JsonArray(SimulatorJson.Object(("wa_id", Visible(user)), ("user_id", user.UserId)))), ("user_preferences", new JsonArray(preference)));

    public static JsonObject Errors(Number number, JsonArray errors) => Value(number, ("errors", errors));

    /// <summary>As a page of May 2026 shows it; since August a message of type <c>system</c> tells the same.</summary>
    public static JsonObject UserIdUpdate(Number number, User user, string previous, DateTimeOffset at) => Value(
        number,
        ("contacts", new JsonArray(Contact(user))),
        ("user_id_update", new JsonArray(SimulatorJson.Object(
            ("wa_id", Visible(user)), ("user_id", SimulatorJson.Object(("previous", previous), ("current", user.UserId))), ("timestamp", WireTime.UnixSeconds(at))))));

    /// <summary>The members that every inbound message has.</summary>
    public static JsonObject Message(Number number, User user, string wamid, DateTimeOffset at, string type, string? inReplyTo) => SimulatorJson.Object(
        ("context", inReplyTo is null ? null : SimulatorJson.Object(("from", number.Phone), ("id", inReplyTo))),
        ("from", Visible(user)),
        ("from_user_id", user.HidesPhone ? user.UserId : null),
        ("from_parent_user_id", user.HidesPhone ? user.ParentUserId : null),
        ("id", wamid),
        ("timestamp", WireTime.UnixSeconds(at)),
        ("type", type));

    public static JsonObject Status(User? user, string dialled, ChatMessage message, string status, DateTimeOffset at, GraphErrorException? error, bool priced, bool withConversation) => SimulatorJson.Object(
        ("id", message.Wamid),
        ("status", status),
        ("timestamp", WireTime.UnixSeconds(at)),
        ("recipient_id", user is null ? dialled : Visible(user)),
        ("recipient_user_id", user is { HidesPhone: true } ? user.UserId : null),
        ("biz_opaque_callback_data", message.OpaqueId),
        ("conversation", withConversation && error is null
            ? SimulatorJson.Object(
                ("id", Unique.LowerHex(30)),
                ("expiration_timestamp", status == "sent" ? WireTime.UnixSeconds(at.AddHours(24)) : null),
                ("origin", SimulatorJson.Object(("type", message.PricingCategory ?? "service"))))
            : null),
        ("pricing", priced ? Pricing(message, withConversation) : null),
        ("errors", error?.ToStatusErrors()));

    private static JsonObject Pricing(ChatMessage message, bool old) => SimulatorJson.Object(
        ("billable", message.PricingCategory is not null),
        ("pricing_model", old ? "CBP" : "PMP"),
        ("type", old ? null : message.PricingCategory is null ? "free_customer_service" : "regular"),
        ("category", message.PricingCategory ?? "service"));

    private static JsonObject Value(Number number, params (string, JsonNode?)[] members) => SimulatorJson.Object([
        ("messaging_product", "whatsapp"),
        ("metadata", SimulatorJson.Object(("display_phone_number", number.Phone), ("phone_number_id", number.Id))),
        .. members]);

    private static JsonObject Contact(User user) => SimulatorJson.Object(
        ("profile", SimulatorJson.Object(("name", user.Name), ("username", user.Username))),
        ("wa_id", Visible(user)),
        ("user_id", user.UserId),
        ("parent_user_id", user.ParentUserId));

    private static string? Visible(User user) => user.HidesPhone ? null : user.WaId;
}
