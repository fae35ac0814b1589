using System.Net;
using FleetChat.Core;
using FleetChat.Core.Consent;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Drivers;

public sealed class DriverApi(ListDrivers list, GetDriver get, AddDriver add, ChangeDriver change, IdempotentRequests idempotent)
{
    [Function(nameof(GetDrivers))]
    [Needs(Permission.ReadDrivers)]
    public async Task<HttpResponseData> GetDrivers(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "status");
        var input = new ListDriversInput(request.Tenant(), query.OneOf("status", ListDrivers.Statuses), query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    [Function(nameof(GetDriverById))]
    [Needs(Permission.ReadDrivers)]
    public async Task<HttpResponseData> GetDriverById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var driver)
            ? await get.HandleAsync(request.Tenant(), driver, request.Cancellation())
            : GetDriver.NotFound);

    [Function(nameof(PostDriver))]
    [Needs(Permission.ChangeDrivers)]
    public async Task<HttpResponseData> PostDriver(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/drivers")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<NewDriver>(request);
        return await idempotent.AnswerAsync(request, bytes, async _ =>
        {
            var added = await add.HandleAsync(
                new(request.Tenant(), body.SamsaraDriverId ?? "", body.Name ?? "", body.Phone, body.Language) { OptIn = body.OptIn, Actor = request.Caller().Actor }, request.Cancellation());
            var answer = ApiAnswer.Of(await ShowAsync(request, added));
            return added.IsOk ? answer with { Status = HttpStatusCode.Created } : answer;
        });
    }

    [Function(nameof(PatchDriver))]
    [Needs(Permission.ChangeDrivers)]
    public async Task<HttpResponseData> PatchDriver(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/drivers/{id}")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<DriverChange>(request);
        var changed = Guid.TryParse(id, out var driver)
            ? await change.HandleAsync(new(request.Tenant(), driver, body.Name, body.Phone, body.Language, body.OptIn, request.Caller().Actor), request.Cancellation())
            : GetDriver.NotFound;
        return await request.AnswerAsync(await ShowAsync(request, changed));
    }

    private async Task<Result<DriverView>> ShowAsync(HttpRequestData request, Result<Guid> driver)
        => driver.IsOk ? await get.HandleAsync(request.Tenant(), driver.Value, request.Cancellation()) : driver.Error;

    private sealed record NewDriver(string? SamsaraDriverId = null, string? Name = null, string? Phone = null, string? Language = null, OptIn? OptIn = null);

    private sealed record DriverChange(string? Name = null, string? Phone = null, string? Language = null, OptIn? OptIn = null);
}
