using System.Globalization;
using System.Text.RegularExpressions;
using MysticMind.PostgresEmbed;

namespace FleetChat.LocalHost.Postgres;

/// <summary>A folder with initdb, pg_ctl and postgres of one version.</summary>
internal sealed partial record PostgresBinaries(string Folder, Version Version)
{
    public const int OldestMajor = 15;
    private const int FetchedMajor = 17;
    private const string Repository = "https://repo1.maven.org/maven2";

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    // Distributions keep the server's programs out of PATH: Debian and Ubuntu, the PostgreSQL project's rpms, Homebrew.
    private static readonly (string Parent, string Child)[] KnownPlaces =
    [
        ("/usr/lib/postgresql", "*"),
        ("/usr", "pgsql-*"),
        ("/opt/homebrew/opt", "postgresql*"),
        ("/usr/local/opt", "postgresql*"),
    ];

    public string InitDb => Program("initdb");
    public string PgCtl => Program("pg_ctl");

    /// <param name="major">The version that made a data folder, which no other can open; null for the newest.</param>
    /// <param name="cache">Where fetched binaries are kept.</param>
    public static async Task<PostgresBinaries> FindAsync(OperatingUser user, int? major, string cache, CancellationToken ct)
        => await FindOnMachineAsync(user, major, ct) ?? await FetchAsync(user, major, cache, Repository, ct);

    /// <summary>As <see cref="FindAsync"/>, but fetches nothing.</summary>
    /// <returns>The newest that fits, or null.</returns>
    public static Task<PostgresBinaries?> FindOnMachineAsync(OperatingUser user, int? major, CancellationToken ct) => FindInAsync(MachineFolders(), user, major, ct);

    /// <inheritdoc cref="FindOnMachineAsync"/>
    internal static async Task<PostgresBinaries?> FindInAsync(
        IEnumerable<string> folders, OperatingUser user, int? major, CancellationToken ct)
    {
        var found = new List<PostgresBinaries>();
        foreach (var folder in folders.Where(folder => HasPrograms(folder) && user.Reaches(folder)).Distinct())
        {
            if (await VersionAsync(folder, user, ct) is { } version && version.Major >= OldestMajor && version.Major == (major ?? version.Major))
            {
                found.Add(new PostgresBinaries(folder, version));
            }
        }

        return found.MaxBy(binaries => binaries.Version);
    }

    internal static async Task<PostgresBinaries> FetchAsync(OperatingUser user, int? major, string cache, string repository, CancellationToken ct)
    {
        try
        {
            var server = new PgServer(new PgServerOptions
            {
                PgVersion = (major ?? FetchedMajor).ToString(CultureInfo.InvariantCulture),
                DbDir = cache,
                BinariesDir = Path.Combine(cache, "binaries"),
                MavenRepo = repository,
                DownloadRetryCount = 1,
            });
            await server.InstallAsync(ct);
            return await FindInAsync([Path.Combine(server.InstallDir, "bin")], user, major, ct)
                ?? throw new PostgresUnavailableException($"The PostgreSQL fetched to '{server.InstallDir}' does not run on this machine: {Advice(major)}");
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or PostgresUnavailableException))
        {
            throw new PostgresUnavailableException(
                $"This machine has no PostgreSQL {Wanted(major)}, and it could not be fetched ({failure.Message.TrimEnd('.')}): {Advice(major)}", failure);
        }
    }

    private static IEnumerable<string> MachineFolders()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var known = KnownPlaces
            .Where(place => Directory.Exists(place.Parent))
            .SelectMany(place => Directory.EnumerateDirectories(place.Parent, place.Child))
            .Select(folder => Path.Combine(folder, "bin"));
        return path.Concat(known);
    }

    private static bool HasPrograms(string folder) => Array.TrueForAll(Programs, program => File.Exists(Path.Combine(folder, Executable(program))));

    private static async Task<Version?> VersionAsync(string folder, OperatingUser user, CancellationToken ct)
    {
        // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
        var result = await user.RunAsync(Path.Combine(folder, Executable("postgres")), ["--version"], folder, ct);
        var match = VersionText().Match(result.Output);
        return result.ExitCode == 0 && match.Success ? Version.Parse(match.Groups[1].Value) : null;
    }

    internal static string Wanted(int? major) => major is null ? $"{OldestMajor} or later" : $"{major} (the version that made the data folder)";

    internal static string Advice(int? major)
        => $"install it (Debian, Ubuntu: apt-get install postgresql{(major is null ? "" : $"-{major}")}; macOS: brew install postgresql@{major ?? FetchedMajor}), "
           + $"or set {PostgresServer.Variable} to an administrator's connection string of a running server.";

    private static string Executable(string program) => OperatingSystem.IsWindows() ? $"{program}.exe" : program;

    private string Program(string program) => Path.Combine(Folder, Executable(program));

    // A version of its own may be "16.1", and a beta "17beta2".
    [GeneratedRegex(@"\(PostgreSQL\) (\d+\.\d+)")]
    private static partial Regex VersionText();
}
