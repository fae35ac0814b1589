using System.Diagnostics;
using System.Text.RegularExpressions;
using FleetChat.Benchmarks.Fleet;
using Npgsql;

namespace FleetChat.Benchmarks.Work;

/// <summary>Reads what an installation has done: PostgreSQL's own counters, its tables' sizes, and processors' time.</summary>
internal sealed partial class WorkMeter : IAsyncDisposable
{
    /// <summary>What the cluster needs for it.</summary>
    public const string Settings = "shared_preload_libraries = 'pg_stat_statements'\n";

    /// <summary>A session that rests tells its counts after ten seconds, if it has not before.</summary>
    private static readonly TimeSpan UntilTold = TimeSpan.FromSeconds(12);

    private readonly BenchmarkFleet _fleet;
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource _cluster;
    private readonly string[] _own;
    private readonly string _storage;

    private WorkMeter(BenchmarkPostgres postgres, BenchmarkFleet fleet)
    {
        _fleet = fleet;
        (_source, _cluster) = (NpgsqlDataSource.Create(fleet.Admin), NpgsqlDataSource.Create(postgres.AdminConnectionString));
        _own = [LoginOf(fleet.Settings.Database.App), LoginOf(fleet.Settings.Database.System)];
        _storage = LoginOf(fleet.Settings.Database.LocalRuntime);
    }

    private const string Extension = "create extension if not exists pg_stat_statements";

    /// <exception cref="NotMeasuredException">PostgreSQL came without its extension.</exception>
    public static async Task<WorkMeter> OpenAsync(BenchmarkPostgres postgres, BenchmarkFleet fleet, CancellationToken ct)
    {
        var meter = new WorkMeter(postgres, fleet);
        try
        {
            await using var command = meter._cluster.CreateCommand(Extension);
            await command.ExecuteNonQueryAsync(ct);
            return meter;
        }
        catch (PostgresException missing)
        {
            await meter.DisposeAsync();
            throw new NotMeasuredException($"Statements are counted by pg_stat_statements, which is part of PostgreSQL's contrib package: {missing.MessageText}");
        }
    }

    /// <summary>Once all that was done has been told.</summary>
    public async Task<WorkCount> CountAsync(CancellationToken ct)
    {
        await Task.Delay(UntilTold, ct);
        var (month, lasting) = await SizesAsync(ct);
        var (own, storage) = await ProcessorTimesAsync(ct);
        await using var counters = _source.CreateCommand(Counters);
        await using var row = await counters.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(
            Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, await StatementsAsync(ct), row.GetDouble(0), row.GetDouble(1), month, lasting, row.GetDouble(2), own, storage,
            _fleet.HostTime().TotalMilliseconds, row.GetDouble(3));
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private const string Counters = """
        select (select sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 from pg_stat_user_tables where schemaname in ('fleet', 'directory')),
               pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8,
               (select last_value::float8 from localhost.queue_messages_id_seq),
               (select active_time + idle_in_transaction_time from pg_stat_database where datname = current_database())
        """;

    private const string CountStatements = """
        select coalesce(sum(s.calls), 0)::float8
        from pg_stat_statements s
        join pg_roles r on r.oid = s.userid
        where r.rolname = any($1)
        """;

    private async Task<double> StatementsAsync(CancellationToken ct)
    {
        await using var statements = _cluster.CreateCommand(CountStatements);
        statements.Parameters.Add(new() { Value = _own });
        return (double)(await statements.ExecuteScalarAsync(ct))!;
    }

    private const string ListSizes = """
        select c.relname, pg_total_relation_size(c.oid)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('fleet', 'directory')
          and c.relkind = 'r'
        """;

    private async Task<(double Month, double Lasting)> SizesAsync(CancellationToken ct)
    {
        var (month, lasting) = (0.0, 0.0);
        await using var sizes = _source.CreateCommand(ListSizes);
        await using var row = await sizes.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            if (OfAMonth().IsMatch(row.GetString(0))) month += row.GetInt64(1);
            else lasting += row.GetInt64(1);
        }
        return (month, lasting);
    }

    private const string ListSessions = """
        select pid, usename = $2
        from pg_stat_activity
        where usename = any($1)
           or usename = $2
        """;

    // Sessions live as long as a host's pool keeps them, which is longer than a window.
    private async Task<(double Own, double Storage)> ProcessorTimesAsync(CancellationToken ct)
    {
        var (sessions, storage) = (0.0, 0.0);
        await using var pids = _source.CreateCommand(ListSessions);
        pids.Parameters.Add(new() { Value = _own });
        pids.Parameters.Add(new() { Value = _storage });
        await using (var row = await pids.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
            {
                var time = CpuTimes.OfProcess(row.GetInt32(0))?.TotalMilliseconds ?? 0;
                if (row.GetBoolean(1)) storage += time;
                else sessions += time;
            }
        }
        return (sessions + await BackgroundTimeAsync(ct), storage);
    }

    private const string ListBackground = """
        select pid
        from pg_stat_activity
        where usename is null
        """;

    // Writers of pages and logs, checkpoints, vacuum: they work for whoever wrote, which is mostly FleetChat.
    private async Task<double> BackgroundTimeAsync(CancellationToken ct)
    {
        var time = 0.0;
        await using var pids = _source.CreateCommand(ListBackground);
        await using var row = await pids.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct)) time += CpuTimes.OfProcess(row.GetInt32(0))?.TotalMilliseconds ?? 0;
        return time;
    }

    private static string LoginOf(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Username!;

    // What the hourly upkeep forgets; a table that it does not know grows for good and counts so.
    [GeneratedRegex("^(inbox|inbox_.*|set_aside|unrouted|outbound|attempts|calls|echoes|webhook_deliveries|decisions|holds|site_visits|orchestration_commands|invitations|import.*|idempotency_keys)$")]
    private static partial Regex OfAMonth();
}
