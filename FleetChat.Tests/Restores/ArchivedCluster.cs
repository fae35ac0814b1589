using FleetChat.Core.Data;
using FleetChat.LocalHost.Postgres;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Restores;

/// <summary>Skipped where PostgreSQL is there without its program for backups.</summary>
internal sealed class BackUpFactAttribute : FactAttribute
{
    public BackUpFactAttribute()
    {
        if (ArchivedCluster.FindProgram() is null) Skip = "there is no pg_basebackup on this machine";
    }
}

/// <summary>A cluster with FleetChat's database, whose log is archived as it is written, so that it can be put back to a moment after its base backup.</summary>
internal sealed class ArchivedCluster : IAsyncDisposable
{
    public const string Database = "fleetchat";

    private readonly ReachableFolder _folder;
    private readonly OperatingUser _user = OperatingUser.Choose();
    private readonly DatabaseLogins _logins = DatabaseLogins.For(Database);
    private PostgresCluster _cluster = null!;

    private ArchivedCluster(ReachableFolder folder) => _folder = folder;

    public string AdminConnectionString => _cluster.AdminConnectionString;

    public InstalledDatabase Connections => DatabaseInstaller.Connections(AdminConnectionString, Database, _logins);

    private string Archive => Path.Combine(_folder.Path, "archive");

    private string First => Path.Combine(_folder.Path, "first");

    private string Second => Path.Combine(_folder.Path, "second");

    public static string? FindProgram()
    {
        var binaries = PostgresBinaries.FindOnMachineAsync(OperatingUser.Choose(), major: null, CancellationToken.None).GetAwaiter().GetResult();
        if (binaries is null) return null;
        // Those on the PATH may be links to some of what is installed.
        var real = File.ResolveLinkTarget(binaries.PgCtl, returnFinalTarget: true)?.FullName ?? binaries.PgCtl;
        var program = Path.Combine(Path.GetDirectoryName(real)!, "pg_basebackup");
        return File.Exists(program) ? program : null;
    }

    public static async Task<ArchivedCluster> StartAsync()
    {
        var cluster = new ArchivedCluster(new());
        Directory.CreateDirectory(cluster.Archive);
        await cluster._user.OwnAsync(cluster.Archive, default);
        cluster._cluster = await PostgresCluster.OpenAsync(cluster.First, default);
        await cluster.DoAsync("alter system set archive_mode = on");
        await cluster.DoAsync($"alter system set archive_command = 'test ! -f {cluster.Archive}/%f && cp %p {cluster.Archive}/%f'");
        await cluster._cluster.DisposeAsync();
        cluster._cluster = await PostgresCluster.OpenAsync(cluster.First, default);
        await DatabaseInstaller.InstallAsync(cluster.AdminConnectionString, Database, cluster._logins, default);
        return cluster;
    }

    /// <summary>Into the folder in which it will live if it is needed.</summary>
    public async Task BackUpAsync()
    {
        var server = Path.Combine(Second, "server");
        Directory.CreateDirectory(server);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Second, File.GetUnixFileMode(First));
        await _user.OwnAsync(server, default);
        var admin = new NpgsqlConnectionStringBuilder(AdminConnectionString);
        var result = await _user.RunAsync(FindProgram()!,
            ["--dbname", $"host={admin.Host} port={admin.Port} user={admin.Username} password={admin.Password}", "--pgdata", PostgresCluster.DataFolderIn(Second), "--wal-method", "none", "--checkpoint", "fast"],
            server, default);
        Assert.True(result.ExitCode == 0, result.Output);
        File.Copy(PostgresCluster.PasswordFileIn(First), PostgresCluster.PasswordFileIn(Second));
    }

    /// <summary>A moment to come back to.</summary>
    public Task SetPointAsync(string name) => DoAsync($"select pg_create_restore_point('{name}')");

    /// <summary>The cluster is gone; what is left of it is its backup, and the log up to now.</summary>
    public async Task LoseAsync()
    {
        var last = await ScalarAsync<string>("select pg_walfile_name(pg_switch_wal())");
        await Until.TrueAsync(() => File.Exists(Path.Combine(Archive, last)), "the log to be archived");
        await _cluster.DisposeAsync();
        Directory.Delete(First, recursive: true);
    }

    /// <summary>The backup, and the log until that moment.</summary>
    public async Task RestoreAsync(string point)
    {
        var data = PostgresCluster.DataFolderIn(Second);
        // Without hot_standby nobody gets in before the moment is reached.
        await File.AppendAllTextAsync(Path.Combine(data, "postgresql.auto.conf"), $"""

            archive_mode = 'off'
            hot_standby = 'off'
            restore_command = 'cp {Archive}/%f %p'
            recovery_target_name = '{point}'
            recovery_target_action = 'promote'

            """);
        await File.WriteAllTextAsync(Path.Combine(data, "recovery.signal"), "");
        await _user.OwnAsync(data, default);
        _cluster = await PostgresCluster.OpenAsync(Second, default);
        await Until.TrueAsync(async () => !await ScalarAsync<bool>("select pg_is_in_recovery()"), "the moment to be reached");
    }

    public Task DoAsync(string sql) => ScalarAsync<object?>(sql);

    /// <summary>As the administrator, in the database that his connection names.</summary>
    public Task<T> ScalarAsync<T>(string sql) => ScalarAsync<T>(AdminConnectionString, sql);

    /// <summary>As the administrator, in FleetChat's database.</summary>
    public Task<T> InFleetAsync<T>(string sql) => ScalarAsync<T>(new NpgsqlConnectionStringBuilder(AdminConnectionString) { Database = Database }.ConnectionString, sql);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<T> ScalarAsync<T>(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
