using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
using FleetChat.Core.Data;
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
    /// <summary>Conversations, the newest first; those that need a dispatcher with the longest waiting first.</summary>
    [Function(nameof(GetConversations))]
    [Needs(Permission.ReadMessages)]
    [Answers(typeof(Page<ConversationView>), "A page.")]
    [Query("needs", "Only those with something that a person has to look at.", "dispatcher")]
    public async Task<HttpResponseData> GetConversations(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/conversations")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "needs");
        var input = new ListConversationsInput(request.Tenant(), query.OneOf("needs", ["dispatcher"]) is not null, query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    /// <summary>A dispatcher has looked at what waits in a conversation; its writer sees it as read.</summary>
    [Function(nameof(PostConversationHandled))]
    [Needs(Permission.SendMessages)]
    [Answers(typeof(ConversationHandled), "Done.")]
    [Takes(typeof(Handled), """{"through_message_id": "0199b0a0-0000-7000-8000-000000000003"}""", IsOptional = true)]
    [OncePerKey]
    public async Task<ConversationAnswer> PostConversationHandled(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/conversations/{id}/handled")] HttpRequestData request, string id)
    {
        var answer = new ConversationAnswer();
        var (body, bytes) = await RequestBody.ReadOptionalJsonAsync<Handled>(request);
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

    /// <summary>A dispatcher takes what waits in a conversation: nobody is alerted about it any more. What comes later has to be taken anew.</summary>
    [Function(nameof(PostConversationTake))]
    [Needs(Permission.SendMessages)]
    [Answers(typeof(ConversationTaken), "Done.")]
    [Takes(typeof(Take), """{"who": "Kim"}""")]
    [OncePerKey]
    public async Task<HttpResponseData> PostConversationTake(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/conversations/{id}/take")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<Take>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => ApiAnswer.Of(Guid.TryParse(id, out var conversation)
            ? await take.HandleAsync(new(request.Tenant(), conversation, body.Who, body.FromOthers, request.Caller().Actor), request.Cancellation())
            : MarkConversationHandled.NotFound));
    }

    /// <summary>Somebody unknown is a driver: what he wrote is the driver's, and the driver has this chat. It is no consent.</summary>
    [Function(nameof(PostConversationDriver))]
    [Needs(Permission.SendMessages)]
    [Answers(typeof(ConversationTied), "Done.")]
    [Takes(typeof(TieToDriver), """{"driver_id": "0199b0a0-0000-7000-8000-000000000001"}""")]
    [OncePerKey]
    public async Task<HttpResponseData> PostConversationDriver(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/conversations/{id}/driver")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<TieToDriver>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => ApiAnswer.Of(Guid.TryParse(id, out var conversation)
            ? await tie.HandleAsync(new(request.Tenant(), conversation, body.DriverId ?? Guid.Empty, request.Caller().Actor), request.Cancellation())
            : MarkConversationHandled.NotFound));
    }

    /// <param name="ThroughMessageId">Ends the entries up to this message; all that are open now if it is left out.</param>
    private sealed record Handled(Guid? ThroughMessageId = null);

    /// <param name="Who">The dispatcher, as the company calls him.</param>
    /// <param name="FromOthers">Also what another dispatcher has taken.</param>
    private sealed record Take([Required, StringLength(100, MinimumLength = 1)] string? Who = null, bool FromOthers = false);

    private sealed record TieToDriver([Required] Guid? DriverId = null);
}
