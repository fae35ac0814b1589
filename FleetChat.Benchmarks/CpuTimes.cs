using System.Globalization;

namespace FleetChat.Benchmarks;

/// <summary>Processors' time as Linux counts it; null on other systems.</summary>
internal static class CpuTimes
{
    private const double TicksPerSecond = 100; // sysconf(_SC_CLK_TCK), the same on every Linux that .NET runs on

    /// <summary>What a process and its children have used so far, those that have ended too.</summary>
    public static TimeSpan? OfTree(int root)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var ids = Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder)).Where(name => name.All(char.IsAsciiDigit));
        return Time(ids.Sum(id => TicksOf(id, root.ToString(CultureInfo.InvariantCulture))));
    }

    /// <summary>What one process has used so far; nothing if it is gone.</summary>
    public static TimeSpan? OfProcess(int process)
    {
        var id = process.ToString(CultureInfo.InvariantCulture);
        return OperatingSystem.IsLinux() ? Time(TicksOf(id, id)) : null;
    }

    /// <summary>What all processors together have been busy with, other virtual machines included.</summary>
    public static TimeSpan? OfMachine()
    {
        if (!OperatingSystem.IsLinux()) return null;

        // cpu user nice system idle iowait irq softirq steal
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(Number).ToArray();
        return Time(fields.Sum() - fields[3] - fields[4]);
    }

    private static long TicksOf(string id, string root)
    {
        try
        {
            // pid (name) state ppid ... utime stime cutime cstime: the parent is the second after the name, the times the 12th to 15th.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return id == root || fields[1] == root ? fields[11..15].Sum(Number) : 0;
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);

    private static TimeSpan Time(long ticks) => TimeSpan.FromSeconds(ticks / TicksPerSecond);
}
