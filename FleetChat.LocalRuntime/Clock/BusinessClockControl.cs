using FleetChat.LocalRuntime.Clock;
using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime;

/// <param name="Offset">How far the business clock is ahead of real time.</param>
public sealed record BusinessClockReading(DateTimeOffset Now, bool IsRunning, TimeSpan Offset);

public sealed record StepOptions
{
    /// <summary>Timers that come round more often do not stop the clock; they fire once at each stop that something else makes.</summary>
    public TimeSpan ShortestPeriod { get; init; }

    /// <summary>The moment at which the next thing outside the runtime is due, such as a row or a simulator's answer, given the present one; null if there is none.</summary>
    public Func<DateTimeOffset, CancellationToken, Task<DateTimeOffset?>>? NextDueElsewhere { get; init; }

    /// <summary>Whether what is outside the runtime has come to rest.</summary>
    public Func<CancellationToken, Task<bool>>? IsQuietElsewhere { get; init; }
}

/// <summary>Sets and steps the business clock of a database, from any process.</summary>
public sealed class BusinessClockControl(NpgsqlDataSource database)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);
    private bool _upgraded;

    public async Task<BusinessClockReading> ReadAsync(CancellationToken cancellation = default)
    {
        await UpgradeOnceAsync(cancellation);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var state = await ClockRow.ReadAsync(connection, cancellation);
        var realNow = TimeProvider.System.GetUtcNow();
        return new(state.At(realNow), state.FrozenAt is null, state.At(realNow) - realNow);
    }

    /// <summary>Puts the clock ahead of real time by so much, and lets it run.</summary>
    public Task SetOffsetAsync(TimeSpan offset, CancellationToken cancellation = default) => SetAsync(offset, frozenAt: null, cancellation);

    /// <summary>Lets a frozen clock run on from where it stands.</summary>
    public async Task RunAsync(CancellationToken cancellation = default)
    {
        var reading = await ReadAsync(cancellation);
        if (!reading.IsRunning) await SetAsync(reading.Now - TimeProvider.System.GetUtcNow(), frozenAt: null, cancellation);
    }

    /// <summary>Stops the clock, at a moment or where it stands.</summary>
    public async Task FreezeAsync(DateTimeOffset? at = null, CancellationToken cancellation = default)
    {
        var reading = await ReadAsync(cancellation);
        await SetAsync(TimeSpan.Zero, at ?? reading.Now, cancellation);
    }

    /// <summary>
    /// Freezes the clock and moves it from one due thing to the next, up to the moment. It stands still while any living process
    /// runs a function, a message can be worked on, or a due timer has not fired; a process that was killed is not waited for.
    /// While no process lives, it waits for one.
    /// </summary>
    public async Task StepToAsync(DateTimeOffset until, StepOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        until = NotBefore(until);
        await FreezeAsync(cancellation: cancellation);
        await using var listener = await ListenAsync(cancellation);
        while (true)
        {
            await WaitUntilQuietAsync(listener, options, cancellation);
            var now = (await ReadRowAsync(cancellation)).FrozenAt!.Value;
            if (now >= until) return;
            await SetAsync(TimeSpan.Zero, await NextStopAsync(now, until, options, cancellation), cancellation);
        }
    }

    private async Task<DateTimeOffset> NextStopAsync(DateTimeOffset now, DateTimeOffset until, StepOptions options, CancellationToken cancellation)
    {
        var next = until;
        if (await NextTimerAsync(options.ShortestPeriod, cancellation) is { } timer && timer < next) next = timer;
        if (options.NextDueElsewhere is not { } elsewhere || await elsewhere(now, cancellation) is not { } due) return next;
        var other = NotBefore(due);

        // What is due and still waits, waits for one of the faster timers to find it.
        if (other <= now) return await NextTimerAsync(TimeSpan.Zero, cancellation) is { } faster && faster < next ? faster : next;
        return other < next ? other : next;
    }

    /// <summary>Postgres keeps whole microseconds, and the clock has to arrive.</summary>
    private static DateTimeOffset NotBefore(DateTimeOffset moment)
        => moment.AddTicks((TimeSpan.TicksPerMicrosecond - (moment.Ticks % TimeSpan.TicksPerMicrosecond)) % TimeSpan.TicksPerMicrosecond);

    /// <summary>
    /// Two looks at every process: if each ran nothing both times and began nothing between, and nothing was pending in the
    /// database between them, then there was a moment at which all was quiet.
    /// </summary>
    private async Task WaitUntilQuietAsync(NpgsqlConnection listener, StepOptions options, CancellationToken cancellation)
    {
        var pause = TimeSpan.FromMilliseconds(1);
        while (true)
        {
            var first = await ProbeAsync(listener, cancellation);
            if (first is not null
                && (options.IsQuietElsewhere is not { } elsewhere || await elsewhere(cancellation))
                && !await PendingWork.ExistsAsync(database, (await ReadRowAsync(cancellation)).FrozenAt!.Value, cancellation)
                && await ProbeAsync(listener, cancellation) is { } second
                && first.SequenceEqual(second)) return;
            await Task.Delay(pause, TimeProvider.System, cancellation);
            if (pause < LongestPause) pause *= 2;
        }
    }

    /// <summary>Asks every living process for its activity.</summary>
    /// <returns>Each process with the number of calls it ever began; null if one of them runs something.</returns>
    private async Task<List<(long Host, long Begun)>?> ProbeAsync(NpgsqlConnection listener, CancellationToken cancellation)
    {
        var probe = await AskAsync(cancellation);
        while (true)
        {
            var hosts = await ListHostsAsync(cancellation);
            if (hosts.Count > 0 && hosts.TrueForAll(h => h.ProbeSeen >= probe))
                return hosts.TrueForAll(h => h.Running == 0) ? hosts.ConvertAll(h => (h.Id, h.Begun)) : null;

            // An answer wakes this at once; the time is for a process that died instead of answering.
            await listener.WaitAsync(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private const string ListenSql = "listen localhost_hosts";

    private async Task<NpgsqlConnection> ListenAsync(CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(ListenSql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
        return connection;
    }

    /// <summary>The clock may be set before the first host of the database has started.</summary>
    private async Task UpgradeOnceAsync(CancellationToken cancellation)
    {
        if (_upgraded) return;
        await LocalSchema.UpgradeAsync(database, cancellation);
        _upgraded = true;
    }

    private async Task<ClockState> ReadRowAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await ClockRow.ReadAsync(connection, cancellation);
    }

    private const string SetSql = """
        with moved as (
            update localhost.clock
            set offset_microseconds = $1,
                frozen_at = $2,
                version = version + 1
            returning version
        )
        select pg_notify('localhost_clock', '')
        from moved
        """;

    private async Task SetAsync(TimeSpan offset, DateTimeOffset? frozenAt, CancellationToken cancellation)
    {
        await UpgradeOnceAsync(cancellation);
        await using var command = database.CreateCommand(SetSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = offset.Ticks / TimeSpan.TicksPerMicrosecond });
        command.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = frozenAt?.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string AskSql = """
        with asked as (
            update localhost.clock
            set probe = probe + 1
            returning probe
        )
        select probe, pg_notify('localhost_clock', ''), set_config('synchronous_commit', 'off', true)
        from asked
        """;

    private async Task<long> AskAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(AskSql);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private const string HostsSql = """
        select id, probe_seen, running, begun
        from localhost.living_hosts
        order by id
        """;

    private async Task<List<(long Id, long ProbeSeen, int Running, long Begun)>> ListHostsAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(HostsSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var hosts = new List<(long, long, int, long)>();
        while (await reader.ReadAsync(cancellation)) hosts.Add((reader.GetInt64(0), reader.GetInt64(1), reader.GetInt32(2), reader.GetInt64(3)));
        return hosts;
    }

    private const string NextTimerSql = """
        select least(
            (
                select min(next_due)
                from localhost.timers
                where period >= $1
            ),
            (
                select min(visible_at)
                from localhost.inbox
                where visible_at > '-infinity'
            ))
        """;

    private async Task<DateTimeOffset?> NextTimerAsync(TimeSpan shortestPeriod, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(NextTimerSql);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = shortestPeriod });
        return await command.ExecuteScalarAsync(cancellation) is DateTime due ? new DateTimeOffset(due, TimeSpan.Zero) : null;
    }
}
