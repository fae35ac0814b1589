using FleetChat.Benchmarks.Fleet;

namespace FleetChat.Benchmarks.Flow;

/// <summary>From an event of Samsara's to the call to WhatsApp: received, stored, processed, decided, sent.</summary>
internal static class FlowBenchmark
{
    private static readonly Option Seconds = new("seconds", 20, "length of the window at the fixed rate");
    private static readonly Option WarmUp = new("warm-up", 5, "seconds before each window");
    private static readonly Option Rate = new("rate", 200, "events per second at which the way is timed");
    private static readonly Option Flood = new("flood", 8, "seconds of more than it can do, to see how much that is");
    private static readonly Option FloodRate = new("flood-rate", 1000, "events per second of that");
    private static readonly Option Hold = new("hold", 60, "seconds for which the highest rate has to be held; 0: it is not looked for");
    private static readonly Option Tries = new("tries", 2, "rates that are held at the most, each lower than the one before");
    private static readonly Option Tenants = new("tenants", 20, "companies, each with a number of its own");
    private static readonly Option Drivers = new("drivers", 200, "drivers of each");
    private static readonly Option Connections = new("connections", 128, "of the load to the host");
    private static readonly Option GraphMs = new("graph-ms", 100, "milliseconds that WhatsApp takes for an answer");

    // Of what came through when there was more than enough; what is held for a minute is less than what a few seconds bear.
    private static readonly double[] Shares = [0.85, 0.7, 0.55, 0.4];

    public static Verb Verb { get; } = new(
        "flow",
        "A driver reaches a stop, and is told: from the moment when Samsara's event was due to the call\nto WhatsApp, and the highest rate that is held without a growing backlog.",
        [Seconds, WarmUp, Rate, Flood, FloodRate, Hold, Tries, Tenants, Drivers, Connections, GraphMs],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        using var graph = await GraphProcess.StartAsync(run.Count(GraphMs), ct);
        await using var fleet = await BenchmarkFleet.InstallAsync(postgres, "fleetchat", run.Count(Tenants), run.Count(Drivers), graph.Address, ct);
        await fleet.StartHostAsync(ct);
        var cpu = new CpuWatch(postgres);
        Plans plans = new(run, fleet);

        var timed = await Journeys.MakeAsync(plans.Next(run.Count(Rate), run.Seconds(Seconds)), graph, ct);
        var latencies = timed.Latencies();
        run.Report($"p50_ms_at_{run.Count(Rate)}", latencies.Milliseconds(50) ?? double.NaN, "ms");
        run.Report($"p99_ms_at_{run.Count(Rate)}", latencies.Milliseconds(99) ?? double.NaN, "ms");
        run.Report($"missing_at_{run.Count(Rate)}", timed.Missing, "messages");
        run.Say($"at {run.Count(Rate)} events/s: p50 {latencies.Milliseconds(50):0} ms, p99 {latencies.Milliseconds(99):0} ms");
        if (run.Seconds(Hold) > TimeSpan.Zero) await FindSustainedAsync(run, plans, graph, ct);
        cpu.ReportOthers(run);
    }

    private static async Task FindSustainedAsync(Run run, Plans plans, GraphProcess graph, CancellationToken ct)
    {
        var flooded = await Journeys.MakeAsync(plans.Next(run.Count(FloodRate), run.Seconds(Flood)), graph, ct);
        run.Say($"of {run.Count(FloodRate)} events/s: {flooded.ArrivedPerSecond:0} messages/s");
        run.Report("flooded_per_second", flooded.ArrivedPerSecond, "messages/s");
        var held = 0.0;
        foreach (var share in Shares.Take(run.Count(Tries)))
        {
            var rate = Math.Round(flooded.ArrivedPerSecond * share);
            var (isHeld, story) = await IsHeldAsync(run, plans, graph, rate, ct);
            run.Say($"{rate:0} events/s: {story}");
            if (!isHeld) continue;
            held = rate;
            break;
        }
        run.Report("sustained_per_second", held, "events/s");
    }

    // Half a second's events more than before is how a backlog goes up and down; one that grows has grown by more in a minute.
    private static async Task<(bool IsHeld, string Story)> IsHeldAsync(Run run, Plans plans, GraphProcess graph, double rate, CancellationToken ct)
    {
        var plan = plans.Next(rate, run.Seconds(Hold));
        var journeys = await Journeys.MakeAsync(plan, graph, ct);
        var third = plan.Seconds / 3;
        var (early, late) = (journeys.MeanBacklog(plan.WarmUpSeconds, plan.WarmUpSeconds + third), journeys.MeanBacklog(plan.AllSeconds - third, plan.AllSeconds));
        return (late <= early + rate / 2 && journeys.Missing == 0 && journeys.Load.Failed == 0,
            $"backlog {early:0} in the first third, {late:0} in the last; {journeys.Missing} missing, {journeys.Load.Failed} refused, p99 {journeys.Latencies().Milliseconds(99):0} ms");
    }

    private sealed class Plans(Run run, BenchmarkFleet fleet)
    {
        private int _turn;

        public LoadPlan Next(double perSecond, TimeSpan length)
            => fleet.Plan(LoadKind.Arrival, fleet.InTurn, perSecond, run.Seconds(WarmUp).TotalSeconds, length.TotalSeconds, run.Count(Connections), run.Count(Drivers), ++_turn);
    }
}
