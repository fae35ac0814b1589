using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using FleetChat.Tests.LocalRuntime.Durable.Chaos;
using FleetChat.Tests.LocalRuntime.Durable.Model;
using FleetChat.Tests.Postgres;
using Microsoft.DurableTask;
using Npgsql;
using Xunit.Abstractions;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>
/// Random orchestrations on two hosts and a real database. Their stored histories, which say in which order things came, are
/// given to the plain interpretation of the same trees. FLEETCHAT_TEST_SEED repeats a run's trees.
/// </summary>
public sealed class ModelOnDatabaseTests(ITestOutputHelper output)
{
    private const int AtOnce = 25;
    private static readonly TimeSpan Unit = TimeSpan.FromMilliseconds(10);
    private static readonly int Cases = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 2_000 : 25;
    private readonly ConcurrentDictionary<string, int> _executions = new();

    [Fact]
    public async Task What_stands_in_the_database_is_what_a_plain_interpretation_comes_to()
    {
        var seed = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : RandomNumberGenerator.GetInt32(100_000);
        output.WriteLine($"seed {seed}");
        await using var database = await TestDatabase.EmptyAsync("model");
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Admin) { MaxPoolSize = 2 }.ConnectionString);
        await using var one = await DurableHost.JoinAsync(database.Logins.LocalRuntime, Register);
        await using var two = await DurableHost.JoinAsync(database.Logins.LocalRuntime, Register);
        using var enough = new CancellationTokenSource();
        var disturbing = new Disturbance(source, two.Client, seed).RunAsync(enough.Token);

        var numbers = Enumerable.Range(1, Cases).Select(i => (seed * 10_000L) + i);
        foreach (var some in numbers.Chunk(AtOnce)) await Task.WhenAll(some.Select((number, i) => RunAsync(i % 2 == 0 ? one : two, $"plan-{number}")));
        await Until.TrueAsync(async () => (await Rows.ListAsync(source, "select id from localhost.instances where status not in (1, 3, 5)")).Count == 0, because: "every child to end");

        await enough.CancelAsync();
        await disturbing;
        var ended = await Ended.ListAsync(source);
        Assert.Empty(ended.SelectMany(e => HistoryCheck.Violations(e, NumberedPlans.Of, Unit)));
        output.WriteLine($"{Cases} orchestrations, {ended.Count} with their children, {ended.Sum(e => e.Turns.Count)} turns, 0 differences");
    }

    private static async Task RunAsync(DurableHost host, string id)
    {
        await host.Client.ScheduleNewOrchestrationInstanceAsync(PlanOrchestrator.Name, new PlanInput(id, 0, ""), new StartOrchestrationOptions(id));
        await host.FinishAsync(id);
    }

    private void Register(DurableTaskRegistry tasks)
    {
        var plans = new PlanOrchestrator(NumberedPlans.Of, Unit);
        tasks.AddOrchestratorFunc(PlanOrchestrator.Name, context => plans.RunAsync(context));
        tasks.AddActivityFunc<CallInput, string>(PlanOrchestrator.Activity, Act);
    }

    private string Act(TaskActivityContext context, CallInput input)
    {
        var execution = _executions.AddOrUpdate($"{context.InstanceId} {input.Place}", 1, (_, before) => before + 1);
        return execution <= input.Failures ? throw new InvalidOperationException($"no {input.Place}") : $"a{input.Place}";
    }
}
