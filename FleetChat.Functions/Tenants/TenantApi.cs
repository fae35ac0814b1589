using FleetChat.Core;
using FleetChat.Core.Data;
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
    /// <summary>The company of the key.</summary>
    [Function(nameof(GetOwnTenant))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(TenantView), "Found.", HasETag = true)]
    public async Task<HttpResponseData> GetOwnTenant(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenant")] HttpRequestData request)
        => await TenantAnswers.Of(await get.HandleAsync(request.Tenant(), request.Cancellation())).WriteAsync(request);

    /// <summary>Change the company's own settings. Secrets are tried at Samsara and WhatsApp before they are taken; each change is a version.</summary>
    [Function(nameof(PatchOwnTenant))]
    [Needs(Permission.ChangeCompany)]
    [Answers(typeof(TenantView), "Done.", HasETag = true)]
    [Takes(typeof(TenantChange), """{"samsara_config": {"api_token": "samsara_api_...", "group_id": "4711"}, "compliance_settings": {"data_retention_days": 365}, "branding": {"message_footer": "ABC Trucking"}, "escalate_after_minutes": 15, "most_unasked_messages": 6}""")]
    [IfMatch]
    [Refuses(409)]
    public async Task<HttpResponseData> PatchOwnTenant([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/tenant")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<TenantChange>(request);
        var input = new ChangeTenantInput(request.Tenant(), body, request.Caller().Actor) { SeenVersion = EntityTag.ReadIfMatch(request) };
        return await TenantAnswers.Of(await change.HandleAsync(input, request.Cancellation())).WriteAsync(request);
    }

    /// <summary>What was changed of the company's settings, by whom, the newest first. Of secrets and people's details only that they were set.</summary>
    [Function(nameof(GetOwnTenantVersions))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(Page<TenantVersion>), "A page.")]
    public async Task<HttpResponseData> GetOwnTenantVersions([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenant/versions")] HttpRequestData request)
        => await request.AnswerAsync(await versions.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    // The middleware lets only the key's own tenant through, so the route's value is not needed here.
    /// <summary>A company by its id; any other than the key's own is 403.</summary>
    [Function(nameof(GetTenantById))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(TenantView), "Found.")]
    [PathText("tenantId", "The company's id.")]
    public async Task<HttpResponseData> GetTenantById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/tenants/{tenantId}")] HttpRequestData request)
        => await TenantAnswers.Of(await get.HandleAsync(request.Tenant(), request.Cancellation())).WriteAsync(request);
}

internal static class TenantAnswers
{
    /// <summary>With the ETag that a change has to show.</summary>
    public static ApiAnswer Of(Result<TenantView> result) => ApiAnswer.Of(result) with { Version = result.IsOk ? result.Value.Configuration.Version : null };
}
