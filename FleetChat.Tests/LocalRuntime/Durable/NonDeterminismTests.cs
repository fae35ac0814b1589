using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>Orchestrators that do in a later turn something else than in the one before, and those that wait for what is not durable.</summary>
public sealed class NonDeterminismTests(NonDeterminismTasks tasks) : IClassFixture<NonDeterminismTasks>
{
    private DurableHost Host => tasks.Host;

    [Theory]
    [InlineData("OtherName", "scheduled an activity task with sequence number 0 named 'First'", "instead scheduled an activity task named 'Second'")]
    [InlineData("OtherKind", "scheduled an activity task with sequence number 0 named 'First'", "instead produced a timer task")]
    [InlineData("OtherChild", "scheduled a sub-orchestration task with sequence number 0 named 'ChildOne'", "instead scheduled a sub-orchestration task named 'ChildTwo'")]
    [InlineData("TimerToChild", "scheduled a timer task with sequence number 0", "instead produced a sub-orchestration task")]
    [InlineData("Missing", "scheduled an activity task with sequence ID 0 named 'First'", "hasn't (yet?) scheduled this task")]
    [InlineData("Additional", "scheduled an activity task named 'Second' with sequence number 1", "did not schedule it")]
    public async Task The_failure_names_the_step(string orchestrator, string before, string now)
    {
        var done = await Host.RunAsync(orchestrator);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal("DurableTask.Core.Exceptions.NonDeterministicOrchestrationException", done.FailureDetails!.ErrorType);
        Assert.StartsWith("Non-Deterministic workflow detected: ", done.FailureDetails.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains(before, done.FailureDetails.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains(now, done.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_differ_only_in_case_are_the_same()
        => Assert.Equal("first", (await Host.RunAsync("OtherCase")).ReadOutputAs<string>());

    [Fact]
    public async Task Others_are_unharmed()
    {
        var others = Enumerable.Range(0, 10).Select(_ => Host.RunAsync("Steady")).ToList();
        var broken = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Host.RunAsync("OtherName")));

        Assert.All(broken, done => Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus));
        Assert.All(await Task.WhenAll(others), done => Assert.Equal("firstsecond", done.ReadOutputAs<string>()));
    }

    [Fact]
    public async Task The_parent_of_such_an_orchestration_sees_its_failure()
    {
        var done = await Host.RunAsync("ParentOfOtherName");

        Assert.Equal("DurableTask.Core.Exceptions.NonDeterministicOrchestrationException", done.FailureDetails!.InnerFailure!.ErrorType);
    }

    [Theory]
    [InlineData("AwaitsDelay")]
    [InlineData("AwaitsDelayAfterActivity")]
    [InlineData("ConfiguresAwait")]
    [InlineData("CallsFromElsewhere")]
    [InlineData("AwaitsNever")]
    public async Task Whoever_waits_for_what_is_not_durable_fails(string orchestrator)
    {
        var done = await Host.RunAsync(orchestrator);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal(typeof(InvalidOperationException).FullName, done.FailureDetails!.ErrorType);
        Assert.StartsWith("An invalid asynchronous invocation was detected.", done.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tasks_that_are_done_already_may_be_awaited()
        => Assert.Equal("done first", (await Host.RunAsync("AwaitsCompleted")).ReadOutputAs<string>());
}

public sealed class NonDeterminismTasks : SharedDurableHost
{
    private readonly ConcurrentDictionary<string, int> _turns = new(StringComparer.Ordinal);

    protected override void Register(DurableTaskRegistry tasks)
    {
        RegisterForeign(tasks);
        tasks
            .AddOrchestratorFunc("OtherName", context => context.CallActivityAsync<string>(IsFirstTurn(context) ? "First" : "Second"))
            .AddOrchestratorFunc("ParentOfOtherName", async context => await context.CallSubOrchestratorAsync<string>("OtherName"))
            .AddOrchestratorFunc("OtherKind", async context =>
            {
                if (IsFirstTurn(context)) await context.CallActivityAsync<string>("First");
                else await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
            })
            .AddOrchestratorFunc("OtherChild", async context => await context.CallSubOrchestratorAsync<string>(IsFirstTurn(context) ? "ChildOne" : "ChildTwo"))
            .AddOrchestratorFunc("TimerToChild", async context =>
            {
                if (IsFirstTurn(context)) await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
                else await context.CallSubOrchestratorAsync<string>("ChildOne");
            })
            .AddOrchestratorFunc("Missing", async context =>
            {
                if (IsFirstTurn(context)) await context.CallActivityAsync<string>("First");
                else await context.WaitForExternalEvent<string>("never");
            })
            .AddOrchestratorFunc("Additional", async context =>
            {
                var first = context.CallActivityAsync<string>("First");
                if (!IsFirstTurn(context)) _ = context.CallActivityAsync<string>("Second");
                return await first;
            })
            .AddOrchestratorFunc("OtherCase", context => context.CallActivityAsync<string>(IsFirstTurn(context) ? "First" : "FIRST"))
            .AddOrchestratorFunc("Steady", async context => await context.CallActivityAsync<string>("First") + await context.CallActivityAsync<string>("Second"))
            .AddOrchestratorFunc("ChildOne", string (TaskOrchestrationContext _) => "one")
            .AddOrchestratorFunc("ChildTwo", string (TaskOrchestrationContext _) => "two")
            .AddActivityFunc("First", string (TaskActivityContext _) => "first")
            .AddActivityFunc("Second", string (TaskActivityContext _) => "second");
    }

    private static void RegisterForeign(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("AwaitsDelay", async context =>
        {
            await SomethingElseAsync();
            return await context.CallActivityAsync<string>("First");
        })
        .AddOrchestratorFunc("AwaitsDelayAfterActivity", async context =>
        {
            await context.CallActivityAsync<string>("First");
            await SomethingElseAsync();
            return await context.CallActivityAsync<string>("Second");
        })
        .AddOrchestratorFunc("ConfiguresAwait", async context =>
        {
            await context.CallActivityAsync<string>("First").ConfigureAwait(false);
            return await context.CallActivityAsync<string>("Second");
        })
        .AddOrchestratorFunc("CallsFromElsewhere", async context =>
        {
            await context.CallActivityAsync<string>("First");
            return await Task.Run(() => context.CallActivityAsync<string>("Second"));
        })
        .AddOrchestratorFunc("AwaitsNever", async context =>
        {
            await context.CallActivityAsync<string>("First");
            await new TaskCompletionSource().Task;
        })
        .AddOrchestratorFunc("AwaitsCompleted", async context =>
        {
            await Task.CompletedTask;
            return await Task.FromResult("done ") + await context.CallActivityAsync<string>("First");
        });

    private static Task SomethingElseAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new CancellationTokenSource(TimeSpan.FromMilliseconds(50)).Token.Register(done.SetResult);
        return done.Task;
    }

    private bool IsFirstTurn(TaskOrchestrationContext context) => _turns.AddOrUpdate(context.InstanceId, 1, (_, n) => n + 1) == 1;
}
