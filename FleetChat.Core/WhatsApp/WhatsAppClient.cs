using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rates;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.WhatsApp;

/// <summary>The real Cloud API over HTTP.</summary>
public sealed class WhatsAppClient(HttpClient http, IOptions<WhatsAppOptions> options) : IWhatsAppClient
{
    private const int LongestText = 4096;
    private const int MostButtons = 3;
    private readonly GraphHttp _graph = new(http, options);

    public Task<WhatsAppAcceptance> SendAsync(WhatsAppMessage message, CancellationToken ct)
        => PostAsync(message.PhoneNumberId, message.AccessToken, Body(message), ReadAcceptance, ct);

    public Task MarkReadAsync(WhatsAppRead message, CancellationToken ct)
    {
        var body = new JsonObject { ["messaging_product"] = "whatsapp", ["status"] = "read", ["message_id"] = message.Wamid };
        return PostAsync(message.PhoneNumberId, message.AccessToken, body, _ => true, ct);
    }

    public Task<WhatsAppLimits> GetLimitsAsync(WhatsAppNumber number, CancellationToken ct)
        => _graph.GetAsync($"{Uri.EscapeDataString(number.PhoneNumberId)}?fields=throughput,whatsapp_business_manager_messaging_limit", number.AccessToken, ReadLimits, ct);

    private Task<T> PostAsync<T>(string phoneNumberId, string accessToken, JsonObject body, Func<JsonElement, T> read, CancellationToken ct)
        => _graph.PostAsync($"{Uri.EscapeDataString(phoneNumberId)}/messages", accessToken, body, read, ct);

    private static JsonObject Body(WhatsAppMessage message)
    {
        var body = new JsonObject
        {
            ["messaging_product"] = "whatsapp",
            ["recipient_type"] = "individual",
            [message.RecipientIsPhone ? "to" : "recipient"] = message.Recipient,
            ["biz_opaque_callback_data"] = message.OpaqueId,
        };
        if (message.Content is { Template: null, Buttons.Count: > 0 })
        {
            body["type"] = "interactive";
            body["interactive"] = Interactive(message);
            return body;
        }
        if (message.Content.Template is null)
        {
            body["type"] = "text";
            body["text"] = new JsonObject { ["body"] = message.Content.Text.Length <= LongestText ? message.Content.Text : message.Content.Text[..LongestText], ["preview_url"] = false };
            return body;
        }
        body["type"] = "template";
        body["template"] = new JsonObject
        {
            ["name"] = message.Content.Template,
            ["language"] = new JsonObject { ["code"] = message.Content.Language },
            ["components"] = Components(message),
        };
        return body;
    }

    // Three buttons at the most; what is more becomes a list.
    private static JsonObject Interactive(WhatsAppMessage message)
    {
        var (buttons, text) = (message.Content.Buttons!, new JsonObject { ["text"] = message.Content.Text });
        if (buttons.Count <= MostButtons)
        {
            var replies = buttons.Select(b => new JsonObject { ["type"] = "reply", ["reply"] = Choice(message, b) });
            return new() { ["type"] = "button", ["body"] = text, ["action"] = new JsonObject { ["buttons"] = new JsonArray([.. replies]) } };
        }
        var rows = new JsonArray([.. buttons.Select(b => Choice(message, b))]);
        return new()
        {
            ["type"] = "list",
            ["body"] = text,
            ["action"] = new JsonObject { ["button"] = message.Content.ListLabel, ["sections"] = new JsonArray(new JsonObject { ["rows"] = rows }) },
        };
    }

    private static JsonObject Choice(WhatsAppMessage message, MessageButton button)
        => new() { ["id"] = new ButtonPayload(message.MessageId, button.Action).ToString(), ["title"] = button.Title };

    private static JsonArray Components(WhatsAppMessage message)
    {
        var components = new JsonArray();
        if (message.Content.Parameters is { Count: > 0 } parameters)
            components.Add(new JsonObject { ["type"] = "body", ["parameters"] = new JsonArray([.. parameters.Select(p => new JsonObject { ["type"] = "text", ["text"] = p })]) });
        foreach (var (button, index) in (message.Content.Buttons ?? []).Select((button, index) => (button, index)))
            components.Add(new JsonObject
            {
                ["type"] = "button",
                ["sub_type"] = "quick_reply",
                ["index"] = index.ToString(CultureInfo.InvariantCulture),
                ["parameters"] = new JsonArray(new JsonObject { ["type"] = "payload", ["payload"] = new ButtonPayload(message.MessageId, button.Action).ToString() }),
            });
        return components;
    }

    private static WhatsAppAcceptance ReadAcceptance(JsonElement answer)
    {
        var wamid = answer.Items("messages").Select(m => m.Text("id")).FirstOrDefault();
        var contact = answer.Items("contacts").Select(c => c.Text("wa_id")).FirstOrDefault();
        return new(wamid ?? throw new JsonException("a success without a message id"), contact);
    }

    private static WhatsAppLimits ReadLimits(JsonElement answer)
    {
        int? rate = answer.Member("throughput").Text("level") switch
        {
            "STANDARD" => NumberRate.Standard,
            "HIGH" => NumberRate.High,
            _ => null,
        };
        var knows = MessagingTier.TryRead(answer.Member("whatsapp_business_manager_messaging_limit"), out var limit);
        return new(rate, knows, limit);
    }
}
