using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace FleetChat.LocalHost.Postgres;

/// <summary>
/// A PostgreSQL server of our own, from the binaries of the machine. It listens on 127.0.0.1 alone, on a free port, with a
/// random password.
/// </summary>
/// <remarks>
/// A cluster's folder holds <c>lock</c> and <c>owner.json</c> (see <see cref="OwnerLock"/>), <c>password</c> and, owned by
/// the user that Postgres runs as, <c>server/</c> with its data and log.
/// </remarks>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string TemporaryPrefix = "fleetchat-postgres-";
    private const string Superuser = "fleetchat_admin";
    private const int StartTries = 5;
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _folder;
    private readonly OwnerLock _owner;
    private readonly OperatingUser _user;
    private readonly PostgresBinaries _binaries;
    private readonly bool _temporary;
    private readonly bool _survivesPowerLoss;
    private readonly string _moreSettings;
    private readonly Lazy<Task> _end;

    private PostgresCluster(string folder, OwnerLock owner, OperatingUser user, PostgresBinaries binaries, bool temporary, bool survivesPowerLoss, string moreSettings = "")
    {
        _folder = folder;
        _owner = owner;
        _user = user;
        _binaries = binaries;
        _temporary = temporary;
        _survivesPowerLoss = survivesPowerLoss;
        _moreSettings = moreSettings;
        _end = new Lazy<Task>(EndAsync);
    }

    /// <summary>The superuser's connection to the database postgres.</summary>
    public string AdminConnectionString { get; private set; } = "";

    /// <summary>The process id of the server.</summary>
    public int ServerProcessId { get; private set; }

    public int Port { get; private set; }

    public string Folder => _folder;

    public static string DefaultFolder => Path.Combine(ApplicationFolder, "postgres");

    private static string ApplicationFolder => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess
        ? "/var/lib/fleetchat"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "fleetchat");

    private string ServerFolder => Path.Combine(_folder, "server");
    private string DataFolder => DataFolderIn(_folder);
    private string LogFile => Path.Combine(ServerFolder, "log");
    private string PasswordFile => PasswordFileIn(_folder);

    /// <summary>
    /// A cluster in a temporary folder of its own, both gone after <see cref="DisposeAsync"/>. What a killed process left
    /// behind is stopped and removed first.
    /// </summary>
    /// <param name="purpose">Part of the folder's name, so that somebody who finds it knows whose it is.</param>
    /// <param name="survivesPowerLoss">With a lasting cluster's settings: what is measured on it holds for those too.</param>
    /// <param name="moreSettings">Lines of postgresql.conf.</param>
    /// <exception cref="PostgresUnavailableException"/>
    public static async Task<PostgresCluster> StartTemporaryAsync(string purpose, CancellationToken ct, bool survivesPowerLoss = false, string moreSettings = "")
    {
        var user = OperatingUser.Choose();
        var binaries = await PostgresBinaries.FindAsync(user, major: null, ApplicationFolder, ct);
        await RemoveLeftoversAsync(user, binaries, ct);

        var (folder, owner) = NewTemporaryFolder(user, purpose);
        var cluster = new PostgresCluster(folder, owner, user, binaries, temporary: true, survivesPowerLoss, moreSettings);

        // For a process that exits without disposing. Signals are the host's: it wants Postgres until it has ended itself.
        AppDomain.CurrentDomain.ProcessExit += cluster.EndAtProcessExit;
        return await StartOrDisposeAsync(cluster, ct);
    }

    /// <summary>Stops and removes the temporary clusters whose owners died.</summary>
    /// <exception cref="PostgresUnavailableException"/>
    public static async Task RemoveAbandonedAsync(CancellationToken ct)
    {
        var user = OperatingUser.Choose();
        await RemoveLeftoversAsync(user, await PostgresBinaries.FindAsync(user, major: null, ApplicationFolder, ct), ct);
    }

    /// <summary>
    /// The lasting cluster of a folder, made when it is not there yet. A cluster still running although its owner died is
    /// taken over. Stopped, and the data kept, by <see cref="DisposeAsync"/>.
    /// </summary>
    /// <exception cref="PostgresUnavailableException">Also when a living process owns it: the message has its address.</exception>
    public static async Task<PostgresCluster> OpenAsync(string folder, CancellationToken ct)
    {
        folder = Path.GetFullPath(folder);
        var user = OperatingUser.Choose();
        MakeFolder(folder);
        if (!user.Reaches(folder))
        {
            throw new PostgresUnavailableException(
                $"Postgres does not run as root, and the user that it runs as cannot reach '{folder}': choose a folder such as {DefaultFolder}.");
        }

        var owner = OwnerLock.TryTake(folder)
            ?? throw new PostgresUnavailableException(
                $"'{folder}' is in use by {OwnerLock.DescribeOwner(folder)}: use that one, stop it, or choose another data folder.");
        try
        {
            var binaries = await PostgresBinaries.FindAsync(user, MajorOf(folder), ApplicationFolder, ct);
            return await StartOrDisposeAsync(new PostgresCluster(folder, owner, user, binaries, temporary: false, survivesPowerLoss: true), ct);
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>The superuser's connection to a folder's cluster if it runs, whoever started it. Nothing is started.</summary>
    /// <returns>Null when it is stopped, or was never made.</returns>
    /// <exception cref="UnauthorizedAccessException">It belongs to another user.</exception>
    internal static async Task<string?> FindRunningAsync(string folder, CancellationToken ct)
        => Postmaster.Find(DataFolderIn(folder)) is { } server ? AdminConnection(server.Port, await File.ReadAllTextAsync(PasswordFileIn(folder), ct)) : null;

    internal static string DataFolderIn(string folder) => Path.Combine(folder, "server", "data");

    internal static string PasswordFileIn(string folder) => Path.Combine(folder, "password");

    /// <summary>Says where the owner of this cluster is found, for those who are refused because of him.</summary>
    public void Announce(string address) => _owner.Announce(address);

    public async ValueTask DisposeAsync() => await _end.Value;

    private static async Task<PostgresCluster> StartOrDisposeAsync(PostgresCluster cluster, CancellationToken ct)
    {
        try
        {
            await cluster.StartAsync(ct);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private async Task StartAsync(CancellationToken ct)
    {
        if (!Directory.Exists(DataFolder))
        {
            await InitializeAsync(ct);
        }

        var server = await StartServerAsync(ct);
        Port = server.Port;
        ServerProcessId = server.Pid;
        AdminConnectionString = AdminConnection(server.Port, await File.ReadAllTextAsync(PasswordFile, ct));
        _owner.Announce(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{server.Port}"));
    }

    private static string AdminConnection(int port, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = IPAddress.Loopback.ToString(),
        Port = port,
        Database = "postgres",
        Username = Superuser,
        Password = password,
    }.ConnectionString;

    /// <summary>The data folder appears whole or not at all: a process killed in here leaves nothing that looks finished.</summary>
    private async Task InitializeAsync(CancellationToken ct)
    {
        var half = $"{DataFolder}-{RandomHex()}";
        if (Directory.Exists(ServerFolder))
        {
            Directory.Delete(ServerFolder, recursive: true);
        }

        MakeFolder(ServerFolder, PrivateMode);
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        WritePrivateFile(PasswordFile, password);
        var passwordForInitDb = Path.Combine(ServerFolder, "password");
        WritePrivateFile(passwordForInitDb, password);
        await _user.OwnAsync(ServerFolder, ct);

        string[] arguments =
        [
            "--pgdata", half, "--username", Superuser, "--pwfile", passwordForInitDb, "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--no-locale", .. _survivesPowerLoss ? Array.Empty<string>() : ["--no-sync"],
        ];
        var result = await _user.RunAsync(_binaries.InitDb, arguments, ServerFolder, ct);
        File.Delete(passwordForInitDb);
        if (result.ExitCode != 0)
        {
            throw new PostgresUnavailableException($"{_binaries.InitDb} could not make a cluster in '{ServerFolder}': {result.Output}");
        }

        await File.AppendAllTextAsync(Path.Combine(half, "postgresql.conf"), (_survivesPowerLoss ? Settings : Settings + TemporarySettings) + _moreSettings, ct);
        Directory.Move(half, DataFolder);
    }

    private const string Settings = """

        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''
        max_connections = 200
        timezone = 'UTC'
        log_timezone = 'UTC'

        """;

    // What is thrown away with the machine's power need not survive its loss. The death of a process is survived all the same,
    // because what Postgres has written is the kernel's by then; synchronous_commit, which would break that, stays on.
    private const string TemporarySettings = """
        fsync = off
        full_page_writes = off
        shared_buffers = 32MB
        wal_level = minimal
        max_wal_senders = 0

        """;

    private async Task<Postmaster> StartServerAsync(CancellationToken ct)
    {
        var output = "";
        for (var tries = 0; tries < StartTries; tries++)
        {
            if (Postmaster.Find(DataFolder) is { } running)
            {
                return await ReadyAsync(running, ct);
            }

            // Between our look and Postgres' start another process may take the port: then the next one.
            Postmaster.ForgetDead(DataFolder);
            var options = string.Create(CultureInfo.InvariantCulture, $"-p {FreePort()}");
            var result = await _user.RunAsync(
                _binaries.PgCtl, ["start", "--pgdata", DataFolder, "--log", LogFile, "--wait", "--silent", "--options", options], ServerFolder, ct);
            output = result.Output;
        }

        return Postmaster.Find(DataFolder) ?? throw NotStarted(output);
    }

    /// <summary>A server whose owner died while it started may still be recovering what it had not finished.</summary>
    private async Task<Postmaster> ReadyAsync(Postmaster server, CancellationToken ct)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (server.Ready)
            {
                return server;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
            server = Postmaster.Find(DataFolder) ?? throw NotStarted("the server ended while it started");
        }

        throw NotStarted("the server is still starting after a minute");
    }

    private PostgresUnavailableException NotStarted(string reason)
    {
        var log = File.Exists(LogFile) ? string.Join(Environment.NewLine, File.ReadLines(LogFile).TakeLast(20)) : "";
        return new PostgresUnavailableException($"Postgres did not start in '{DataFolder}': {reason}{Environment.NewLine}{log}");
    }

    private async Task EndAsync()
    {
        await StopAsync(_user, _binaries, _folder, atOnce: _temporary);
        if (_temporary)
        {
            await RemoveAsync(_folder);
        }

        _owner.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= EndAtProcessExit;
    }

    private static async Task StopAsync(OperatingUser user, PostgresBinaries binaries, string folder, bool atOnce)
    {
        var serverFolder = Path.Combine(folder, "server");
        var dataFolder = DataFolderIn(folder);
        if (Postmaster.Find(dataFolder) is not { } server)
        {
            return;
        }

        var result = await user.RunAsync(
            binaries.PgCtl, ["stop", "--pgdata", dataFolder, "--wait", "--silent", "--mode", atOnce ? "immediate" : "fast"], serverFolder, CancellationToken.None);
        if (result.ExitCode != 0 && Postmaster.Find(dataFolder) is not null)
        {
            // Its workers notice that it is gone and end too.
            System.Diagnostics.Process.GetProcessById(server.Pid).Kill();
        }
    }

    private void EndAtProcessExit(object? sender, EventArgs arguments) => _end.Value.GetAwaiter().GetResult();

    private static async Task RemoveLeftoversAsync(OperatingUser user, PostgresBinaries binaries, CancellationToken ct)
    {
        var folders = Directory.GetDirectories(TemporaryFolder(user), TemporaryPrefix + "*");
        foreach (var folder in await OperatingUser.OwnedAsync(folders, ct))
        {
            using var owner = OwnerLock.TryTake(folder);
            if (owner is not null)
            {
                await StopAsync(user, binaries, folder, atOnce: true);
                await RemoveAsync(folder);
            }
        }
    }

    private static (string Folder, OwnerLock Owner) NewTemporaryFolder(OperatingUser user, string purpose)
    {
        for (var tries = 0; tries < StartTries; tries++)
        {
            var folder = Path.Combine(TemporaryFolder(user), $"{TemporaryPrefix}{purpose}-{RandomHex()}");
            MakeFolder(folder);

            // Another process that looks for leftovers may come between these two lines, and take it for one: then a new one.
            if (OwnerLock.TryTake(folder, FileMode.CreateNew) is { } owner)
            {
                return (folder, owner);
            }
        }

        throw new PostgresUnavailableException($"No folder for a temporary cluster could be made in '{TemporaryFolder(user)}': is it full, or not writable?");
    }

    private static string RandomHex() => RandomNumberGenerator.GetHexString(8, lowercase: true);

    private static string TemporaryFolder(OperatingUser user) => user.Reaches(Path.GetTempPath()) ? Path.GetTempPath() : "/tmp";

    /// <summary>Others may pass through to what is theirs, and see nothing.</summary>
    private static void MakeFolder(string folder)
        => MakeFolder(folder, PrivateMode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    private static void MakeFolder(string folder, UnixFileMode mode)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (Path.GetDirectoryName(folder) is { } parent)
        {
            MakeFolder(parent);
        }

        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            // Said outright, because a process' umask may take away what Postgres' user needs.
            File.SetUnixFileMode(folder, mode);
        }
    }

    private static void WritePrivateFile(string path, string content)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(content);
    }

    private static async Task RemoveAsync(string folder)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (DirectoryNotFoundException)
            {
                return;
            }
            catch (IOException) when (tries < 20)
            {
                // A killed server's last worker may still be writing.
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
        }
    }

    /// <summary>The version that made the data folder; null when there is none.</summary>
    internal static int? MajorOf(string folder)
    {
        var file = Path.Combine(DataFolderIn(folder), "PG_VERSION");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
