using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.LocalHost.Capacity;
using FleetChat.LocalRuntime.Durable;
using FleetChat.Tests.Orchestrations.Histories;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;

namespace FleetChat.Tests.Orchestrations;

/// <summary>
/// Instances live through deployments: what any released version of an orchestrator has written, the present code must be able to go on with. Each set was recorded from the
/// code of its day and is never changed; FLEETCHAT_RECORD_HISTORIES=1 records those that are missing (docs/deploying.md).
/// </summary>
public sealed class RecordedHistoryTests
{
    private static readonly bool s_records = Environment.GetEnvironmentVariable("FLEETCHAT_RECORD_HISTORIES") == "1";

    public static TheoryData<string, string> Runs { get; } = MakeRuns();

    public static TheoryData<string> OrchestratorNames { get; } = [.. Orchestrators.All.Keys];

    [Theory]
    [MemberData(nameof(Runs))]
    public void What_was_recorded_goes_on_with_the_present_code(string orchestrator, string run)
    {
        var set = Set(orchestrator);

        Assert.Empty(HistoryPlayer.Differences(set, set.Run(run), Present(orchestrator)));
    }

    [Theory]
    [MemberData(nameof(OrchestratorNames))]
    public async Task Every_orchestrator_has_a_set_and_its_scripts_still_lead_to_it(string orchestrator)
    {
        var scripts = Scripts.All.Where(s => s.Orchestrator == orchestrator).ToList();
        Assert.True(scripts.Count > 0, $"{orchestrator} has no scripts to record its histories from: write its usual run and each other way of its code into Scripts.cs.");
        var played = scripts.ConvertAll(HistoryPlayer.Record);
        if (s_records) await new RecordedSet(orchestrator, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime), played).TryWriteAsync();
        else Assert.Equal(Texts(played), Texts(Set(orchestrator).Runs));
    }

    [Fact]
    public void No_set_is_of_an_orchestrator_that_is_gone()
        => Assert.All(RecordedSet.All, set => Assert.True(Orchestrators.All.ContainsKey(set.Orchestrator), $"{set.Orchestrator} is gone, and instances of it may live: only after their longest life may it go, and its set with it."));

    [Fact]
    public void What_old_instances_have_asked_for_the_present_activities_understand()
    {
        var asked = RecordedSet.All.SelectMany(set => set.Runs).SelectMany(run => run.Read()).SelectMany(turn => turn).Where(e => e is { Kind: EventKind.ActivityScheduled, Input: not null }).ToList();

        Assert.NotEmpty(asked);
        Assert.All(asked, action =>
        {
            Assert.True(Orchestrators.Inputs.TryGetValue(action.Name!, out var type), $"There is no activity {action.Name} any more, and old instances ask for it.");
            var understood = JsonDataConverter.Default.Serialize(JsonDataConverter.Default.Deserialize(action.Input, type!))!;
            Assert.True(Holds(JsonNode.Parse(understood), JsonNode.Parse(action.Input!)), $"{action.Name} makes {understood} of what an old instance gave it: {action.Input}");
        });
    }

    [Fact]
    public void Two_actions_in_another_order_are_found()
    {
        var set = Set("BillingRun");
        var run = set.Run("three companies");
        // A lie: the first two children were once asked for the other way round.
        var swapped = run.Turns.Select(turn => turn.Replace("acme_001:2026-02", "?", StringComparison.Ordinal).Replace("bolt_002:2026-02", "acme_001:2026-02", StringComparison.Ordinal).Replace("?", "bolt_002:2026-02", StringComparison.Ordinal));

        var difference = Assert.Single(HistoryPlayer.Differences(set, run with { Turns = [.. swapped] }, Present("BillingRun")));

        Assert.Contains("'three companies', turn 2 of 5: it asks for [1 ChildScheduled TenantBilling TenantBilling-v1:acme_001", difference, StringComparison.Ordinal);
        Assert.Contains("and once asked for [1 ChildScheduled TenantBilling TenantBilling-v1:bolt_002", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void Code_that_asks_for_something_before_what_it_once_asked_for_is_found()
        => AssertFound("turn 1 of 4: it asks for [0 ActivityScheduled CheckFirst]", async context =>
        {
            await context.CallActivityAsync("CheckFirst");
            await Present("MessageRetry")(context);
        });

    [Fact]
    public void Code_that_calls_an_activity_by_another_name_is_found()
        => AssertFound("it asks for [0 ActivityScheduled TakeUp]", context => context.CallActivityAsync("TakeUp"));

    [Fact]
    public void Code_that_ends_where_it_once_waited_is_found()
        => AssertFound("turn 2 of 4", context => context.CallActivityAsync<object?>("TakeUpMessage"));

    [Fact]
    public void Code_that_does_more_after_its_end_is_found()
        => AssertFound("turn 4 of 4", async context =>
        {
            await Present("MessageRetry")(context);
            await context.CallActivityAsync("SayGoodbye");
        });

    [Fact]
    public void Code_that_does_the_same_in_another_way_is_not_found()
    {
        var (set, present) = (Set("MessageRetry"), Present("MessageRetry"));

        Assert.Empty(set.Runs.SelectMany(run => HistoryPlayer.Differences(set, run, context =>
        {
            context.SetCustomStatus("seen");
            return present(context);
        })));
    }

    [Fact]
    public void Durable_steps_of_the_capacity_model_are_those_of_the_usual_runs()
        => Assert.All(CapacityData.Default.Measured.Actions, counted => Assert.Equal(Set(counted.Key).Runs[0].Actions(), counted.Value));

    private static TheoryData<string, string> MakeRuns()
    {
        var runs = new TheoryData<string, string>();
        foreach (var set in RecordedSet.All)
            foreach (var run in set.Runs) runs.Add(set.Orchestrator, run.Name);
        return runs;
    }

    private static void AssertFound(string expected, Func<TaskOrchestrationContext, Task> changed)
    {
        var set = Set("MessageRetry");

        var difference = Assert.Single(HistoryPlayer.Differences(set, set.Run("sent at the second try"), async context =>
        {
            await changed(context);
            return null;
        }));

        Assert.Contains(expected, difference, StringComparison.Ordinal);
    }

    private static RecordedSet Set(string orchestrator) => RecordedSet.All.SingleOrDefault(s => s.Orchestrator == orchestrator)
        ?? throw new InvalidOperationException($"{orchestrator} has no recorded histories: record them before it is released, with FLEETCHAT_RECORD_HISTORIES=1.");

    private static Func<TaskOrchestrationContext, Task<object?>> Present(string orchestrator) => Orchestrators.All[orchestrator];

    private static IEnumerable<string> Texts(IEnumerable<RecordedRun> runs) => runs.Select(run => JsonSerializer.Serialize(run));

    /// <summary>Whether everything that stands in the second stands in the first, by whatever case of its names.</summary>
    private static bool Holds(JsonNode? all, JsonNode? part) => part switch
    {
        JsonObject members => all is JsonObject found && members.All(m => found.FirstOrDefault(f => f.Key.Equals(m.Key, StringComparison.OrdinalIgnoreCase)) is { Key: not null } same && Holds(same.Value, m.Value)),
        null => all is null,
        _ => JsonNode.DeepEquals(all, part),
    };
}
