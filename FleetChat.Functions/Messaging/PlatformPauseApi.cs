using System.ComponentModel.DataAnnotations;
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
    /// <summary>Pauses of all sending and of numbers, open ones first. For FleetChat's own people.</summary>
    [Function(nameof(GetPlatformPauses))]
    [Needs(Permission.ReadService)]
    [Answers(typeof(PauseList), "At most 200.")]
    public async Task<HttpResponseData> GetPlatformPauses([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/pauses")] HttpRequestData request)
        => await request.AnswerAsync<PauseList>(await pauses.ListAsync(request.Cancellation()));

    /// <summary>Hold all sending, that of a number whoever has it, or that of a company, at once or in a window. Asked twice, it is one. For operators.</summary>
    [Function(nameof(PostPlatformPause))]
    [Needs(Permission.ChangeService)]
    [Answers(typeof(Pause), "The pause.", Status = 201)]
    [Takes(typeof(PlatformPauseWanted), """{"scope": "number", "subject": "106540000000001", "reason": "incident"}""")]
    [Refuses(404, 409)]
    public async Task<HttpResponseData> PostPlatformPause([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/pauses")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<PlatformPauseWanted>(request);
        return await PauseAnswers.Created(await pauses.PauseAsync(body, request.Caller().Actor, request.Cancellation())).WriteAsync(request);
    }

    /// <summary>End a pause of all sending or of a number; a restored database's ends with the restore alone. For operators.</summary>
    [Function(nameof(DeletePlatformPause))]
    [Needs(Permission.ChangeService)]
    [Answers(typeof(Pause), "The pause.")]
    [Refuses(409)]
    public async Task<HttpResponseData> DeletePlatformPause(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/pauses/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var pause) ? await pauses.EndAsync(pause, request.Caller().Actor, request.Cancellation()) : PauseErrors.NotFound);

    /// <summary>A company's pauses, its own and those by operators. For FleetChat's own people.</summary>
    [Function(nameof(GetPlatformTenantPauses))]
    [Needs(Permission.ReadService)]
    [Answers(typeof(PauseList), "At most 200.")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> GetPlatformTenantPauses(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/pauses")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await ofTenants.ListAsync(tenant, request.Cancellation()) : GetTenant.NotFound);

    /// <summary>End a company's pause, whoever set it. For operators.</summary>
    [Function(nameof(DeletePlatformTenantPause))]
    [Needs(Permission.ChangeService)]
    [Answers(typeof(Pause), "The pause.")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> DeletePlatformTenantPause(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/pauses/{pause}")] HttpRequestData request, string id, string pause)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) && Guid.TryParse(pause, out var named)
            ? await ofTenants.EndAsync(new(tenant, named, ByPlatform: true, request.Caller().Actor), request.Cancellation())
            : PauseErrors.NotFound);

    /// <summary>Take a company out of service: what arrives is taken in and what is stored can be read, nothing is sent and nothing changed. For operators.</summary>
    [Function(nameof(PostSuspension))]
    [Needs(Permission.ChangeService)]
    [Answers(typeof(Suspension), "How the company stands.")]
    [Takes(typeof(SuspensionWanted), """{"reason": "unpaid"}""")]
    [PathText("id", "The company's.")]
    [Refuses(409)]
    public async Task<HttpResponseData> PostSuspension(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/suspension")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<SuspensionWanted>(request);
        return await request.AnswerAsync(TenantId.TryParse(id, out var tenant)
            ? await suspend.SuspendAsync(tenant, body.Reason, request.Caller().Actor, request.Cancellation())
            : GetTenant.NotFound);
    }

    /// <summary>Take a company back into service: what is still valid goes out. For operators.</summary>
    [Function(nameof(DeleteSuspension))]
    [Needs(Permission.ChangeService)]
    [Answers(typeof(Suspension), "How the company stands.")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> DeleteSuspension(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/suspension")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await suspend.LiftAsync(tenant, request.Caller().Actor, request.Cancellation()) : GetTenant.NotFound);

    private sealed record SuspensionWanted([OneOf(typeof(SuspendTenant), nameof(SuspendTenant.Reasons)), Required] string? Reason = null);
}
