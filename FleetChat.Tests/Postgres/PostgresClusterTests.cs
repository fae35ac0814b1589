using System.Globalization;
using FleetChat.LocalHost.Postgres;
using Npgsql;

namespace FleetChat.Tests.Postgres;

public sealed class PostgresClusterTests
{
    private const int Nobody = 65534;
    private const string NobodyListens = "http://127.0.0.1:1";

    [Fact]
    public async Task Temporary_cluster_answers_and_leaves_no_process_and_no_folder()
    {
        await using var cluster = await PostgresCluster.StartTemporaryAsync("once", CancellationToken.None);

        Assert.True(await VersionAsync(cluster.AdminConnectionString) >= 150000);

        await cluster.DisposeAsync();
        Assert.False(Directory.Exists(cluster.Folder));
        Assert.False(IsAlive(cluster.ServerProcessId));
    }

    [Fact]
    public async Task Cluster_listens_on_loopback_only_and_wants_the_password()
    {
        await using var cluster = await PostgresCluster.StartTemporaryAsync("door", CancellationToken.None);

        Assert.Equal("127.0.0.1", await SettingAsync(cluster.AdminConnectionString, "listen_addresses"));
        Assert.Equal("", await SettingAsync(cluster.AdminConnectionString, "unix_socket_directories"));

        var wrong = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Password = "wrong", Pooling = false };
        var refused = await Assert.ThrowsAsync<PostgresException>(() => VersionAsync(wrong.ConnectionString));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task Temporary_clusters_stand_side_by_side()
    {
        var clusters = await Task.WhenAll(
            PostgresCluster.StartTemporaryAsync("twin", CancellationToken.None),
            PostgresCluster.StartTemporaryAsync("twin", CancellationToken.None));

        try
        {
            Assert.NotEqual(clusters[0].Port, clusters[1].Port);
            Assert.All(clusters, cluster => Assert.True(IsAlive(cluster.ServerProcessId)));
        }
        finally
        {
            foreach (var cluster in clusters)
            {
                await cluster.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Leftovers_of_a_killed_process_are_removed_by_the_next_start()
    {
        await using var killed = await ClusterProcess.StartAsync(["temporary-cluster", "killed"]);
        await killed.KillAsync();
        Assert.True(IsAlive(killed.ServerProcessId));

        await using var next = await PostgresCluster.StartTemporaryAsync("next", CancellationToken.None);

        Assert.False(IsAlive(killed.ServerProcessId));
        Assert.False(Directory.Exists(killed.Folder));
    }

    [Fact]
    public async Task Living_process_keeps_its_temporary_cluster_when_another_starts()
    {
        await using var living = await ClusterProcess.StartAsync(["temporary-cluster", "living"]);

        await using var next = await PostgresCluster.StartTemporaryAsync("next", CancellationToken.None);

        Assert.True(await VersionAsync(living.AdminConnectionString) >= 150000);
    }

    [Fact]
    public async Task Process_that_ends_in_good_order_takes_its_cluster_with_it()
    {
        await using var process = await ClusterProcess.StartAsync(["temporary-cluster", "orderly"]);

        await process.EndAsync();

        Assert.False(IsAlive(process.ServerProcessId));
        Assert.False(Directory.Exists(process.Folder));
    }

    [Fact]
    public async Task Process_that_exits_without_disposing_takes_its_cluster_with_it()
    {
        await using var process = await ClusterProcess.StartAsync(["temporary-cluster-and-exit", "exited"]);

        await process.EndAsync();

        Assert.False(IsAlive(process.ServerProcessId));
        Assert.False(Directory.Exists(process.Folder));
    }

    [Fact]
    public async Task Owner_named_by_a_number_that_another_process_has_now_counts_as_dead()
    {
        await using var killed = await ClusterProcess.StartAsync(["temporary-cluster", "recycled"]);
        await killed.KillAsync();
        var owner = Path.Combine(killed.Folder, "owner.json");
        var ours = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(owner, (await File.ReadAllTextAsync(owner)).Replace(
            killed.ProcessId.ToString(CultureInfo.InvariantCulture), ours, StringComparison.Ordinal));

        await using var next = await PostgresCluster.StartTemporaryAsync("next", CancellationToken.None);

        Assert.False(Directory.Exists(killed.Folder));
    }

    [Fact]
    public async Task Data_of_a_lasting_cluster_is_there_when_it_is_opened_again()
    {
        using var folder = new ReachableFolder();
        await using (var first = await PostgresCluster.OpenAsync(folder.Path, CancellationToken.None))
        {
            await ExecuteAsync(first.AdminConnectionString, "create table kept (id int)");
        }

        await using var second = await PostgresCluster.OpenAsync(folder.Path, CancellationToken.None);

        await ExecuteAsync(second.AdminConnectionString, "select id from kept");
    }

    [Fact]
    public async Task Folder_of_a_living_owner_is_refused_with_his_address()
    {
        using var folder = new ReachableFolder();
        await using var owner = await ClusterProcess.StartAsync(["cluster", folder.Path]);

        var refused = await Assert.ThrowsAsync<PostgresUnavailableException>(() => PostgresCluster.OpenAsync(folder.Path, CancellationToken.None));

        Assert.Contains($"process {owner.ProcessId}", refused.Message, StringComparison.Ordinal);
        var port = new NpgsqlConnectionStringBuilder(owner.AdminConnectionString).Port;
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_that_an_owner_announced_is_what_the_next_is_told()
    {
        using var folder = new ReachableFolder();
        await using var owner = await PostgresCluster.OpenAsync(folder.Path, CancellationToken.None);
        owner.Announce("http://127.0.0.1:7071");

        var refused = await Assert.ThrowsAsync<PostgresUnavailableException>(() => PostgresCluster.OpenAsync(folder.Path, CancellationToken.None));

        Assert.Contains("http://127.0.0.1:7071", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_cluster_of_a_dead_owner_is_taken_over()
    {
        using var folder = new ReachableFolder();
        await using var dead = await ClusterProcess.StartAsync(["cluster", folder.Path]);
        await dead.KillAsync();

        await using var heir = await PostgresCluster.OpenAsync(folder.Path, CancellationToken.None);

        Assert.Equal(dead.ServerProcessId, heir.ServerProcessId);
        Assert.True(await VersionAsync(heir.AdminConnectionString) >= 150000);
    }

    [Fact]
    public async Task Cluster_whose_server_was_killed_too_starts_again_although_its_number_was_given_away()
    {
        using var folder = new ReachableFolder();
        await using var dead = await ClusterProcess.StartAsync(["cluster", folder.Path]);
        await dead.KillAsync();
        using (var server = System.Diagnostics.Process.GetProcessById(dead.ServerProcessId))
        {
            server.Kill();
        }

        await Until.TrueAsync(() => !IsAlive(dead.ServerProcessId), because: "the killed server to be gone");
        var pidFile = Path.Combine(folder.Path, "server", "data", "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(pidFile);
        lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(pidFile, lines);

        await using var heir = await PostgresCluster.OpenAsync(folder.Path, CancellationToken.None);

        Assert.True(await VersionAsync(heir.AdminConnectionString) >= 150000);
    }

    [RootFact]
    public async Task Root_hands_the_server_over_to_an_ordinary_user()
    {
        await using var cluster = await PostgresCluster.StartTemporaryAsync("root", CancellationToken.None);

        Assert.NotEqual("0", UserOf(cluster.ServerProcessId));
    }

    [RootFact]
    public async Task Ordinary_user_runs_it_as_himself_and_leaves_nothing()
    {
        await using var process = await ClusterProcess.StartAsync(["temporary-cluster", "ordinary"], asUser: Nobody);
        Assert.Equal(Nobody.ToString(CultureInfo.InvariantCulture), UserOf(process.ServerProcessId));
        Assert.True(await VersionAsync(process.AdminConnectionString) >= 150000);

        await process.EndAsync();

        Assert.False(IsAlive(process.ServerProcessId));
        Assert.False(Directory.Exists(process.Folder));
    }

    [RootFact]
    public async Task Folder_that_looks_like_a_leftover_but_is_another_users_is_left_alone()
    {
        await using var theirs = await ClusterProcess.StartAsync(["temporary-cluster", "theirs"], asUser: Nobody);
        await theirs.KillAsync();

        await using (await PostgresCluster.StartTemporaryAsync("ours", CancellationToken.None))
        {
            Assert.True(IsAlive(theirs.ServerProcessId));
        }

        await using var theirNext = await ClusterProcess.StartAsync(["temporary-cluster", "theirs"], asUser: Nobody);
        Assert.False(Directory.Exists(theirs.Folder));
    }

    [Fact]
    public async Task Machine_without_postgres_and_without_network_is_told_what_to_install()
    {
        using var cache = new ReachableFolder();

        var missing = await Assert.ThrowsAsync<PostgresUnavailableException>(
            () => PostgresBinaries.FetchAsync(OperatingUser.Choose(), major: null, cache.Path, NobodyListens, CancellationToken.None));

        Assert.Contains("apt-get install postgresql", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_without_the_programs_or_with_another_version_is_passed_over()
    {
        var user = OperatingUser.Choose();
        var machine = await PostgresBinaries.FindAsync(user, major: null, Path.GetTempPath(), CancellationToken.None);

        Assert.Null(await PostgresBinaries.FindInAsync([Path.GetTempPath()], user, major: null, CancellationToken.None));
        Assert.Null(await PostgresBinaries.FindInAsync([machine.Folder], user, machine.Version.Major + 1, CancellationToken.None));
        Assert.Equal(machine, await PostgresBinaries.FindInAsync([machine.Folder], user, machine.Version.Major, CancellationToken.None));
    }

    private static async Task<int> VersionAsync(string connectionString)
        => int.Parse(await SettingAsync(connectionString, "server_version_num"), CultureInfo.InvariantCulture);

    private static async Task<string> SettingAsync(string connectionString, string name)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select current_setting($1)", connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = name } } };
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static bool IsAlive(int processId)
    {
        var status = $"/proc/{processId}/status";
        return OperatingSystem.IsLinux()
            ? File.Exists(status) && !File.ReadAllText(status).Contains("State:\tZ", StringComparison.Ordinal)
            : Array.Exists(System.Diagnostics.Process.GetProcesses(), process => process.Id == processId);
    }

    private static string UserOf(int processId)
        => File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
}
