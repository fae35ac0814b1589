using FleetChat.Benchmarks.Fleet;

namespace FleetChat.Benchmarks.Ingest;

/// <summary>Signed webhooks until they are acknowledged, which is after they are committed.</summary>
internal static class IngestBenchmark
{
    private static readonly Option Seconds = new("seconds", 5, "length of each window");
    private static readonly Option WarmUp = new("warm-up", 2, "seconds before each window");
    private static readonly Option Rounds = new("rounds", 2, "how often host and bare connections take turns");
    private static readonly Option Tenants = new("tenants", 20, "companies whose events come in turn");
    private static readonly Option Connections = new("connections", 64, "of the load to the host");
    private static readonly Option Rate = new("rate", 1000, "events per second at which acknowledgements are timed");
    private static readonly int[] BareConnections = [1, 8, 32];

    public static Verb Verb { get; } = new(
        "ingest",
        "Signed webhooks acknowledged after their commit, from a process of its own, against bare\nconnections that write the same rows.",
        [Seconds, WarmUp, Rounds, Tenants, Connections, Rate],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        await using var bare = await BenchmarkFleet.InstallAsync(postgres, "bare", run.Count(Tenants), driversPerCompany: 0, graph: null, ct);
        await using var fleet = await BenchmarkFleet.InstallAsync(postgres, "fleetchat", run.Count(Tenants), driversPerCompany: 0, graph: null, ct);
        await fleet.StartHostAsync(ct);
        var cpu = new CpuWatch(postgres);
        var ceilings = BareConnections.ToDictionary(connections => connections, _ => new Window());
        var (acknowledged, time) = (0L, 0.0);
        for (var round = 1; round <= run.Count(Rounds); round++)
        {
            foreach (var (connections, window) in ceilings) await StoreBareAsync(run, bare, connections, window, ct);
            run.Say($"round {round}, bare connections: {string.Join(", ", ceilings.Select(c => $"{c.Key}: {c.Value.PerSecond:#,##0} events/s"))}");
            var result = await SendAsync(run, fleet, perSecond: 0, round, ct);
            (acknowledged, time) = (acknowledged + result.Acknowledged, time + run.Seconds(Seconds).TotalSeconds);
            run.Say($"round {round}, host: {acknowledged / time:#,##0} acknowledged/s so far");
            await fleet.DrainAsync(ct);
        }

        var timed = await SendAsync(run, fleet, run.Count(Rate), run.Count(Rounds) + 1, ct);
        Report(run, ceilings, acknowledged / time, timed);
        cpu.ReportOthers(run);
    }

    private static async Task StoreBareAsync(Run run, BenchmarkFleet bare, int connections, Window window, CancellationToken ct)
    {
        await using var store = await BareStore.OpenAsync(bare, connections, ct);
        await ClosedLoop.RunAsync(connections, run.Seconds(WarmUp), run.Seconds(Seconds) / BareConnections.Length, window, async connection =>
        {
            await store.StoreAsync(connection, ct);
            window.Count();
        }, ct);
    }

    /// <param name="perSecond">0: as fast as it is acknowledged.</param>
    private static async Task<LoadResult> SendAsync(Run run, BenchmarkFleet fleet, double perSecond, int turn, CancellationToken ct)
    {
        var plan = fleet.Plan(LoadKind.Inspection, fleet.InTurn, perSecond, run.Seconds(WarmUp).TotalSeconds, run.Seconds(Seconds).TotalSeconds, run.Count(Connections), driversPerCompany: 1, turn);
        var result = await LoadProcess.SendAsync(plan, ct);
        return perSecond > 0 || result.Failed == 0 ? result : throw new NotMeasuredException($"{result.Failed} of {result.Sent} events were refused.");
    }

    private static void Report(Run run, Dictionary<int, Window> ceilings, double perSecond, LoadResult timed)
    {
        var ceiling = ceilings.Values.Max(window => window.PerSecond);
        var latencies = new Window();
        latencies.Add(timed.Microseconds.Count, run.Seconds(Seconds), timed.Microseconds.Select(m => (long)m));
        run.Report("ratio_to_ceiling", perSecond / ceiling, "of the best bare connections");
        run.Report("acknowledged_per_second", perSecond, "events/s");
        foreach (var (connections, window) in ceilings) run.Report($"bare_{connections}_per_second", window.PerSecond, "events/s");
        if (latencies.Milliseconds(50) is { } median) run.Report($"ack_p50_ms_at_{run.Count(Rate)}", median, "ms");
        if (latencies.Milliseconds(99) is { } high) run.Report($"ack_p99_ms_at_{run.Count(Rate)}", high, "ms");
        run.Report("refused", timed.Failed, $"of {timed.Sent:#,##0} events");
    }
}
