using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Durable;

/// <param name="StartAt">Business time; null: at once.</param>
/// <param name="Replaceable">Bits of the statuses (1 &lt;&lt; status) in which an instance of the same id gives way.</param>
/// <param name="Begins">This process has room for it and claims it as it is stored.</param>
internal sealed record NewInstance(OrchestrationInfo Info, DateTimeOffset? StartAt, int Replaceable, bool Begins)
{
    public string? TraceParent { get; init; }
}

/// <param name="Key">Null if an instance of this id is in the way.</param>
internal readonly record struct CreatedInstance(long? Key, long StartMessage, bool Begins);

internal sealed record NewMessage(string InstanceId, MessageKind Kind, HistoryEvent Event);

/// <param name="Status">Null if there is no such instance; an ended one gets no message.</param>
internal readonly record struct MessageReceipt(long Instance, short? Status, long? Owner);

internal sealed record StoredInstance
{
    public required OrchestrationInfo Info { get; init; }

    public required long Key { get; init; }

    public required short Status { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public string? Output { get; init; }

    public TaskFailure? Failure { get; init; }

    public string? CustomStatus { get; init; }
}

internal sealed record InstanceFilter
{
    public DateTimeOffset? CreatedFrom { get; init; }

    public DateTimeOffset? CreatedTo { get; init; }

    public DateTimeOffset? EndedFrom { get; init; }

    public DateTimeOffset? EndedTo { get; init; }

    public short[]? Statuses { get; init; }

    public string? Prefix { get; init; }
}

/// <summary>Instances as clients see them. Moments are business time.</summary>
internal sealed class InstanceStore(LocalDatabase database)
{
    private const string MakeRoomSql = """
        with gone as (
            delete from localhost.instances old
            using unnest($1, $2) as t (id, replaceable)
            where old.id = t.id
                and (1 << old.status) & t.replaceable <> 0
            returning old.key
        ),
        messages as (
            delete from localhost.inbox m
            using gone g
            where m.instance = g.key
        ),
        activities as (
            delete from localhost.activities a
            using gone g
            where a.instance = g.key
        )
        delete from localhost.history h
        using gone g
        where h.instance = g.key
        """;

    private const string CreateSql = """
        with me as (
            select id
            from localhost.hosts
            where id = $9
            for key share
        ),
        wanted as (
            select *
            from unnest($1, $2, $3, $4, $5, $6, $7, $8) as t (id, name, version, input, tags, trace_parent, start_at, begins)
        ),
        born as (
            insert into localhost.instances (id, name, version, status, input, tags, trace_parent, created_at, updated_at, owner, token)
            select w.id, w.name, w.version, 6, w.input, w.tags, w.trace_parent, $11, $11,
                case when w.begins then (select id from me) end,
                case when w.begins then $10::bigint else 0 end
            from wanted w
            on conflict (id) do nothing
            returning id, key, owner
        ),
        started as (
            insert into localhost.inbox (instance, visible_at, arrived_at, kind)
            select b.key, coalesce(w.start_at, '-infinity'), $11, 0
            from born b
            join wanted w on w.id = b.id
            returning id, instance
        )
        select w.id, b.key, s.id, b.owner is not null
        from wanted w
        left join born b on b.id = w.id
        left join started s on s.instance = b.key
        """;

    /// <param name="host">0 for a process that runs no orchestrations.</param>
    /// <param name="instances">No id twice.</param>
    public async Task<Dictionary<string, CreatedInstance>> CreateAsync(
        long host, long claimToken, DateTimeOffset now, List<NewInstance> instances, CancellationToken cancellation)
    {
        var room = new NpgsqlBatchCommand(MakeRoomSql);
        room.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. instances.Select(i => i.Info.Id)] });
        room.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. instances.Select(i => i.Replaceable)] });
        var create = new NpgsqlBatchCommand(CreateSql);
        create.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. instances.Select(i => i.Info.Id)] });
        create.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. instances.Select(i => i.Info.Name)] });
        create.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. instances.Select(i => i.Info.Version)] });
        create.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. instances.Select(i => i.Info.Input)] });
        create.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. instances.Select(i => HistoryJson.Write(i.Info.Tags))] });
        create.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. instances.Select(i => i.TraceParent)] });
        create.Parameters.Add(new NpgsqlParameter<DateTime?[]> { TypedValue = [.. instances.Select(i => i.StartAt?.UtcDateTime)] });
        create.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. instances.Select(i => i.Begins)] });
        create.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        create.Parameters.Add(new NpgsqlParameter<long> { TypedValue = claimToken });
        create.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        await using var batch = database.Turns.CreateBatch();
        batch.BatchCommands.Add(room);
        batch.BatchCommands.Add(create);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var created = new Dictionary<string, CreatedInstance>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation))
        {
            created[reader.GetString(0)] = reader.IsDBNull(1)
                ? default
                : new(reader.GetInt64(1), reader.GetInt64(2), reader.GetBoolean(3));
        }
        return created;
    }

    private const string SendSql = """
        with wanted as (
            select *
            from unnest($1, $2, $3, $4, $6) as t (id, kind, body, position, waits)
        ),
        sent as (
            insert into localhost.inbox (instance, visible_at, arrived_at, kind, body)
            select i.key, case when w.waits then coalesce(s.visible_at, '-infinity') else '-infinity' end, $5, w.kind, w.body
            from wanted w
            join localhost.instances i on i.id = w.id and i.status in (0, 6, 7)
            left join localhost.inbox s on i.status = 6 and s.instance = i.key and s.kind = 0
            order by w.position
        )
        select w.position, i.key, i.status, i.owner
        from wanted w
        left join localhost.instances i on i.id = w.id
        """;

    /// <summary>In their order. Whoever waits for a later start gets them with it, but for his termination.</summary>
    public async Task<MessageReceipt[]> SendAsync(DateTimeOffset now, List<NewMessage> messages, CancellationToken cancellation)
    {
        await using var command = database.Turns.CreateCommand(SendSql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. messages.Select(m => m.InstanceId)] });
        command.Parameters.Add(new NpgsqlParameter<short[]> { TypedValue = [.. messages.Select(m => (short)m.Kind)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. messages.Select(m => HistoryJson.Write(m.Event))] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. Enumerable.Range(0, messages.Count)] });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. messages.Select(m => m.Event.Kind != EventKind.Terminated)] });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var receipts = new MessageReceipt[messages.Count];
        while (await reader.ReadAsync(cancellation))
        {
            receipts[reader.GetInt32(0)] = reader.IsDBNull(1)
                ? default
                : new(reader.GetInt64(1), reader.GetInt16(2), reader.IsDBNull(3) ? null : reader.GetInt64(3));
        }
        return receipts;
    }

    private const string FindSql = """
        select i.id, i.name, i.version, i.tags, i.key, i.status, i.created_at, i.updated_at, i.failure,
            case when $2 then i.input end,
            case when $2 then i.output end,
            case when $2 then i.custom_status end
        from localhost.instances i
        where i.id = $1
        """;

    public async Task<StoredInstance?> FindAsync(string id, bool withData, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(FindSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = withData });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Read(reader) : null;
    }

    private const string StatusesSql = """
        select i.id, i.status
        from localhost.instances i
        where i.id = any ($1)
        """;

    /// <summary>Of many at once, for those who wait.</summary>
    public async Task<Dictionary<string, short>> StatusesAsync(string[] ids, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(StatusesSql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ids });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var statuses = new Dictionary<string, short>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation)) statuses[reader.GetString(0)] = reader.GetInt16(1);
        return statuses;
    }

    private const string ListSql = """
        select i.id, i.name, i.version, i.tags, i.key, i.status, i.created_at, i.updated_at, i.failure,
            case when $9 then i.input end,
            case when $9 then i.output end,
            case when $9 then i.custom_status end
        from localhost.instances i
        where i.id > $1
            and i.id >= $2
            and starts_with(i.id, $2)
            and ($3::timestamptz is null or i.created_at >= $3)
            and ($4::timestamptz is null or i.created_at <= $4)
            and ($5::timestamptz is null or i.ended_at >= $5)
            and ($6::timestamptz is null or i.ended_at <= $6)
            and ($7::smallint[] is null or i.status = any ($7))
        order by i.id
        limit $8
        """;

    /// <summary>By id.</summary>
    /// <param name="after">The last id of the page before.</param>
    public async Task<List<StoredInstance>> ListAsync(InstanceFilter filter, string after, int most, bool withData, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(ListSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = filter.Prefix ?? "" });
        foreach (var moment in new[] { filter.CreatedFrom, filter.CreatedTo, filter.EndedFrom, filter.EndedTo })
            command.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = moment?.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<short[]?> { TypedValue = filter.Statuses });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = most });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = withData });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var found = new List<StoredInstance>();
        while (await reader.ReadAsync(cancellation)) found.Add(Read(reader));
        return found;
    }

    private const string PurgeSql = """
        with recursive tree as (
            select i.key
            from localhost.instances i
            where i.id = any ($1)
                and i.status in (1, 3, 5)
            union
            select c.key
            from localhost.instances c
            join tree t on c.parent_key = t.key
            where $2
                and c.status in (1, 3, 5)
        ),
        gone as (
            delete from localhost.instances i
            using tree t
            where i.key = t.key
                and i.status in (1, 3, 5)
            returning i.key
        ),
        messages as (
            delete from localhost.inbox m
            using gone g
            where m.instance = g.key
        ),
        history as (
            delete from localhost.history h
            using gone g
            where h.instance = g.key
        )
        select count(*)::int
        from gone
        """;

    /// <summary>Removes ended instances; others stay.</summary>
    /// <returns>How many were removed, children included.</returns>
    public async Task<int> PurgeAsync(string[] ids, bool withChildren, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(PurgeSql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ids });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = withChildren });
        return (int)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private const string EndedBeforeSql = """
        select i.id
        from localhost.instances i
        where i.ended_at < $1
        order by i.ended_at
        limit $2
        """;

    public async Task<string[]> EndedBeforeAsync(DateTimeOffset moment, int most, CancellationToken cancellation)
    {
        await using var command = database.Durable.CreateCommand(EndedBeforeSql);
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = moment.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = most });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var ids = new List<string>();
        while (await reader.ReadAsync(cancellation)) ids.Add(reader.GetString(0));
        return [.. ids];
    }

    private static StoredInstance Read(NpgsqlDataReader reader) => new()
    {
        Info = new(reader.GetString(0), reader.GetString(1), Text(reader, 2), Text(reader, 9)) { Tags = HistoryJson.ReadTags(Text(reader, 3)) },
        Key = reader.GetInt64(4),
        Status = reader.GetInt16(5),
        CreatedAt = new(reader.GetDateTime(6), TimeSpan.Zero),
        UpdatedAt = new(reader.GetDateTime(7), TimeSpan.Zero),
        Failure = HistoryJson.ReadFailure(Text(reader, 8)),
        Output = Text(reader, 10),
        CustomStatus = Text(reader, 11),
    };

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
