using System.Net;
using System.Security.Cryptography;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Registration;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Tenants;

/// <summary>Companies as FleetChat's operators bring them in and look after them. Tied to no tenant: each function names the one that it is about.</summary>
public sealed class PlatformTenantApi(RegisterTenant register, ListTenants list, GetTenant get, ChangeTenant change, TimeProvider time)
{
    [Function(nameof(GetPlatformTenants))]
    [Needs(Permission.ReadTenants)]
    public async Task<HttpResponseData> GetPlatformTenants([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(new QueryParameters(request).Page(), request.Cancellation()));

    [Function(nameof(PostPlatformTenant))]
    [Needs(Permission.ChangeTenants)]
    public async Task<HttpResponseData> PostPlatformTenant([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<Registration>(request);
        var by = request.Caller();
        // Without a key each request is a company of its own.
        var key = IdempotentRequests.ReadKey(request) is { } given ? $"{by.Actor}:{given}" : time.NewId().ToString();
        var answer = TenantAnswers.Of(await register.HandleAsync(new(body, key, SHA256.HashData(bytes), by), request.Cancellation()));
        return await (answer.Status == HttpStatusCode.OK ? answer with { Status = HttpStatusCode.Created } : answer).WriteAsync(request);
    }

    [Function(nameof(GetPlatformTenantById))]
    [Needs(Permission.ReadTenants)]
    public async Task<HttpResponseData> GetPlatformTenantById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}")] HttpRequestData request, string id)
        => await TenantAnswers.Of(await OfAsync(id, tenant => get.HandleAsync(tenant, request.Cancellation()))).WriteAsync(request);

    [Function(nameof(PatchPlatformTenant))]
    [Needs(Permission.ChangeTenants)]
    public async Task<HttpResponseData> PatchPlatformTenant(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/platform/tenants/{id}")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<TenantChange>(request);
        var seen = EntityTag.ReadIfMatch(request);
        return await TenantAnswers.Of(await OfAsync(id, tenant => change.HandleAsync(
            new(tenant, body, request.Caller().Actor) { SeenVersion = seen, IsOperator = true }, request.Cancellation()))).WriteAsync(request);
    }

    private static async Task<Result<TenantView>> OfAsync(string id, Func<TenantId, Task<Result<TenantView>>> act) => TenantId.TryParse(id, out var tenant) ? await act(tenant) : GetTenant.NotFound;
}
