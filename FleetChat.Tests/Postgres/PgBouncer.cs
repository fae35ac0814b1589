using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FleetChat.Core.Data;
using FleetChat.LocalHost.Postgres;
using Npgsql;

namespace FleetChat.Tests.Postgres;

/// <summary>
/// A real PgBouncer in transaction mode before the test server, as one stands before the database in production: no
/// statement may count on the session that the one before it had. One a test run, started when a test wants it.
/// </summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    /// <summary>Sessions of the server, of one login in one database.</summary>
    public const int PoolSize = 5;

    private static readonly string[] Places = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
    private static readonly Lazy<Task<PgBouncer>> Shared = new(StartAsync);

    private readonly Process _process;
    private readonly string _folder;
    private readonly int _port;

    private PgBouncer(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        _port = port;
    }

    /// <summary>Why tests through it are skipped here; null where they run. On a build machine its absence is a failure.</summary>
    public static string? MissingReason => ReasonToSkip(Program, Environment.GetEnvironmentVariable("CI"));

    internal static string? ReasonToSkip(string? program, string? ci)
        => program is null && ci != "true" ? "pgbouncer is not installed (Debian: apt-get install pgbouncer)." : null;

    private static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Places)
        .Select(folder => Path.Combine(folder, "pgbouncer"))
        .FirstOrDefault(File.Exists);

    public static Task<PgBouncer> SharedAsync() => Shared.Value;

    public static async Task StopSharedAsync()
    {
        if (Shared.IsValueCreated)
        {
            await (await Shared.Value).DisposeAsync();
        }
    }

    /// <summary>The same login and database by way of PgBouncer, with the settings that belong to it.</summary>
    public string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        Host = IPAddress.Loopback.ToString(),
        Port = _port,
        // A pooled session's reset would hit whatever server session PgBouncer lends at that moment; there is nothing to reset.
        NoResetOnClose = true,
    }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Assert.False(Directory.Exists(_folder), $"{_folder} is still there");
    }

    private static async Task<PgBouncer> StartAsync()
    {
        var program = Program ?? throw new InvalidOperationException("CI=true, and pgbouncer is not installed: apt-get install pgbouncer.");
        var server = new NpgsqlConnectionStringBuilder(await TestPostgres.AdminConnectionStringAsync());
        var user = OperatingUser.Choose();
        var folder = Directory.CreateTempSubdirectory("fleetchat-pgbouncer-").FullName;
        var port = FreePort();
        var settings = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(settings, Settings(server, folder, port));
        await File.WriteAllLinesAsync(Path.Combine(folder, "users.txt"), TestPostgres.Logins.All.Select(login => $"\"{login.Name}\" \"{login.Password}\""));
        await user.OwnAsync(folder, CancellationToken.None);

        // The shell's input ends with this process, however that ends; then it ends pgbouncer and takes the folder away.
        const string Guard = """
            folder=$1
            shift
            "$@" &
            cat > /dev/null
            kill $!
            wait $!
            rm -rf "$folder"
            """;
        var start = new ProcessStartInfo("sh", ["-c", Guard, "sh", folder, .. user.Command(program, ["--quiet", settings])]) { RedirectStandardInput = true };
        var bouncer = new PgBouncer(Process.Start(start)!, folder, port);
        await Until.TrueAsync(() => AnswersAsync(port), because: "pgbouncer to listen");
        return bouncer;
    }

    private static string Settings(NpgsqlConnectionStringBuilder server, string folder, int port) => string.Create(CultureInfo.InvariantCulture, $"""
        [databases]
        * = host={server.Host} port={server.Port}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = scram-sha-256
        auth_file = {Path.Combine(folder, "users.txt")}
        logfile = {Path.Combine(folder, "log")}
        pool_mode = transaction
        max_client_conn = 500
        default_pool_size = {PoolSize}
        max_user_connections = 40
        server_idle_timeout = 2

        """);

    private static async Task<bool> AnswersAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
