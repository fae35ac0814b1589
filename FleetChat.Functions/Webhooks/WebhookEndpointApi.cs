using System.ComponentModel.DataAnnotations;
using System.Net;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Webhooks;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Webhooks;

public sealed class WebhookEndpointApi(
    ListWebhookEndpoints list, GetWebhookEndpoint get, CreateWebhookEndpoint create, ChangeWebhookEndpoint change, DeleteWebhookEndpoint delete,
    RotateWebhookSecret rotate, IdempotentRequests idempotent)
{
    /// <summary>Your webhook endpoints, the newest first.</summary>
    [Function(nameof(GetWebhookEndpoints))]
    [Needs(Permission.ReadWebhooks)]
    [Answers(typeof(Page<WebhookEndpointView>), "A page.")]
    public async Task<HttpResponseData> GetWebhookEndpoints(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhook-endpoints")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    /// <summary>One endpoint.</summary>
    [Function(nameof(GetWebhookEndpointById))]
    [Needs(Permission.ReadWebhooks)]
    [Answers(typeof(WebhookEndpointView), "Found.")]
    public async Task<HttpResponseData> GetWebhookEndpointById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhook-endpoints/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var endpoint)
            ? await get.HandleAsync(request.Tenant(), endpoint, request.Cancellation())
            : WebhookErrors.EndpointNotFound);

    /// <summary>Make an endpoint: what happens from now on is sent there. The answer shows its secret this once.</summary>
    [Function(nameof(PostWebhookEndpoint))]
    [Needs(Permission.ChangeWebhooks)]
    [Answers(typeof(WebhookEndpointWithSecret), "Made.", Status = 201)]
    [Takes(typeof(NewWebhookEndpoint), """{"url": "https://hooks.example.com/fleetchat", "types": ["message.received", "alert.opened"]}""")]
    [OncePerKey]
    public async Task<HttpResponseData> PostWebhookEndpoint(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhook-endpoints")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<NewWebhookEndpoint>(request);
        return await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var input = new CreateWebhookEndpointInput(request.Tenant(), body.Url, body.Types, request.Caller().Actor) { IdempotencyKey = effectKey };
            var created = await create.HandleAsync(input, request.Cancellation());
            return created.IsOk ? new(HttpStatusCode.Created, ApiJson.Write(created.Value)) : ApiAnswer.Of(created.Error);
        });
    }

    /// <summary>Change an endpoint, or switch it off and on. What is left out stays.</summary>
    [Function(nameof(PatchWebhookEndpoint))]
    [Needs(Permission.ChangeWebhooks)]
    [Answers(typeof(WebhookEndpointView), "Changed.")]
    [Takes(typeof(WebhookEndpointChange), """{"types": ["alert.opened"]}""")]
    public async Task<HttpResponseData> PatchWebhookEndpoint(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/webhook-endpoints/{id}")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<WebhookEndpointChange>(request);
        return await request.AnswerAsync(Guid.TryParse(id, out var endpoint)
            ? await change.HandleAsync(new(request.Tenant(), endpoint, body.Url, body.Types, body.Enabled, request.Caller().Actor), request.Cancellation())
            : WebhookErrors.EndpointNotFound);
    }

    /// <summary>Delete an endpoint with its secrets and deliveries.</summary>
    [Function(nameof(DeleteWebhookEndpoint))]
    [Needs(Permission.ChangeWebhooks)]
    [Answers(typeof(DeletedWebhookEndpoint), "Deleted.")]
    public async Task<HttpResponseData> DeleteWebhookEndpoint(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/webhook-endpoints/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var endpoint)
            ? await delete.HandleAsync(new(request.Tenant(), endpoint, request.Caller().Actor), request.Cancellation())
            : WebhookErrors.EndpointNotFound);

    /// <summary>A new secret, shown this once. The old one signs beside it until the overlap has ended.</summary>
    [Function(nameof(PostWebhookSecret))]
    [Needs(Permission.ChangeWebhooks)]
    [Answers(typeof(WebhookEndpointWithSecret), "Changed.")]
    [Takes(typeof(RotateWebhookSecret), """{"overlap_hours": 24}""", IsOptional = true)]
    [OncePerKey]
    public async Task<HttpResponseData> PostWebhookSecret(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhook-endpoints/{id}/secret")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadOptionalJsonAsync<RotateWebhookSecret>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => ApiAnswer.Of(await RotateAsync(request, id, body?.OverlapHours)));
    }

    private async Task<Result<WebhookEndpointWithSecret>> RotateAsync(HttpRequestData request, string id, int? overlapHours)
        => Guid.TryParse(id, out var endpoint)
            ? await rotate.HandleAsync(new(request.Tenant(), endpoint, overlapHours, request.Caller().Actor), request.Cancellation())
            : WebhookErrors.EndpointNotFound;

    /// <param name="Url">https, on port 443 or above 1023, on the open internet.</param>
    private sealed record NewWebhookEndpoint(
        [Required, StringLength(2048)] string? Url = null,
        [OneOf(typeof(WebhookEndpointView), nameof(WebhookEndpointView.EventTypes)), Required] string[]? Types = null);

    /// <param name="Url">https, on port 443 or above 1023, on the open internet.</param>
    private sealed record WebhookEndpointChange(
        [StringLength(2048)] string? Url = null,
        [OneOf(typeof(WebhookEndpointView), nameof(WebhookEndpointView.EventTypes))] string[]? Types = null,
        bool? Enabled = null);

    /// <param name="OverlapHours">So long the present secret signs beside the new one; 24 if left out.</param>
    private sealed record RotateWebhookSecret([Range(0, 24)] int? OverlapHours = null);
}
