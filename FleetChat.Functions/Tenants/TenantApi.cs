using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Tenants;

public sealed class TenantApi(GetTenant get, ChangeTenant change)
{
    [Function(nameof(GetOwnTenant))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetOwnTenant(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenant")] HttpRequestData request)
        => await request.AnswerAsync(await get.HandleAsync(request.Tenant(), request.Cancellation()));

    [Function(nameof(PatchOwnTenant))]
    [Needs(Permission.ChangeCompany)]
    public async Task<HttpResponseData> PatchOwnTenant([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/tenant")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<TenantChange>(request);
        return await request.AnswerAsync(await change.HandleAsync(new(request.Tenant(), body, request.Caller().Actor), request.Cancellation()));
    }

    // The middleware lets only the key's own tenant through, so the route's value is not needed here.
    [Function(nameof(GetTenantById))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetTenantById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenants/{tenantId}")] HttpRequestData request)
        => await request.AnswerAsync(await get.HandleAsync(request.Tenant(), request.Cancellation()));
}
