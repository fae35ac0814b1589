using FleetChat.LocalRuntime.Hosting;
using Microsoft.DurableTask;
using Npgsql;
using NpgsqlTypes;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Taking work. A claim writes the process and a token that no other claim has; whoever writes later shows both. A process
/// whose row among the hosts is gone, because it seemed dead, claims nothing before it is known again: nobody would ever take
/// such a claim back.
/// </summary>
internal sealed class Claims(LocalDatabase database)
{
    private const string InstancesSql = """
        with me as (
            select id
            from localhost.hosts
            where id = $1
            for key share
        ),
        due as materialized (
            select i.key
            from localhost.inbox m
            join localhost.instances i on i.key = m.instance
            where m.visible_at <= $2
                and i.owner is null
                and i.status in (0, 6, 7)
                and i.key <> all ($5)
                and ($6::text[] is null or lower(i.name) = any ($6))
            order by m.visible_at, m.id
            limit $3
            for no key update of i skip locked
        )
        update localhost.instances i
        set owner = $1,
            token = $4
        from due
        where i.key = due.key
            and exists (select from me)
        returning i.id, i.key, i.generation, i.turns, i.status, i.name, i.version, i.input, i.tags, i.parent_key, i.parent_generation,
            i.parent_task, i.parent_id, i.parent_name, i.trace_parent, i.carried, i.created_at
        """;

    private const string NextDueSql = """
        select min(visible_at)
        from localhost.inbox
        where visible_at > $1
        """;

    private const string DueHereSql = """
        select distinct m.instance
        from localhost.inbox m
        where m.instance = any ($1)
            and m.visible_at <= $2
            and m.visible_at > '-infinity'
        """;

    /// <param name="now">Business time: what is visible by then.</param>
    /// <param name="refused">Keys that this process does not take.</param>
    /// <param name="names">In lower case; null takes all.</param>
    /// <param name="held">Keys that it holds already, and whose timers may be due.</param>
    public async Task<InstanceClaim> ClaimInstancesAsync(
        long host, long token, DateTimeOffset now, int most, long[] refused, string[]? names, long[] held, CancellationToken cancellation)
    {
        await using var batch = database.Relaxed.CreateBatch();
        var claim = Add(batch, InstancesSql);
        claim.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        claim.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        claim.Parameters.Add(new NpgsqlParameter<int> { TypedValue = most });
        claim.Parameters.Add(new NpgsqlParameter<long> { TypedValue = token });
        claim.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = refused });
        claim.Parameters.Add(NamesParameter(names));
        Add(batch, NextDueSql).Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        var here = Add(batch, DueHereSql);
        here.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = held });
        here.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var claimed = new List<ClaimedInstance>();
        while (await reader.ReadAsync(cancellation)) claimed.Add(ReadInstance(reader, token));
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        DateTimeOffset? next = reader.IsDBNull(0) ? null : new(reader.GetDateTime(0), TimeSpan.Zero);
        await reader.NextResultAsync(cancellation);
        var dueHere = new List<long>();
        while (await reader.ReadAsync(cancellation)) dueHere.Add(reader.GetInt64(0));
        return new(claimed, next, dueHere);
    }

    private static ClaimedInstance ReadInstance(NpgsqlDataReader reader, long token) => new()
    {
        Key = reader.GetInt64(1),
        Token = token,
        Generation = reader.GetInt32(2),
        Turns = reader.GetInt32(3),
        Status = reader.GetInt16(4),
        Info = new(reader.GetString(0), reader.GetString(5), Text(reader, 6), Text(reader, 7))
        {
            Tags = HistoryJson.ReadTags(Text(reader, 8)),
            Parent = Text(reader, 12) is { } parent ? new ParentOrchestrationInstance(reader.GetString(13), parent) : null,
        },
        ParentKey = reader.IsDBNull(9) ? null : reader.GetInt64(9),
        ParentGeneration = reader.IsDBNull(10) ? null : reader.GetInt32(10),
        ParentTask = reader.IsDBNull(11) ? null : reader.GetInt32(11),
        TraceParent = Text(reader, 14),
        Carried = Text(reader, 15),
        CreatedAt = new(reader.GetDateTime(16), TimeSpan.Zero),
    };

    private const string InboxSql = """
        select id, instance, generation, arrived_at, kind, task, body
        from localhost.inbox
        where instance = any ($1)
            and visible_at <= $2
        order by instance, id
        """;

    private const string HistoriesSql = """
        select h.instance, h.events
        from unnest($1, $2) as wanted (instance, generation)
        join localhost.history h on h.instance = wanted.instance and h.generation = wanted.generation
        order by h.instance, h.turn
        """;

    /// <param name="instances">Whose messages are wanted.</param>
    /// <param name="histories">Whose histories are not in memory; their events come out with the turns one after the other.</param>
    public async Task<(List<InboxMessage> Messages, Dictionary<long, List<HistoryEvent>> Histories)> ReadAsync(
        long[] instances, List<ClaimedInstance> histories, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var batch = database.Relaxed.CreateBatch();
        var inbox = new NpgsqlBatchCommand(InboxSql);
        inbox.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = instances });
        inbox.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        batch.BatchCommands.Add(inbox);
        if (histories.Count > 0)
        {
            var history = new NpgsqlBatchCommand(HistoriesSql);
            history.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. histories.Select(h => h.Key)] });
            history.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. histories.Select(h => h.Generation)] });
            batch.BatchCommands.Add(history);
        }
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var messages = new List<InboxMessage>();
        while (await reader.ReadAsync(cancellation))
        {
            messages.Add(new(
                reader.GetInt64(0),
                reader.GetInt64(1),
                reader.IsDBNull(2) ? null : reader.GetInt32(2),
                new(reader.GetDateTime(3), TimeSpan.Zero),
                (MessageKind)reader.GetInt16(4),
                reader.IsDBNull(5) ? null : reader.GetInt32(5),
                Text(reader, 6)));
        }
        var events = new Dictionary<long, List<HistoryEvent>>();
        if (histories.Count == 0 || !await reader.NextResultAsync(cancellation)) return (messages, events);
        while (await reader.ReadAsync(cancellation))
        {
            var key = reader.GetInt64(0);
            if (!events.TryGetValue(key, out var sofar)) events[key] = sofar = [];
            sofar.AddRange(HistoryJson.ReadEvents(reader.GetString(1)));
        }
        return (messages, events);
    }

    private const string ActivitiesSql = """
        with me as (
            select id
            from localhost.hosts
            where id = $1
            for key share
        ),
        picked as materialized (
            select a.instance, a.generation, a.task
            from localhost.activities a
            where a.owner is null
                and ($4::text[] is null or lower(a.name) = any ($4))
            order by a.id
            limit $3
            for update skip locked
        )
        update localhost.activities a
        set owner = $1,
            token = $2
        from picked p
        join localhost.instances i on i.key = p.instance
        where a.instance = p.instance
            and a.generation = p.generation
            and a.task = p.task
            and exists (select from me)
        returning a.instance, a.generation, a.task, i.id, a.name, a.version, a.input, a.tags, a.trace_parent
        """;

    public async Task<List<ClaimedActivity>> ClaimActivitiesAsync(long host, long token, int most, string[]? names, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(ActivitiesSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = token });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = most });
        command.Parameters.Add(NamesParameter(names));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var claimed = new List<ClaimedActivity>();
        while (await reader.ReadAsync(cancellation))
        {
            claimed.Add(new(
                new(reader.GetInt64(0), reader.GetInt32(1), reader.GetInt32(2)),
                token,
                reader.GetString(3),
                reader.GetString(4),
                Text(reader, 5),
                Text(reader, 6))
            {
                Tags = HistoryJson.ReadTags(Text(reader, 7)),
                TraceParent = Text(reader, 8),
            });
        }
        return claimed;
    }

    private const string ReleaseSql = """
        update localhost.instances
        set owner = null
        where owner = $1
            and token = any ($2)
        """;

    private const string ReleaseActivitiesSql = """
        update localhost.activities
        set owner = null
        where owner = $1
            and token = any ($2)
        """;

    /// <summary>Gives back whatever these tokens hold: after an error nobody knows whether a claim took place. It reads whole tables, and is rare.</summary>
    public async Task ReleaseAsync(long host, long[] instanceTokens, long[] activityTokens, CancellationToken cancellation)
    {
        await using var batch = database.Durable.CreateBatch();
        var instances = Add(batch, ReleaseSql);
        instances.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        instances.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = instanceTokens });
        var activities = Add(batch, ReleaseActivitiesSql);
        activities.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        activities.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = activityTokens });
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private const string ReleaseOneByOneSql = """
        update localhost.instances i
        set owner = null
        from unnest($2, $3) as held (key, token)
        where i.key = held.key
            and i.token = held.token
            and i.owner = $1
        """;

    /// <summary>Gives back instances that nothing happens to for now. Durably: what a crash of Postgres took back, nobody would give back again.</summary>
    public async Task ReleaseAsync(long host, List<(long Key, long Token)> held, CancellationToken cancellation)
    {
        await using var command = database.Turns.CreateCommand(ReleaseOneByOneSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. held.Select(h => h.Key)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. held.Select(h => h.Token)] });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string ReleaseActivitiesOneByOneSql = """
        update localhost.activities a
        set owner = null
        from unnest($2, $3, $4, $5) as held (instance, generation, task, token)
        where a.instance = held.instance
            and a.generation = held.generation
            and a.task = held.task
            and a.token = held.token
            and a.owner = $1
        """;

    /// <summary>Gives back activities that have no answer.</summary>
    public async Task ReleaseAsync(long host, List<ClaimedActivity> held, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(ReleaseActivitiesOneByOneSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. held.Select(a => a.Key.Instance)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. held.Select(a => a.Key.Generation)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. held.Select(a => a.Key.Task)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. held.Select(a => a.Token)] });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string ReleaseAllSql = """
        with instances as (
            update localhost.instances
            set owner = null
            where owner = $1
        )
        update localhost.activities
        set owner = null
        where owner = $1
        """;

    /// <summary>At an orderly end.</summary>
    public async Task ReleaseAllAsync(long host, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(ReleaseAllSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string SweepSql = """
        delete from localhost.inbox m
        where m.visible_at <= $1
            and not exists (
                select
                from localhost.instances i
                where i.key = m.instance
                    and i.status in (0, 6, 7)
            )
        """;

    /// <summary>Removes messages whose receiver ended or is gone, which come about when both happen at once.</summary>
    public async Task SweepAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var command = database.Relaxed.CreateCommand(SweepSql);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    private static NpgsqlParameter NamesParameter(string[]? names)
        => new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = names is null ? DBNull.Value : names };

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
