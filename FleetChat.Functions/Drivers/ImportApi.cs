using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using FleetChat.Core;
using FleetChat.Core.Data;
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
    /// <summary>Imports of the last thirty days, the newest first.</summary>
    [Function(nameof(GetImports))]
    [Needs(Permission.ReadDrivers)]
    [Answers(typeof(Page<ImportView>), "A page.")]
    public async Task<HttpResponseData> GetImports([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/imports")] HttpRequestData request)
        => await request.AnswerAsync(await get.ListAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    /// <summary>How far an import is, and how its columns are understood.</summary>
    [Function(nameof(GetImportById))]
    [Needs(Permission.ReadDrivers)]
    [Answers(typeof(ImportView), "The import.")]
    public async Task<HttpResponseData> GetImportById([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/imports/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var import) ? await get.HandleAsync(request.Tenant(), import, request.Cancellation()) : ImportErrors.NotFound);

    /// <summary>Open an import of drivers: its parts follow. Or have Samsara's roster read, which begins at once. At most five are open or running.</summary>
    [Function(nameof(PostImport))]
    [Needs(Permission.ChangeDrivers)]
    [Answers(typeof(ImportView), "Opened.", Status = 201)]
    [Takes(typeof(ImportSettings), """{"source": "csv", "columns": {"Nr": "samsara_driver_id"}, "opt_in": {"text": "I agree that Company writes to me on WhatsApp.", "text_version": "2026-01", "language": "en", "method": "paper", "evidence": "folder B"}}""")]
    [OncePerKey]
    public async Task<ImportAnswer> PostImport([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/imports")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<ImportSettings>(request);
        return await BeginAsync(request, bytes, HttpStatusCode.Created, () => open.HandleAsync(new(request.Tenant(), body, request.Caller().Actor), request.Cancellation()));
    }

    /// <summary>A part of the file, of at most 1 MiB, cut wherever it was. The same part again is the same part; another content for its number is a conflict.</summary>
    [Function(nameof(PutImportPart))]
    [Needs(Permission.ChangeDrivers)]
    [Answers(typeof(ImportPartTaken), "Here. The first part's answer says how the columns are understood.")]
    [TakesFile("application/octet-stream")]
    [PathText("number", "The part's: 1 to 64.")]
    [Refuses(400, 409, 411, 413)]
    public async Task<HttpResponseData> PutImportPart([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/imports/{id}/parts/{number}")] HttpRequestData request, string id, string number)
    {
        var content = await RequestBody.ReadAsync(request);
        if (!Guid.TryParse(id, out var import)) return await request.AnswerAsync<ImportPartTaken>(ImportErrors.NotFound);
        // What is no number is none that a part may have.
        var place = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        return await request.AnswerAsync(await put.HandleAsync(new(request.Tenant(), import, place, content), request.Cancellation()));
    }

    /// <summary>All parts are here: the run begins. Again the same.</summary>
    [Function(nameof(PostImportCompletion))]
    [Needs(Permission.ChangeDrivers)]
    [Answers(typeof(ImportView), "It runs.", Status = 202)]
    [Takes(typeof(ImportCompletion), """{"parts": 2, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}""")]
    [OncePerKey]
    public async Task<ImportAnswer> PostImportCompletion([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/imports/{id}/complete")] HttpRequestData request, string id)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<ImportCompletion>(request);
        return await BeginAsync(request, bytes, HttpStatusCode.Accepted, async () => Guid.TryParse(id, out var import)
            ? await complete.HandleAsync(new(request.Tenant(), import, body.Parts, body.Sha256, request.Caller().Actor), request.Cancellation())
            : ImportErrors.NotFound);
    }

    /// <summary>End an import where it is: what its rows did stays, and nobody is asked any more.</summary>
    [Function(nameof(PostImportCancellation))]
    [Needs(Permission.ChangeDrivers)]
    [Answers(typeof(ImportView), "Cancelled.")]
    [OncePerKey]
    public async Task<HttpResponseData> PostImportCancellation([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/imports/{id}/cancel")] HttpRequestData request, string id)
        => await idempotent.AnswerAsync(request, [], async _ =>
        {
            var cancelled = Guid.TryParse(id, out var import) ? await cancel.HandleAsync(request.Tenant(), import, request.Caller().Actor, request.Cancellation()) : ImportErrors.NotFound;
            return cancelled.IsOk ? ApiAnswer.Of(await get.HandleAsync(request.Tenant(), import, request.Cancellation())) : ApiAnswer.Of(cancelled.Error);
        });

    /// <summary>What became of each row, in the file's order.</summary>
    [Function(nameof(GetImportRows))]
    [Needs(Permission.ReadDrivers)]
    [Answers(typeof(Page<ImportRowView>), "A page.")]
    [Query("outcome", "Only these.", typeof(ListImportRows), nameof(ListImportRows.Outcomes))]
    public async Task<HttpResponseData> GetImportRows([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/imports/{id}/rows")] HttpRequestData request, string id)
    {
        var query = new QueryParameters(request, "outcome");
        var (outcome, page) = (query.OneOf("outcome", ListImportRows.Outcomes), query.Page());
        return await request.AnswerAsync(Guid.TryParse(id, out var import) ? await rows.HandleAsync(request.Tenant(), import, outcome, page, request.Cancellation()) : ImportErrors.NotFound);
    }

    /// <summary>The same as CSV, in UTF-8 with a byte order mark. A cell that would be a formula begins with an apostrophe.</summary>
    [Function(nameof(GetImportRowsCsv))]
    [Needs(Permission.ReadDrivers)]
    [AnswersWith("text/csv", "The file.")]
    [Query("outcome", "Only these.", typeof(ListImportRows), nameof(ListImportRows.Outcomes))]
    public async Task<HttpResponseData> GetImportRowsCsv([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/imports/{id}/rows.csv")] HttpRequestData request, string id)
    {
        var outcome = new QueryParameters(request, "outcome").OneOf("outcome", ListImportRows.Outcomes);
        if (!Guid.TryParse(id, out var import) || await rows.FindCsvAsync(request.Tenant(), import, outcome, request.Cancellation()) is not { } pieces)
            return await request.AnswerAsync<ImportView>(ImportErrors.NotFound);
        return await CsvAnswer.WriteAsync(request, $"import-{import:N}.csv", pieces);
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

    /// <param name="Sha256">Of the whole file.</param>
    private sealed record ImportCompletion([Required, Range(1, 64)] int Parts = 0, [Required, RegularExpression("^[0-9A-Fa-f]{64}$")] string? Sha256 = null);
}
