using System.Globalization;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Postgres;

namespace FleetChat.LocalHost.Doctor;

/// <summary>What the machine brings: runtime, memory, files, Postgres' programs.</summary>
internal static class MachineChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        Check.Of("machine.runtime", Runtime),
        Check.Of("machine.memory", Memory),
        Check.Of("machine.open_files", OpenFiles),
        new("postgres.programs", Need.Nothing, ProgramsAsync),
    ];

    private static Finding Runtime(Examined examined) => Environment.Version >= examined.Limits.Runtime
        ? Finding.Fine($".NET {Environment.Version}")
        : Finding.Problem($".NET {Environment.Version}", $"FleetChat is built for .NET {examined.Limits.Runtime}.", "Install the SDK that global.json names.");

    // Of a container the runtime knows the limit, of a machine Linux knows what is free.
    private static Finding Memory(Examined examined)
    {
        var free = Math.Min(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, AvailableOnLinux() ?? long.MaxValue);
        return free >= examined.Limits.FreeMemory
            ? Finding.Fine($"{Sizes.Text(free)} free")
            : Finding.Warning($"{Sizes.Text(free)} of memory free", "The system may kill Postgres or the host.", "End other programs, or give the machine more memory.");
    }

    private static Finding OpenFiles(Examined examined) => OpenFileLimit() switch
    {
        null => Finding.Skipped("this system has no such limit to read"),
        { } most when most >= examined.Limits.OpenFiles => Finding.Fine($"{most}"),
        { } most => Finding.Warning($"a process may open {most} files", "Each webhook's connection is one; beyond that they are refused.", $"Raise it before starting FleetChat: ulimit -n {examined.Limits.OpenFiles}."),
    };

    private static async Task<Finding> ProgramsAsync(Examined examined, CancellationToken ct)
    {
        if (!examined.Installation.IsPrivate) return Finding.Fine($"not needed: {PostgresServer.Variable} names a server");
        var major = PostgresCluster.MajorOf(examined.Installation.ClusterFolder);
        if (await PostgresBinaries.FindOnMachineAsync(OperatingUser.Choose(), major, ct) is { } found) return Finding.Fine($"{found.Version} in {found.Folder}");
        return Finding.Problem($"PostgreSQL {PostgresBinaries.Wanted(major)} is not on this machine", "Without its programs there is no database.", PostgresBinaries.Advice(major));
    }

    private static long? AvailableOnLinux()
    {
        if (!File.Exists("/proc/meminfo")) return null;
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kilobytes, ..] ? long.Parse(kilobytes, CultureInfo.InvariantCulture) << 10 : null;
    }

    // .NET raises the soft limit to the hard one as it starts, in the host as in here.
    private static long? OpenFileLimit()
    {
        if (!File.Exists("/proc/self/limits")) return null;
        var line = File.ReadLines("/proc/self/limits").First(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        return line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3] is var soft && soft == "unlimited" ? long.MaxValue : long.Parse(soft, CultureInfo.InvariantCulture);
    }
}
