using System.Collections.Concurrent;
using DurableTask.Core.Exceptions;
using FleetChat.LocalRuntime;
using FleetChat.Tests.Postgres;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>Two hosts on one database, and things that happen at the same instant.</summary>
public sealed class RaceTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2027, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ConcurrentDictionary<string, int> _runs = new();
    private readonly TaskCompletionSource _door = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestDatabase _database = null!;
    private DurableHost _one = null!;
    private DurableHost _two = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.EmptyAsync("races");
        _one = await DurableHost.JoinAsync(_database.Logins.LocalRuntime, Register);
        _two = await DurableHost.JoinAsync(_database.Logins.LocalRuntime, Register);
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Events_that_are_raised_while_it_continues_as_new_arrive_once_and_in_order()
    {
        const int Senders = 4;
        const int Events = 100;
        var id = await _one.BeginAsync("Collect", new List<string>());

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async sender =>
        {
            var client = (sender % 2 == 0 ? _one : _two).Client;
            for (var i = 0; i < Events; i++) await client.RaiseEventAsync(id, "number", $"{sender} {i:D3}");
        }));

        var seen = (await _one.FinishAsync(id)).ReadOutputAs<string[]>()!;
        Assert.Equal(Senders * Events, seen.Distinct().Count());
        Assert.All(seen.GroupBy(s => s[0]), sender => Assert.Equal(sender.Order(), sender));
    }

    [Fact]
    public async Task What_is_terminated_as_it_completes_has_one_end_and_keeps_it()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => _one.BeginAsync("Wait")));

        var seen = await Task.WhenAll(ids.Select(async id =>
        {
            await Task.WhenAll(_one.Client.RaiseEventAsync(id, "go", "done"), TerminateAsync(_two.Client, id));
            return await _two.FinishAsync(id);
        }));

        foreach (var end in seen)
        {
            var now = (await _one.Client.GetInstanceAsync(end.InstanceId, getInputsAndOutputs: true))!;
            Assert.Equal((end.RuntimeStatus, end.SerializedOutput), (now.RuntimeStatus, now.SerializedOutput));
            Assert.Equal(end.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? "done" : "enough", end.ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task An_id_that_both_start_at_the_same_instant_is_started_once()
    {
        foreach (var id in Enumerable.Range(0, 30).Select(i => $"same-{i}"))
        {
            var starts = await Task.WhenAll(TryStartAsync(_one.Client, id), TryStartAsync(_two.Client, id), TryStartAsync(_one.Client, id));

            Assert.Equal(1, starts.Count(s => s));
            await _one.FinishAsync(id);
            Assert.Equal(1, _runs[id]);
        }
    }

    [Fact]
    public async Task A_child_whose_id_is_in_use_fails_its_caller_and_leaves_the_other_alone()
    {
        await _one.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions("taken"));

        var parents = await Task.WhenAll(_one.RunAsync("Parent", "taken"), _two.RunAsync("Parent", "taken"));

        Assert.All(parents, parent => Assert.Contains("already exists", parent.ReadOutputAs<string>(), StringComparison.Ordinal));
        await _one.Client.RaiseEventAsync("taken", "go", "done");
        Assert.Equal("done", (await _one.FinishAsync("taken")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Of_parents_that_ask_for_one_child_at_the_same_instant_one_gets_it()
    {
        var parents = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? _one : _two).BeginAsync("Parent", "wanted")));
        await Until.TrueAsync(async () => await EndedAsync(parents) == parents.Length - 1, because: "all but one to be refused");

        await _one.Client.RaiseEventAsync("wanted", "go", "mine");

        var ends = await Task.WhenAll(parents.Select(_one.FinishAsync));
        Assert.Single(ends, e => e.ReadOutputAs<string>() == "mine");
        Assert.Equal(parents.Length - 1, ends.Count(e => e.ReadOutputAs<string>()!.Contains("already exists", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Timers_of_waits_that_ended_early_are_left_to_nobody()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _one.BeginAsync("Limited")));
        await Task.WhenAll(ids.Select(id => _two.Client.RaiseEventAsync(id, "go", "in time")));
        await Until.TrueAsync(
            () => _database.ScalarAsAdminAsync<bool>("select count(*) = 20 from localhost.instances where turns >= 2"), because: "all to take their event");

        Assert.Equal(0, await _database.ScalarAsAdminAsync<long>("select count(*) from localhost.inbox where kind = 1"));
        await Task.WhenAll(ids.Select(id => _one.Client.RaiseEventAsync(id, "end")));
        Assert.All(await Task.WhenAll(ids.Select(_two.FinishAsync)), end => Assert.Equal("in time", end.ReadOutputAs<string>()));
    }

    [Fact]
    public async Task Two_hosts_step_through_three_days_in_order_and_in_no_time()
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_database.Logins.LocalRuntime) { MaxPoolSize = 3 }.ConnectionString);
        var clock = new BusinessClockControl(source);
        await clock.FreezeAsync(Start);
        var ids = await Task.WhenAll(Enumerable.Range(1, 6).Select(hours => _one.BeginAsync("Every", hours)));
        var watch = System.Diagnostics.Stopwatch.StartNew();

        await clock.StepToAsync(Start.AddHours(72.5));

        var took = watch.Elapsed;
        var ends = await Task.WhenAll(ids.Select(_two.FinishAsync));
        Assert.All(ends.Zip(Enumerable.Range(1, 6)), end => Assert.Equal(
            Enumerable.Range(1, 72 / end.Second).Select(i => Start.AddHours(i * end.Second).UtcDateTime), end.First.ReadOutputAs<DateTime[]>()!));
        Assert.True(took < TimeSpan.FromSeconds(20), $"72 hours took {took}");
    }

    [Fact]
    public async Task What_runs_while_its_host_stops_comes_to_its_end_and_is_not_run_again()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _one.BeginAsync("Held")));
        await Until.TrueAsync(() => ids.All(_runs.ContainsKey), because: "all activities to begin");

        var stopping = _one.StopAsync();
        _door.SetResult();
        await stopping;

        Assert.All(await Task.WhenAll(ids.Select(_two.FinishAsync)), end => Assert.Equal(1, end.ReadOutputAs<int>()));
        Assert.All(ids, id => Assert.Equal(1, _runs[id]));
    }

    private async Task<int> EndedAsync(string[] ids)
    {
        var found = await Task.WhenAll(ids.Select(id => _one.Client.GetInstanceAsync(id)));
        return found.Count(f => f!.IsCompleted);
    }

    private static async Task TerminateAsync(DurableTaskClient client, string id)
    {
        try
        {
            await client.TerminateInstanceAsync(id, "enough");
        }
        catch (RpcException late)
        {
            Assert.Equal(StatusCode.FailedPrecondition, late.StatusCode);
        }
    }

    private static async Task<bool> TryStartAsync(DurableTaskClient client, string id)
    {
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync("Once", new StartOrchestrationOptions(id).WithDedupeStatuses(Enum.GetValues<OrchestrationRuntimeStatus>()));
            return true;
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return false;
        }
    }

    private void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<List<string>, List<string>>("Collect", async (context, sofar) =>
        {
            for (var i = 0; i < 7; i++)
            {
                if (sofar.Count == 400) return sofar;
                sofar.Add(await context.WaitForExternalEvent<string>("number"));
            }
            context.ContinueAsNew(sofar);
            return [];
        })
        .AddOrchestratorFunc("Wait", context => context.WaitForExternalEvent<string>("go"))
        .AddOrchestratorFunc("Once", context => context.CallActivityAsync<int>("Count"))
        .AddOrchestratorFunc("Held", context => context.CallActivityAsync<int>("Hold"))
        .AddActivityFunc("Hold", async (TaskActivityContext context) =>
        {
            var run = _runs.AddOrUpdate(context.InstanceId, 1, (_, runs) => runs + 1);
            await _door.Task;
            return run;
        })
        .AddActivityFunc("Count", (TaskActivityContext context) => _runs.AddOrUpdate(context.InstanceId, 1, (_, runs) => runs + 1))
        .AddOrchestratorFunc<string, string>("Parent", async (context, child) =>
        {
            try
            {
                return await context.CallSubOrchestratorAsync<string>("Wait", new SubOrchestrationOptions(instanceId: child));
            }
            catch (TaskFailedException refused)
            {
                return refused.Message;
            }
        })
        .AddOrchestratorFunc("Limited", async context =>
        {
            var taken = await context.WaitForExternalEvent<string>("go", TimeSpan.FromHours(1));
            await context.WaitForExternalEvent<string>("end");
            return taken;
        })
        .AddOrchestratorFunc<int, List<DateTime>>("Every", async (context, hours) =>
        {
            var moments = new List<DateTime>();
            var start = context.CurrentUtcDateTime;
            for (var i = 1; i * hours <= 72; i++)
            {
                await context.CreateTimer(start.AddHours(i * hours), CancellationToken.None);
                moments.Add(context.CurrentUtcDateTime);
            }
            return moments;
        });
}
