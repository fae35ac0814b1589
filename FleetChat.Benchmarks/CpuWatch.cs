using System.Diagnostics;

namespace FleetChat.Benchmarks;

/// <summary>How much of one core was used since the watch was started, and by whom.</summary>
internal sealed class CpuWatch(BenchmarkPostgres postgres)
{
    private readonly long _begunAt = Stopwatch.GetTimestamp();
    private readonly TimeSpan _process = ProcessFigures.ProcessorTime();
    private readonly TimeSpan? _postgres = postgres.ProcessorTime();
    private readonly TimeSpan? _others = Others(postgres);

    public void Report(Run run)
    {
        run.Report("cpu_percent_of_one_core", Percent(ProcessFigures.ProcessorTime() - _process), "% of one core");
        if (postgres.ProcessorTime() - _postgres is { } used) run.Report("postgres_cpu_percent_of_one_core", Percent(used), "% of one core");
        ReportOthers(run);
    }

    /// <summary>What had nothing to do with the run: where that is much, the other figures say little.</summary>
    public void ReportOthers(Run run)
    {
        if (Others(postgres) - _others is { } used) run.Report("others_cpu_percent_of_one_core", Math.Max(0, Percent(used)), "% of one core");
    }

    private static TimeSpan? Others(BenchmarkPostgres postgres) => CpuTimes.OfMachine() - postgres.ProcessorTime() - CpuTimes.OfTree(Environment.ProcessId);

    private double Percent(TimeSpan used) => 100 * used / Stopwatch.GetElapsedTime(_begunAt);
}
