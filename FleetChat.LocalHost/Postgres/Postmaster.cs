using System.Diagnostics;
using System.Globalization;

namespace FleetChat.LocalHost.Postgres;

/// <summary>The running server of a data folder, found through the postmaster.pid that Postgres keeps in it.</summary>
internal sealed record Postmaster(int Pid, int Port, bool Ready)
{
    private const string PidFile = "postmaster.pid";

    /// <returns>Null when none runs there.</returns>
    public static Postmaster? Find(string dataFolder)
    {
        var file = Path.Combine(dataFolder, PidFile);
        if (!File.Exists(file))
        {
            return null;
        }

        // Process id, data folder, start time, port, socket folder, address, shared memory, status; written line by line as it starts.
        var lines = File.ReadAllLines(file);
        return lines.Length >= 4
               && int.TryParse(lines[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid)
               && int.TryParse(lines[3], NumberStyles.Integer, CultureInfo.InvariantCulture, out var port)
               && IsServerOf(pid, lines[1])
            ? new Postmaster(pid, port, Ready: lines is [_, _, _, _, _, _, _, var status, ..] && status.Trim() == "ready")
            : null;
    }

    /// <summary>
    /// A killed server leaves the file behind. After a restart of the machine its number may be that of any process, which
    /// Postgres takes for a living server and refuses to start.
    /// </summary>
    public static void ForgetDead(string dataFolder)
    {
        if (Find(dataFolder) is null)
        {
            File.Delete(Path.Combine(dataFolder, PidFile));
        }
    }

    private static bool IsServerOf(int pid, string dataFolder)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                var arguments = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
                var folder = Array.IndexOf(arguments, "-D") + 1;
                return folder > 0 && arguments[folder] == dataFolder;
            }

            using var process = Process.GetProcessById(pid);
            return process.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
