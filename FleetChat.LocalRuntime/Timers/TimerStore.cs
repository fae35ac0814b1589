using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Timers;

internal sealed record TimerRow(DateTimeOffset NextDue, DateTimeOffset? LastDue, DateTimeOffset? UpdatedAt, long? RunningHost);

/// <summary>When each timer is due next, and which process runs it. Due times are business time.</summary>
internal sealed class TimerStore(LocalDatabase database)
{
    private const string RegisterSql = """
        insert into localhost.timers (name, schedule, period, next_due)
        values ($1, $2, $3, $4)
        on conflict (name) do update
        set schedule = excluded.schedule,
            period = excluded.period,
            next_due = excluded.next_due
        where timers.schedule <> excluded.schedule
        """;

    /// <summary>A timer that is known keeps its due time, unless its schedule is another one now.</summary>
    public async Task RegisterAsync(string name, TimerSchedule schedule, DateTimeOffset nextDue, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(RegisterSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schedule.Text });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = schedule.Period });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = nextDue.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string ForgetOthersSql = """
        delete from localhost.timers
        where name <> all ($1)
        """;

    /// <summary>Removes timers of functions that are gone; nobody would ever fire them.</summary>
    public async Task ForgetOthersAsync(string[] names, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(ForgetOthersSql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = names });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string HasEldersSql = """
        select exists (
            select
            from localhost.living_hosts
            where id < $1
        )
        """;

    /// <summary>True if an older process than this one is alive: then this one has not started the application, it has joined it.</summary>
    public async Task<bool> HasEldersAsync(long host, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(HasEldersSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private const string FindSql = """
        select next_due, last_due, updated_at, running_host
        from localhost.timers
        where name = $1
        """;

    public async Task<TimerRow?> FindAsync(string name, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(FindSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation)) return null;
        return new(Moment(0)!.Value, Moment(1), Moment(2), reader.IsDBNull(3) ? null : reader.GetInt64(3));

        DateTimeOffset? Moment(int column) => reader.IsDBNull(column) ? null : new(reader.GetDateTime(column), TimeSpan.Zero);
    }

    private const string ClaimSql = """
        update localhost.timers
        set running_host = $2
        where name = $1
            and next_due = $3
            and running_host is null
        """;

    public async Task<bool> TryClaimAsync(string name, long host, DateTimeOffset due, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(ClaimSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = due.UtcDateTime });
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    // Also when the claim was put back because this host was taken for dead, as long as nobody has made another. A schedule
    // that has changed meanwhile has its own next time.
    private const string FinishSql = """
        update localhost.timers
        set running_host = null,
            last_due = $3,
            next_due = case when next_due = $3 then $4 else next_due end,
            updated_at = $5
        where name = $1
            and (running_host = $2 or (running_host is null and next_due = $3))
        """;

    public async Task FinishAsync(string name, long host, DateTimeOffset due, DateTimeOffset nextDue, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(FinishSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = due.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = nextDue.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string SkipSql = """
        update localhost.timers
        set next_due = $3
        where name = $1
            and next_due = $2
            and running_host is null
        """;

    public async Task SkipAsync(string name, DateTimeOffset missed, DateTimeOffset nextDue, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(SkipSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = missed.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = nextDue.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string BringForwardSql = """
        update localhost.timers t
        set next_due = $3
        from localhost.clock c
        where t.name = $1
            and t.next_due = $2
            and t.running_host is null
            and c.version = $4
        """;

    /// <summary>After the clock was set back. Not done if this host does not know yet how the clock was set last.</summary>
    public async Task<bool> TryBringForwardAsync(string name, DateTimeOffset due, DateTimeOffset nextDue, long clockVersion, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(BringForwardSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = due.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = nextDue.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = clockVersion });
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }
}
