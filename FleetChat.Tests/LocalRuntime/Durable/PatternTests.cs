using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>The patterns that orchestrations are made of, each in a plain host on a real database.</summary>
public sealed class PatternTests
{
    [Fact]
    public async Task Activities_run_one_after_the_other()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc("Chain", async context =>
            {
                var value = 0;
                for (var i = 0; i < 10; i++) value = await context.CallActivityAsync<int>("PlusOne", value);
                return value;
            })
            .AddActivityFunc<int, int>("PlusOne", (_, input) => input + 1));

        var done = await host.RunAsync("Chain");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Equal(10, done.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Activities_run_side_by_side()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc("FanOut", async context =>
            {
                var results = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => context.CallActivityAsync<int>("Double", i)));
                return results.Sum();
            })
            .AddActivityFunc<int, int>("Double", (_, input) => input * 2));

        var done = await host.RunAsync("FanOut");

        Assert.Equal(Enumerable.Range(0, 300).Sum() * 2, done.ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_sub_orchestration_answers_its_parent()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc<int, int>("Nested", async (context, depth) =>
                depth == 0 ? 1 : 1 + await context.CallSubOrchestratorAsync<int>("Nested", depth - 1)));

        var done = await host.RunAsync("Nested", 5);

        Assert.Equal(6, done.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Events_are_taken_in_their_order()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc("Collect", async context =>
            {
                var seen = new List<int>();
                for (var i = 0; i < 50; i++) seen.Add(await context.WaitForExternalEvent<int>("number"));
                return seen;
            }));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Collect");
        for (var i = 0; i < 50; i++) await host.Client.RaiseEventAsync(id, i % 2 == 0 ? "number" : "NUMBER", i);

        var done = await host.FinishAsync(id);

        Assert.Equal(Enumerable.Range(0, 50), done.ReadOutputAs<int[]>()!);
    }

    [Fact]
    public async Task A_timer_lets_its_time_pass()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc("Timer", async context =>
            {
                var before = context.CurrentUtcDateTime;
                await context.CreateTimer(TimeSpan.FromMilliseconds(300), CancellationToken.None);
                return (context.CurrentUtcDateTime - before).TotalMilliseconds;
            }));

        var done = await host.RunAsync("Timer");

        Assert.InRange(done.ReadOutputAs<double>(), 300, 10_000);
    }

    [Fact]
    public async Task It_continues_as_new_with_the_events_that_nobody_took()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc<List<int>, List<int>>("Continue", async (context, sofar) =>
            {
                sofar.Add(await context.WaitForExternalEvent<int>("number"));
                if (sofar.Count == 10) return sofar;
                context.ContinueAsNew(sofar);
                return [];
            }));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Continue", new List<int>());
        for (var i = 0; i < 10; i++) await host.Client.RaiseEventAsync(id, "number", i);

        var done = await host.FinishAsync(id);

        Assert.Equal(Enumerable.Range(0, 10), done.ReadOutputAs<int[]>()!);
    }

    [Fact]
    public async Task A_failing_activity_is_tried_again_as_the_policy_says()
    {
        var attempts = 0;
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc("Retry", context => context.CallActivityAsync<string>(
                "Fails", TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromMilliseconds(1)))))
            .AddActivityFunc("Fails", string (TaskActivityContext _) => Interlocked.Increment(ref attempts) < 3 ? throw new InvalidOperationException("not yet") : "at last"));

        var done = await host.RunAsync("Retry");

        Assert.Equal("at last", done.ReadOutputAs<string>());
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task A_failure_is_told_with_its_causes()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc("Fails", context => context.CallActivityAsync("Throws"))
            .AddActivityFunc("Throws", void (TaskActivityContext _) => throw new InvalidOperationException("outer", new ArgumentException("inner"))));

        var done = await host.RunAsync("Fails");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        var failure = done.FailureDetails!;
        Assert.Equal("Task 'Throws' (#0) failed with an unhandled exception: outer", failure.ErrorMessage);
        Assert.True(failure.IsCausedBy<TaskFailedException>());
        Assert.True(failure.InnerFailure!.IsCausedBy<InvalidOperationException>());
        Assert.True(failure.InnerFailure.InnerFailure!.IsCausedBy<ArgumentException>());
    }

    [Fact]
    public async Task It_is_suspended_resumed_and_terminated()
    {
        await using var host = await DurableHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc("Wait", context => context.WaitForExternalEvent<string>("go")));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait");
        await host.Client.SuspendInstanceAsync(id, "pause");
        await Until.TrueAsync(async () => (await host.Client.GetInstanceAsync(id))!.RuntimeStatus == OrchestrationRuntimeStatus.Suspended, because: "the pause");
        await host.Client.RaiseEventAsync(id, "go", "now");
        await host.Client.ResumeInstanceAsync(id, "on");

        Assert.Equal("now", (await host.FinishAsync(id)).ReadOutputAs<string>());

        var other = await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait");
        await host.Client.TerminateInstanceAsync(other, new { Why = "enough" });
        var done = await host.FinishAsync(other);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, done.RuntimeStatus);
        Assert.Equal("""{"Why":"enough"}""", done.SerializedOutput);
    }
}
