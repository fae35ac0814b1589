using FleetChat.LocalHost.Postgres;

namespace FleetChat.LocalHost.Doctor;

/// <summary>Who may read the installation's files. On Windows the folders' own rules decide, and nothing is said.</summary>
internal static class FileChecks
{
    private const UnixFileMode OthersRights = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // Postgres' user has to pass through these on the way to what is his; who may write there could put something in its place.
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public static IReadOnlyList<Check> All { get; } =
    [
        Check.Of("files.folders", Folders),
        Check.Of("files.secrets", Secrets),
        Check.Of("files.password", Password),
        Check.Of("files.settings", Settings),
    ];

    private static Finding Folders(Examined examined)
    {
        var (installation, cluster) = (examined.Installation, examined.Installation.ClusterFolder);
        string[] passages = [installation.Folder, cluster];
        string[] closed = [Path.GetDirectoryName(installation.SecretsFolder)!, installation.SecretsFolder, Path.Combine(cluster, "server")];
        var open = passages.Where(folder => Allows(folder, OthersWrite)).Concat(closed.Where(folder => Allows(folder, OthersRights))).ToList();
        return open.Count == 0
            ? Finding.Fine("their owner's alone")
            : Finding.Problem($"open to others: {Listed(open)}", "Other users of this machine can look at secrets or data, or put something in their place.", string.Join("; ", open.Select(folder => $"chmod {(closed.Contains(folder) ? "700" : "go-w")} {folder}")));
    }

    private static Finding Secrets(Examined examined)
    {
        var folder = examined.Installation.SecretsFolder;
        if (!Directory.Exists(folder)) return Finding.Skipped("there are none yet");
        var open = Directory.EnumerateFiles(folder).Where(file => Allows(file, OthersRights)).Order(StringComparer.Ordinal).ToList();
        return open.Count == 0
            ? Finding.Fine("their owner's alone")
            : Finding.Problem($"open to others: {Listed(open)}", "Who reads them opens every company's data, or sends in its name.", $"chmod 600 {Path.Combine(folder, "*")}, and think about replacing what was open.");
    }

    private static Finding Password(Examined examined)
    {
        var file = PostgresCluster.PasswordFileIn(examined.Installation.ClusterFolder);
        if (!examined.Installation.IsPrivate || !File.Exists(file)) return Finding.Skipped("there is no cluster of our own");
        return Allows(file, OthersRights)
            ? Finding.Problem($"open to others: {file}", "It is the database superuser's password: row-level security does not bind him.", $"chmod 600 {file}")
            : Finding.Fine("its owner's alone");
    }

    private static Finding Settings(Examined examined)
    {
        var file = Path.Combine(examined.ContentRoot, SettingChecks.FileName);
        if (!File.Exists(file)) return Finding.Skipped($"there is no {SettingChecks.FileName}");
        return Allows(file, OthersRights)
            ? Finding.Warning($"open to others: {file}", "It holds passwords and the secret that signs webhooks.", $"chmod 600 {file}")
            : Finding.Fine("its owner's alone");
    }

    private static bool Allows(string path, UnixFileMode rights)
        => !OperatingSystem.IsWindows() && Path.Exists(path) && (File.GetUnixFileMode(path) & rights) != 0;

    private static string Listed(IEnumerable<string> paths) => string.Join(", ", paths);
}
