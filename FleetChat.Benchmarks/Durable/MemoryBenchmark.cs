namespace FleetChat.Benchmarks.Durable;

/// <summary>What could grow without a bound, and how far it does.</summary>
internal static class MemoryBenchmark
{
    private static readonly Option Events = new("events", 10_000, "events that one instance takes");
    private static readonly Option Waiting = new("waiting", 50_000, "instances that wait at a time");
    private static readonly Option Output = new("output", 10, "megabytes that an activity, and then its orchestration, give back");

    public static Verb Verb { get; } = new(
        "memory",
        "The most memory that a host takes for a long history, many instances and a large output, each\nin a process of its own, and for next to nothing.",
        [Events, Waiting, Output],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        var cpu = new CpuWatch(postgres);
        foreach (var one in MemoryCase.All)
        {
            var size = one.Name switch
            {
                "events" => run.Count(Events),
                "waiting" => run.Count(Waiting),
                "output" => run.Count(Output),
                _ => 1,
            };
            var figures = await one.MeasureAsync(size, await postgres.CreateDatabaseAsync(one.Name, ct), ct);
            run.Say($"{one.Name} x {size:#,##0}: {figures.PeakMegabytes:0} MB, {figures.Seconds:0.0} s");
            run.Report($"{one.Name}_memory_mb", figures.PeakMegabytes, "MB at the most");
            run.Report($"{one.Name}_seconds", figures.Seconds, "s");
        }

        cpu.ReportOthers(run);
    }
}
