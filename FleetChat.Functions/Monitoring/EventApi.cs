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
    [Function(nameof(GetEvents))]
    [Needs(Permission.ReadEvents)]
    public async Task<HttpResponseData> GetEvents(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/events")] HttpRequestData request)
    {
        var query = new QueryParameters(request);
        return await request.AnswerAsync(await list.HandleAsync(new(request.Tenant(), query.Page()), request.Cancellation()));
    }

    [Function(nameof(GetEventWhy))]
    [Needs(Permission.ReadEvents)]
    public async Task<HttpResponseData> GetEventWhy(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/events/{id}/why")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var row)
            ? await why.HandleEventAsync(request.Tenant(), row, request.Cancellation())
            : ExplainWhy.EventNotFound);
}
