using FleetChat.Core.Samsara;
using FleetChat.Functions.Http;
using FleetChat.Functions.Inbox;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Samsara;

/// <summary>Samsara's webhooks, one address a tenant. Guarded by the signature of that tenant's own webhook.</summary>
public sealed class SamsaraWebhook(ReceiveSamsaraWebhook receive)
{
    [Function("SamsaraWebhook")]
    public Task<WebhookAnswer> FirstDoorAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/samsara/webhook/{tenantId}")] HttpRequestData request, string tenantId, CancellationToken ct)
        => ReceiveAsync(request, tenantId, ct);

    [Function("SamsaraWebhookSecondDoor")]
    public Task<WebhookAnswer> SecondDoorAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhook/samsara/{tenantId}")] HttpRequestData request, string tenantId, CancellationToken ct)
        => ReceiveAsync(request, tenantId, ct);

    private async Task<WebhookAnswer> ReceiveAsync(HttpRequestData request, string tenantId, CancellationToken ct)
    {
        var body = await RequestBody.ReadAsync(request);
        var input = new SamsaraWebhookInput(tenantId, request.Header("X-Samsara-Timestamp"), request.Header("X-Samsara-Signature"), body);
        return await WebhookAnswer.OfAsync(request, await receive.HandleAsync(input, ct));
    }
}
