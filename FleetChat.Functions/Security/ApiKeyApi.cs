using System.Net;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

public sealed class ApiKeyApi(ListApiKeys list, CreateApiKey create, RotateApiKey rotate, RevokeApiKey revoke, IdempotentRequests idempotent)
{
    [Function(nameof(GetKeys))]
    [Needs(Permission.ReadKeys)]
    public async Task<HttpResponseData> GetKeys([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/keys")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    [Function(nameof(PostKey))]
    [Needs(Permission.ChangeKeys)]
    public async Task<HttpResponseData> PostKey([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/keys")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<KeyBody>(request);
        return await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var input = new CreateApiKeyInput(request.Tenant(), body.Name ?? "", body.Scopes ?? [], body.ExpiresAt, request.Caller().Actor) { IdempotencyKey = effectKey };
            var created = await create.HandleAsync(input, request.Cancellation());
            if (!created.IsOk) return ApiAnswer.Of(created.Error);
            var key = await list.GetAsync(request.Tenant(), created.Value.KeyId, request.Cancellation());
            return new(HttpStatusCode.Created, ApiJson.Write(new NewKey(key, created.Value.Token)));
        });
    }

    [Function(nameof(PostKeyRotation))]
    [Needs(Permission.ChangeKeys)]
    public async Task<HttpResponseData> PostKeyRotation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/keys/{id}/rotate")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadOptionalJsonAsync<RotationBody>(request);
        return await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var input = new RotateApiKeyInput(request.Tenant(), id, body?.OldExpiresAt, request.Caller().Actor) { IdempotencyKey = effectKey };
            var rotated = await rotate.HandleAsync(input, request.Cancellation());
            if (!rotated.IsOk) return ApiAnswer.Of(rotated.Error);
            var key = await list.GetAsync(request.Tenant(), rotated.Value.Successor.KeyId, request.Cancellation());
            return new(HttpStatusCode.Created, ApiJson.Write(new RotatedKey(key, rotated.Value.Successor.Token, rotated.Value.OldExpiresAt)));
        });
    }

    [Function(nameof(DeleteKey))]
    [Needs(Permission.ChangeKeys)]
    public async Task<HttpResponseData> DeleteKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/keys/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(await revoke.HandleAsync(new(request.Tenant(), id, request.Caller().Actor), request.Cancellation()));

    private sealed record KeyBody(string? Name = null, string[]? Scopes = null, DateTimeOffset? ExpiresAt = null);

    private sealed record RotationBody(DateTimeOffset? OldExpiresAt = null);

    private sealed record NewKey(ApiKeyView Key, string Token);

    private sealed record RotatedKey(ApiKeyView Key, string Token, DateTimeOffset OldExpiresAt);
}
