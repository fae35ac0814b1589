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
    [Function(nameof(GetMessages))]
    [Needs(Permission.ReadMessages)]
    public async Task<HttpResponseData> GetMessages(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/messages")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "driver_id", "conversation_id", "transport_id", "direction");
        var input = new ListMessagesInput(
            request.Tenant(), query.Id("driver_id"), query.Id("conversation_id"), query.Id("transport_id"),
            query.OneOf("direction", ListMessages.Directions), query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    [Function(nameof(GetMessageById))]
    [Needs(Permission.ReadMessages)]
    public async Task<HttpResponseData> GetMessageById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/messages/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var message)
            ? await get.HandleAsync(request.Tenant(), message, request.Cancellation())
            : GetMessage.NotFound);

    [Function(nameof(GetMessageWhy))]
    [Needs(Permission.ReadMessages)]
    public async Task<HttpResponseData> GetMessageWhy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/messages/{id}/why")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var message)
            ? await why.HandleAsync(request.Tenant(), message, request.Cancellation())
            : GetMessage.NotFound);
}
