using System.Globalization;
using FleetChat.LocalHost.Postgres;
using FleetChat.LocalRuntime;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>A Postgres of the test's own that it may stop as hard as it likes, with one database and its ordinary owner.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private const string Role = "chaos";
    private const string Password = "chaos";
    private readonly PostgresCluster _cluster;

    private ChaosCluster(PostgresCluster cluster)
    {
        _cluster = cluster;
        Admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = Role, Pooling = false }.ConnectionString);
        ConnectionString = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = Role, Username = Role, Password = Password, MaxPoolSize = 8 }.ConnectionString;
    }

    /// <summary>The superuser, for whom Postgres keeps connections when there are no others.</summary>
    public NpgsqlDataSource Admin { get; }

    /// <summary>Of the hosts' login.</summary>
    public string ConnectionString { get; }

    private string DataFolder => Path.Combine(_cluster.Folder, "server", "data");

    public static async Task<ChaosCluster> StartAsync()
    {
        var cluster = await PostgresCluster.StartTemporaryAsync("chaos", CancellationToken.None);
        await using var postgres = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Pooling = false }.ConnectionString);
        foreach (var sql in new[]
                 {
                     $"create role {Role} login password '{Password}'",
                     $"create database {Role} owner {Role}",
                     "alter system set max_connections = 120",
                     "alter system set deadlock_timeout = '200ms'",
                 }) await ExecuteAsync(postgres, sql);
        var own = new ChaosCluster(cluster);
        await own.StopHardAsync(killed: false);
        await own.StartAgainAsync();
        await own.PrepareAsync();
        return own;
    }

    /// <summary>Without a word to anybody: by its own immediate mode, or by SIGKILL of its first process.</summary>
    public async Task StopHardAsync(bool killed)
    {
        if (Postmaster.Find(DataFolder) is not { } server) return;
        await Signals.SendAsync(server.Pid, killed ? "KILL" : "QUIT");
        await Until.TrueAsync(() => Postmaster.Find(DataFolder) is null, because: "Postgres to be gone");
    }

    public async Task StartAgainAsync()
    {
        var user = OperatingUser.Choose();
        var binaries = await PostgresBinaries.FindAsync(user, major: null, Path.GetTempPath(), CancellationToken.None);
        var port = string.Create(CultureInfo.InvariantCulture, $"-p {_cluster.Port}");
        var server = Path.Combine(_cluster.Folder, "server");

        // The last workers of a killed server may hold its memory for a moment longer.
        await Until.TrueAsync(async () =>
        {
            if (Postmaster.Find(DataFolder) is { } running) return running.Ready;
            Postmaster.ForgetDead(DataFolder);
            await user.RunAsync(
                binaries.PgCtl,
                ["start", "--pgdata", DataFolder, "--log", Path.Combine(server, "log"), "--wait", "--silent", "--options", port],
                server,
                CancellationToken.None);
            return Postmaster.Find(DataFolder)?.Ready == true;
        }, because: "Postgres to start again");
    }

    public Task ExecuteAsync(string sql, params object[] values) => ExecuteAsync(Admin, sql, values);

    public Task<List<string>> ListAsync(string sql, params object[] values) => Rows.ListAsync(Admin, sql, values);

    public async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Rows.CommandOf(Admin, sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The runtime's tables belong to the hosts' login, and so does what watches them.</summary>
    private async Task PrepareAsync()
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await new BusinessClockControl(source).ReadAsync();
        await ExecuteAsync(source, ChaosSchema.Sql);
    }

    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql, params object[] values)
    {
        await using var command = Rows.CommandOf(source, sql, values);
        await command.ExecuteNonQueryAsync();
    }
}
