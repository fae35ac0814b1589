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
    /// <summary>All companies, the newest first. For operators.</summary>
    [Function(nameof(GetPlatformTenants))]
    [Needs(Permission.ReadTenants)]
    [Answers(typeof(Page<TenantSummary>), "A page.")]
    public async Task<HttpResponseData> GetPlatformTenants([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(new QueryParameters(request).Page(), request.Cancellation()));

    /// <summary>Register a company: it gets its id from its name and a running number, its data key, and its contact an invitation as first admin. Repeated with the same Idempotency-Key it is the same company. For operators.</summary>
    [Function(nameof(PostPlatformTenant))]
    [Needs(Permission.ChangeTenants)]
    [Answers(typeof(TenantView), "Registered.", Status = 201, HasETag = true)]
    [Takes(typeof(Registration), """{"company_name": "ABC Trucking", "legal_name": "ABC Trucking, Inc.", "primary_contact": {"name": "Ida Moore", "email": "ida@example.com", "phone": "+1 312 555 0155"}, "estimated_driver_count": 80, "service_tier": "starter", "data_region": "us", "country": "US", "address": "7 Main St, Tulsa, OK", "tax_id": "12-3456789", "time_zone": "America/Chicago", "working_hours": {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "07:00", "until": "18:30"}, "default_language": "en", "currency": "USD"}""")]
    [OncePerKey]
    public async Task<HttpResponseData> PostPlatformTenant([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<Registration>(request);
        var by = request.Caller();
        // Without a key each request is a company of its own.
        var key = IdempotentRequests.ReadKey(request) is { } given ? $"{by.Actor}:{given}" : time.NewId().ToString();
        var answer = TenantAnswers.Of(await register.HandleAsync(new(body, key, SHA256.HashData(bytes), by), request.Cancellation()));
        return await (answer.Status == HttpStatusCode.OK ? answer with { Status = HttpStatusCode.Created } : answer).WriteAsync(request);
    }

    /// <summary>One company with its configuration. For operators.</summary>
    [Function(nameof(GetPlatformTenantById))]
    [Needs(Permission.ReadTenants)]
    [Answers(typeof(TenantView), "Found.", HasETag = true)]
    [PathText("id", "The company's id.")]
    public async Task<HttpResponseData> GetPlatformTenantById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}")] HttpRequestData request, string id)
        => await TenantAnswers.Of(await OfAsync(id, tenant => get.HandleAsync(tenant, request.Cancellation()))).WriteAsync(request);

    /// <summary>Change a company, also what only FleetChat may change: service_tier. For operators.</summary>
    [Function(nameof(PatchPlatformTenant))]
    [Needs(Permission.ChangeTenants)]
    [Answers(typeof(TenantView), "Done.", HasETag = true)]
    [Takes(typeof(TenantChange), """{"samsara_config": {"api_token": "samsara_api_...", "group_id": "4711"}, "compliance_settings": {"data_retention_days": 365}, "branding": {"message_footer": "ABC Trucking"}}""")]
    [PathText("id", "The company's id.")]
    [IfMatch]
    [Refuses(409)]
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
