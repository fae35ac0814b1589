using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rates;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.WhatsApp;

/// <summary>The real Cloud API over HTTP. Never retries by itself: whether a second call is safe, only the sender's rows know.</summary>
public sealed class WhatsAppClient(HttpClient http, IOptions<WhatsAppOptions> options) : IWhatsAppClient
{
    private const int LongestText = 4096;
    private const int MostButtons = 3;
    private readonly string _base = $"{options.Value.GraphBaseUrl.ToString().TrimEnd('/')}/{options.Value.GraphVersion}";

    public Task<WhatsAppAcceptance> SendAsync(WhatsAppMessage message, CancellationToken ct)
        => PostAsync(message.PhoneNumberId, message.AccessToken, Body(message), ReadAcceptance, ct);

    public Task MarkReadAsync(WhatsAppRead message, CancellationToken ct)
    {
        var body = new JsonObject { ["messaging_product"] = "whatsapp", ["status"] = "read", ["message_id"] = message.Wamid };
        return PostAsync(message.PhoneNumberId, message.AccessToken, body, _ => true, ct);
    }

    public Task<WhatsAppLimits> GetLimitsAsync(WhatsAppNumber number, CancellationToken ct)
        => CallAsync(Request(HttpMethod.Get, $"{Uri.EscapeDataString(number.PhoneNumberId)}?fields=throughput,whatsapp_business_manager_messaging_limit", number.AccessToken), ReadLimits, ct);

    private Task<T> PostAsync<T>(string phoneNumberId, string accessToken, JsonObject body, Func<JsonDocument, T> read, CancellationToken ct)
    {
        var request = Request(HttpMethod.Post, $"{Uri.EscapeDataString(phoneNumberId)}/messages", accessToken);
        // With a length: not every proxy on the way takes chunks.
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new("application/json") } };
        return CallAsync(request, read, ct);
    }

    private async Task<T> CallAsync<T>(HttpRequestMessage call, Func<JsonDocument, T> read, CancellationToken ct)
    {
        using var request = call;
        try
        {
            using var response = await http.SendAsync(request, ct);
            using var answer = await ReadAsync(response, ct);
            return response.IsSuccessStatusCode ? read(answer) : throw ReadRefusal(answer, response.Headers);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            // No connection was made: surely nothing was sent.
            throw new WhatsAppException(WhatsAppFailure.Transient, 0, null, null, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException or JsonException || (exception is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null, exception);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string accessToken)
    {
        // A token that no header can hold is a broken setting: refused as WhatsApp would, before anything is sent.
        if (accessToken.Any(c => !char.IsAscii(c) || char.IsControl(c))) throw new WhatsAppException(WhatsAppFailure.Blocked, 190, null, null);
        return new(method, $"{_base}/{path}") { Headers = { Authorization = new("Bearer", accessToken) } };
    }

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

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        return await JsonDocument.ParseAsync(stream, cancellationToken: ct);
    }

    private static WhatsAppAcceptance ReadAcceptance(JsonDocument answer)
    {
        var wamid = answer.RootElement.Items("messages").Select(m => m.Text("id")).FirstOrDefault();
        var contact = answer.RootElement.Items("contacts").Select(c => c.Text("wa_id")).FirstOrDefault();
        return new(wamid ?? throw new JsonException("a success without a message id"), contact);
    }

    private static WhatsAppLimits ReadLimits(JsonDocument answer)
    {
        int? rate = answer.RootElement.Member("throughput").Text("level") switch
        {
            "STANDARD" => NumberRate.Standard,
            "HIGH" => NumberRate.High,
            _ => null,
        };
        var knows = MessagingTier.TryRead(answer.RootElement.Member("whatsapp_business_manager_messaging_limit"), out var limit);
        return new(rate, knows, limit);
    }

    private static WhatsAppException ReadRefusal(JsonDocument answer, HttpResponseHeaders headers)
    {
        var error = answer.RootElement.Member("error");
        var code = error.Number("code") is { } number and >= 0 and < int.MaxValue ? (int?)(int)number : null;
        // An answer without a code says nothing: it may have been sent.
        if (code is null) return new(WhatsAppFailure.Unknown, 0, error.Text("fbtrace_id"), RetryAfter(headers));
        var errorClass = MetaErrors.Classify(code.Value, error.Member("is_transient") is { ValueKind: JsonValueKind.True });
        return new(errorClass, code.Value, error.Text("fbtrace_id"), RetryAfter(headers));
    }

    private static TimeSpan? RetryAfter(HttpResponseHeaders headers)
        => headers.TryGetValues("Retry-After", out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 86400
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
