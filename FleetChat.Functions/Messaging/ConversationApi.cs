using FleetChat.Core;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Inbox;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

/// <summary>An answer, and the nudge that has the driver's messages marked read.</summary>
public sealed class ConversationAnswer
{
    [HttpResult]
    public HttpResponseData? Response { get; set; }

    [QueueOutput(QueueNames.Call)]
    public string[]? Nudges { get; set; }
}

public sealed class ConversationApi(
    ListConversations list, MarkConversationHandled markHandled, TakeConversation take, TieConversation tie, IdempotentRequests idempotent)
{
    [Function(nameof(GetConversations))]
    [Needs(Permission.ReadMessages)]
    public async Task<HttpResponseData> GetConversations(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/conversations")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "needs");
        var input = new ListConversationsInput(request.Tenant(), query.OneOf("needs", ["dispatcher"]) is not null, query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    [Function(nameof(PostConversationHandled))]
    [Needs(Permission.SendMessages)]
    public async Task<ConversationAnswer> PostConversationHandled(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/conversations/{id}/handled")] HttpRequestData request, string id)
    {
        var answer = new ConversationAnswer();
        var (body, bytes) = await RequestBody.ReadOptionalJsonAsync<HandledBody>(request);
        answer.Response = await idempotent.AnswerAsync(request, bytes, async _ =>
        {
            if (!Guid.TryParse(id, out var conversation)) return ApiAnswer.Of(MarkConversationHandled.NotFound);
            var handled = await markHandled.HandleAsync(new(request.Tenant(), conversation, body?.ThroughMessageId, request.Caller().Actor), request.Cancellation());
            if (!handled.IsOk) return ApiAnswer.Of(handled.Error);
            answer.Nudges = handled.Value.Work.Call.ToMessages();
            return ApiAnswer.Of<ConversationHandled>(handled.Value.Answer);
        });
        return answer;
    }

    [Function(nameof(PostConversationTake))]
    [Needs(Permission.SendMessages)]
    public async Task<HttpResponseData> PostConversationTake(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/conversations/{id}/take")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<TakeBody>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => ApiAnswer.Of(Guid.TryParse(id, out var conversation)
            ? await take.HandleAsync(new(request.Tenant(), conversation, body.Who, body.FromOthers, request.Caller().Actor), request.Cancellation())
            : MarkConversationHandled.NotFound));
    }

    [Function(nameof(PostConversationDriver))]
    [Needs(Permission.SendMessages)]
    public async Task<HttpResponseData> PostConversationDriver(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/conversations/{id}/driver")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<DriverBody>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => ApiAnswer.Of(Guid.TryParse(id, out var conversation)
            ? await tie.HandleAsync(new(request.Tenant(), conversation, body.DriverId, request.Caller().Actor), request.Cancellation())
            : MarkConversationHandled.NotFound));
    }

    private sealed record HandledBody(Guid? ThroughMessageId = null);

    private sealed record TakeBody(string? Who = null, bool FromOthers = false);

    private sealed record DriverBody(Guid DriverId = default);
}
