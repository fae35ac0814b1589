using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Drivers.Imports;

/// <param name="Total">Null until all have been counted.</param>
public sealed record ImportRowCounts(int? Total, int Done, int Added, int Changed, int Unchanged, int Refused);

/// <summary>Drivers whose own yes is asked for on WhatsApp, where the company wants that.</summary>
/// <param name="NotAsked">They had answered meanwhile, or left.</param>
public sealed record ImportQuestionCounts(int Waiting, int Asked, int NotAsked);

/// <param name="Line">Of the file.</param>
public sealed record ImportProblem(string Code, string Detail, int? Line);

/// <summary>An import as the API shows it.</summary>
/// <param name="State">One of <see cref="ImportState.All"/>.</param>
/// <param name="Progress">One sentence.</param>
/// <param name="Parts">That are here; none once all rows have their result.</param>
/// <param name="Columns">As they are understood; null until the first part is here.</param>
public sealed record ImportView(
    Guid Id,
    [OneOf(typeof(ImportSettings), nameof(ImportSettings.Sources))] string Source,
    bool DryRun,
    [OneOf(typeof(ImportState))] string State,
    string Progress,
    ImportRowCounts Rows,
    ImportQuestionCounts Questions,
    int Parts,
    string? Encoding,
    string? Delimiter,
    IReadOnlyList<ImportColumn>? Columns,
    ImportProblem? Problem,
    DateTimeOffset OpenedAt,
    DateTimeOffset? EndedAt)
{
    /// <summary>How its file is understood can't be opened, as when its key is lost: encoding, delimiter and columns are missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }

    internal static ImportView Read(NpgsqlDataReader row, RowOpener opener)
    {
        var (id, source, isDry, state) = (row.GetGuid(0), row.GetString(1), row.GetBoolean(2), row.GetString(3));
        var before = opener.LeftOut;
        var reading = source != ImportSettings.Samsara && row.BytesOrNull(4) is { } sealedReading ? opener.Open(key => ImportReading.Open(key, id, sealedReading)) : null;
        var rows = new ImportRowCounts(row.IntOrNull(5), row.GetInt32(6), row.GetInt32(7), row.GetInt32(8), row.GetInt32(9), row.GetInt32(10));
        var questions = new ImportQuestionCounts(row.GetInt32(15), row.GetInt32(16), row.GetInt32(17));
        var problem = row.TextOrNull(11) is { } code ? new ImportProblem(code, ImportErrors.DetailOf(code, null), row.IntOrNull(12)) : null;
        return new(id, source, isDry, state, Describe(state, source, isDry, rows, questions), rows, questions, row.GetInt32(18), reading?.Encoding, reading?.Delimiter, reading?.Columns, problem, row.Time(13), row.TimeOrNull(14))
        {
            Unreadable = opener.LeftOut > before,
        };
    }

    internal static string Describe(string state, string source, bool isDryRun, ImportRowCounts rows, ImportQuestionCounts questions)
    {
        var counted = string.Create(CultureInfo.InvariantCulture, $"{rows.Done} of {rows.Total ?? 0} rows: {rows.Added} added, {rows.Changed} changed, {rows.Unchanged} unchanged, {rows.Refused} refused.");
        var said = state switch
        {
            ImportState.Open => "Waits for its parts, and for its completion.",
            ImportState.Running when rows.Total is null => source == ImportSettings.Samsara ? "Reads Samsara's roster." : "Counts the rows.",
            ImportState.Asking => string.Create(CultureInfo.InvariantCulture, $"{counted} {questions.Asked} drivers were asked for their yes, {questions.Waiting} are still to be asked."),
            ImportState.Cancelled => $"Cancelled after {counted}",
            ImportState.Failed => $"Failed after {counted}",
            _ => counted,
        };
        return isDryRun ? $"Dry run, nothing is changed. {said}" : said;
    }
}

/// <summary>How far the newest import is that is no dry run.</summary>
/// <param name="Text">One sentence.</param>
/// <param name="Problem">The code of why it failed.</param>
internal sealed record ImportProgress(string State, string Text, string? Problem, ImportRowCounts Rows, DateTimeOffset OpenedAt)
{
    // Nothing encrypted: a company may be gone with its key.
    private const string FindNewest = $"""
        select i.state, i.source, i.problem, i.rows_total, i.rows_done, i.added, i.changed, i.unchanged, i.refused, q.waiting, q.asked, q.not_asked, i.opened_at
        from fleet.imports i
        {GetImport.Counts}
        where i.tenant_id = $1
          and not i.is_dry_run
        order by i.opened_at desc, i.id desc
        limit 1
        """;

    public static Task<ImportProgress?> FindAsync(TenantDb db, CancellationToken ct) => db.FindAsync(FindNewest, Read, ct);

    private static ImportProgress Read(NpgsqlDataReader row)
    {
        var (state, rows) = (row.GetString(0), new ImportRowCounts(row.IntOrNull(3), row.GetInt32(4), row.GetInt32(5), row.GetInt32(6), row.GetInt32(7), row.GetInt32(8)));
        var questions = new ImportQuestionCounts(row.GetInt32(9), row.GetInt32(10), row.GetInt32(11));
        return new(state, ImportView.Describe(state, row.GetString(1), isDryRun: false, rows, questions), row.TextOrNull(2), rows, row.Time(12));
    }
}

/// <summary>Shows an import, or lists all that are kept, the newest first.</summary>
public sealed class GetImport(TenantDbs dbs, DataKeys keys, Pages pages, UnreadableRows unreadable)
{
    private const string Columns = """
        i.id, i.source, i.is_dry_run, i.state, i.reading, i.rows_total, i.rows_done, i.added, i.changed, i.unchanged, i.refused, i.problem, i.problem_line, i.opened_at, i.ended_at,
        q.waiting, q.asked, q.not_asked, p.parts
        """;

    internal const string Counts = """
        cross join lateral (
            select count(*) filter (where r.consent = 'to_ask')::int as waiting, count(*) filter (where r.consent = 'asked')::int as asked, count(*) filter (where r.consent = 'not_asked')::int as not_asked
            from fleet.import_rows r
            where r.tenant_id = $1
              and r.import_id = i.id
              and r.consent in ('to_ask', 'asked', 'not_asked')) q
        cross join lateral (
            select count(*)::int as parts
            from fleet.import_parts c
            where c.tenant_id = $1
              and c.import_id = i.id) p
        """;

    private const string Find = $"""
        select {Columns}
        from fleet.imports i
        {Counts}
        where i.tenant_id = $1
          and i.id = $2
        """;

    public async Task<Result<ImportView>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var opener = new RowOpener(await keys.GetAsync(tenant, ct));
        if (await dbs.For(tenant).FindAsync(Find, row => ImportView.Read(row, opener), ct, P.Uuid(id)) is not { } import) return ImportErrors.NotFound;
        await unreadable.TellAsync(tenant, opener, ct);
        return import;
    }

    private const string List = $"""
        select {Columns}
        from fleet.imports i
        {Counts}
        where i.tenant_id = $1
          and (i.opened_at, i.id) < ($2, $3)
        order by i.opened_at desc, i.id desc
        limit $4
        """;

    public async Task<Result<Page<ImportView>>> ListAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, "imports", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await dbs.For(tenant).ListAsync(List, row => ImportView.Read(row, opener), ct, P.Time(window.Value.After.Time), P.Uuid(window.Value.After.Id), window.Value.Rows);
        await unreadable.TellAsync(tenant, opener, ct);
        return window.Value.Page(rows, import => new(import.OpenedAt, import.Id));
    }
}
