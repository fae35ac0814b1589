using FleetChat.Tests.LocalRuntime.Durable.Chaos;
using FleetChat.Tests.Postgres;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>The connection breaks while a statement is under way: the host can't know whether it was carried out, and whatever it thinks has to be harmless.</summary>
public sealed class LostTurnTests
{
    private const string Claim = "set owner = $1,\n    token = $4";
    private const string ClaimActivity = "from localhost.activities a\n    where a.owner is null";
    private const string Commit = "update localhost.instances i\nset generation = t.to_generation";
    private const string Answer = "delete from localhost.activities a\n    using unnest($1, $2, $3, $4, $5)";
    private const string Create = "insert into localhost.instances (id, name, version, status, input, tags, trace_parent";
    private const string Read = "select id, instance, generation, arrived_at, kind, task, body";
    [Theory]
    [InlineData(Claim, "CutBefore")]
    [InlineData(Claim, "CutAfter")]
    [InlineData(Read, "CutAfter")]
    [InlineData(Commit, "CutBefore")]
    [InlineData(Commit, "CutAfter")]
    [InlineData(Answer, "CutBefore")]
    [InlineData(Answer, "CutAfter")]
    [InlineData(ClaimActivity, "CutAfter")]
    public async Task It_comes_to_its_end_whatever_was_lost(string statement, string fault)
    {
        await using var database = await TestDatabase.EmptyAsync("lost");
        await using var client = PlainClient.Of(database.Logins.LocalRuntime);
        await using var proxy = new PostgresProxy(database.Logins.LocalRuntime);
        var lost = proxy.SpoilNext(statement, Enum.Parse<ProxyFault>(fault));
        var id = await client.Client.ScheduleNewOrchestrationInstanceAsync("Steps");
        await using var host = await DurableHost.JoinAsync(proxy.ConnectionString, Register, OneActivityAtATime);

        await lost;

        await client.Client.RaiseEventAsync(id, "go", "event");
        Assert.Equal(["one", "two", "event", "child"], (await client.FinishAsync(id)).ReadOutputAs<string[]>()!);
        Assert.Equal(0, await database.ScalarAsAdminAsync<long>("select count(*) from localhost.activities"));
    }

    /// <summary>A client that tries again with the same id finds what it has started.</summary>
    [Fact]
    public async Task A_start_whose_answer_is_lost_is_a_start()
    {
        await using var database = await TestDatabase.EmptyAsync("lost");
        await using var client = PlainClient.Of(database.Logins.LocalRuntime);
        await using var proxy = new PostgresProxy(database.Logins.LocalRuntime);
        var lost = proxy.SpoilNext(Create, ProxyFault.CutAfter);
        await using var host = await DurableHost.JoinAsync(proxy.ConnectionString, Register);

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("once")));

        await lost;
        await client.Client.RaiseEventAsync("once", "go", "on");
        Assert.Equal("on", (await client.FinishAsync("once")).ReadOutputAs<string>());
    }

    /// <summary>The second activity finds no place with the commit, and has to be claimed; its answer comes to a process that holds no session.</summary>
    private static void OneActivityAtATime(IDurableTaskWorkerBuilder worker)
        => worker.Services.Configure<DurableTaskWorkerOptions>(o => o.Concurrency.MaximumConcurrentActivityWorkItems = 1);

    private static void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("Steps", async context => (string[])
        [
            .. await Task.WhenAll(context.CallActivityAsync<string>("Echo", "one"), context.CallActivityAsync<string>("Echo", "two")),
            await context.WaitForExternalEvent<string>("go"),
            await context.CallSubOrchestratorAsync<string>("Child"),
        ])
        .AddOrchestratorFunc("Child", _ => Task.FromResult("child"))
        .AddOrchestratorFunc("Waits", context => context.WaitForExternalEvent<string>("go"))
        .AddActivityFunc<string, string>("Echo", (_, text) => text);
}
