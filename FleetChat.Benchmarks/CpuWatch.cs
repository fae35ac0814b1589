using System.Diagnostics;

namespace FleetChat.Benchmarks;

/// <summary>How much of one core this process and PostgreSQL have used since the watch was started.</summary>
internal sealed class CpuWatch(BenchmarkPostgres postgres)
{
    private readonly long _begunAt = Stopwatch.GetTimestamp();
    private readonly TimeSpan _ours = ProcessFigures.ProcessorTime();
    private readonly TimeSpan? _postgres = postgres.ProcessorTime();

    public void Report(Run run)
    {
        var elapsed = Stopwatch.GetElapsedTime(_begunAt);
        run.Report("cpu_percent_of_one_core", 100 * (ProcessFigures.ProcessorTime() - _ours) / elapsed, "% of one core");
        if (postgres.ProcessorTime() - _postgres is { } used) run.Report("postgres_cpu_percent_of_one_core", 100 * used / elapsed, "% of one core");
    }
}
