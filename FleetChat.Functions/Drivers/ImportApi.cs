using System.Globalization;
using System.Net;
using FleetChat.Core;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Inbox;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Drivers;

/// <summary>An answer, and the nudge that has the run begun.</summary>
public sealed class ImportAnswer
{
    [HttpResult]
    public HttpResponseData? Response { get; set; }

    [QueueOutput(QueueNames.Orchestrate)]
    public string[]? Orchestrate { get; set; }
}

public sealed class ImportApi(OpenImport open, PutImportPart put, CompleteImport complete, CancelImport cancel, GetImport get, ListImportRows rows, IdempotentRequests idempotent)
{
    [Function(nameof(GetImports))]
    [Needs(Permission.ReadDrivers)]
    public async Task<HttpResponseData> GetImports([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/imports")] HttpRequestData request)
        => await request.AnswerAsync(await get.ListAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    [Function(nameof(GetImportById))]
    [Needs(Permission.ReadDrivers)]
    public async Task<HttpResponseData> GetImportById([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/imports/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var import) ? await get.HandleAsync(request.Tenant(), import, request.Cancellation()) : ImportErrors.NotFound);

    [Function(nameof(PostImport))]
    [Needs(Permission.ChangeDrivers)]
    public async Task<ImportAnswer> PostImport([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/imports")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<ImportSettings>(request);
        return await BeginAsync(request, bytes, HttpStatusCode.Created, () => open.HandleAsync(new(request.Tenant(), body, request.Caller().Actor), request.Cancellation()));
    }

    [Function(nameof(PutImportPart))]
    [Needs(Permission.ChangeDrivers)]
    public async Task<HttpResponseData> PutImportPart([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/imports/{id}/parts/{number}")] HttpRequestData request, string id, string number)
    {
        var content = await RequestBody.ReadAsync(request);
        if (!Guid.TryParse(id, out var import)) return await request.AnswerAsync<ImportPartTaken>(ImportErrors.NotFound);
        // What is no number is none that a part may have.
        var place = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        return await request.AnswerAsync(await put.HandleAsync(new(request.Tenant(), import, place, content), request.Cancellation()));
    }

    [Function(nameof(PostImportCompletion))]
    [Needs(Permission.ChangeDrivers)]
    public async Task<ImportAnswer> PostImportCompletion([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/imports/{id}/complete")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<Completion>(request);
        return await BeginAsync(request, bytes, HttpStatusCode.Accepted, async () => Guid.TryParse(id, out var import)
            ? await complete.HandleAsync(new(request.Tenant(), import, body.Parts, body.Sha256, request.Caller().Actor), request.Cancellation())
            : ImportErrors.NotFound);
    }

    [Function(nameof(PostImportCancellation))]
    [Needs(Permission.ChangeDrivers)]
    public async Task<HttpResponseData> PostImportCancellation([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/imports/{id}/cancel")] HttpRequestData request, string id)
        => await idempotent.AnswerAsync(request, [], async _ =>
        {
            var cancelled = Guid.TryParse(id, out var import) ? await cancel.HandleAsync(request.Tenant(), import, request.Caller().Actor, request.Cancellation()) : ImportErrors.NotFound;
            return cancelled.IsOk ? ApiAnswer.Of(await get.HandleAsync(request.Tenant(), import, request.Cancellation())) : ApiAnswer.Of(cancelled.Error);
        });

    [Function(nameof(GetImportRows))]
    [Needs(Permission.ReadDrivers)]
    public async Task<HttpResponseData> GetImportRows([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/imports/{id}/rows")] HttpRequestData request, string id)
    {
        var query = new QueryParameters(request, "outcome");
        var (outcome, page) = (query.OneOf("outcome", ListImportRows.Outcomes), query.Page());
        return await request.AnswerAsync(Guid.TryParse(id, out var import) ? await rows.HandleAsync(request.Tenant(), import, outcome, page, request.Cancellation()) : ImportErrors.NotFound);
    }

    [Function(nameof(GetImportRowsCsv))]
    [Needs(Permission.ReadDrivers)]
    public async Task<HttpResponseData> GetImportRowsCsv([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/imports/{id}/rows.csv")] HttpRequestData request, string id)
    {
        var outcome = new QueryParameters(request, "outcome").OneOf("outcome", ListImportRows.Outcomes);
        if (!Guid.TryParse(id, out var import) || await rows.FindCsvAsync(request.Tenant(), import, outcome, request.Cancellation()) is not { } pieces)
            return await request.AnswerAsync<ImportView>(ImportErrors.NotFound);
        var response = await new ApiAnswer(HttpStatusCode.OK, []) { ContentType = "text/csv; charset=utf-8" }.WriteAsync(request);
        response.Headers.Add("Content-Disposition", $"attachment; filename=\"import-{import:N}.csv\"");
        await foreach (var piece in pieces) await response.Body.WriteAsync(piece, request.Cancellation());
        return response;
    }

    private async Task<ImportAnswer> BeginAsync(HttpRequestData request, byte[] body, HttpStatusCode status, Func<Task<Result<ImportTaken>>> begin)
    {
        var answer = new ImportAnswer();
        answer.Response = await idempotent.AnswerAsync(request, body, async _ =>
        {
            var taken = await begin();
            if (!taken.IsOk) return ApiAnswer.Of(taken.Error);
            answer.Orchestrate = taken.Value.Work.Orchestrate.ToMessages();
            return ApiAnswer.Of(await get.HandleAsync(request.Tenant(), taken.Value.Id, request.Cancellation())) with { Status = status };
        });
        return answer;
    }

    private sealed record Completion(int Parts = 0, string? Sha256 = null);
}
