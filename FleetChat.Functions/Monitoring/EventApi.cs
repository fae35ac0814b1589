using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Monitoring;

public sealed class EventApi(ListEvents list, ExplainWhy why)
{
    /// <summary>What arrived from Samsara and WhatsApp, and what became of it, the newest first. No payloads.</summary>
    [Function(nameof(GetEvents))]
    [Needs(Permission.ReadEvents)]
    [Answers(typeof(Page<EventView>), "A page.")]
    public async Task<HttpResponseData> GetEvents(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/events")] HttpRequestData request)
    {
        var query = new QueryParameters(request);
        return await request.AnswerAsync(await list.HandleAsync(new(request.Tenant(), query.Page()), request.Cancellation()));
    }

    /// <summary>What an event led to, or why to no message: every decision, look and message that came of it, in order. Ids, codes and times; kept for thirty days.</summary>
    [Function(nameof(GetEventWhy))]
    [Needs(Permission.ReadEvents)]
    [Answers(typeof(Explanation), "Found.")]
    public async Task<HttpResponseData> GetEventWhy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/events/{id}/why")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var row)
            ? await why.HandleEventAsync(request.Tenant(), row, request.Cancellation())
            : ExplainWhy.EventNotFound);
}
