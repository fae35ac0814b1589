using FleetChat.LocalRuntime;
using FleetChat.LocalRuntime.Durable;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.Tests.LocalRuntime.Durable.Chaos;
using FleetChat.Tests.Postgres;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>What the engine's statements promise each other, where a test of whole hosts would have to be lucky.</summary>
public sealed class StoreTests
{
    private const string MakeSql = """
        insert into localhost.hosts default values;
        insert into localhost.instances (id, name, status, created_at, updated_at, owner, token)
        values ('one', 'One', 0, now(), now(), 1, 7)
        """;

    [Fact]
    public async Task Of_two_turns_of_one_instance_in_one_commit_only_its_holders_counts()
    {
        await using var database = await MakeAsync();
        await using var local = new LocalDatabase(new LocalRuntimeOptions { Postgres = database.Logins.LocalRuntime });

        var outcome = await new TurnWriter(local).CommitAsync(1, 9, TimeProvider.System.GetUtcNow(), [TurnOf(token: 6), TurnOf(token: 7)], CancellationToken.None);

        Assert.Equal([(1L, 7L)], outcome.Committed);
    }

    [Fact]
    public async Task A_host_that_the_others_have_forgotten_commits_nothing()
    {
        await using var database = await MakeAsync();
        await using var local = new LocalDatabase(new LocalRuntimeOptions { Postgres = database.Logins.LocalRuntime });
        await database.ExecuteAsAdminAsync("delete from localhost.hosts");

        var outcome = await new TurnWriter(local).CommitAsync(1, 9, TimeProvider.System.GetUtcNow(), [TurnOf(token: 7)], CancellationToken.None);

        Assert.Empty(outcome.Committed);
        Assert.Equal(0, await database.ScalarAsAdminAsync<int>("select turns from localhost.instances"));
    }

    /// <summary>Nobody takes a living host's instances: one that was given back and is his again would wait for ever.</summary>
    [Fact]
    public async Task What_was_given_back_stays_so_when_Postgres_is_stopped_hard()
    {
        await using var cluster = await ChaosCluster.StartAsync();
        await cluster.ExecuteAsync("alter system set wal_writer_delay = '10s'");
        await cluster.ExecuteAsync("select pg_reload_conf()");
        await cluster.ExecuteAsync(MakeSql);
        await using var local = new LocalDatabase(new LocalRuntimeOptions { Postgres = cluster.ConnectionString });

        await new Claims(local).ReleaseAsync(1, [(1, 7)], CancellationToken.None);
        await cluster.StopHardAsync(killed: false);
        await cluster.StartAgainAsync();

        Assert.Equal(["none"], await cluster.ListAsync("select coalesce(owner::text, 'none') from localhost.instances"));
    }

    [Fact]
    public async Task A_claim_that_could_not_be_read_is_given_back_although_an_older_session_is_there()
    {
        await using var database = await TestDatabase.EmptyAsync("reads");
        var door = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = 0;
        await using var host = await DurableHost.JoinAsync(database.Logins.LocalRuntime, tasks => tasks
            .AddOrchestratorFunc("Two", async context => await context.CallActivityAsync<string>("Door") + await context.WaitForExternalEvent<string>("go"))
            .AddActivityFunc("Door", async (TaskActivityContext _) =>
            {
                Interlocked.Increment(ref begun);
                await door.Task;
                return "open ";
            }));
        var id = await host.BeginAsync("Two");
        await Until.TrueAsync(() => begun == 1, because: "the activity to begin");

        await using (var lockHistory = new NpgsqlConnection(database.Admin))
        {
            await lockHistory.OpenAsync();
            await using var transaction = await lockHistory.BeginTransactionAsync();
            await ExecuteAsync(lockHistory, "lock table localhost.history in access exclusive mode");

            // As others do with what seems to be a dead host's.
            await database.ExecuteAsAdminAsync("update localhost.instances set owner = null");
            await database.ExecuteAsAdminAsync("update localhost.activities set owner = null");
            await host.Client.RaiseEventAsync(id, "go", "on");
            await Until.TrueAsync(() => database.ScalarAsAdminAsync<bool>($"select exists ({WaitingSql})"), because: "its history to be read");
            await database.ExecuteAsAdminAsync($"select pg_terminate_backend(pid) from ({WaitingSql}) waiting");
        }
        door.SetResult();

        Assert.Equal("open on", (await host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task What_cannot_be_stored_fails_its_orchestration_and_harms_no_other()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc<string>("Asks", async (context, name) =>
            {
                await context.WaitForExternalEvent<string>("go");
                await context.CallActivityAsync<string>(name);
            })
            .AddActivityFunc("Good", string (TaskActivityContext _) => "good"));
        string[] names = ["Good", "N\0L", "Good", "half \ud800", "Good"];
        var ids = await Task.WhenAll(names.Select(name => host.BeginAsync("Asks", name)));

        await Task.WhenAll(ids.Select(id => host.Client.RaiseEventAsync(id, "go")));

        var ends = await Task.WhenAll(ids.Select(host.FinishAsync));
        Assert.All(names.Zip(ends), end => Assert.Equal(end.First == "Good" ? OrchestrationRuntimeStatus.Completed : OrchestrationRuntimeStatus.Failed, end.Second.RuntimeStatus));
    }

    [Fact]
    public async Task A_client_that_came_before_its_database_works_once_it_is_there()
    {
        await using var cluster = await ChaosCluster.StartAsync();
        await using var client = PlainClient.Of(cluster.ConnectionString);
        await cluster.StopHardAsync(killed: false);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => client.Client.GetInstanceAsync("any"));

        await cluster.StartAgainAsync();

        Assert.Null(await client.Client.GetInstanceAsync("any"));
    }

    private const string WaitingSql = "select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%localhost.history%' and query like '%unnest($1, $2)%'";

    private static async Task<TestDatabase> MakeAsync()
    {
        var database = await TestDatabase.EmptyAsync("store");
        await using var source = NpgsqlDataSource.Create(database.Logins.LocalRuntime);
        await LocalSchema.UpgradeAsync(source, CancellationToken.None);
        await database.ExecuteAsAdminAsync(MakeSql);
        return database;
    }

    private static TurnCommit TurnOf(long token) => new()
    {
        Key = 1,
        Token = token,
        From = (1, 0),
        To = (1, 1),
        Status = InstanceStatus.Running,
        CustomStatus = null,
        Keeps = false,
        Events = "[]",
    };

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
