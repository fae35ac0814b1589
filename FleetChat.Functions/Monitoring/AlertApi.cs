using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Monitoring;

public sealed class AlertApi(ListAlerts list)
{
    /// <summary>Open alerts, the newest first.</summary>
    [Function(nameof(GetAlerts))]
    [Needs(Permission.ReadEvents)]
    [Answers(typeof(Page<AlertView>), "A page.")]
    [Query("include", "Closed ones too.", "closed")]
    public async Task<HttpResponseData> GetAlerts(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/alerts")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "include");
        var input = new ListAlertsInput(request.Tenant(), query.OneOf("include", ["closed"]) is not null, query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }
}
