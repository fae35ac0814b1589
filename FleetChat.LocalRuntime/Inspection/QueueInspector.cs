using Npgsql;

namespace FleetChat.LocalRuntime;

/// <summary>A queue at this moment.</summary>
/// <param name="Waiting">That could be taken at once.</param>
/// <param name="Hidden">That failed, and wait for their next try.</param>
/// <param name="Claimed">That a process works on.</param>
/// <param name="ClaimedByDead">Of the claimed ones: by processes that are gone.</param>
/// <param name="OldestAge">Of those that are not poison; null if there are none.</param>
/// <param name="Poison">That failed too often and went to the queue's poison queue.</param>
/// <param name="IsServed">A living process takes its messages.</param>
public sealed record QueueState(
    string Queue, long Waiting, long Hidden, long Claimed, long ClaimedByDead, TimeSpan? OldestAge, long Poison, bool IsServed);

/// <summary>Looks at the queues of a database, from any process.</summary>
public sealed class QueueInspector(NpgsqlDataSource database)
{
    private const string ListSql = """
        with living as materialized (
            select id, queues
            from localhost.living_hosts
        ),
        messages as materialized (
            select regexp_replace(queue, '-poison$', '') as queue,
                queue like '%-poison' as is_poison,
                inserted_at, visible_at, claimed_by
            from localhost.queue_messages
        ),
        names as (
            select queue from messages
            union
            select unnest(queues) from living
            union
            select unnest($1)
        )
        select n.queue,
            count(m.queue) filter (where not m.is_poison and m.claimed_by is null and m.visible_at <= now()),
            count(m.queue) filter (where not m.is_poison and m.claimed_by is null and m.visible_at > now()),
            count(m.queue) filter (where not m.is_poison and m.claimed_by is not null),
            count(m.queue) filter (where not m.is_poison and m.claimed_by is not null and m.claimed_by not in (select id from living)),
            now() - min(m.inserted_at) filter (where not m.is_poison),
            count(m.queue) filter (where m.is_poison),
            exists (select from living l where n.queue = any (l.queues))
        from names n
        left join messages m on m.queue = n.queue
        group by n.queue
        order by n.queue
        """;

    /// <param name="known">Queues to be listed even if they are empty and nobody serves them.</param>
    public async Task<IReadOnlyList<QueueState>> ListAsync(IEnumerable<string> known, CancellationToken cancellation)
        => await database.ListAsync(ListSql, Read, cancellation, new NpgsqlParameter<string[]> { TypedValue = [.. known] });

    private static QueueState Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4),
        row.IsDBNull(5) ? null : row.GetTimeSpan(5), row.GetInt64(6), row.GetBoolean(7));
}
