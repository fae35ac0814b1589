using System.Diagnostics;
using FleetChat.Benchmarks.Fleet;

namespace FleetChat.Benchmarks.Work;

/// <summary>What one of each thing that happens costs: what the model of docs/scale.md multiplies.</summary>
internal static class WorkBenchmark
{
    private static readonly Option Tenants = new("tenants", 20, "companies, each with a number of its own");
    private static readonly Option Drivers = new("drivers", 20, "drivers of each");
    private static readonly Option Events = new("events", 600, "of each kind");
    private static readonly Option Rate = new("rate", 10, "events per second: slow enough that each comes alone");
    private static readonly Option Rest = new("rest", 60, "seconds in which nothing happens, and then as many in which Samsara is asked");
    private static readonly Option GraphMs = new("graph-ms", 100, "milliseconds that WhatsApp takes for an answer");

    /// <summary>Times as many companies.</summary>
    private const int Crowd = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Verb Verb { get; } = new(
        "work",
        "What an event that tells nobody, one that tells a driver, a report, an answer and a minute's\npolling each cost: statements, rows, bytes, queue messages, processors' time.",
        [Tenants, Drivers, Events, Rate, Rest, GraphMs],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(WorkMeter.Settings, ct);
        using var graph = await GraphProcess.StartAsync(run.Count(GraphMs), ct);
        var cpu = new CpuWatch(postgres);
        var rest = await EventsAsync(run, postgres, graph, ct);
        await CrowdAsync(run, postgres, graph, ct);
        await PollsAsync(run, postgres, graph, rest, ct);
        cpu.ReportOthers(run);
    }

    /// <returns>What a second of rest takes.</returns>
    private static async Task<WorkCount> EventsAsync(Run run, BenchmarkPostgres postgres, GraphProcess graph, CancellationToken ct)
    {
        await using var fleet = await BenchmarkFleet.InstallAsync(postgres, "fleetchat", run.Count(Tenants), run.Count(Drivers), graph.Address, ct);
        await fleet.StartHostAsync(ct);
        await using var meter = await WorkMeter.OpenAsync(postgres, fleet, ct);
        using var meta = new MetaReports(fleet);
        // What every process and every session does once is nobody's.
        await TellAsync(run, fleet, graph, 1, run.Count(Tenants) * 2, ct);
        await RestAsync(run, meter, ct);
        var still = await RestAsync(run, meter, ct);
        var rest = still.Per(still.Seconds);
        rest.Report(run, "rest", "second");

        await CountAsync(run, meter, rest, "unheard", "event", async () =>
        {
            await LoadProcess.SendAsync(Plan(run, fleet, LoadKind.Inspection, 2, run.Count(Events)), ct);
            await fleet.DrainAsync(ct);
            return run.Count(Events);
        }, ct);
        List<(LoadCompany Company, GraphCall Call)> sent = [];
        await CountAsync(run, meter, rest, "told", "event", async () =>
        {
            sent = await TellAsync(run, fleet, graph, 3, run.Count(Events), ct);
            return sent.Count;
        }, ct);
        await CountAsync(run, meter, rest, "report", "report", async () =>
        {
            string[] statuses = ["sent", "delivered", "read"];
            foreach (var status in statuses) await meta.ReportAsync(sent, status, ct);
            await fleet.DrainAsync(ct);
            return sent.Count * statuses.Length;
        }, ct);
        await CountAsync(run, meter, rest, "answer", "answer", async () =>
        {
            await meta.AnswerAsync(sent, ct);
            await fleet.DrainAsync(ct);
            return sent.Count;
        }, ct);
        return rest;
    }

    /// <summary>Rest again with many more companies: what of it grows with them.</summary>
    private static async Task CrowdAsync(Run run, BenchmarkPostgres postgres, GraphProcess graph, CancellationToken ct)
    {
        var companies = run.Count(Tenants) * Crowd;
        await using var crowd = await BenchmarkFleet.InstallAsync(postgres, "crowd", companies, driversPerCompany: 0, graph.Address, ct);
        await crowd.StartHostAsync(ct);
        await using var meter = await WorkMeter.OpenAsync(postgres, crowd, ct);
        await RestAsync(run, meter, ct);
        var done = await RestAsync(run, meter, ct);
        done.Per(done.Seconds).Report(run, "crowd", "second");
    }

    private static async Task PollsAsync(Run run, BenchmarkPostgres postgres, GraphProcess graph, WorkCount rest, CancellationToken ct)
    {
        await using var polled = await BenchmarkFleet.InstallAsync(postgres, "polled", run.Count(Tenants), driversPerCompany: 0, graph.Address, ct, graph.SamsaraAddress);
        await polled.StartHostAsync(ct);
        await using var meter = await WorkMeter.OpenAsync(postgres, polled, ct);
        await RestAsync(run, meter, ct);
        var done = await RestAsync(run, meter, ct);
        done.Minus(rest.Times(done.Seconds)).Times(60 / done.Seconds).Per(run.Count(Tenants)).Report(run, "polled", "company and minute");
    }

    /// <param name="act">Does it so many times as it returns.</param>
    private static async Task CountAsync(Run run, WorkMeter meter, WorkCount rest, string what, string per, Func<Task<int>> act, CancellationToken ct)
    {
        var before = await meter.CountAsync(ct);
        var times = await act();
        var done = (await meter.CountAsync(ct)).Minus(before);
        done.Minus(rest.Times(done.Seconds)).Per(times).Report(run, what, per);
        run.Say($"{what}: {times:#,##0} in {done.Seconds:0} s");
    }

    private static async Task<WorkCount> RestAsync(Run run, WorkMeter meter, CancellationToken ct)
    {
        var before = await meter.CountAsync(ct);
        await Task.Delay(run.Seconds(Rest), ct);
        return (await meter.CountAsync(ct)).Minus(before);
    }

    private static async Task<List<(LoadCompany Company, GraphCall Call)>> TellAsync(Run run, BenchmarkFleet fleet, GraphProcess graph, int turn, int count, CancellationToken ct)
    {
        var plan = Plan(run, fleet, LoadKind.Arrival, turn, count);
        await LoadProcess.SendAsync(plan, ct);
        List<(LoadCompany Company, GraphCall Call)> sent = [];
        for (var lastAt = Stopwatch.GetTimestamp(); sent.Count < plan.Count; await Task.Delay(TimeSpan.FromMilliseconds(200), ct))
        {
            var taken = await graph.TakeAsync(ct);
            foreach (var call in taken)
                if (plan.NumberOf(call.Code) is { } number) sent.Add((plan.Companies[plan.CompanyOf(number)], call));
            if (taken.Count > 0) lastAt = Stopwatch.GetTimestamp();
            else if (Stopwatch.GetElapsedTime(lastAt) > Patience) throw new NotMeasuredException($"Of {plan.Count} messages {sent.Count} came.");
        }
        await fleet.DrainAsync(ct);
        return sent;
    }

    private static LoadPlan Plan(Run run, BenchmarkFleet fleet, string kind, int turn, int count)
        => fleet.Plan(kind, fleet.InTurn, run.Count(Rate), warmUp: 0, count / run.Number(Rate), connections: 8, run.Count(Drivers), turn);
}
