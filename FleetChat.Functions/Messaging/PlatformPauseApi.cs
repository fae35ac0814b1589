using FleetChat.Core;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

/// <summary>FleetChat's operators hold sending, and take companies out of service. Repeated, each is the same.</summary>
public sealed class PlatformPauseApi(PlatformPauses pauses, TenantPauses ofTenants, SuspendTenant suspend)
{
    [Function(nameof(GetPlatformPauses))]
    [Needs(Permission.ReadService)]
    public async Task<HttpResponseData> GetPlatformPauses([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/pauses")] HttpRequestData request)
        => await request.AnswerAsync<PauseList>(await pauses.ListAsync(request.Cancellation()));

    [Function(nameof(PostPlatformPause))]
    [Needs(Permission.ChangeService)]
    public async Task<HttpResponseData> PostPlatformPause([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/pauses")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<PlatformPauseWanted>(request);
        return await PauseAnswers.Created(await pauses.PauseAsync(body, request.Caller().Actor, request.Cancellation())).WriteAsync(request);
    }

    [Function(nameof(DeletePlatformPause))]
    [Needs(Permission.ChangeService)]
    public async Task<HttpResponseData> DeletePlatformPause(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/pauses/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var pause) ? await pauses.EndAsync(pause, request.Caller().Actor, request.Cancellation()) : PauseErrors.NotFound);

    [Function(nameof(GetPlatformTenantPauses))]
    [Needs(Permission.ReadService)]
    public async Task<HttpResponseData> GetPlatformTenantPauses(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/pauses")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await ofTenants.ListAsync(tenant, request.Cancellation()) : GetTenant.NotFound);

    [Function(nameof(DeletePlatformTenantPause))]
    [Needs(Permission.ChangeService)]
    public async Task<HttpResponseData> DeletePlatformTenantPause(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/pauses/{pause}")] HttpRequestData request, string id, string pause)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) && Guid.TryParse(pause, out var named)
            ? await ofTenants.EndAsync(new(tenant, named, ByPlatform: true, request.Caller().Actor), request.Cancellation())
            : PauseErrors.NotFound);

    [Function(nameof(PostSuspension))]
    [Needs(Permission.ChangeService)]
    public async Task<HttpResponseData> PostSuspension(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/suspension")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<SuspensionBody>(request);
        return await request.AnswerAsync(TenantId.TryParse(id, out var tenant)
            ? await suspend.SuspendAsync(tenant, body.Reason, request.Caller().Actor, request.Cancellation())
            : GetTenant.NotFound);
    }

    [Function(nameof(DeleteSuspension))]
    [Needs(Permission.ChangeService)]
    public async Task<HttpResponseData> DeleteSuspension(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/suspension")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await suspend.LiftAsync(tenant, request.Caller().Actor, request.Cancellation()) : GetTenant.NotFound);

    private sealed record SuspensionBody(string? Reason = null);
}
