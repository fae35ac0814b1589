using FleetChat.Core;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Tenants;

public sealed class TenantApi(GetTenant get, ChangeTenant change, ListTenantVersions versions)
{
    [Function(nameof(GetOwnTenant))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetOwnTenant(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenant")] HttpRequestData request)
        => await TenantAnswers.Of(await get.HandleAsync(request.Tenant(), request.Cancellation())).WriteAsync(request);

    [Function(nameof(PatchOwnTenant))]
    [Needs(Permission.ChangeCompany)]
    public async Task<HttpResponseData> PatchOwnTenant([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/tenant")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<TenantChange>(request);
        var input = new ChangeTenantInput(request.Tenant(), body, request.Caller().Actor) { SeenVersion = EntityTag.ReadIfMatch(request) };
        return await TenantAnswers.Of(await change.HandleAsync(input, request.Cancellation())).WriteAsync(request);
    }

    [Function(nameof(GetOwnTenantVersions))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetOwnTenantVersions([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenant/versions")] HttpRequestData request)
        => await request.AnswerAsync(await versions.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    // The middleware lets only the key's own tenant through, so the route's value is not needed here.
    [Function(nameof(GetTenantById))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetTenantById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenants/{tenantId}")] HttpRequestData request)
        => await TenantAnswers.Of(await get.HandleAsync(request.Tenant(), request.Cancellation())).WriteAsync(request);
}

internal static class TenantAnswers
{
    /// <summary>With the ETag that a change has to show.</summary>
    public static ApiAnswer Of(Result<TenantView> result) => ApiAnswer.Of(result) with { Version = result.IsOk ? result.Value.Configuration.Version : null };
}
