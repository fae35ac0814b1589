using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>An activity's answer on its way to an instance that is not in this process' memory.</summary>
internal sealed record ActivityAnswer(ClaimedActivity Activity, HistoryEvent Event);

/// <summary>Puts answers of activities into inboxes, and takes the activities away in the same statement: an answer to a lost claim changes nothing.</summary>
internal sealed class ActivityAnswers(LocalDatabase database)
{
    private const string StoreSql = """
        with done as (
            delete from localhost.activities a
            using unnest($1, $2, $3, $4, $5) as t (instance, generation, task, token, body)
            where a.instance = t.instance
                and a.generation = t.generation
                and a.task = t.task
                and a.token = t.token
                and a.owner = $6
            returning t.instance, t.generation, t.task, t.body
        ),
        sent as (
            insert into localhost.inbox (instance, generation, visible_at, arrived_at, kind, task, body)
            select d.instance, d.generation, '-infinity', $7, 2, d.task, d.body
            from done d
            returning instance
        )
        select distinct i.key, i.owner
        from sent s
        join localhost.instances i on i.key = s.instance
        """;

    /// <param name="now">Business time.</param>
    public async Task<List<Delivered>> StoreAsync(long host, DateTimeOffset now, List<ActivityAnswer> answers, CancellationToken cancellation)
    {
        await using var command = database.Turns.CreateCommand(StoreSql);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. answers.Select(a => a.Activity.Key.Instance)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. answers.Select(a => a.Activity.Key.Generation)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. answers.Select(a => a.Activity.Key.Task)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. answers.Select(a => a.Activity.Token)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. answers.Select(a => HistoryJson.Write(a.Event))] });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = host });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var delivered = new List<Delivered>();
        while (await reader.ReadAsync(cancellation)) delivered.Add(new(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1)));
        return delivered;
    }
}
