namespace FleetChat.Benchmarks.Durable;

/// <summary>Orchestrations of trivial activities: what an engine itself costs.</summary>
internal static class DurableBenchmark
{
    private const string Engine = "engine";
    private static readonly Option Seconds = new("seconds", 8, "length of each window");
    private static readonly Option WarmUp = new("warm-up", 3, "seconds before each window");
    private static readonly Option Rounds = new("rounds", 2, "how often the contenders take turns");
    private static readonly Option Callers = new("callers", 32, "sequences at a time, each followed by the next");
    private static readonly Option FanOuts = new("fan-outs", 8, "fan-outs at a time");
    private static readonly Option DbosPool = new("dbos-pool", 10, "database connections of DBOS, by its own default as many; 0 leaves it out");
    private static readonly Option SqlConnections = new("sql-connections", 1, "connections of the bare SQL, which share the orchestrations");

    public static Verb Verb { get; } = new(
        "durable",
        """
        Sequences of five activities (many at a time, and one alone) and fan-outs of a hundred, by
        turns with the same work on DBOS Transact (left out without Node) and the bare SQL for the
        same rows, all on one PostgreSQL.
        """,
        [Seconds, WarmUp, Rounds, Callers, FanOuts, DbosPool, SqlConnections],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        await using var engine = await EngineProgram.StartAsync(await postgres.CreateDatabaseAsync("engine", ct), ct);
        await using var dbos = run.Count(DbosPool) == 0
            ? null
            : await DbosProgram.TryStartAsync(run, Path.Combine(postgres.Folder, "dbos"), await postgres.CreateDatabaseAsync("dbos", ct), run.Count(DbosPool), ct);
        await using var sql = await BareSql.CreateAsync(await postgres.CreateDatabaseAsync("bare_sql", ct), run.Count(SqlConnections), ct);
        List<Contender> contenders = [new(Engine, engine.MeasureAsync), new("sql", sql.MeasureAsync)];
        if (dbos is not null) contenders.Insert(1, new("dbos", dbos.MeasureAsync));

        var cpu = new CpuWatch(postgres);
        await CompareAsync(run, contenders, "", Work.Sequence, run.Count(Callers), ct);
        await CompareAsync(run, contenders, "alone_", Work.Sequence, callers: 1, ct);
        await CompareAsync(run, contenders, "fanout_", Work.FanOut, run.Count(FanOuts), ct);
        cpu.ReportOthers(run);
    }

    /// <param name="prefix">Of the measures' names.</param>
    private static async Task CompareAsync(Run run, List<Contender> contenders, string prefix, Work work, int callers, CancellationToken ct)
    {
        var load = new Load(work, callers, run.Seconds(WarmUp), run.Seconds(Seconds));
        var windows = contenders.ToDictionary(contender => contender.Name, _ => new Window());
        for (var round = 1; round <= run.Count(Rounds); round++)
        {
            foreach (var contender in contenders)
            {
                await contender.MeasureAsync(load, windows[contender.Name], ct);
                run.Say($"{work} x {callers}, round {round}, {contender.Name}: {windows[contender.Name].PerSecond:#,##0} steps/s so far");
            }
        }

        Report(run, prefix, windows);
    }

    private static void Report(Run run, string prefix, Dictionary<string, Window> windows)
    {
        var engine = windows[Engine];
        run.Report($"{prefix}steps_per_second", engine.PerSecond, "steps/s");
        engine.ReportLatency(run, $"{prefix}step");
        foreach (var (name, window) in windows.Where(other => other.Key != Engine))
        {
            run.Report($"{prefix}ratio_to_{name}", engine.PerSecond / window.PerSecond, $"x {name}'s steps/s");
            run.Report($"{prefix}{name}_steps_per_second", window.PerSecond, "steps/s");
            window.ReportLatency(run, $"{prefix}{name}_step");
        }
    }

    private sealed record Contender(string Name, Func<Load, Window, CancellationToken, Task> MeasureAsync);
}
