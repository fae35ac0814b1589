using System.Diagnostics;

namespace FleetChat.Benchmarks;

/// <summary>What this process takes of the machine.</summary>
internal static class ProcessFigures
{
    private const double Megabyte = 1_000_000;

    /// <summary>All of it since it started: runtime, load and set-up too.</summary>
    public static double PeakMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / Megabyte;
    }

    public static double Megabytes() => Environment.WorkingSet / Megabyte;

    public static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
