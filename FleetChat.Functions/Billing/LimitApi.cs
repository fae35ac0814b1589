using FleetChat.Core.Billing;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Billing;

/// <summary>What companies may use beside their tiers' limits, for FleetChat's operators.</summary>
public sealed class LimitApi(OverrideLimits allow, WithdrawLimits withdraw)
{
    [Function(nameof(PutLimits))]
    [Needs(Permission.ChangeTenants)]
    public async Task<HttpResponseData> PutLimits(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/platform/tenants/{id}/limits")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<LimitsBody>(request);
        // No day is one that is over.
        var limits = new LimitOverride(body.MaxDrivers, body.MaxMonthlyMessages, body.StorageLimitMb, body.Until ?? default);
        return await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await allow.HandleAsync(new(tenant, limits, request.Caller().Actor), request.Cancellation()) : GetTenant.NotFound);
    }

    [Function(nameof(DeleteLimits))]
    [Needs(Permission.ChangeTenants)]
    public async Task<HttpResponseData> DeleteLimits(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/limits")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await withdraw.HandleAsync(new(tenant, request.Caller().Actor), request.Cancellation()) : GetTenant.NotFound);

    private sealed record LimitsBody(int? MaxDrivers = null, long? MaxMonthlyMessages = null, long? StorageLimitMb = null, DateOnly? Until = null);
}
