using FleetChat.Core;
using FleetChat.Core.Messaging;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

public sealed class ConversationApi(ListConversations list, MarkConversationHandled markHandled, IdempotentRequests idempotent)
{
    [Function(nameof(GetConversations))]
    public async Task<HttpResponseData> GetConversations(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/conversations")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "needs");
        var input = new ListConversationsInput(request.Tenant(), query.OneOf("needs", ["dispatcher"]) is not null, query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    [Function(nameof(PostConversationHandled))]
    public async Task<HttpResponseData> PostConversationHandled(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/conversations/{id}/handled")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadOptionalJsonAsync<HandledBody>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ => ApiAnswer.Of(await HandleAsync(request, id, body?.ThroughMessageId)));
    }

    private async Task<Result<ConversationHandled>> HandleAsync(HttpRequestData request, string id, Guid? throughMessage)
        => Guid.TryParse(id, out var conversation)
            ? await markHandled.HandleAsync(new(request.Tenant(), conversation, throughMessage, request.Caller().Actor), request.Cancellation())
            : MarkConversationHandled.NotFound;

    private sealed record HandledBody(Guid? ThroughMessageId = null);
}
