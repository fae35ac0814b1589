using FleetChat.LocalRuntime.Clock;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>
/// This process among those that share the database. One connection of its own holds a session lock that says "alive", listens
/// for changes of the clock and for messages, beats once a second, and puts back what dead processes had claimed.
/// </summary>
internal sealed partial class HostPresence(
    LocalDatabase database,
    string[] queues,
    BusinessClock clock,
    HostActivity activity,
    ILogger<HostPresence> logger) : IAsyncDisposable
{
    /// <summary>A row that young without a lock may belong to a process that is just starting.</summary>
    private static readonly TimeSpan Youth = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _beat = TimeSpan.FromTicks(Math.Min(TimeSpan.TicksPerSecond, database.Lease.Ticks / 5));
    private NpgsqlConnection? _connection;
    private Task? _loop;
    private bool _clockMoved;

    public long HostId { get; private set; }

    /// <summary>Called with a queue's name when another process stored messages that it could not begin at once, or left some behind.</summary>
    public Action<string>? OnMessages { get; set; }

    /// <summary>Called with what another process said about orchestrations, or with nothing when one died and left some behind.</summary>
    public Action<string>? OnOrchestrations { get; set; }

    /// <summary>As of the last beat: whether anybody else would hear what this process says.</summary>
    public bool HasOthers { get; private set; }

    public async Task StartAsync(CancellationToken cancellation)
    {
        HostId = await RegisterAsync(cancellation);
        _connection = await ConnectAsync(cancellation);
        await BeatAsync(_connection, cancellation);
        _loop = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null) await _loop;
        await DropConnectionAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        var nextBeat = TimeProvider.System.GetTimestamp();
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                _connection ??= await ConnectAsync(cancellation);
                var left = _beat - TimeProvider.System.GetElapsedTime(nextBeat);
                if (left > TimeSpan.Zero && !_clockMoved) await _connection.WaitAsync(WaitOf(left), cancellation);
                if (_clockMoved) await ReportAsync(_connection, cancellation);
                if (TimeProvider.System.GetElapsedTime(nextBeat) < _beat) continue;
                nextBeat = TimeProvider.System.GetTimestamp();
                await BeatAsync(_connection, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogLost(exception);
                await DropConnectionAsync();
                await Task.Delay(_beat, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Npgsql counts whole milliseconds and takes none for a wait without an end: the host would stop beating and be taken for dead.</summary>
    internal static TimeSpan WaitOf(TimeSpan left) => left < ShortestWait ? ShortestWait : left;

    private async Task DropConnectionAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        _connection = null;
    }

    private async Task BeatAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await ReportAsync(connection, cancellation);
        await ClearDeadHostsAsync(connection, cancellation);
    }

    /// <summary>The order matters: first the clock is applied, then this process's activity is looked at, then both are told.</summary>
    private async Task ReportAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        _clockMoved = false;
        var state = await ClockRow.ReadAsync(connection, cancellation);
        clock.Apply(state);
        await TellAsync(connection, state, cancellation);
    }

    private const string RegisterSql = """
        insert into localhost.hosts (heartbeat_at, lease)
        values (now(), $1)
        returning id
        """;

    private async Task<long> RegisterAsync(CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(RegisterSql);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = database.Lease });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private const string AliveSql = """
        select pg_advisory_lock(1279869000, $1);
        """;

    private const string ListenSql = """
        listen localhost_clock;
        listen localhost_queue;
        listen localhost_orchestrations
        """;

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        var connection = database.NewSession();
        connection.Notification += (_, told) =>
        {
            if (told.Channel == "localhost_clock") _clockMoved = true;
            else if (told.Channel == "localhost_queue") OnMessages?.Invoke(told.Payload);
            else OnOrchestrations?.Invoke(told.Payload);
        };
        await connection.OpenAsync(cancellation);
        await using (var alive = new NpgsqlCommand(AliveSql, connection))
        {
            alive.Parameters.Add(new NpgsqlParameter<int> { TypedValue = checked((int)HostId) });
            await alive.ExecuteNonQueryAsync(cancellation);
        }
        await using var listen = new NpgsqlCommand(ListenSql, connection);
        await listen.ExecuteNonQueryAsync(cancellation);
        return connection;
    }

    private const string TellSql = """
        with told as (
            insert into localhost.hosts (id, heartbeat_at, queues, clock_version, probe_seen, running, begun, lease)
            overriding system value
            values ($1, now(), $2, $3, $4, $5, $6, $8)
            on conflict (id) do update
            set heartbeat_at = excluded.heartbeat_at,
                queues = excluded.queues,
                clock_version = excluded.clock_version,
                probe_seen = excluded.probe_seen,
                running = excluded.running,
                begun = excluded.begun
            returning id
        )
        select pg_notify('localhost_hosts', '')
        from told
        where $7
        """;

    private long _probeSeen;

    private async Task TellAsync(NpgsqlConnection connection, ClockState state, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(TellSql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = HostId });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = queues });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = state.Version });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = state.Probe });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = activity.Running });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = activity.Begun });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = state.Probe != _probeSeen });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = database.Lease });
        await command.ExecuteNonQueryAsync(cancellation);
        _probeSeen = state.Probe;
    }

    private const string ClearSql = """
        with living as materialized (
            select id
            from localhost.living_hosts
        ),
        messages as (
            update localhost.queue_messages
            set claimed_by = null,
                visible_at = least(visible_at, now())
            where claimed_by is not null
                and claimed_by not in (select id from living)
            returning queue
        ),
        timers as (
            update localhost.timers
            set running_host = null
            where running_host is not null
                and running_host not in (select id from living)
        )
        select h.id, h.id in (select id from living), null
        from localhost.hosts h
        where h.id <> $1
        union all
        select distinct null::bigint, null::boolean, queue
        from messages
        """;

    /// <summary>What dead processes held of orchestrations is looked for only when there is one: it takes a look at every instance.</summary>
    private async Task ClearDeadHostsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var dead = new List<long>();
        var others = false;
        await using (var command = new NpgsqlCommand(ClearSql, connection))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = HostId });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                if (reader.IsDBNull(0)) OnMessages?.Invoke(reader.GetString(2));
                else if (reader.GetBoolean(1)) others = true;
                else dead.Add(reader.GetInt64(0));
            }
        }
        HasOthers = others;
        if (dead.Count > 0 && await TakeFromAsync(connection, [.. dead], cancellation)) OnOrchestrations?.Invoke("");
    }

    private const string TakeSql = """
        with dead as materialized (
            select h.id
            from localhost.hosts h
            where h.id = any ($1)
                and h.id not in (select id from localhost.living_hosts)
            for update skip locked
        ),
        instances as (
            update localhost.instances
            set owner = null
            where owner in (select id from dead)
            returning key
        ),
        activities as (
            update localhost.activities
            set owner = null
            where owner in (select id from dead)
            returning instance
        ),
        hosts as (
            delete from localhost.hosts h
            using dead d
            where h.id = d.id
                and h.heartbeat_at < now() - $2
        )
        select exists (select from instances) or exists (select from activities)
        """;

    /// <returns>True if they held anything.</returns>
    private static async Task<bool> TakeFromAsync(NpgsqlConnection connection, long[] dead, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(TakeSql, connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = dead });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Youth });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that keeps this host known was lost; it is opened again")]
    private partial void LogLost(Exception exception);
}
