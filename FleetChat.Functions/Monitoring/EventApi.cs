using FleetChat.Core.Monitoring;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Monitoring;

public sealed class EventApi(ListEvents list)
{
    [Function(nameof(GetEvents))]
    public async Task<HttpResponseData> GetEvents(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/events")] HttpRequestData request)
    {
        var query = new QueryParameters(request);
        return await request.AnswerAsync(await list.HandleAsync(new(request.Tenant(), query.Page()), request.Cancellation()));
    }
}
