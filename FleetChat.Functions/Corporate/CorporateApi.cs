using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Transports;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Corporate;

/// <summary>A corporate account's children, for its parent's people: the request is tied to the parent, and a route's id names a child.</summary>
public sealed class CorporateApi(ListChildren list, GetChild get, ListChildDrivers drivers, ListChildTransports transports)
{
    /// <summary>The companies whose parent the caller's company is, the newest first. For its admins and overseers; no API key may.</summary>
    [Function(nameof(GetChildren))]
    [Needs(Permission.ReadChildren)]
    [Answers(typeof(Page<ChildSummary>), "A page.")]
    public async Task<HttpResponseData> GetChildren([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/tenants")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    /// <summary>One of them, also while it is out of service. It stands in the child's audit trail that somebody looked, at most once an hour for each person.</summary>
    [Function(nameof(GetChildById))]
    [Needs(Permission.ReadChildren)]
    [Answers(typeof(ChildView), "Found.")]
    [PathText("id", "A child's tenant id. One that is no child of the caller's company is answered as one that does not exist.")]
    public async Task<HttpResponseData> GetChildById([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/tenants/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(await get.HandleAsync(new(request.Caller(), id), request.Cancellation()));

    /// <summary>A child's drivers in the order of their enrolment, without phones. A child that is suspended or closed answers 403, as to its own people.</summary>
    [Function(nameof(GetChildDrivers))]
    [Needs(Permission.ReadChildren)]
    [Answers(typeof(Page<ChildDriverView>), "A page.")]
    [PathText("id", "A child's tenant id. One that is no child of the caller's company is answered as one that does not exist.")]
    [Query("status", "Only these.", typeof(ListDrivers), nameof(ListDrivers.Statuses))]
    public async Task<HttpResponseData> GetChildDrivers(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/tenants/{id}/drivers")] HttpRequestData request, string id)
    {
        var query = new QueryParameters(request, "status");
        var input = new ListChildDriversInput(new(request.Caller(), id), query.OneOf("status", ListDrivers.Statuses), query.Page());
        return await request.AnswerAsync(await drivers.HandleAsync(input, request.Cancellation()));
    }

    /// <summary>A child's transports, the newest first. A child that is suspended or closed answers 403, as to its own people.</summary>
    [Function(nameof(GetChildTransports))]
    [Needs(Permission.ReadChildren)]
    [Answers(typeof(Page<TransportView>), "A page.")]
    [PathText("id", "A child's tenant id. One that is no child of the caller's company is answered as one that does not exist.")]
    [Query("status", "Only these.", typeof(TransportStatus))]
    [Query("driver_id", "Only this driver's.", IsId = true)]
    public async Task<HttpResponseData> GetChildTransports(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/tenants/{id}/transports")] HttpRequestData request, string id)
    {
        var query = new QueryParameters(request, "status", "driver_id");
        var input = new ListChildTransportsInput(new(request.Caller(), id), query.OneOf("status", ListTransports.Statuses), query.Id("driver_id"), query.Page());
        return await request.AnswerAsync(await transports.HandleAsync(input, request.Cancellation()));
    }
}
