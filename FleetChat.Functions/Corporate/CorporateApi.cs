using FleetChat.Core.Corporate;
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
    [Function(nameof(GetChildren))]
    [Needs(Permission.ReadChildren)]
    public async Task<HttpResponseData> GetChildren([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/tenants")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    [Function(nameof(GetChildById))]
    [Needs(Permission.ReadChildren)]
    public async Task<HttpResponseData> GetChildById([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/tenants/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(await get.HandleAsync(new(request.Caller(), id), request.Cancellation()));

    [Function(nameof(GetChildDrivers))]
    [Needs(Permission.ReadChildren)]
    public async Task<HttpResponseData> GetChildDrivers(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/tenants/{id}/drivers")] HttpRequestData request, string id)
    {
        var query = new QueryParameters(request, "status");
        var input = new ListChildDriversInput(new(request.Caller(), id), query.OneOf("status", ListDrivers.Statuses), query.Page());
        return await request.AnswerAsync(await drivers.HandleAsync(input, request.Cancellation()));
    }

    [Function(nameof(GetChildTransports))]
    [Needs(Permission.ReadChildren)]
    public async Task<HttpResponseData> GetChildTransports(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/tenants/{id}/transports")] HttpRequestData request, string id)
    {
        var query = new QueryParameters(request, "status", "driver_id");
        var input = new ListChildTransportsInput(new(request.Caller(), id), query.OneOf("status", ListTransports.Statuses), query.Id("driver_id"), query.Page());
        return await request.AnswerAsync(await transports.HandleAsync(input, request.Cancellation()));
    }
}
