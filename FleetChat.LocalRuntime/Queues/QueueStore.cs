using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>A claimed message. Its dequeue count fences the claim: whoever claims it again has a higher one.</summary>
internal sealed record ClaimedMessage(long Id, string Queue, string Body, int DequeueCount, DateTimeOffset InsertedAt, DateTimeOffset VisibleAt);

/// <summary>Messages in Postgres. All times here are the database's own.</summary>
internal sealed class QueueStore(LocalDatabase database)
{
    /// <summary>
    /// Long, because a process that dies is found out by its lost session lock within a second; this is for what even that misses.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private const string InsertSql = """
        with stored as (
            insert into localhost.queue_messages (queue, body)
            select queue, body
            from unnest($1, $2) with ordinality as m (queue, body, position)
            order by position
            returning queue
        )
        select pg_notify('localhost_queue', queue)
        from (select distinct queue from stored) queues
        where $3
        """;

    /// <param name="tellOthers">Wakes the other processes at once, for the price of a lock that makes such commits wait for each other.</param>
    public async Task InsertAsync(List<(string Queue, string Body)> messages, bool tellOthers, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(InsertSql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. messages.Select(m => m.Queue)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. messages.Select(m => m.Body)] });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = tellOthers });
        await command.ExecuteNonQueryAsync(cancellation);
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
        delete from localhost.queue_messages
        where id = $1
            and dequeue_count = $2
        """;

    /// <returns>False if the claim was lost to another one meanwhile.</returns>
    public async Task<bool> DeleteAsync(ClaimedMessage message, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(DeleteSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = message.DequeueCount });
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
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
