using FleetChat.LocalRuntime.Clock;
using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime;

/// <summary>A process that runs functions, or ran them.</summary>
/// <param name="LastSeen">How long ago it said that it lives, by the database's clock.</param>
/// <param name="Running">Calls under way when it said so.</param>
public sealed record HostState(long Id, bool IsAlive, TimeSpan LastSeen, int Running);

/// <summary>A timer function's next time, in business time.</summary>
/// <param name="IsHeldByDead">A process that is gone had begun it.</param>
public sealed record TimerState(string Name, string Schedule, DateTimeOffset NextDue, bool IsRunning, bool IsHeldByDead);

/// <summary>Looks at the hosts, timers and clock of a database, from any process. Changes nothing.</summary>
public sealed class RuntimeInspector(NpgsqlDataSource database)
{
    /// <summary>The business clock.</summary>
    public async Task<BusinessClockReading> ReadClockAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var state = await ClockRow.ReadAsync(connection, cancellation);
        var realNow = TimeProvider.System.GetUtcNow();
        return new(state.At(realNow), state.FrozenAt is null, state.At(realNow) - realNow);
    }

    private const string HostsSql = """
        select h.id, exists (select from localhost.living_hosts l where l.id = h.id), now() - h.heartbeat_at, h.running
        from localhost.hosts h
        order by h.id
        """;

    public async Task<IReadOnlyList<HostState>> ListHostsAsync(CancellationToken cancellation)
        => await database.ListAsync(HostsSql, row => new HostState(row.GetInt64(0), row.GetBoolean(1), row.GetTimeSpan(2), row.GetInt32(3)), cancellation);

    private const string TimersSql = """
        select t.name, t.schedule, t.next_due, t.running_host is not null,
            t.running_host is not null and t.running_host not in (select l.id from localhost.living_hosts l)
        from localhost.timers t
        order by t.name
        """;

    public async Task<IReadOnlyList<TimerState>> ListTimersAsync(CancellationToken cancellation)
        => await database.ListAsync(
            TimersSql, row => new TimerState(row.GetString(0), row.GetString(1), row.Time(2), row.GetBoolean(3), row.GetBoolean(4)), cancellation);

    private const string ScriptsSql = """
        select name
        from localhost.schema_versions
        """;

    /// <returns>Scripts of this build that the schema localhost has not seen; the next host to start runs them.</returns>
    public async Task<IReadOnlyList<string>> ListMissingScriptsAsync(CancellationToken cancellation)
    {
        var run = await database.ListAsync(ScriptsSql, row => row.GetString(0), cancellation);
        return [.. LocalSchema.ScriptNames().Except(run, StringComparer.Ordinal).Select(name => name[LocalSchema.ScriptPrefix.Length..])];
    }
}
