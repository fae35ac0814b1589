using FleetChat.Core.Drivers;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Drivers;

public sealed class DriverApi(ListDrivers list, GetDriver get)
{
    [Function(nameof(GetDrivers))]
    public async Task<HttpResponseData> GetDrivers(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "status");
        var input = new ListDriversInput(request.Tenant(), query.OneOf("status", ListDrivers.Statuses), query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    [Function(nameof(GetDriverById))]
    public async Task<HttpResponseData> GetDriverById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var driver)
            ? await get.HandleAsync(request.Tenant(), driver, request.Cancellation())
            : GetDriver.NotFound);
}
