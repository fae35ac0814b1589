using FleetChat.Core;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Onboarding;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Tenants;

/// <summary>How far a company is brought in, for itself and for FleetChat's operators, who begin it and may take it back. A company is brought in once, so a repeated POST is the same.</summary>
public sealed class OnboardingApi(GetOnboarding get, BeginOnboarding begin, CancelOnboarding cancel)
{
    /// <summary>How far the company is brought in, and what somebody has to do.</summary>
    [Function(nameof(GetOwnOnboarding))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(OnboardingView), "Found.")]
    [Refuses(404)]
    public async Task<HttpResponseData> GetOwnOnboarding([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/onboarding")] HttpRequestData request)
        => await request.AnswerAsync(await get.HandleAsync(request.Tenant(), request.Cancellation()));

    /// <summary>How far a company is brought in. For operators.</summary>
    [Function(nameof(GetPlatformOnboarding))]
    [Needs(Permission.ReadTenants)]
    [Answers(typeof(OnboardingView), "Found.")]
    [PathText("id", "The company's id.")]
    public Task<HttpResponseData> GetPlatformOnboarding(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/onboarding")] HttpRequestData request, string id)
        => AnswerAsync(request, id, tenant => get.HandleAsync(tenant, request.Cancellation()));

    /// <summary>Begin to bring a registered company in. Repeated, it shows how it stands. For operators.</summary>
    [Function(nameof(PostPlatformOnboarding))]
    [Needs(Permission.ChangeTenants)]
    [Answers(typeof(OnboardingView), "Begun.")]
    [PathText("id", "The company's id.")]
    [Refuses(409)]
    public Task<HttpResponseData> PostPlatformOnboarding(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/onboarding")] HttpRequestData request, string id)
        => AnswerAsync(request, id, tenant => begin.HandleAsync(new(tenant, request.Caller().Actor), request.Cancellation()));

    /// <summary>Take a company back that has not begun: its webhook, its number and its key go, and it is closed. For operators.</summary>
    [Function(nameof(DeletePlatformOnboarding))]
    [Needs(Permission.ChangeTenants)]
    [Answers(typeof(OnboardingView), "Being undone.")]
    [PathText("id", "The company's id.")]
    [Refuses(409)]
    public Task<HttpResponseData> DeletePlatformOnboarding(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/onboarding")] HttpRequestData request, string id)
        => AnswerAsync(request, id, tenant => cancel.HandleAsync(new(tenant, request.Caller().Actor), request.Cancellation()));

    private static async Task<HttpResponseData> AnswerAsync(HttpRequestData request, string id, Func<TenantId, Task<Result<OnboardingView>>> act)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await act(tenant) : GetTenant.NotFound);
}
