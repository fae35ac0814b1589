using System.Net;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Webhooks;
using FleetChat.Functions.Http;
using FleetChat.Functions.Inbox;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Webhooks;

/// <summary>An answer, and the nudge that tells of what there is to deliver.</summary>
public sealed class WebhookDeliveryAnswer
{
    [HttpResult]
    public HttpResponseData? Response { get; set; }

    [QueueOutput(QueueNames.Webhooks)]
    public string[]? Nudges { get; set; }
}

public sealed class WebhookDeliveryApi(ListWebhookDeliveries list, RedeliverWebhooks redeliver, TestWebhookEndpoint test, IdempotentRequests idempotent)
{
    /// <summary>What was sent to an endpoint, or will be, the newest first; kept for 30 days after it ended.</summary>
    [Function(nameof(GetWebhookDeliveries))]
    [Needs(Permission.ReadWebhooks)]
    [Answers(typeof(Page<WebhookDeliveryView>), "A page.")]
    [Query("status", "", typeof(WebhookDeliveryView), nameof(WebhookDeliveryView.Statuses))]
    public async Task<HttpResponseData> GetWebhookDeliveries(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhook-endpoints/{id}/deliveries")] HttpRequestData request, string id)
    {
        var query = new QueryParameters(request, "status");
        var (status, page) = (query.OneOf("status", WebhookDeliveryView.Statuses), query.Page());
        return await request.AnswerAsync(Guid.TryParse(id, out var endpoint)
            ? await list.HandleAsync(new(request.Tenant(), endpoint, status, page), request.Cancellation())
            : WebhookErrors.EndpointNotFound);
    }

    /// <summary>Send again: one delivery, or all that failed since a time. They keep their webhook-id.</summary>
    [Function(nameof(PostWebhookRedelivery))]
    [Needs(Permission.ChangeWebhooks)]
    [Answers(typeof(Redelivery), "They wait to be sent.", Status = 202)]
    [Takes(typeof(RedeliverWebhooks), """{"delivery_id": "0199b0a0-0000-7000-8000-000000000004"}""")]
    [OncePerKey]
    public async Task<WebhookDeliveryAnswer> PostWebhookRedelivery(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhook-endpoints/{id}/redeliver")] HttpRequestData request, string id)
    {
        var answer = new WebhookDeliveryAnswer();
        var (body, bytes) = await RequestBody.ReadJsonAsync<RedeliverWebhooks>(request);
        answer.Response = await idempotent.AnswerAsync(request, bytes, async _ =>
        {
            var result = await RedeliverAsync(request, id, body);
            if (!result.IsOk) return ApiAnswer.Of(result.Error);
            answer.Nudges = result.Value.Nudges.ToMessages();
            return new(HttpStatusCode.Accepted, ApiJson.Write(new Redelivery(result.Value.Redelivered)));
        });
        return answer;
    }

    /// <summary>Send a webhook.test to an endpoint.</summary>
    [Function(nameof(PostWebhookTest))]
    [Needs(Permission.ChangeWebhooks)]
    [Answers(typeof(TestTaken), "It waits to be sent.", Status = 202)]
    [OncePerKey]
    public async Task<WebhookDeliveryAnswer> PostWebhookTest(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhook-endpoints/{id}/test")] HttpRequestData request, string id)
    {
        var answer = new WebhookDeliveryAnswer();
        answer.Response = await idempotent.AnswerAsync(request, await RequestBody.ReadAsync(request), async _ =>
        {
            var result = await TestAsync(request, id);
            if (!result.IsOk) return ApiAnswer.Of(result.Error);
            answer.Nudges = result.Value.Nudges.ToMessages();
            return new(HttpStatusCode.Accepted, ApiJson.Write(new TestTaken(result.Value.DeliveryId)));
        });
        return answer;
    }

    private async Task<Result<RedeliveredWebhooks>> RedeliverAsync(HttpRequestData request, string id, RedeliverWebhooks body)
        => Guid.TryParse(id, out var endpoint)
            ? await redeliver.HandleAsync(new(request.Tenant(), endpoint, body.DeliveryId, body.Since, body.IncludeDelivered, request.Caller().Actor), request.Cancellation())
            : WebhookErrors.EndpointNotFound;

    private async Task<Result<TestedWebhookEndpoint>> TestAsync(HttpRequestData request, string id)
        => Guid.TryParse(id, out var endpoint) ? await test.HandleAsync(request.Tenant(), endpoint, request.Cancellation()) : WebhookErrors.EndpointNotFound;

    /// <summary>Either delivery_id or since.</summary>
    /// <param name="Since">All that were noted since then and failed.</param>
    /// <param name="IncludeDelivered">With since: also those that arrived.</param>
    private sealed record RedeliverWebhooks(Guid? DeliveryId = null, DateTimeOffset? Since = null, bool IncludeDelivered = false);

    private sealed record Redelivery(int Redelivered);

    private sealed record TestTaken(Guid DeliveryId);
}
