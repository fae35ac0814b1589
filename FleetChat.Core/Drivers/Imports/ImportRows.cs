using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>What a row is called by people. Anything may stand there.</summary>
internal sealed record ImportSubject(string? SamsaraId, string? Name, string? Reference)
{
    private const int Longest = 200;

    public static ImportSubject Of(ImportRow row) => new(Cut(row.SamsaraId), Cut(row.Name), row.Reference);

    public byte[] Seal(DataKey key, Guid import, int number) => key.Encrypt(EncryptedColumns.ImportSubject, $"{import:N}:{number}", JsonSerializer.SerializeToUtf8Bytes(this));

    public static ImportSubject Open(DataKey key, Guid import, int number, byte[] subject)
        => JsonSerializer.Deserialize<ImportSubject>(key.Decrypt(EncryptedColumns.ImportSubject, $"{import:N}:{number}", subject))!;

    private static string? Cut(string? text) => text is { Length: > Longest } ? text[..Longest] : text;
}

/// <summary>What became of a row.</summary>
internal sealed record ImportResult(ImportRow Row, string Outcome)
{
    public const string Added = "added";
    public const string Changed = "changed";
    public const string Unchanged = "unchanged";
    public const string Refused = "refused";

    public static readonly IReadOnlyList<string> Outcomes = [Added, Changed, Unchanged, Refused];

    /// <summary>Why it was refused.</summary>
    public Error? Error { get; init; }

    public Guid? Driver { get; init; }

    public bool IsShared { get; init; }

    public string? Consent { get; init; }

    public long? SubjectHash { get; init; }
}

/// <summary>What became of a row's evidence. Part of the API, and kept in rows.</summary>
public static class ImportConsent
{
    /// <summary>It counts.</summary>
    public const string Granted = "granted";

    /// <summary>It was here before.</summary>
    public const string Known = "known";

    /// <summary>No evidence: somebody said STOP on this phone, and that holds for who has it now.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>It is kept, and he is to be asked for his own yes.</summary>
    public const string ToAsk = "to_ask";

    public const string Asked = "asked";

    /// <summary>He had answered meanwhile, or left.</summary>
    public const string NotAsked = "not_asked";

    public static readonly IReadOnlyList<string> All = [Granted, Known, Withdrawn, ToAsk, Asked, NotAsked];
}

/// <summary>A row's result as the API shows it.</summary>
/// <param name="Number">From 1, without the header and empty lines.</param>
/// <param name="Line">Of the file, where the row begins; of JSON the number.</param>
/// <param name="Outcome">One of <see cref="ImportResult.Outcomes"/>.</param>
/// <param name="Field">What is to be mended.</param>
/// <param name="Detail">What to do.</param>
/// <param name="SharedPhone">Other drivers have this phone too, which is allowed.</param>
/// <param name="PhoneFlag">One of <see cref="PhoneFlags"/>.</param>
/// <param name="Consent">One of <see cref="ImportConsent.All"/>; null: the row says nothing of it.</param>
public sealed record ImportRowView(
    int Number, int Line, string? SamsaraDriverId, string? Name, string? Reference, string Outcome, string? Code, string? Field, string? Detail, Guid? DriverId, bool SharedPhone, string? PhoneFlag, string? Consent)
{
    /// <summary>What people call the row can't be opened, as when its key is lost: it is missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }

    internal static readonly IReadOnlyList<string> Headers =
        ["number", "line", "samsara_driver_id", "name", "reference", "outcome", "code", "field", "detail", "driver_id", "shared_phone", "phone_flag", "consent"];

    internal IReadOnlyList<string?> Cells =>
    [
        Number.ToString(CultureInfo.InvariantCulture), Line.ToString(CultureInfo.InvariantCulture), SamsaraDriverId, Name, Reference, Outcome, Code, Field, Detail, DriverId?.ToString(),
        SharedPhone ? "yes" : "no", PhoneFlag, Consent,
    ];
}

internal static class ImportRowSql
{
    /// <summary>For a batch.</summary>
    public const string Insert = """
        insert into fleet.import_rows (tenant_id, import_id, number, line, outcome, code, field, subject, driver_id, shared_phone, phone_flag, consent, subject_hash, phone_hash)
        select $1, $2, r.number, r.line, r.outcome, r.code, r.field, r.subject, r.driver_id, r.shared_phone, r.phone_flag, r.consent, r.subject_hash, r.phone_hash
        from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
          as r (number, line, outcome, code, field, subject, driver_id, shared_phone, phone_flag, consent, subject_hash, phone_hash)
        """;

    /// <param name="keepsPhones">Of a dry run: its later rows look there.</param>
    public static NpgsqlParameter[] InsertParameters(DataKey key, Guid import, IReadOnlyList<ImportResult> results, bool keepsPhones)
    {
        var subjects = new byte[results.Count][];
        Parallel.For(0, results.Count, at => subjects[at] = ImportSubject.Of(results[at].Row).Seal(key, import, results[at].Row.Row.Number));
        return
        [
            P.Uuid(import), P.Numbers([.. results.Select(r => r.Row.Row.Number)]), P.Numbers([.. results.Select(r => r.Row.Row.Line)]), P.Texts([.. results.Select(r => r.Outcome)]),
            P.Texts([.. results.Select(r => r.Error?.Code)]), P.Texts([.. results.Select(r => r.Error is { } error ? ImportErrors.FieldOf(error) : null)]), P.ByteArrays(subjects),
            P.OptionalUuids([.. results.Select(r => r.Driver)]), P.Bools([.. results.Select(r => r.IsShared)]),
            P.Texts([.. results.Select(r => r.Outcome == ImportResult.Refused ? null : r.Row.Phone.Flag)]), P.Texts([.. results.Select(r => r.Consent)]),
            P.OptionalBigs([.. results.Select(r => r.SubjectHash)]),
            P.OptionalBigs([.. results.Select(r => keepsPhones && r.Outcome != ImportResult.Refused && r.Row.PhoneIndex is { } index ? ImportRow.HashOf(index) : (long?)null)]),
        ];
    }

    private const string List = """
        select number, line, subject, outcome, code, field, driver_id, shared_phone, phone_flag, consent
        from fleet.import_rows
        where tenant_id = $1
          and import_id = $2
          and number > $3
          and ($4 is null or outcome = $4)
        order by number
        limit $5
        """;

    public static Task<List<ImportRowView>> ListAsync(TenantDb db, RowOpener opener, Guid import, int after, string? outcome, NpgsqlParameter most, CancellationToken ct)
        => db.ListAsync(List, row =>
        {
            var (number, sealedSubject) = (row.GetInt32(0), row.Bytes(2));
            var subject = opener.Open(key => ImportSubject.Open(key, import, number, sealedSubject));
            var (code, field) = (row.TextOrNull(4), row.TextOrNull(5));
            return new ImportRowView(number, row.GetInt32(1), subject?.SamsaraId, subject?.Name, subject?.Reference, row.GetString(3), code, field,
                code is null ? null : ImportErrors.DetailOf(code, field), row.GuidOrNull(6), row.GetBoolean(7), row.TextOrNull(8), row.TextOrNull(9))
            {
                Unreadable = subject is null,
            };
        }, ct, P.Uuid(import), P.Number(after), P.Text(outcome), most);
}

/// <summary>What became of an import's rows: page by page, or all of them as CSV.</summary>
public sealed class ListImportRows(TenantDbs dbs, DataKeys keys, Pages pages, UnreadableRows unreadable)
{
    public static readonly IReadOnlyList<string> Outcomes = ImportResult.Outcomes;

    private const int RowsAtOnce = 1000;

    private const string Exists = """
        select true
        from fleet.imports
        where tenant_id = $1
          and id = $2
        """;

    /// <param name="outcome">One of <see cref="Outcomes"/>; null for all.</param>
    public async Task<Result<Page<ImportRowView>>> HandleAsync(TenantId tenant, Guid import, string? outcome, PageRequest page, CancellationToken ct)
    {
        var db = dbs.For(tenant);
        if (!await db.FindAsync(Exists, row => row.GetBoolean(0), ct, P.Uuid(import))) return ImportErrors.NotFound;
        var window = await pages.OpenAsync(tenant, $"import-rows:{import:N}:{outcome}", Position.BeforeOldest, page, ct);
        if (!window.IsOk) return window.Error;
        // A row's place is its number, which a position has no other room for.
        var opener = new RowOpener(window.Value.Key);
        var rows = await ImportRowSql.ListAsync(db, opener, import, (int)window.Value.After.Time.UtcTicks, outcome, window.Value.Rows, ct);
        await unreadable.TellAsync(tenant, opener, ct);
        return window.Value.Page(rows, row => new(new DateTimeOffset(row.Number, TimeSpan.Zero), Guid.Empty));
    }

    /// <returns>Pieces of the file, so that no more than one is in memory; or null, if there is no such import.</returns>
    public async Task<IAsyncEnumerable<byte[]>?> FindCsvAsync(TenantId tenant, Guid import, string? outcome, CancellationToken ct)
    {
        var db = dbs.For(tenant);
        if (!await db.FindAsync(Exists, row => row.GetBoolean(0), ct, P.Uuid(import))) return null;
        return PiecesAsync(db, new(await keys.GetAsync(tenant, ct)), import, outcome, ct);
    }

    private async IAsyncEnumerable<byte[]> PiecesAsync(
        TenantDb db, RowOpener opener, Guid import, string? outcome, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return Csv.Begin(ImportRowView.Headers);
        for (var after = 0; ;)
        {
            var rows = await ImportRowSql.ListAsync(db, opener, import, after, outcome, P.Number(RowsAtOnce), ct);
            if (rows.Count == 0) break;
            yield return Csv.Lines(rows.Select(row => row.Cells));
            after = rows[^1].Number;
        }
        await unreadable.TellAsync(db.Tenant, opener, ct);
    }
}
