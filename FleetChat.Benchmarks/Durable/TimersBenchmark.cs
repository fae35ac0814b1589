using Microsoft.DurableTask;

namespace FleetChat.Benchmarks.Durable;

/// <summary>Many durable timers: how late they are, and what it costs to remember them.</summary>
internal static class TimersBenchmark
{
    private const string Orchestrator = "WaitUntil";
    private const int MostTrials = 1000;
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);
    private static readonly Option Instances = new("instances", 100_000, "orchestrations, each with a timer");
    private static readonly Option Seconds = new("seconds", 120, "over which their due times are spread");

    public static Verb Verb { get; } = new(
        "timers",
        """
        A durable timer in each of many orchestrations: from its due time until the orchestrator
        goes on. They are all set before the first is due.
        """,
        [Instances, Seconds],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        var timers = new Timers();
        await using var host = await OrchestrationHost.StartAsync(await postgres.CreateDatabaseAsync("timers", ct), tasks => AddTo(tasks, timers), ct);
        var perSecond = await TryAsync(host, timers, Math.Min(MostTrials, run.Count(Instances)), ct);

        var (waiting, fired) = timers.Expect(run.Count(Instances));
        var setUp = TimeSpan.FromSeconds(2 + (1.5 * run.Count(Instances) / perSecond));
        var first = TimeProvider.System.GetUtcNow().UtcDateTime + setUp;
        run.Say($"{run.Count(Instances):#,##0} timers are set; the first is due in {setUp.TotalSeconds:0} s");
        var took = await Crowd.StartAsync(host.Client, Orchestrator, run.Count(Instances), _ => first + (Random.Shared.NextDouble() * run.Seconds(Seconds)), waiting, ct);
        var early = first - TimeProvider.System.GetUtcNow().UtcDateTime;
        if (early < TimeSpan.Zero) throw new NotMeasuredException($"Setting the timers took {-early.TotalSeconds:0} s too long: the machine was slower than in the trial.");

        await Task.Delay(early, TimeProvider.System, ct);
        timers.Window.Open();
        var cpu = new CpuWatch(postgres);
        await WaitAsync(fired, run.Seconds(Seconds) + Grace, ct);
        timers.Window.Close();

        timers.Window.ReportLatency(run, "lateness");
        run.Report("memory_mb", ProcessFigures.PeakMegabytes(), "MB at the most");
        run.Report("set_up_per_second", run.Count(Instances) / took.TotalSeconds, "instances/s");
        cpu.Report(run);
    }

    /// <returns>How many instances a second can be set up.</returns>
    private static async Task<double> TryAsync(OrchestrationHost host, Timers timers, int trials, CancellationToken ct)
    {
        var (waiting, fired) = timers.Expect(trials);
        var soon = TimeProvider.System.GetUtcNow().UtcDateTime + TimeSpan.FromSeconds(1);
        var took = await Crowd.StartAsync(host.Client, Orchestrator, trials, _ => soon, waiting, ct);
        await WaitAsync(fired, Grace, ct);
        return trials / took.TotalSeconds;
    }

    private static async Task WaitAsync(Milestone fired, TimeSpan limit, CancellationToken ct)
    {
        try
        {
            await fired.Reached.WaitAsync(limit, TimeProvider.System, ct);
        }
        catch (TimeoutException late)
        {
            throw new NotMeasuredException($"{fired.Left} timers have not fired {limit.TotalSeconds:0} s after the first was due.", late);
        }
    }

    private static void AddTo(DurableTaskRegistry tasks, Timers timers)
        => tasks.AddOrchestratorFunc<DateTime>(Orchestrator, async (context, due) =>
        {
            if (!context.IsReplaying) timers.Waits();
            await context.CreateTimer(due, CancellationToken.None);
            if (!context.IsReplaying) timers.Fired(TimeProvider.System.GetUtcNow().UtcDateTime - due);
        });

    private sealed class Timers
    {
        private Milestone _waiting = new(0);
        private Milestone _fired = new(0);

        /// <summary>Open while the timers count.</summary>
        public Window Window { get; } = new();

        public (Milestone Waiting, Milestone Fired) Expect(int count) => (_waiting, _fired) = (new(count), new(count));

        public void Waits() => _waiting.Count();

        public void Fired(TimeSpan lateness)
        {
            Window.Took(lateness);
            _fired.Count();
        }
    }
}
