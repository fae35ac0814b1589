using System.ComponentModel.DataAnnotations;
using System.Net;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

public sealed class ApiKeyApi(ListApiKeys list, CreateApiKey create, RotateApiKey rotate, RevokeApiKey revoke, IdempotentRequests idempotent)
{
    /// <summary>The company's API keys, the newest first, those that ended included.</summary>
    [Function(nameof(GetKeys))]
    [Needs(Permission.ReadKeys)]
    [Answers(typeof(Page<ApiKeyView>), "A page.")]
    public async Task<HttpResponseData> GetKeys([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/keys")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    /// <summary>Make an API key. The answer shows it this once.</summary>
    [Function(nameof(PostKey))]
    [Needs(Permission.ChangeKeys)]
    [Answers(typeof(NewKey), "Made.", Status = 201)]
    [Takes(typeof(ApiKeyWanted), """{"name": "ERP", "scopes": ["read"], "expires_at": "2027-03-02T00:00:00Z"}""")]
    [OncePerKey]
    public async Task<HttpResponseData> PostKey([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/keys")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<ApiKeyWanted>(request);
        return await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var input = new CreateApiKeyInput(request.Tenant(), body.Name ?? "", body.Scopes ?? [], body.ExpiresAt, request.Caller().Actor) { IdempotencyKey = effectKey };
            var created = await create.HandleAsync(input, request.Cancellation());
            if (!created.IsOk) return ApiAnswer.Of(created.Error);
            var key = await list.GetAsync(request.Tenant(), created.Value.KeyId, request.Cancellation());
            return new(HttpStatusCode.Created, ApiJson.Write(new NewKey(key, created.Value.Token)));
        });
    }

    /// <summary>Make a successor of an API key, with its name, scopes and length of life. The old one lives on until old_expires_at, a day if that is left out. The answer shows the new key this once.</summary>
    [Function(nameof(PostKeyRotation))]
    [Needs(Permission.ChangeKeys)]
    [Answers(typeof(RotatedKey), "Made.", Status = 201)]
    [Takes(typeof(ApiKeyRotation), """{"old_expires_at": "2026-03-03T00:00:00Z"}""", IsOptional = true)]
    [PathText("id", "The key's.")]
    [OncePerKey]
    public async Task<HttpResponseData> PostKeyRotation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/keys/{id}/rotate")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadOptionalJsonAsync<ApiKeyRotation>(request);
        return await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var input = new RotateApiKeyInput(request.Tenant(), id, body?.OldExpiresAt, request.Caller().Actor) { IdempotencyKey = effectKey };
            var rotated = await rotate.HandleAsync(input, request.Cancellation());
            if (!rotated.IsOk) return ApiAnswer.Of(rotated.Error);
            var key = await list.GetAsync(request.Tenant(), rotated.Value.Successor.KeyId, request.Cancellation());
            return new(HttpStatusCode.Created, ApiJson.Write(new RotatedKey(key, rotated.Value.Successor.Token, rotated.Value.OldExpiresAt)));
        });
    }

    /// <summary>Revoke an API key: its next request is refused.</summary>
    [Function(nameof(DeleteKey))]
    [Needs(Permission.ChangeKeys)]
    [Answers(typeof(RevokedApiKey), "Revoked.")]
    [PathText("id", "The key's.")]
    public async Task<HttpResponseData> DeleteKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/keys/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(await revoke.HandleAsync(new(request.Tenant(), id, request.Caller().Actor), request.Cancellation()));

    /// <param name="Name">1 to 100 characters.</param>
    private sealed record ApiKeyWanted([Required] string? Name = null, [OneOf(typeof(ApiScopes)), Required] string[]? Scopes = null, DateTimeOffset? ExpiresAt = null);

    /// <param name="OldExpiresAt">From now to 30 days ahead.</param>
    private sealed record ApiKeyRotation(DateTimeOffset? OldExpiresAt = null);

    /// <param name="Token">The whole key. It cannot be shown again.</param>
    private sealed record NewKey(ApiKeyView Key, string Token);

    /// <param name="Token">The whole key. It cannot be shown again.</param>
    private sealed record RotatedKey(ApiKeyView Key, string Token, DateTimeOffset OldExpiresAt);
}
