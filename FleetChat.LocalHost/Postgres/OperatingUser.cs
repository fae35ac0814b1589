using System.Runtime.InteropServices;

namespace FleetChat.LocalHost.Postgres;

/// <summary>
/// The user that Postgres runs as: ourselves, but for root, whom Postgres refuses. Root hands over to a user that exists
/// and may do nothing else.
/// </summary>
internal sealed class OperatingUser
{
    private static readonly string[] UnprivilegedUsers = ["postgres", "nobody"];
    private readonly (string Uid, string Gid)? _handover;

    private OperatingUser((string Uid, string Gid)? handover) => _handover = handover;

    public static OperatingUser Choose()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return new OperatingUser(handover: null);
        }

        // name:password:uid:gid:...
        var entries = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(entry => entry.Length > 3).ToList();
        var entry = UnprivilegedUsers.Select(name => entries.Find(entry => entry[0] == name)).FirstOrDefault(entry => entry is not null)
            ?? throw new PostgresUnavailableException(
                $"Postgres does not run as root, and there is no user '{string.Join("' or '", UnprivilegedUsers)}' to run it as: run FleetChat as an ordinary user.");
        return new OperatingUser((entry[2], entry[3]));
    }

    public async Task<ToolResult> RunAsync(string program, IEnumerable<string> arguments, string workingFolder, CancellationToken ct)
    {
        var command = Command(program, arguments);
        try
        {
            return await CommandLineTool.RunAsync(command[0], command[1..], workingFolder, ct);
        }
        catch (System.ComponentModel.Win32Exception missing) when (_handover is not null)
        {
            throw new PostgresUnavailableException(
                "Postgres does not run as root, and 'setpriv' (package util-linux) is not here to leave root with: install it, or run FleetChat as an ordinary user.", missing);
        }
    }

    /// <summary>The program and its arguments, such that it runs as the user.</summary>
    public string[] Command(string program, IEnumerable<string> arguments) => _handover is var (uid, gid)
        ? ["setpriv", $"--reuid={uid}", $"--regid={gid}", "--clear-groups", "--", program, .. arguments]
        : [program, .. arguments];

    /// <summary>Gives a folder and all in it to the user; nobody else may look into it.</summary>
    public async Task OwnAsync(string folder, CancellationToken ct)
    {
        if (_handover is not var (uid, gid))
        {
            return;
        }

        var result = await CommandLineTool.RunAsync("chown", ["-R", $"{uid}:{gid}", folder], "/", ct);
        if (result.ExitCode != 0)
        {
            throw new PostgresUnavailableException($"'{folder}' could not be given to the user that Postgres runs as: {result.Output}");
        }
    }

    /// <summary>Whether the user may pass through every folder on the way.</summary>
    public bool Reaches(string folder)
    {
        if (_handover is null || OperatingSystem.IsWindows())
        {
            return true;
        }

        for (var part = new DirectoryInfo(Path.GetFullPath(folder)); part is not null; part = part.Parent)
        {
            if (part.Exists && !part.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Those of the folders that belong to this very user. A temporary folder is everybody's: what lies there under our name
    /// may be a trap, and is neither stopped nor removed unless it is ours.
    /// </summary>
    public static async Task<IReadOnlyList<string>> OwnedAsync(IReadOnlyList<string> folders, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows() || folders.Count == 0)
        {
            return folders;
        }

        var own = GetEffectiveUserId().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var owned = new List<string>();
        foreach (var folder in folders)
        {
            // mode links uid gid ...
            var listing = await CommandLineTool.RunAsync("ls", ["-nd", folder], "/", ct);
            if (listing.ExitCode == 0 && listing.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [['d', ..], _, var uid, ..] && uid == own)
            {
                owned.Add(folder);
            }
        }

        return owned;
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint GetEffectiveUserId();
}
