using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Commits turns: many instances' in one transaction and one round trip. The first statement moves each instance on if it is
/// still in the turn's hands, and locks it; all others write for those that it moved. The process' own row among the hosts is
/// locked too, so that nobody declares it dead while it writes down activities and children as its own.
/// </summary>
internal sealed class TurnWriter(LocalDatabase database)
{
    private const string MoveSql = """
        with me as (
            select id
            from localhost.hosts
            where id = $18
            for key share
        )
        update localhost.instances i
        set generation = t.to_generation,
            turns = t.to_turns,
            status = t.status,
            custom_status = t.custom_status,
            owner = case when t.keeps then i.owner end,
            output = case when t.has_outcome then t.output else i.output end,
            failure = case when t.has_outcome then t.failure else i.failure end,
            input = case when t.continues then t.input else i.input end,
            version = case when t.continues then coalesce(t.version, i.version) else i.version end,
            carried = t.carried,
            waits_for = t.waits_for,
            updated_at = $19,
            ended_at = case when t.status in (1, 3, 5) then $19 end
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) as t (
            key, token, generation, turns, to_generation, to_turns, status, custom_status, keeps,
            has_outcome, output, failure, continues, input, version, carried, waits_for)
        where i.key = t.key
            and i.owner = $18
            and i.token = t.token
            and i.generation = t.generation
            and i.turns = t.turns
            and exists (select from me)
        returning i.key, i.token
        """;

    private const string HistorySql = """
        insert into localhost.history (instance, generation, turn, events)
        select t.key, t.generation, t.turns, t.events
        from unnest($1, $2, $3, $4, $5) as t (key, token, generation, turns, events)
        join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        """;

    private const string ForgetSql = """
        with done as (
            select i.key, i.generation, i.status
            from unnest($1, $2, $3, $4) as t (key, token, generation, turns)
            join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        ),
        messages as (
            delete from localhost.inbox m
            using done d
            where m.instance = d.key
                and (d.status in (1, 3, 5) or m.generation < d.generation)
        ),
        activities as (
            delete from localhost.activities a
            using done d
            where a.instance = d.key
        )
        delete from localhost.history h
        using done d
        where h.instance = d.key
            and h.generation < d.generation
        """;

    private const string ConsumeSql = """
        delete from localhost.inbox m
        using unnest($1, $2, $3, $4, $5) as t (key, token, generation, turns, id)
        join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        where m.id = t.id
        """;

    private const string AnsweredSql = """
        delete from localhost.activities a
        using unnest($1, $2, $3, $4, $5) as t (key, token, generation, turns, task)
        join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        where a.instance = t.key
            and a.generation = t.generation
            and a.task = t.task
        """;

    private const string ActivitiesSql = """
        insert into localhost.activities (instance, generation, task, name, version, input, tags, trace_parent, owner, token)
        select t.key, t.generation, t.task, t.name, t.version, t.input, t.tags, t.trace_parent,
            case when t.begins then $12::bigint end,
            case when t.begins then $13::bigint else 0 end
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as t (
            key, token, generation, turns, task, name, version, input, tags, trace_parent, begins)
        join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        """;

    private const string TimersSql = """
        insert into localhost.inbox (instance, generation, visible_at, arrived_at, kind, task)
        select t.key, t.generation, t.due, t.due, 1, t.task
        from unnest($1, $2, $3, $4, $5, $6) as t (key, token, generation, turns, task, due)
        join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        """;

    private const string CancelTimersSql = """
        delete from localhost.inbox m
        using unnest($1, $2, $3, $4, $5) as t (key, token, generation, turns, task)
        join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        where m.instance = t.key
            and m.generation = t.generation
            and m.kind = 1
            and m.task = t.task
        """;

    private const string StartAnewSql = """
        insert into localhost.inbox (instance, visible_at, arrived_at, kind)
        select t.key, '-infinity', $5, 0
        from unnest($1, $2, $3, $4) as t (key, token, generation, turns)
        join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        """;

    private const string RepliesSql = """
        with sent as (
            insert into localhost.inbox (instance, generation, visible_at, arrived_at, kind, task, body)
            select t.parent, t.parent_generation, '-infinity', $9, 3, t.task, t.body
            from unnest($1, $2, $3, $4, $5, $6, $7, $8) as t (key, token, generation, turns, parent, parent_generation, task, body)
            join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
            join localhost.instances p on p.key = t.parent and p.generation = t.parent_generation and p.status in (0, 6, 7)
            returning instance
        )
        select p.key, p.owner
        from sent s
        join localhost.instances p on p.key = s.instance
        """;

    private const string EventsSql = """
        with sent as (
            insert into localhost.inbox (instance, visible_at, arrived_at, kind, body)
            select r.key, '-infinity', $8, 4, t.body
            from unnest($1, $2, $3, $4, $5, $6, $7) as t (key, token, generation, turns, receiver, body, position)
            join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
            join localhost.instances r on r.id = t.receiver and r.status in (0, 6, 7)
            order by t.position
            returning instance
        )
        select distinct r.key, r.owner
        from sent s
        join localhost.instances r on r.key = s.instance
        """;

    private const string TerminateChildrenSql = """
        with sent as (
            insert into localhost.inbox (instance, visible_at, arrived_at, kind, body)
            select c.key, '-infinity', $6, 5, t.body
            from unnest($1, $2, $3, $4, $5) as t (key, token, generation, turns, body)
            join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
            join localhost.instances c on c.parent_key = t.key and c.status in (0, 6, 7)
            returning instance
        )
        select c.key, c.owner
        from sent s
        join localhost.instances c on c.key = s.instance
        """;

    private const string ReplaceEndedSql = """
        with gone as (
            delete from localhost.instances old
            using unnest($1, $2, $3, $4, $5) as t (key, token, generation, turns, child)
            join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
            where old.id = t.child
                and old.status in (1, 3, 5)
            returning old.key
        )
        delete from localhost.history h
        using gone g
        where h.instance = g.key
        """;

    private const string ChildrenSql = """
        with wanted as (
            select t.*, i.id as parent_id, i.name as parent_name
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as t (
                key, token, generation, turns, task, child, name, version, input, tags, trace_parent, begins)
            join localhost.instances i on i.key = t.key and i.token = t.token and i.generation = t.generation and i.turns = t.turns
        ),
        born as (
            insert into localhost.instances (id, name, version, status, input, tags, parent_key, parent_generation, parent_task,
                parent_id, parent_name, trace_parent, created_at, updated_at, owner, token)
            select w.child, w.name, w.version, 6, w.input, w.tags, w.key, w.generation, w.task,
                w.parent_id, w.parent_name, w.trace_parent, $13, $13,
                case when w.begins then $14::bigint end,
                case when w.begins then $15::bigint else 0 end
            from wanted w
            on conflict (id) do nothing
            returning id, key, parent_key, parent_task
        ),
        started as (
            insert into localhost.inbox (instance, visible_at, arrived_at, kind)
            select b.key, '-infinity', $13, 0
            from born b
            returning id, instance
        ),
        refused as (
            insert into localhost.inbox (instance, generation, visible_at, arrived_at, kind, task, body)
            select w.key, w.generation, '-infinity', $13, 3, w.task, jsonb_build_object('k', 'child_failed', 'id', w.task, 'failure', jsonb_build_object(
                'type', 'DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException',
                'message', 'An orchestration with the instance id ''' || w.child || ''' already exists and has not ended.'))::text
            from wanted w
            where not exists (
                select
                from born b
                where b.parent_key = w.key
                    and b.parent_task = w.task
            )
        )
        select w.key, w.task, b.key, s.id
        from wanted w
        left join born b on b.parent_key = w.key and b.parent_task = w.task
        left join started s on s.instance = b.key
        """;

    /// <param name="claimToken">For the activities and children that begin in this process at once.</param>
    /// <param name="now">Business time.</param>
    public async Task<CommitOutcome> CommitAsync(long host, long claimToken, DateTimeOffset now, List<TurnCommit> turns, CancellationToken cancellation)
    {
        await using var batch = database.Turns.CreateBatch();
        AddMove(batch, host, now, turns);
        AddInbox(batch, now, turns);
        AddActivities(batch, host, claimToken, turns);
        var deliveries = AddDeliveries(batch, now, turns);
        var hasChildren = AddChildren(batch, host, claimToken, now, turns);

        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var outcome = new CommitOutcome([], [], []);
        while (await reader.ReadAsync(cancellation)) outcome.Committed.Add((reader.GetInt64(0), reader.GetInt64(1)));
        for (var i = 0; i < deliveries; i++)
        {
            await reader.NextResultAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) outcome.Delivered.Add(new(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1)));
        }
        if (!hasChildren) return outcome;
        await reader.NextResultAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            if (reader.IsDBNull(2)) outcome.Delivered.Add(new(reader.GetInt64(0), host));
            else outcome.Children.Add(new(reader.GetInt64(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetInt64(3)));
        }
        return outcome;
    }

    private static void AddMove(NpgsqlBatch batch, long host, DateTimeOffset now, List<TurnCommit> turns)
    {
        var move = Add(batch, MoveSql);
        Values(move, turns, t => t.Key);
        Values(move, turns, t => t.Token);
        Values(move, turns, t => t.From.Generation);
        Values(move, turns, t => t.From.Turns);
        Values(move, turns, t => t.To.Generation);
        Values(move, turns, t => t.To.Turns);
        Values(move, turns, t => t.Status);
        Values(move, turns, t => t.CustomStatus);
        Values(move, turns, t => t.Keeps);
        Values(move, turns, t => t.Outcome is not null);
        Values(move, turns, t => t.Outcome?.Output);
        Values(move, turns, t => t.Outcome?.Failure);
        Values(move, turns, t => t.Continuation is not null);
        Values(move, turns, t => t.Continuation?.Input);
        Values(move, turns, t => t.Continuation?.Version);
        Values(move, turns, t => t.Continuation?.Carried);
        Values(move, turns, t => t.WaitsFor);
        move.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        Moment(move, now);

        var written = turns.FindAll(t => t.Events is not null);
        if (written.Count > 0) Values(Fenced(batch, HistorySql, written, t => t), written, t => t.Events);
        var over = turns.FindAll(t => t.IsEnded || t.Continuation is not null);
        if (over.Count > 0) Fenced(batch, ForgetSql, over, t => t);
    }

    private static void AddInbox(NpgsqlBatch batch, DateTimeOffset now, List<TurnCommit> turns)
    {
        var consumed = Each(turns, t => t.IsEnded ? [] : t.Consumed);
        if (consumed.Count > 0) Values(Fenced(batch, ConsumeSql, consumed, c => c.Turn), consumed, c => c.Item);
        var timers = Each(turns, t => t.Timers);
        if (timers.Count > 0)
        {
            var command = Fenced(batch, TimersSql, timers, t => t.Turn);
            Values(command, timers, t => t.Item.Task);
            Values(command, timers, t => t.Item.Due);
        }
        var cancelled = Each(turns, t => t.IsEnded ? [] : t.CancelledTimers);
        if (cancelled.Count > 0) Values(Fenced(batch, CancelTimersSql, cancelled, c => c.Turn), cancelled, c => c.Item);
        var anew = turns.FindAll(t => t.Continuation is not null);
        if (anew.Count > 0) Moment(Fenced(batch, StartAnewSql, anew, t => t), now);
    }

    private static void AddActivities(NpgsqlBatch batch, long host, long claimToken, List<TurnCommit> turns)
    {
        var answered = Each(turns, t => t.IsEnded || t.Continuation is not null ? [] : t.Answered);
        if (answered.Count > 0) Values(Fenced(batch, AnsweredSql, answered, a => a.Turn), answered, a => a.Item);
        var activities = Each(turns, t => t.Activities);
        if (activities.Count == 0) return;
        var command = Fenced(batch, ActivitiesSql, activities, a => a.Turn);
        Values(command, activities, a => a.Item.Task);
        Values(command, activities, a => a.Item.Name);
        Values(command, activities, a => a.Item.Version);
        Values(command, activities, a => a.Item.Input);
        Values(command, activities, a => HistoryJson.Write(a.Item.Tags));
        Values(command, activities, a => a.Item.TraceParent);
        Values(command, activities, a => a.Item.Begins);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claimToken });
    }

    /// <returns>How many result sets of deliveries there will be.</returns>
    private static int AddDeliveries(NpgsqlBatch batch, DateTimeOffset now, List<TurnCommit> turns)
    {
        var sets = 0;
        var replies = turns.FindAll(t => t.Reply is not null);
        if (replies.Count > 0)
        {
            var command = Fenced(batch, RepliesSql, replies, t => t);
            Values(command, replies, t => t.Reply!.Value.Key);
            Values(command, replies, t => t.Reply!.Value.Generation);
            Values(command, replies, t => t.Reply!.Value.Task);
            Values(command, replies, t => t.Reply!.Value.Body);
            Moment(command, now);
            sets++;
        }
        var events = Each(turns, t => t.SentEvents);
        if (events.Count > 0)
        {
            var command = Fenced(batch, EventsSql, events, e => e.Turn);
            Values(command, events, e => e.Item.Instance);
            Values(command, events, e => e.Item.Body);
            command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. Enumerable.Range(0, events.Count)] });
            Moment(command, now);
            sets++;
        }
        var terminating = turns.FindAll(t => t.TerminatesChildren is not null);
        if (terminating.Count > 0)
        {
            var command = Fenced(batch, TerminateChildrenSql, terminating, t => t);
            Values(command, terminating, t => t.TerminatesChildren);
            Moment(command, now);
            sets++;
        }
        return sets;
    }

    private static bool AddChildren(NpgsqlBatch batch, long host, long claimToken, DateTimeOffset now, List<TurnCommit> turns)
    {
        var children = Each(turns, t => t.Children);
        if (children.Count == 0) return false;
        Values(Fenced(batch, ReplaceEndedSql, children, c => c.Turn), children, c => c.Item.Info.Id);
        var command = Fenced(batch, ChildrenSql, children, c => c.Turn);
        Values(command, children, c => c.Item.Task);
        Values(command, children, c => c.Item.Info.Id);
        Values(command, children, c => c.Item.Info.Name);
        Values(command, children, c => c.Item.Info.Version);
        Values(command, children, c => c.Item.Info.Input);
        Values(command, children, c => HistoryJson.Write(c.Item.Info.Tags));
        Values(command, children, c => c.Item.TraceParent);
        Values(command, children, c => c.Item.Begins);
        Moment(command, now);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claimToken });
        return true;
    }

    /// <summary>A statement whose first parameters say which turns it belongs to, and where these lead.</summary>
    private static NpgsqlBatchCommand Fenced<T>(NpgsqlBatch batch, string sql, List<T> rows, Func<T, TurnCommit> turnOf)
    {
        var command = Add(batch, sql);
        Values(command, rows, r => turnOf(r).Key);
        Values(command, rows, r => turnOf(r).Token);
        Values(command, rows, r => turnOf(r).To.Generation);
        Values(command, rows, r => turnOf(r).To.Turns);
        return command;
    }

    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    private static void Values<T, TValue>(NpgsqlBatchCommand command, List<T> rows, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(rows[i]);
        command.Parameters.Add(new NpgsqlParameter<TValue[]> { TypedValue = values });
    }

    private static void Moment(NpgsqlBatchCommand command, DateTimeOffset moment)
        => command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = moment.UtcDateTime });

    private static List<(TurnCommit Turn, T Item)> Each<T>(List<TurnCommit> turns, Func<TurnCommit, IReadOnlyList<T>> items)
    {
        var all = new List<(TurnCommit, T)>();
        foreach (var turn in turns)
            foreach (var item in items(turn)) all.Add((turn, item));
        return all;
    }
}
