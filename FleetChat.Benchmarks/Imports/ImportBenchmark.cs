using FleetChat.Benchmarks.Fleet;

namespace FleetChat.Benchmarks.Imports;

/// <summary>How fast a roster is taken in, and whether a large one takes more memory than a small one.</summary>
internal static class ImportBenchmark
{
    private static readonly Option Rows = new("rows", 50_000, "rows of the large roster, one in twenty of them bad");
    private static readonly Option Small = new("small", 5_000, "rows of the small one");

    public static Verb Verb { get; } = new(
        "import",
        "A roster's run from its completion to its last row, with phones, evidence, encryption and results,\nand how much more memory a large one takes than a small one.",
        [Rows, Small],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        await using var fleet = await BenchmarkFleet.InstallAsync(postgres, "fleetchat", companies: 2, driversPerCompany: 0, graph: null, ct);
        var cpu = new CpuWatch(postgres);
        var small = await ImportCase.MeasureAsync(fleet, company: 0, run.Count(Small), ct);
        run.Say($"{run.Count(Small):#,##0} rows: {small.Seconds:0.0} s, {small.PeakMegabytes:0} MB");
        var large = await ImportCase.MeasureAsync(fleet, company: 1, run.Count(Rows), ct);
        run.Say($"{run.Count(Rows):#,##0} rows: {large.Seconds:0.0} s, {large.PeakMegabytes:0} MB");
        run.Report("rows_per_second", run.Count(Rows) / large.Seconds, "rows/s");
        run.Report("extra_memory_mb", large.PeakMegabytes - small.PeakMegabytes, "MB more at the most");
        run.Report("memory_mb", large.PeakMegabytes, "MB at the most");
        run.Report("again_rows_per_second", run.Count(Rows) / large.SecondsAgain, "rows/s, nothing new");
        cpu.ReportOthers(run);
    }
}
