using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

public sealed class MessageApi(ListMessages list, GetMessage get, ExplainWhy why)
{
    /// <summary>Messages in and out, the newest first.</summary>
    [Function(nameof(GetMessages))]
    [Needs(Permission.ReadMessages)]
    [Answers(typeof(Page<MessageView>), "A page.")]
    [Query("driver_id", "Only this driver's.", IsId = true)]
    [Query("conversation_id", "Only this conversation's.", IsId = true)]
    [Query("transport_id", "Only those about this transport.", IsId = true)]
    [Query("direction", "Only these.", typeof(ListMessages), nameof(ListMessages.Directions))]
    public async Task<HttpResponseData> GetMessages(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/messages")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "driver_id", "conversation_id", "transport_id", "direction");
        var input = new ListMessagesInput(
            request.Tenant(), query.Id("driver_id"), query.Id("conversation_id"), query.Id("transport_id"),
            query.OneOf("direction", ListMessages.Directions), query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    /// <summary>One message.</summary>
    [Function(nameof(GetMessageById))]
    [Needs(Permission.ReadMessages)]
    [Answers(typeof(MessageView), "Found.")]
    public async Task<HttpResponseData> GetMessageById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/messages/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var message)
            ? await get.HandleAsync(request.Tenant(), message, request.Cancellation())
            : GetMessage.NotFound);

    /// <summary>Why a message was sent, or was not: everything that led to it and that came of it, in order. Ids, codes and times; events and decisions are kept for thirty days.</summary>
    [Function(nameof(GetMessageWhy))]
    [Needs(Permission.ReadMessages)]
    [Answers(typeof(Explanation), "Found.")]
    public async Task<HttpResponseData> GetMessageWhy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/messages/{id}/why")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var message)
            ? await why.HandleAsync(request.Tenant(), message, request.Cancellation())
            : GetMessage.NotFound);
}
