using System.ComponentModel.DataAnnotations;
using System.Net;
using FleetChat.Core;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Drivers;

public sealed class DriverApi(ListDrivers list, GetDriver get, AddDriver add, ChangeDriver change, IdempotentRequests idempotent)
{
    /// <summary>Drivers in the order of their enrolment.</summary>
    [Function(nameof(GetDrivers))]
    [Needs(Permission.ReadDrivers)]
    [Answers(typeof(Page<DriverView>), "A page.")]
    [Query("status", "Only these.", typeof(ListDrivers), nameof(ListDrivers.Statuses))]
    public async Task<HttpResponseData> GetDrivers(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers")] HttpRequestData request)
    {
        var query = new QueryParameters(request, "status");
        var input = new ListDriversInput(request.Tenant(), query.OneOf("status", ListDrivers.Statuses), query.Page());
        return await request.AnswerAsync(await list.HandleAsync(input, request.Cancellation()));
    }

    /// <summary>One driver.</summary>
    [Function(nameof(GetDriverById))]
    [Needs(Permission.ReadDrivers)]
    [Answers(typeof(DriverView), "Found.")]
    public async Task<HttpResponseData> GetDriverById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var driver)
            ? await get.HandleAsync(request.Tenant(), driver, request.Cancellation())
            : GetDriver.NotFound);

    /// <summary>Enrol a driver, with the evidence of his opt-in where there is some. Drivers with one phone share its conversation.</summary>
    [Function(nameof(PostDriver))]
    [Needs(Permission.ChangeDrivers)]
    [Answers(typeof(DriverView), "Enrolled.", Status = 201)]
    [Takes(typeof(NewDriver), """{"samsara_driver_id": "281474", "name": "Ana Ruiz", "phone": "+1 555 823 1000", "language": "es", "opt_in": {"text": "I agree to get messages about my loads on WhatsApp.", "text_version": "2026-01", "language": "en", "method": "paper", "evidence": "form 1182", "agreed_at": "2026-03-02T14:00:00Z"}}""")]
    [OncePerKey]
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

    /// <summary>Change a driver; what is left out stays. A new phone is one that nobody agreed to be written to on, unless opt_in comes with it.</summary>
    [Function(nameof(PatchDriver))]
    [Needs(Permission.ChangeDrivers)]
    [Answers(typeof(DriverView), "Done.")]
    [Takes(typeof(DriverChange), """{"language": "es"}""")]
    [Refuses(409)]
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

    /// <param name="Phone">With its country code, or as it is dialled in the company's country. One that is in doubt is flagged, and no opt-in is taken for it.</param>
    /// <param name="Language">Left out: the company's.</param>
    private sealed record NewDriver(
        [Required, StringLength(100, MinimumLength = 1)] string? SamsaraDriverId = null,
        [Required, StringLength(200, MinimumLength = 1)] string? Name = null,
        string? Phone = null,
        [OneOf(typeof(Languages))] string? Language = null,
        OptIn? OptIn = null);

    private sealed record DriverChange(
        [StringLength(200, MinimumLength = 1)] string? Name = null,
        string? Phone = null,
        [OneOf(typeof(Languages))] string? Language = null,
        OptIn? OptIn = null);
}
