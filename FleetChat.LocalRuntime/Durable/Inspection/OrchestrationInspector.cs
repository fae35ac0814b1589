using Npgsql;
using NpgsqlTypes;

namespace FleetChat.LocalRuntime;

/// <summary>Which orchestrations to list.</summary>
/// <param name="Status">A status' name; null for all.</param>
/// <param name="Prefix">Of their ids.</param>
/// <param name="Limit">Most rows.</param>
public sealed record InstanceQuery(string? Status = null, string Prefix = "", int Limit = 50);

/// <summary>Looks at the orchestrations of a database, from any process. Changes nothing.</summary>
public sealed partial class OrchestrationInspector(NpgsqlDataSource database)
{
    public static IEnumerable<string> Statuses => StatusNames.All;

    private const string ListSql = """
        select id, name, version, status, created_at, updated_at, ended_at, parent_id
        from localhost.instances
        where ($1::smallint is null or status = $1)
            and starts_with(id, $2)
        order by updated_at desc, id
        limit $3
        """;

    /// <returns>Those that something happened to last come first.</returns>
    /// <exception cref="ArgumentException">There is no such status.</exception>
    public async Task<IReadOnlyList<InstanceSummary>> ListAsync(InstanceQuery query, CancellationToken cancellation)
    {
        short? status = query.Status is { } name ? StatusNames.Find(name) ?? throw new ArgumentException($"There is no status '{name}'.", nameof(query)) : null;
        return await database.ListAsync(
            ListSql, ReadSummary, cancellation,
            new NpgsqlParameter { Value = (object?)status ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Smallint },
            new NpgsqlParameter<string> { TypedValue = query.Prefix },
            new NpgsqlParameter<int> { TypedValue = query.Limit });
    }

    private const string FindSql = """
        select i.id, i.name, i.version, i.status, i.created_at, i.updated_at, i.ended_at, i.parent_id,
            i.key, i.generation, i.input, i.output, i.custom_status, i.failure, i.owner,
            i.owner is not null and i.owner not in (select l.id from localhost.living_hosts l), i.waits_for
        from localhost.instances i
        where i.id = $1
        """;

    /// <returns>Null if there is none.</returns>
    public async Task<InstanceDetail?> FindAsync(string id, CancellationToken cancellation)
    {
        var rows = await database.ListAsync(
            FindSql, row => (Key: row.GetInt64(8), Detail: ReadDetail(row), Events: row.TextOrNull(16)), cancellation, new NpgsqlParameter<string> { TypedValue = id });
        if (rows is not [var (key, detail, events)]) return null;
        var history = HistoryReader.Read(await ListTurnsAsync(key, detail.Generation, cancellation));
        var waits = await ListWaitsAsync(key, detail.Generation, history, cancellation);
        return detail with { History = history, Waits = [.. waits, .. EventsOf(events, detail.Summary.UpdatedAt)] };
    }

    private const string TurnsSql = """
        select turn, events
        from localhost.history
        where instance = $1
            and generation = $2
        order by turn
        """;

    private Task<List<(int Turn, string Events)>> ListTurnsAsync(long key, int generation, CancellationToken cancellation)
        => database.ListAsync(
            TurnsSql, row => (row.GetInt32(0), row.GetString(1)), cancellation,
            new NpgsqlParameter<long> { TypedValue = key }, new NpgsqlParameter<int> { TypedValue = generation });

    private static InstanceSummary ReadSummary(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.TextOrNull(2), StatusNames.Of(row.GetInt16(3)), row.Time(4), row.Time(5), row.TimeOrNull(6), row.TextOrNull(7));

    private static InstanceDetail ReadDetail(NpgsqlDataReader row) => new(
        ReadSummary(row), row.GetInt32(9), row.TextOrNull(10), row.TextOrNull(11), row.TextOrNull(12), FailureText.Read(row.TextOrNull(13)),
        row.IsDBNull(14) ? null : row.GetInt64(14), row.GetBoolean(15), Waits: [], History: []);
}
