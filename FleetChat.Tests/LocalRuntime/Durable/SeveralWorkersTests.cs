using System.Collections.Concurrent;
using FleetChat.LocalRuntime;
using FleetChat.Tests.Postgres;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>Several workers, clients and hosts side by side.</summary>
public sealed class SeveralWorkersTests
{
    private const string AnswersSql = """
        select string_agg(event ->> 'result', ', ' order by event ->> 'result')
        from localhost.instances i
        join localhost.history h on h.instance = i.key
        cross join json_array_elements(h.events::json) event
        where i.id = $1
            and event ->> 'k' = 'activity_completed'
        """;

    [Fact]
    public async Task Named_workers_and_clients_keep_to_their_own_databases()
    {
        await using var north = await TestDatabase.EmptyAsync("north");
        await using var south = await TestDatabase.EmptyAsync("south");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        foreach (var (name, database) in new[] { ("north", north), ("south", south) })
        {
            var postgres = ConnectionOf(database);
            builder.Services.AddDurableTaskWorker(name, w => w.AddTasks(t => t.AddOrchestratorFunc("Where", string (TaskOrchestrationContext _) => name)).UsePostgres(postgres));
            builder.Services.AddDurableTaskClient(name, c => c.UsePostgres(postgres));
        }
        await using var host = new StartedHost(builder.Build());
        await host.StartAsync();
        var clients = host.Services.GetRequiredService<IDurableTaskClientProvider>();

        Assert.Equal("north", await RunAsync(clients.GetClient("north")));
        Assert.Equal("south", await RunAsync(clients.GetClient("south")));
        Assert.Equal("north", clients.GetClient("north").Name);
        Assert.Throws<ArgumentOutOfRangeException>(() => clients.GetClient("west"));
        Assert.Null(host.Services.GetService<DurableTaskClient>());
    }

    [Fact]
    public async Task Named_workers_of_one_database_share_the_work_by_their_filters()
    {
        await using var database = await TestDatabase.EmptyAsync("named");
        var postgres = ConnectionOf(database);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTaskWorker("orchestrations", w => w
            .AddTasks(t => t.AddOrchestratorFunc("Where", async context => string.Join(' ', await Task.WhenAll(
                context.CallActivityAsync<string>("Says", "a"), context.CallActivityAsync<string>("Says", "b"), context.CallSubOrchestratorAsync<string>("Other")))))
            .UseWorkItemFilters()
            .UsePostgres(postgres));
        builder.Services.AddDurableTaskWorker("activities", w => w
            .AddTasks(t => t
                .AddActivityFunc<string, string>("Says", (_, input) => input)
                .AddOrchestratorFunc("Other", string (TaskOrchestrationContext _) => "other"))
            .UseWorkItemFilters()
            .UsePostgres(postgres));
        builder.Services.AddDurableTaskClient(c => c.UsePostgres(postgres));
        await using var host = new StartedHost(builder.Build());
        await host.StartAsync();

        Assert.Equal("a b other", await RunAsync(host.Services.GetRequiredService<DurableTaskClient>()));
    }

    [Fact]
    public async Task A_client_without_a_worker_starts_what_another_host_runs()
    {
        await using var worker = await DurableHost.StartAsync(tasks => tasks.AddOrchestratorFunc("Where", string (TaskOrchestrationContext _) => "elsewhere"));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTaskClient(c => c.UsePostgres(new NpgsqlConnectionStringBuilder(worker.Postgres) { MaxPoolSize = 5 }.ConnectionString));
        await using var host = new StartedHost(builder.Build());
        await host.StartAsync();

        Assert.Equal("elsewhere", await RunAsync(host.Services.GetRequiredService<DurableTaskClient>()));
    }

    [Fact]
    public async Task What_was_scheduled_before_any_worker_came_runs_when_one_does()
    {
        await using var database = await TestDatabase.EmptyAsync("early");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTaskClient(c => c.UsePostgres(ConnectionOf(database)));
        await using var client = new StartedHost(builder.Build());
        await client.StartAsync();
        var id = await client.Services.GetRequiredService<DurableTaskClient>().ScheduleNewOrchestrationInstanceAsync("Where");

        await using var host = await DurableHost.JoinAsync(database.Logins.LocalRuntime, tasks => tasks.AddOrchestratorFunc("Where", string (TaskOrchestrationContext _) => "later"));

        Assert.Equal("later", (await host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Hosts_of_one_database_share_its_work()
    {
        var ran = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await using var database = await TestDatabase.EmptyAsync("shared");
        await using var first = await JoinAsync(database, "first", ran);
        await using var second = await JoinAsync(database, "second", ran);

        var done = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? first : second).RunAsync("Work", i)));

        Assert.Equal(Enumerable.Range(0, 40).Select(i => i * 10), done.Select(d => d.ReadOutputAs<int>()));
        Assert.Equal(400, ran.Values.Sum());
        Assert.Equal(["first", "second"], ran.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_host_that_stops_leaves_its_instances_to_the_others()
    {
        await using var database = await TestDatabase.EmptyAsync("leaving");
        var first = await JoinAsync(database, "first", []);
        await using var second = await JoinAsync(database, "second", []);
        var ids = new List<string>();
        for (var i = 0; i < 10; i++) ids.Add(await first.BeginAsync("WaitThenWork", i));

        await first.DisposeAsync();
        foreach (var id in ids) await second.Client.RaiseEventAsync(id, "go");

        foreach (var id in ids) Assert.Equal(OrchestrationRuntimeStatus.Completed, (await second.FinishAsync(id)).RuntimeStatus);
    }

    /// <summary>It began before its host held the instance: the session that is there at its end does not vouch for its claim.</summary>
    [Fact]
    public async Task An_activity_that_another_host_took_over_is_answered_once()
    {
        await using var database = await TestDatabase.EmptyAsync("taken");
        var (door, held) = (NewGate(), NewGate());
        var begun = 0;
        string id;
        await using (var gone = await DurableHost.JoinAsync(database.Logins.LocalRuntime, AddTwo, worker => worker.UseWorkItemFilters()))
        {
            id = await gone.BeginAsync("Two");
        }
        await using var slow = await DurableHost.JoinAsync(
            database.Logins.LocalRuntime,
            tasks => AddTwo(tasks
                .AddOrchestratorFunc("Next", context => context.CallActivityAsync<string>("Free"))
                .AddActivityFunc("Door", (TaskActivityContext _) => BeginAsync("slow", door.Task))
                .AddActivityFunc("Held", (TaskActivityContext _) => BeginAsync("held", held.Task))
                .AddActivityFunc("Free", string (TaskActivityContext _) => "free")),
            worker => worker.Configure(o => o.Concurrency.MaximumConcurrentActivityWorkItems = 2));
        await Until.TrueAsync(() => Volatile.Read(ref begun) == 1, because: "the activity to begin without a session");
        await slow.Client.RaiseEventAsync(id, "go");
        await Until.TrueAsync(() => Volatile.Read(ref begun) == 2, because: "the session, which a second activity keeps open");

        // As others do with what seems to be a dead host's.
        await database.ExecuteAsAdminAsync("update localhost.activities set owner = null where name = 'Door'");
        await using var other = await DurableHost.JoinAsync(
            database.Logins.LocalRuntime, tasks => tasks.AddActivityFunc("Door", string (TaskActivityContext _) => "other"), worker => worker.UseWorkItemFilters());
        await Until.TrueAsync(
            () => database.ScalarAsAdminAsync<bool>("select not exists (select from localhost.activities where name = 'Door')"), because: "the other host's answer");
        door.SetResult();

        // Its place is free once its answer was handed over.
        Assert.Equal("free", (await slow.RunAsync("Next")).ReadOutputAs<string>());
        held.SetResult();
        Assert.Equal("other held", (await slow.FinishAsync(id)).ReadOutputAs<string>());
        Assert.Equal("\"held\", \"other\"", await database.ScalarAsAdminAsync<string>(AnswersSql, new NpgsqlParameter<string> { TypedValue = id }));

        async Task<string> BeginAsync(string answer, Task gate)
        {
            Interlocked.Increment(ref begun);
            await gate;
            return answer;
        }
    }

    [Fact]
    public async Task Limits_of_concurrency_are_kept()
    {
        var (now, most) = (0, 0);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await DurableHost.StartAsync(
            tasks => tasks
                .AddOrchestratorFunc("FanOut", async context => (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => context.CallActivityAsync<int>("Counted")))).Sum())
                .AddActivityFunc("Counted", async (TaskActivityContext _) =>
                {
                    var running = Interlocked.Increment(ref now);
                    InterlockedMax(ref most, running);
                    await gate.Task;
                    Interlocked.Decrement(ref now);
                    return 1;
                }),
            worker => worker.Configure(o => o.Concurrency.MaximumConcurrentActivityWorkItems = 3));

        var id = await host.BeginAsync("FanOut");
        await Until.TrueAsync(() => Volatile.Read(ref now) == 3, because: "three to run");
        gate.SetResult();

        Assert.Equal(20, (await host.FinishAsync(id)).ReadOutputAs<int>());
        Assert.Equal(3, most);
    }

    [Fact]
    public async Task A_host_of_the_older_builder_runs_and_can_be_disposed_without_await()
    {
        await using var database = await TestDatabase.EmptyAsync("older");
        using var host = Host.CreateDefaultBuilder()
            .ConfigureServices(services => services
                .AddDurableTaskWorker(w => w.UsePostgres(ConnectionOf(database)).AddTasks(t => t.AddOrchestratorFunc("Where", string (TaskOrchestrationContext _) => "here")))
                .AddDurableTaskClient(c => c.UsePostgres(ConnectionOf(database)).RegisterDirectly()))
            .Build();
        await host.StartAsync();

        Assert.Equal("here", await RunAsync(host.Services.GetRequiredService<DurableTaskClient>()));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task A_worker_without_a_connection_does_not_start(string postgres)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTaskWorker(w => w.UsePostgres(postgres));
        using var host = builder.Build();

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
    }

    private static void InterlockedMax(ref int most, int candidate)
    {
        for (var seen = Volatile.Read(ref most); candidate > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, candidate, seen);
    }

    private static Task<DurableHost> JoinAsync(TestDatabase database, string name, ConcurrentDictionary<string, int> ran)
        => DurableHost.JoinAsync(database.Logins.LocalRuntime, tasks => tasks
            .AddOrchestratorFunc<int, int>("Work", async (context, input) =>
            {
                var sum = 0;
                for (var i = 0; i < 10; i++) sum += await context.CallActivityAsync<int>("Step", input);
                return sum;
            })
            .AddOrchestratorFunc<int, int>("WaitThenWork", async (context, input) =>
            {
                await context.WaitForExternalEvent<object?>("go");
                return await context.CallActivityAsync<int>("Step", input);
            })
            .AddActivityFunc<int, int>("Step", (_, input) =>
            {
                ran.AddOrUpdate(name, 1, (_, n) => n + 1);
                return input;
            }));

    private static void AddTwo(DurableTaskRegistry tasks) => tasks.AddOrchestratorFunc("Two", async context =>
    {
        var door = context.CallActivityAsync<string>("Door");
        await context.WaitForExternalEvent<object?>("go");
        var held = context.CallActivityAsync<string>("Held");
        return $"{await door} {await held}";
    });

    private static TaskCompletionSource NewGate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string ConnectionOf(TestDatabase database) => new NpgsqlConnectionStringBuilder(database.Logins.LocalRuntime) { MaxPoolSize = 10 }.ConnectionString;

    private static async Task<string?> RunAsync(DurableTaskClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var id = await client.ScheduleNewOrchestrationInstanceAsync("Where", limit.Token);
        return (await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token)).ReadOutputAs<string>();
    }

    private sealed class StartedHost(IHost host) : IAsyncDisposable
    {
        public IServiceProvider Services => host.Services;

        public Task StartAsync() => host.StartAsync();

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }
}
