using System.Net;
using FleetChat.Core.WhatsApp;
using FleetChat.Functions.Http;
using FleetChat.Functions.Inbox;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.WhatsApp;

/// <summary>Meta's webhooks, one address for all numbers of the app. Guarded by the app's signature, the handshake by its token.</summary>
public sealed class WhatsAppWebhook(ReceiveWhatsAppWebhook receive, WhatsAppSignature signature)
{
    /// <summary>One POST may carry a thousand updates.</summary>
    private const int MaxBytes = 16 * 1024 * 1024;

    [Function("WhatsAppWebhook")]
    public async Task<WebhookAnswer> ReceiveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/whatsapp/webhook")] HttpRequestData request, CancellationToken ct)
    {
        var body = await RequestBody.ReadAsync(request, MaxBytes);
        return await WebhookAnswer.OfAsync(request, await receive.HandleAsync(new(request.Header("X-Hub-Signature-256"), body), ct));
    }

    /// <summary>Meta subscribes: the bare challenge comes back if it shows our token.</summary>
    [Function("WhatsAppHandshake")]
    public async Task<HttpResponseData> SubscribeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/whatsapp/webhook")] HttpRequestData request)
    {
        var (mode, token, challenge) = (request.Query["hub.mode"], request.Query["hub.verify_token"], request.Query["hub.challenge"]);
        if (mode is null || token is null || challenge is null) return await PlainText.AnswerAsync(request, HttpStatusCode.BadRequest, "hub.mode, hub.verify_token and hub.challenge are needed");
        // Plain text, and never anything else: the challenge is whatever the caller wrote.
        return mode == "subscribe" && signature.IsVerifyToken(token)
            ? await PlainText.AnswerAsync(request, HttpStatusCode.OK, challenge)
            : await PlainText.AnswerAsync(request, HttpStatusCode.Forbidden, "Forbidden");
    }
}
