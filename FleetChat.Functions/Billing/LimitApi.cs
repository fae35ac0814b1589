using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
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
    /// <summary>Allow a company other limits than its tier's until a day; what is left out stays as the tier has it. A later word replaces an earlier one. For operators.</summary>
    [Function(nameof(PutLimits))]
    [Needs(Permission.ChangeTenants)]
    [Answers(typeof(UsageView), "Allowed: what the company uses, and how much it may.")]
    [Takes(typeof(LimitsWanted), """{"max_drivers": 150, "until": "2026-12-31"}""")]
    [PathText("id", "The company's tenant id.")]
    public async Task<HttpResponseData> PutLimits(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/platform/tenants/{id}/limits")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<LimitsWanted>(request);
        // No day is one that is over.
        var limits = new LimitOverride(body.MaxDrivers, body.MaxMonthlyMessages, body.StorageLimitMb, body.Until ?? default);
        return await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await allow.HandleAsync(new(tenant, limits, request.Caller().Actor), request.Cancellation()) : GetTenant.NotFound);
    }

    /// <summary>Take that back: the tier's limits hold at once, and who is enrolled stays. For operators.</summary>
    [Function(nameof(DeleteLimits))]
    [Needs(Permission.ChangeTenants)]
    [Answers(typeof(UsageView), "Taken back: what the company uses, and how much it may.")]
    [PathText("id", "The company's tenant id.")]
    public async Task<HttpResponseData> DeleteLimits(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/limits")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await withdraw.HandleAsync(new(tenant, request.Caller().Actor), request.Cancellation()) : GetTenant.NotFound);

    /// <param name="Until">The last day, in the company's time zone.</param>
    private sealed record LimitsWanted(
        [Range(1, int.MaxValue)] int? MaxDrivers = null,
        [Range(1, int.MaxValue)] long? MaxMonthlyMessages = null,
        [Range(1, int.MaxValue)] long? StorageLimitMb = null,
        [Required] DateOnly? Until = null);
}
