using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>A claimed message. Its dequeue count fences the claim: whoever claims it again has a higher one.</summary>
internal sealed record ClaimedMessage(long Id, string Queue, string Body, int DequeueCount, DateTimeOffset InsertedAt, DateTimeOffset VisibleAt);

/// <param name="BeginsAtOnce">This process has room for it, and stores it as claimed by itself.</param>
internal sealed record NewMessage(string Queue, string Body, bool BeginsAtOnce = false);

/// <summary>Messages in Postgres. All times here are the database's own.</summary>
internal sealed class QueueStore(LocalDatabase database)
{
    /// <summary>
    /// Long, because a process that dies is found out by its lost session lock within a second; this is for what even that misses.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private const string InsertSql = """
        with stored as (
            insert into localhost.queue_messages (queue, body, claimed_by, dequeue_count, visible_at)
            select queue, body,
                case when at_once then $4::bigint end,
                case when at_once then 1 else 0 end,
                case when at_once then now() + $5 else now() end
            from unnest($1, $2, $3) with ordinality as m (queue, body, at_once, position)
            order by position
            returning id, queue, body, claimed_by, inserted_at, visible_at
        )
        select id, queue, body, inserted_at, visible_at
        from stored
        where claimed_by is not null
        """;

    private const string TellSql = """
        select pg_notify('localhost_queue', queue)
        from unnest($1) as waiting (queue)
        """;

    /// <summary>Stores all of them or none.</summary>
    /// <param name="tellOthersOf">Queues that wait for other processes. Telling takes a lock that makes such commits wait for each other.</param>
    /// <returns>Those that begin at once, claimed for the host.</returns>
    public async Task<List<ClaimedMessage>> InsertAsync(List<NewMessage> messages, long host, string[] tellOthersOf, CancellationToken cancellation)
    {
        var insert = new NpgsqlBatchCommand(InsertSql);
        insert.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. messages.Select(m => m.Queue)] });
        insert.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. messages.Select(m => m.Body)] });
        insert.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. messages.Select(m => m.BeginsAtOnce)] });
        insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        insert.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Lease });
        await using var batch = database.Durable.CreateBatch();
        batch.BatchCommands.Add(insert);
        if (tellOthersOf.Length > 0)
        {
            var tell = new NpgsqlBatchCommand(TellSql);
            tell.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = tellOthersOf });
            batch.BatchCommands.Add(tell);
        }
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var claimed = new List<ClaimedMessage>();
        while (await reader.ReadAsync(cancellation))
        {
            claimed.Add(new(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetString(2),
                DequeueCount: 1,
                new(reader.GetDateTime(3), TimeSpan.Zero),
                new(reader.GetDateTime(4), TimeSpan.Zero)));
        }
        return claimed;
    }

    private const string ClaimSql = """
        with wanted as (
            select queue, most
            from unnest($2, $3) as w (queue, most)
        ),
        picked as materialized (
            select m.id
            from wanted w
            cross join lateral (
                select id
                from localhost.queue_messages
                where queue = w.queue
                    and visible_at <= now()
                order by visible_at, id
                limit w.most
                for update skip locked
            ) m
        )
        update localhost.queue_messages q
        set claimed_by = $1,
            dequeue_count = q.dequeue_count + 1,
            visible_at = now() + $4
        from picked
        where q.id = picked.id
        returning q.id, q.queue, q.body, q.dequeue_count, q.inserted_at, q.visible_at
        """;

    public async Task<List<ClaimedMessage>> ClaimAsync(long host, string[] queues, int[] most, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(ClaimSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = queues });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = most });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Lease });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var claimed = new List<ClaimedMessage>();
        while (await reader.ReadAsync(cancellation))
        {
            claimed.Add(new(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetInt32(3),
                new(reader.GetDateTime(4), TimeSpan.Zero),
                new(reader.GetDateTime(5), TimeSpan.Zero)));
        }
        return claimed;
    }

    private const string DeleteSql = """
        delete from localhost.queue_messages q
        using unnest($1, $2) as d (id, dequeue_count)
        where q.id = d.id
            and q.dequeue_count = d.dequeue_count
        returning q.id
        """;

    /// <returns>The ids of those whose claim still held.</returns>
    public async Task<HashSet<long>> DeleteAsync(long[] ids, int[] dequeueCounts, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(DeleteSql);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = ids });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = dequeueCounts });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var deleted = new HashSet<long>();
        while (await reader.ReadAsync(cancellation)) deleted.Add(reader.GetInt64(0));
        return deleted;
    }

    private const string ReleaseSql = """
        update localhost.queue_messages
        set claimed_by = null,
            visible_at = now() + $3
        where id = $1
            and dequeue_count = $2
        """;

    public async Task ReleaseAsync(ClaimedMessage message, TimeSpan hidden, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(ReleaseSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = message.DequeueCount });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = hidden });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string PoisonSql = """
        with taken as (
            delete from localhost.queue_messages
            where id = $1
                and dequeue_count = $2
            returning queue, body
        )
        insert into localhost.queue_messages (queue, body)
        select queue || '-poison', body
        from taken
        """;

    public async Task PoisonAsync(ClaimedMessage message, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(PoisonSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = message.DequeueCount });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string RenewSql = """
        update localhost.queue_messages
        set visible_at = now() + $2
        where claimed_by = $1
        """;

    public async Task RenewAsync(long host, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(RenewSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Lease });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
