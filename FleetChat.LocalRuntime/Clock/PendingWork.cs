using Npgsql;

namespace FleetChat.LocalRuntime.Clock;

internal static class PendingWork
{
    private const string ExistsSql = """
        select exists (
            select
            from localhost.queue_messages m
            where m.claimed_by is not null
                and m.queue not like '%-poison'
        )
        or exists (
            select
            from (select distinct unnest(h.queues) as queue from localhost.living_hosts h) served
            cross join lateral (
                select
                from localhost.queue_messages m
                where m.queue = served.queue
                    and m.visible_at <= now()
                limit 1
            ) waiting
            where served.queue not like '%-poison'
        )
        or exists (
            select
            from localhost.timers t
            where t.next_due <= $1
                or t.running_host is not null
        )
        or exists (
            select
            from localhost.inbox m
            where m.visible_at <= $1
        )
        or exists (
            select
            from localhost.activities
        )
        """;

    /// <summary>Messages that somebody could or does work on, and timers that are due or run; orchestrations with something to take in, and their activities.</summary>
    public static async Task<bool> ExistsAsync(NpgsqlDataSource database, DateTimeOffset businessNow, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(ExistsSql);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = businessNow.UtcDateTime });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
