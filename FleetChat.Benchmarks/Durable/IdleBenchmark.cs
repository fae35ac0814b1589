using Microsoft.DurableTask;

namespace FleetChat.Benchmarks.Durable;

/// <summary>Many orchestrations to which nothing happens: what they cost meanwhile.</summary>
internal static class IdleBenchmark
{
    private const string Orchestrator = "WaitForever";
    private static readonly Option Instances = new("instances", 100_000, "orchestrations, each of which waits for an event");
    private static readonly Option Settle = new("settle", 20, "seconds of rest before the window");
    private static readonly Option Seconds = new("seconds", 60, "length of the window");

    public static Verb Verb { get; } = new(
        "idle",
        "Many orchestrations that wait for an event which does not come: the processor's time that\nthe host and PostgreSQL use meanwhile.",
        [Instances, Settle, Seconds],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        var waiting = new Milestone(run.Count(Instances));
        await using var host = await OrchestrationHost.StartAsync(await postgres.CreateDatabaseAsync("idle", ct), tasks => AddTo(tasks, waiting), ct);
        var took = await Crowd.StartAsync(host.Client, Orchestrator, run.Count(Instances), _ => null, waiting, ct);
        run.Say($"{run.Count(Instances):#,##0} orchestrations wait after {took.TotalSeconds:0} s; {run.Seconds(Settle).TotalSeconds:0.#} s of rest, then the window");

        await Task.Delay(run.Seconds(Settle), TimeProvider.System, ct);
        var cpu = new CpuWatch(postgres);
        await Task.Delay(run.Seconds(Seconds), TimeProvider.System, ct);
        cpu.Report(run);
        run.Report("memory_mb", ProcessFigures.PeakMegabytes(), "MB at the most");
        run.Report("set_up_per_second", run.Count(Instances) / took.TotalSeconds, "instances/s");
    }

    private static void AddTo(DurableTaskRegistry tasks, Milestone waiting)
        => tasks.AddOrchestratorFunc(Orchestrator, async context =>
        {
            if (!context.IsReplaying) waiting.Count();
            await context.WaitForExternalEvent<string>("Never");
        });
}
