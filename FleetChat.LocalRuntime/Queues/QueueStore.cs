using System.Text;
using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>A statement that claims messages: whose, and a number that this process gives once.</summary>
internal readonly record struct Claim(long Host, long Number);

/// <summary>
/// A claimed message. Its claim and its dequeue count fence it: whoever claims it again has others. The count alone would not
/// do, because a crash of Postgres may take back the last claims.
/// </summary>
internal sealed record ClaimedMessage(long Id, string Queue, string Body, int DequeueCount, DateTimeOffset InsertedAt, DateTimeOffset VisibleAt, Claim Claim)
{
    /// <summary>Of the span that stored it; empty if there was none.</summary>
    public string TraceParent { get; init; } = "";
}

/// <param name="BeginsAtOnce">This process has room for it, and stores it as claimed by itself.</param>
internal sealed record NewMessage(string Queue, string Body, bool BeginsAtOnce = false)
{
    public string? TraceParent { get; init; }
}

internal sealed record QueueDepth(string Queue, long Messages);

/// <summary>Messages in Postgres. All times here are the database's own.</summary>
internal sealed class QueueStore(LocalDatabase database)
{
    /// <summary>
    /// Long, because a process that dies is found out by its lost session lock within a second; this is for what even that misses.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private const string InsertSql = """
        with stored as (
            insert into localhost.queue_messages (queue, body, trace_parent, claimed_by, claim, dequeue_count, visible_at)
            select queue, body, trace_parent,
                case when at_once then $5::bigint end,
                case when at_once then $6::bigint end,
                case when at_once then 1 else 0 end,
                case when at_once then now() + $7 else now() end
            from unnest($1, $2, $3, $4) with ordinality as m (queue, body, trace_parent, at_once, position)
            order by position
            returning id, queue, body, claimed_by, dequeue_count, inserted_at, visible_at, trace_parent
        )
        select id, queue, body, dequeue_count, inserted_at, visible_at, trace_parent
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
    public async Task<List<ClaimedMessage>> InsertAsync(List<NewMessage> messages, Claim claim, string[] tellOthersOf, CancellationToken cancellation)
    {
        var insert = new NpgsqlBatchCommand(InsertSql);
        insert.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. messages.Select(m => m.Queue)] });
        insert.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. messages.Select(m => Encoding.UTF8.GetBytes(m.Body))] });
        insert.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. messages.Select(m => m.TraceParent)] });
        insert.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. messages.Select(m => m.BeginsAtOnce)] });
        insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claim.Host });
        insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claim.Number });
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
        var claimed = await ReadAsync(reader, claim, cancellation);

        // Rows come before the commit. Only behind the last result it is certain that they are stored.
        while (await reader.NextResultAsync(cancellation))
        {
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
            claim = $5,
            dequeue_count = q.dequeue_count + 1,
            visible_at = now() + $4
        from picked
        where q.id = picked.id
        returning q.id, q.queue, q.body, q.dequeue_count, q.inserted_at, q.visible_at, q.trace_parent
        """;

    public async Task<List<ClaimedMessage>> ClaimAsync(Claim claim, string[] queues, int[] most, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(ClaimSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claim.Host });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = queues });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = most });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Lease });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claim.Number });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await ReadAsync(reader, claim, cancellation);
    }

    private static async Task<List<ClaimedMessage>> ReadAsync(NpgsqlDataReader reader, Claim claim, CancellationToken cancellation)
    {
        var claimed = new List<ClaimedMessage>();
        while (await reader.ReadAsync(cancellation))
        {
            claimed.Add(new(
                reader.GetInt64(0),
                reader.GetString(1),
                Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(2)),
                reader.GetInt32(3),
                new(reader.GetDateTime(4), TimeSpan.Zero),
                new(reader.GetDateTime(5), TimeSpan.Zero),
                claim)
            {
                TraceParent = reader.IsDBNull(6) ? "" : reader.GetString(6),
            });
        }
        return claimed;
    }

    private const string ListHeldSql = """
        select id
        from localhost.queue_messages
        where claimed_by = $1
            and claim = $2
        """;

    /// <summary>Those of the claim that nobody has taken away.</summary>
    public async Task<HashSet<long>> ListHeldAsync(Claim claim, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(ListHeldSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claim.Host });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claim.Number });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var held = new HashSet<long>();
        while (await reader.ReadAsync(cancellation)) held.Add(reader.GetInt64(0));
        return held;
    }

    // In the statements below a claim that was put back still counts until somebody else has taken it: the work is done.
    private const string DeleteSql = """
        delete from localhost.queue_messages q
        using unnest($1, $2, $3) as d (id, dequeue_count, claim)
        where q.id = d.id
            and q.dequeue_count = d.dequeue_count
            and (q.claimed_by is null or (q.claimed_by = $4 and q.claim = d.claim))
        returning q.id
        """;

    /// <returns>The ids of those whose claim still held.</returns>
    public async Task<HashSet<long>> DeleteAsync(List<ClaimedMessage> messages, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(DeleteSql);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. messages.Select(m => m.Id)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. messages.Select(m => m.DequeueCount)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. messages.Select(m => m.Claim.Number)] });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = messages[0].Claim.Host });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var deleted = new HashSet<long>();
        while (await reader.ReadAsync(cancellation)) deleted.Add(reader.GetInt64(0));
        return deleted;
    }

    private const string ReleaseSql = """
        update localhost.queue_messages
        set claimed_by = null,
            visible_at = now() + $5
        where id = $1
            and dequeue_count = $2
            and (claimed_by is null or (claimed_by = $3 and claim = $4))
        """;

    /// <returns>False if the claim was lost to another one meanwhile.</returns>
    public async Task<bool> ReleaseAsync(ClaimedMessage message, TimeSpan hidden, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(ReleaseSql);
        AddFence(command, message);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = hidden });
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    private const string PoisonSql = """
        with taken as (
            delete from localhost.queue_messages
            where id = $1
                and dequeue_count = $2
                and (claimed_by is null or (claimed_by = $3 and claim = $4))
            returning queue, body, trace_parent
        )
        insert into localhost.queue_messages (queue, body, trace_parent)
        select queue || '-poison', body, trace_parent
        from taken
        """;

    /// <returns>False if the claim was lost to another one meanwhile.</returns>
    public async Task<bool> PoisonAsync(ClaimedMessage message, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(PoisonSql);
        AddFence(command, message);
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    private static void AddFence(NpgsqlCommand command, ClaimedMessage message)
    {
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = message.DequeueCount });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Claim.Host });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Claim.Number });
    }

    // A claim that is newer than the snapshot, or under way in it, may have been answered since: it is left alone this time.
    private const string ReconcileSql = """
        with mine as materialized (
            select m.id, m.dequeue_count, held.id is not null as held
            from localhost.queue_messages m
            left join unnest($2, $3) as held (id, dequeue_count)
                on held.id = m.id
                and held.dequeue_count = m.dequeue_count
            where m.claimed_by = $1
                and m.claim < $4
                and m.claim <> all ($5)
                and (held.id is null or m.visible_at < now() + $6 / 2)
        ),
        kept as (
            update localhost.queue_messages q
            set claimed_by = case when mine.held then q.claimed_by end,
                visible_at = case when mine.held then now() + $6 else now() end
            from mine
            where q.id = mine.id
                and q.dequeue_count = mine.dequeue_count
                and q.claimed_by = $1
            returning q.queue, mine.held
        )
        select distinct queue
        from kept
        where not held
        """;

    /// <summary>Renews what is held, and puts back what is claimed for the host and not held.</summary>
    /// <returns>The queues that got messages back.</returns>
    public async Task<List<string>> ReconcileAsync(long host, HeldSnapshot held, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(ReconcileSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = held.Ids });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = held.DequeueCounts });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = held.NextClaim });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = held.UnderWay });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Lease });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var queues = new List<string>();
        while (await reader.ReadAsync(cancellation)) queues.Add(reader.GetString(0));
        return queues;
    }

    private const string CountSql = """
        select served.queue, count(m.id)
        from unnest($1) as served (queue)
        left join localhost.queue_messages m on m.queue = served.queue
        group by served.queue
        """;

    public async Task<List<QueueDepth>> CountAsync(string[] queues, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(CountSql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. queues, .. queues.Select(q => q + "-poison")] });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var depths = new List<QueueDepth>();
        while (await reader.ReadAsync(cancellation)) depths.Add(new(reader.GetString(0), reader.GetInt64(1)));
        return depths;
    }
}
