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
    /// <summary>What of the company's sending is held, was or is to be: open pauses first, the newest first.</summary>
    [Function(nameof(GetPauses))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(PauseList), "At most 200.")]
    public async Task<HttpResponseData> GetPauses([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/pauses")] HttpRequestData request)
        => await request.AnswerAsync(await pauses.ListAsync(request.Tenant(), request.Cancellation()));

    /// <summary>Hold all that the company sends, at once or in a window. Events are taken in meanwhile; afterwards what is still valid goes out. Asked twice, it is one.</summary>
    [Function(nameof(PostPause))]
    [Needs(Permission.ChangeCompany)]
    [Answers(typeof(Pause), "The pause.", Status = 201)]
    [Takes(typeof(PauseWanted), """{"reason": "maintenance", "from": "2026-03-07T22:00:00Z", "until": "2026-03-08T04:00:00Z"}""")]
    [OncePerKey]
    public async Task<HttpResponseData> PostPause([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/pauses")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<PauseWanted>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => PauseAnswers.Created(
            await pauses.PauseAsync(new(request.Tenant(), body, ByPlatform: false, request.Caller().Actor), request.Cancellation())));
    }

    /// <summary>End a pause of the company's own, or call off one that is planned.</summary>
    [Function(nameof(DeletePause))]
    [Needs(Permission.ChangeCompany)]
    [Answers(typeof(Pause), "The pause.")]
    [Refuses(409)]
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
