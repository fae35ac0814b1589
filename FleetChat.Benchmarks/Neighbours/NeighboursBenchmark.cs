using FleetChat.Benchmarks.Fleet;
using FleetChat.Benchmarks.Flow;

namespace FleetChat.Benchmarks.Neighbours;

/// <summary>What the others feel when one company sends a hundred times its share.</summary>
internal static class NeighboursBenchmark
{
    private static readonly Option Seconds = new("seconds", 40, "length of each window");
    private static readonly Option WarmUp = new("warm-up", 15, "seconds before each window");
    private static readonly Option Share = new("share", 1, "events per second of each company");
    private static readonly Option Times = new("times", 100, "shares that the loud one sends");
    private static readonly Option Tenants = new("tenants", 20, "companies, each with a number of its own");
    private static readonly Option Drivers = new("drivers", 200, "drivers of each");
    private static readonly Option Connections = new("connections", 128, "of the load to the host");
    private static readonly Option GraphMs = new("graph-ms", 100, "milliseconds that WhatsApp takes for an answer");

    public static Verb Verb { get; } = new(
        "neighbours",
        "One company floods with many times its share: the others' way from event to send, against the\nsame without the flood.",
        [Seconds, WarmUp, Share, Times, Tenants, Drivers, Connections, GraphMs],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        using var graph = await GraphProcess.StartAsync(run.Count(GraphMs), ct);
        await using var fleet = await BenchmarkFleet.InstallAsync(postgres, "fleetchat", run.Count(Tenants), run.Count(Drivers), graph.Address, ct);
        await fleet.StartHostAsync(ct);
        var cpu = new CpuWatch(postgres);

        var quiet = await MeasureOthersAsync(run, fleet, graph, times: 1, turn: 1, ct);
        run.Say($"quiet: p99 {quiet.Milliseconds(99):0} ms");
        var flooded = await MeasureOthersAsync(run, fleet, graph, run.Count(Times), turn: 2, ct);
        run.Say($"beside the flood: p99 {flooded.Milliseconds(99):0} ms");
        run.Report("p99_ratio", (flooded.Milliseconds(99) / quiet.Milliseconds(99)) ?? double.NaN, "x the quiet one");
        quiet.ReportLatency(run, "quiet");
        flooded.ReportLatency(run, "beside_flood");
        cpu.ReportOthers(run);
    }

    // Two processes send: who floods shares no connection with the others, as at Samsara's, and they don't wait for his answers.
    private static async Task<Window> MeasureOthersAsync(Run run, BenchmarkFleet fleet, GraphProcess graph, int times, int turn, CancellationToken ct)
    {
        int[] others = [.. fleet.InTurn.Skip(1)];
        var loud = LoadProcess.SendAsync(Plan([0], run.Number(Share) * times), ct);
        var journeys = await Journeys.MakeAsync(Plan(others, run.Number(Share) * others.Length), graph, ct);
        await loud;
        if (journeys.Missing > 0) run.Say($"{journeys.Missing} of the others' messages did not come");
        return journeys.Latencies();

        LoadPlan Plan(int[] order, double perSecond)
            => fleet.Plan(LoadKind.Arrival, order, perSecond, run.Seconds(WarmUp).TotalSeconds, run.Seconds(Seconds).TotalSeconds, run.Count(Connections), run.Count(Drivers), turn);
    }
}
