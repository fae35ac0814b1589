using FleetChat.LocalRuntime.Hosting;
using Npgsql;

namespace FleetChat.Benchmarks.Durable;

/// <summary>
/// The rows that the work leaves in Postgres, and nothing else: no engine could be faster with these tables. The orchestrations
/// of one connection take each turn together, in one round trip and one transaction.
/// </summary>
internal sealed class BareSql : IAsyncDisposable
{
    private const string Scheduled = """{"type":"TaskScheduled","task":1,"name":"Step","input":"7","time":"2030-01-01T00:00:00.0000000Z"}""";
    private const string Completed = """{"type":"TaskCompleted","task":1,"result":"7","time":"2030-01-01T00:00:00.0000000Z"}""";
    private readonly NpgsqlDataSource _database;
    private readonly int _connections;
    private long _started;

    private BareSql(NpgsqlDataSource database, int connections)
    {
        _database = database;
        _connections = connections;
    }

    public static async Task<BareSql> CreateAsync(string database, int connections, CancellationToken ct)
    {
        // Plans are made while the tables are empty, and would read them from end to end ever after; made once, they cost nothing more.
        var connection = new NpgsqlConnectionStringBuilder(database)
        {
            MaxAutoPrepare = 20,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            Options = "-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan",
        };
        var source = NpgsqlDataSource.Create(connection.ConnectionString);
        await LocalSchema.UpgradeAsync(source, ct);
        return new(source, connections);
    }

    public Task MeasureAsync(Load load, Window window, CancellationToken ct)
    {
        var connections = Math.Min(_connections, load.Callers);
        return ClosedLoop.RunAsync(connections, load.WarmUp, load.Length, window, connection => RunAsync(load.Work, Share(connection), window), ct);

        int Share(int connection) => (load.Callers + connection) / connections;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async Task RunAsync(Work work, int orchestrations, Window window)
    {
        await using var connection = await _database.OpenConnectionAsync();
        var keys = await StartAsync(connection, orchestrations);
        var last = work == Work.Sequence ? WorkSize.Sequence : WorkSize.FanOut;
        var atOnce = work == Work.Sequence ? 1 : WorkSize.FanOut;
        var turn = 1;
        for (var task = 1; task <= last; task += atOnce)
        {
            await TurnAsync(connection, keys, turn++, done: (task - atOnce, task - 1), next: (task, task + atOnce - 1));
            window.Count(atOnce * keys.Length);
        }

        await TurnAsync(connection, keys, turn, done: (last - atOnce + 1, last), next: null);
    }

    private const string StartSql = """
        with started as (
            insert into localhost.instances (id, name, status, input, created_at, updated_at)
            select id, 'Sequence', 6, '7', now(), now()
            from unnest($1) id
            returning key
        ),
        messages as (
            insert into localhost.inbox (instance, visible_at, arrived_at, kind)
            select key, '-infinity', now(), 0
            from started
        )
        select key
        from started
        """;

    private async Task<long[]> StartAsync(NpgsqlConnection connection, int orchestrations)
    {
        await using var command = new NpgsqlCommand(StartSql, connection);
        var ids = Enumerable.Range(0, orchestrations).Select(_ => Interlocked.Increment(ref _started).ToString("x32", null)).ToArray();
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ids });
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new List<long>();
        while (await reader.ReadAsync()) keys.Add(reader.GetInt64(0));
        return [.. keys];
    }

    private const string TakeMessagesSql = """
        delete from localhost.inbox
        where instance = any($1)
        """;

    private const string EndActivitiesSql = """
        delete from localhost.activities
        where instance = any($1)
            and generation = 1
            and task between $2 and $3
        """;

    private const string AppendHistorySql = """
        insert into localhost.history (instance, generation, turn, events)
        select key, 1, $2, $3
        from unnest($1) key
        """;

    private const string BeginActivitiesSql = """
        insert into localhost.activities (instance, generation, task, name, input, owner, token)
        select key, 1, task, 'Step', '7', 1, 1
        from unnest($1) key
        cross join generate_series($2, $3) task
        """;

    private const string UpdateSql = """
        update localhost.instances
        set turns = $2,
            status = $3,
            output = $4,
            updated_at = now(),
            ended_at = case when $3 = 1 then now() end
        where key = any($1)
        """;

    /// <summary>All in one message to Postgres, which takes it for one transaction.</summary>
    private static async Task TurnAsync(NpgsqlConnection connection, long[] keys, int turn, (int From, int To) done, (int From, int To)? next)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (turn == 1) Add(TakeMessagesSql);
        else Add(EndActivitiesSql, Int(done.From), Int(done.To));
        Add(AppendHistorySql, Int(turn), Text(Events(done, next)));
        if (next is var (from, to)) Add(BeginActivitiesSql, Int(from), Int(to));
        Add(UpdateSql, Int(turn), new NpgsqlParameter<short> { TypedValue = (short)(next is null ? 1 : 0) }, Text(next is null ? "7" : null));
        await batch.ExecuteNonQueryAsync();

        void Add(string sql, params NpgsqlParameter[] parameters)
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = keys });
            command.Parameters.AddRange(parameters);
            batch.BatchCommands.Add(command);
        }

        static NpgsqlParameter Int(int value) => new NpgsqlParameter<int> { TypedValue = value };

        static NpgsqlParameter Text(string? value) => new() { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };
    }

    private static string Events((int From, int To) done, (int From, int To)? next)
    {
        var completed = done.From < 1 ? 0 : done.To - done.From + 1;
        var scheduled = next is var (from, to) ? to - from + 1 : 0;
        return $"[{string.Join(',', Enumerable.Repeat(Completed, completed).Concat(Enumerable.Repeat(Scheduled, scheduled)))}]";
    }
}
