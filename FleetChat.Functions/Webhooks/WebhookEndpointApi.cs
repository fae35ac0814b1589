using System.Net;
using FleetChat.Core;
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
    [Function(nameof(GetWebhookEndpoints))]
    [Needs(Permission.ReadWebhooks)]
    public async Task<HttpResponseData> GetWebhookEndpoints(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhook-endpoints")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    [Function(nameof(GetWebhookEndpointById))]
    [Needs(Permission.ReadWebhooks)]
    public async Task<HttpResponseData> GetWebhookEndpointById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhook-endpoints/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var endpoint)
            ? await get.HandleAsync(request.Tenant(), endpoint, request.Cancellation())
            : WebhookErrors.EndpointNotFound);

    [Function(nameof(PostWebhookEndpoint))]
    [Needs(Permission.ChangeWebhooks)]
    public async Task<HttpResponseData> PostWebhookEndpoint(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhook-endpoints")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<CreateBody>(request);
        return await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var input = new CreateWebhookEndpointInput(request.Tenant(), body.Url, body.Types, request.Caller().Actor) { IdempotencyKey = effectKey };
            var created = await create.HandleAsync(input, request.Cancellation());
            return created.IsOk ? new(HttpStatusCode.Created, ApiJson.Write(created.Value)) : ApiAnswer.Of(created.Error);
        });
    }

    [Function(nameof(PatchWebhookEndpoint))]
    [Needs(Permission.ChangeWebhooks)]
    public async Task<HttpResponseData> PatchWebhookEndpoint(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/webhook-endpoints/{id}")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<ChangeBody>(request);
        return await request.AnswerAsync(Guid.TryParse(id, out var endpoint)
            ? await change.HandleAsync(new(request.Tenant(), endpoint, body.Url, body.Types, body.Enabled, request.Caller().Actor), request.Cancellation())
            : WebhookErrors.EndpointNotFound);
    }

    [Function(nameof(DeleteWebhookEndpoint))]
    [Needs(Permission.ChangeWebhooks)]
    public async Task<HttpResponseData> DeleteWebhookEndpoint(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/webhook-endpoints/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var endpoint)
            ? await delete.HandleAsync(new(request.Tenant(), endpoint, request.Caller().Actor), request.Cancellation())
            : WebhookErrors.EndpointNotFound);

    [Function(nameof(PostWebhookSecret))]
    [Needs(Permission.ChangeWebhooks)]
    public async Task<HttpResponseData> PostWebhookSecret(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhook-endpoints/{id}/secret")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadOptionalJsonAsync<RotateBody>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => ApiAnswer.Of(await RotateAsync(request, id, body?.OverlapHours)));
    }

    private async Task<Result<WebhookEndpointWithSecret>> RotateAsync(HttpRequestData request, string id, int? overlapHours)
        => Guid.TryParse(id, out var endpoint)
            ? await rotate.HandleAsync(new(request.Tenant(), endpoint, overlapHours, request.Caller().Actor), request.Cancellation())
            : WebhookErrors.EndpointNotFound;

    private sealed record CreateBody(string? Url = null, string[]? Types = null);

    private sealed record ChangeBody(string? Url = null, string[]? Types = null, bool? Enabled = null);

    private sealed record RotateBody(int? OverlapHours = null);
}
