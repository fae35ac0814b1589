using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Transports;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Transports;

public sealed class TransportApi(ListTransports list, GetTransport get)
{
    /// <summary>Transports, the newest first.</summary>
    [Function(nameof(GetTransports))]
    [Needs(Permission.ReadTransports)]
    [Answers(typeof(Page<TransportView>), "A page.")]
    [Query("status", "Only these.", typeof(TransportStatus))]
    [Query("driver_id", "Only this driver's.", IsId = true)]
    public async Task<HttpResponseData> GetTransports(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/transports")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "status", "driver_id");
        var input = new ListTransportsInput(request.Tenant(), query.OneOf("status", ListTransports.Statuses), query.Id("driver_id"), query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    /// <summary>One transport with its stops and its timeline.</summary>
    [Function(nameof(GetTransportById))]
    // Its timeline holds what was written.
    [Needs(Permission.ReadMessages)]
    [Answers(typeof(TransportDetail), "Found.")]
    public async Task<HttpResponseData> GetTransportById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/transports/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var transport)
            ? await get.HandleAsync(request.Tenant(), transport, request.Cancellation())
            : GetTransport.NotFound);
}
