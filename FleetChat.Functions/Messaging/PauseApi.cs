using System.Net;
using FleetChat.Core;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

/// <summary>A company holds its own sending.</summary>
public sealed class PauseApi(TenantPauses pauses, IdempotentRequests idempotent)
{
    [Function(nameof(GetPauses))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetPauses([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/pauses")] HttpRequestData request)
        => await request.AnswerAsync(await pauses.ListAsync(request.Tenant(), request.Cancellation()));

    [Function(nameof(PostPause))]
    [Needs(Permission.ChangeCompany)]
    public async Task<HttpResponseData> PostPause([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/pauses")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<PauseWanted>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => PauseAnswers.Created(
            await pauses.PauseAsync(new(request.Tenant(), body, ByPlatform: false, request.Caller().Actor), request.Cancellation())));
    }

    [Function(nameof(DeletePause))]
    [Needs(Permission.ChangeCompany)]
    public async Task<HttpResponseData> DeletePause(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/pauses/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var pause)
            ? await pauses.EndAsync(new(request.Tenant(), pause, ByPlatform: false, request.Caller().Actor), request.Cancellation())
            : PauseErrors.NotFound);
}

internal static class PauseAnswers
{
    public static ApiAnswer Created(Result<Pause> pause) => pause.IsOk ? new(HttpStatusCode.Created, ApiJson.Write(pause.Value)) : ApiAnswer.Of(pause.Error);
}
