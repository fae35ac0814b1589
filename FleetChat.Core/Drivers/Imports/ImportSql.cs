using FleetChat.Core.Data;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;
using Npgsql;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>Where an import stands. Part of the API, and kept in rows.</summary>
public static class ImportState
{
    /// <summary>Takes parts.</summary>
    public const string Open = "open";

    public const string Running = "running";

    /// <summary>All rows have their result, and drivers are still to be asked for their own yes.</summary>
    public const string Asking = "asking";

    public const string Done = "done";
    public const string Cancelled = "cancelled";
    public const string Failed = "failed";

    public static readonly IReadOnlyList<string> All = [Open, Running, Asking, Done, Cancelled, Failed];
}

/// <summary>An import's row, with what it holds opened.</summary>
internal sealed record Import(Guid Id, ImportSettings Settings, ImportReading? Reading, string State, DateTimeOffset OpenedAt, string OpenedBy)
{
    public int? Parts { get; init; }

    public byte[]? Sha256 { get; init; }

    public string? SamsaraCursor { get; init; }

    public int? RowsTotal { get; init; }

    public int RowsDone { get; init; }

    public int Added { get; init; }

    public bool IsOver => State is ImportState.Done or ImportState.Cancelled or ImportState.Failed;
}

/// <summary>How many rows had which outcome.</summary>
internal readonly record struct OutcomeCounts(int Added, int Changed, int Unchanged, int Refused)
{
    public int Total => Added + Changed + Unchanged + Refused;

    public override string ToString() => $"{Added} added, {Changed} changed, {Unchanged} unchanged, {Refused} refused";
}

internal static class ImportSql
{
    /// <summary>Looks at rows, batch after batch, until there is no more to do.</summary>
    public static readonly Flow Flow = new("ImportFlow", 1);

    private const string Columns = "id, settings, reading, state, opened_at, opened_by, parts, sha256, samsara_cursor, rows_total, rows_done, added";

    private const string Insert = """
        insert into fleet.imports (tenant_id, id, source, is_dry_run, state, settings, opened_at, opened_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    public static Task InsertAsync(TenantDb db, DataKey key, Import import, CancellationToken ct)
        => db.ExecuteAsync(Insert, ct, P.Uuid(import.Id), P.Text(import.Settings.Source), P.Bool(import.Settings.DryRun), P.Text(import.State), P.Bytes(import.Settings.Seal(key, import.Id)),
            P.Time(import.OpenedAt), P.Text(import.OpenedBy));

    private const string CountOpen = """
        select count(*)::int
        from fleet.imports
        where tenant_id = $1
          and state in ('open', 'running')
        """;

    public static Task<int> CountOpenAsync(TenantDb db, CancellationToken ct) => db.FindAsync(CountOpen, row => row.GetInt32(0), ct);

    private const string Find = $"""
        select {Columns}
        from fleet.imports
        where tenant_id = $1
          and id = $2
        """;

    public static Task<Import?> FindAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct) => db.FindAsync(Find, row => Read(row, key), ct, P.Uuid(id));

    private const string Lock = $"""
        {Find}
        for no key update
        """;

    public static Task<Import?> LockAsync(TenantTransaction db, DataKey key, Guid id, CancellationToken ct) => db.FindAsync(Lock, row => Read(row, key), ct, P.Uuid(id));

    private const string SetReading = """
        update fleet.imports
        set reading = $3
        where tenant_id = $1
          and id = $2
        """;

    public static Task SetReadingAsync(TenantDb db, DataKey key, Guid id, ImportReading reading, CancellationToken ct) => db.ExecuteAsync(SetReading, ct, P.Uuid(id), P.Bytes(reading.Seal(key, id)));

    private const string Complete = """
        update fleet.imports
        set state = 'running', reading = $3, parts = $4, sha256 = $5
        where tenant_id = $1
          and id = $2
        """;

    public static Task CompleteAsync(TenantDb db, DataKey key, Guid id, ImportReading reading, int parts, byte[] sha256, CancellationToken ct)
        => db.ExecuteAsync(Complete, ct, P.Uuid(id), P.Bytes(reading.Seal(key, id)), P.Number(parts), P.Bytes(sha256));

    private const string SetCursor = """
        update fleet.imports
        set samsara_cursor = $3, parts = $4
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>A page of Samsara's is here.</summary>
    public static Task SetCursorAsync(TenantDb db, Guid id, string? cursor, int? parts, CancellationToken ct) => db.ExecuteAsync(SetCursor, ct, P.Uuid(id), P.Text(cursor), P.Number(parts));

    private const string SetTotal = """
        update fleet.imports
        set rows_total = $3
        where tenant_id = $1
          and id = $2
          and state = 'running'
        """;

    public static Task SetTotalAsync(TenantDb db, Guid id, int rows, CancellationToken ct) => db.ExecuteAsync(SetTotal, ct, P.Uuid(id), P.Number(rows));

    /// <summary>For a batch: the cursor goes on with its rows.</summary>
    public const string Advance = """
        update fleet.imports
        set rows_done = rows_done + $3 + $4 + $5 + $6, added = added + $3, changed = changed + $4, unchanged = unchanged + $5, refused = refused + $6
        where tenant_id = $1
          and id = $2
        """;

    public static NpgsqlParameter[] AdvanceParameters(Guid id, OutcomeCounts counts)
        => [P.Uuid(id), P.Number(counts.Added), P.Number(counts.Changed), P.Number(counts.Unchanged), P.Number(counts.Refused)];

    private const string SetState = """
        update fleet.imports
        set state = $3, problem = $4, problem_line = $5, ended_at = $6
        where tenant_id = $1
          and id = $2
        """;

    /// <param name="endedAt">Null: it goes on.</param>
    public static Task SetStateAsync(TenantDb db, Guid id, string state, DateTimeOffset? endedAt, CancellationToken ct, string? problem = null, int? line = null)
        => db.ExecuteAsync(SetState, ct, P.Uuid(id), P.Text(state), P.Text(problem), P.Number(line), P.Time(endedAt));

    private static Import Read(NpgsqlDataReader row, DataKey key)
    {
        var id = row.GetGuid(0);
        return new(id, ImportSettings.Open(key, id, row.Bytes(1)), row.BytesOrNull(2) is { } reading ? ImportReading.Open(key, id, reading) : null, row.GetString(3), row.Time(4), row.GetString(5))
        {
            Parts = row.IntOrNull(6), Sha256 = row.BytesOrNull(7), SamsaraCursor = row.TextOrNull(8), RowsTotal = row.IntOrNull(9), RowsDone = row.GetInt32(10), Added = row.GetInt32(11),
        };
    }
}
