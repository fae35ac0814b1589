using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class ExternalEventTests(ExternalEventTasks tasks) : IClassFixture<ExternalEventTasks>
{
    private DurableHost Host => tasks.Host;

    private DurableTaskClient Client => tasks.Client;

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Events_of_different_names_are_taken_one_after_the_other(int count)
    {
        var id = await Host.BeginAsync("EachName", count);
        for (var i = 0; i < count; i++) await Client.RaiseEventAsync(id, $"event{i}", i);

        Assert.Equal(Enumerable.Range(0, count), (await Host.FinishAsync(id)).ReadOutputAs<int[]>()!);
    }

    [Fact]
    public async Task Events_are_taken_in_their_order_and_by_name_ignoring_case()
    {
        var id = await Host.Client.ScheduleNewOrchestrationInstanceAsync("Collect", 50);
        for (var i = 0; i < 50; i++) await Client.RaiseEventAsync(id, i % 2 == 0 ? "number" : "NUMBER", i);

        Assert.Equal(Enumerable.Range(0, 50), (await Host.FinishAsync(id)).ReadOutputAs<int[]>()!);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Of_several_waiters_the_newest_gets_the_next_event(int count)
    {
        var id = await Host.BeginAsync("WaitInParallel", count);
        for (var i = 0; i < count; i++) await Client.RaiseEventAsync(id, "number", i);

        Assert.Equal(Enumerable.Range(0, count).Reverse(), (await Host.FinishAsync(id)).ReadOutputAs<int[]>()!);
    }

    [Fact]
    public async Task A_waiter_who_was_cancelled_does_not_get_the_next_ones_event()
    {
        var id = await Host.BeginAsync("CancelThenWait");
        await Client.RaiseEventAsync(id, "go", "not lost");

        Assert.Equal("not lost", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Events_that_come_early_are_kept_for_who_waits_later()
    {
        var id = await Host.BeginAsync("WaitLater");
        await Client.RaiseEventAsync(id, "number", 1);
        await Client.RaiseEventAsync(id, "other", 2);
        await Client.RaiseEventAsync(id, "number", 3);
        await Client.RaiseEventAsync(id, "ready");

        var taken = (await Host.FinishAsync(id)).ReadOutputAs<int[]>()!;
        Assert.Equal([1, 3, 2], taken);
    }

    [Fact]
    public async Task Who_waits_for_events_of_one_name_with_two_types_fails()
    {
        var done = await Host.RunAsync("TwoTypes");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.True(done.FailureDetails!.IsCausedBy<ArgumentException>());
        Assert.Contains("same type argument", done.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_of_the_wrong_type_fails_the_orchestration()
    {
        var id = await Host.BeginAsync("Collect", 1);
        await Client.RaiseEventAsync(id, "number", "not a number");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await Host.FinishAsync(id)).RuntimeStatus);
    }

    [Theory]
    [InlineData("WaitForText", "null")]
    [InlineData("WaitForNumber", "0")]
    [InlineData("WaitForPerhapsANumber", "null")]
    public async Task An_event_without_payload_brings_the_default(string orchestrator, string expected)
    {
        var id = await Host.BeginAsync(orchestrator);
        await Client.RaiseEventAsync(id, "go");

        Assert.Equal(expected, (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_wait_that_takes_too_long_is_cancelled()
        => Assert.Equal("TaskCanceledException", (await Host.RunAsync("Timeout", 200)).ReadOutputAs<string>());

    [Fact]
    public async Task An_event_in_time_ends_the_wait_and_its_timer()
    {
        var id = await Host.BeginAsync("Timeout", (int)TimeSpan.FromDays(7).TotalMilliseconds);
        await Client.RaiseEventAsync(id, "go", "in time");

        Assert.Equal("in time", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_wait_with_a_time_limit_can_be_cancelled_from_outside()
        => Assert.Equal("TaskCanceledException", (await Host.RunAsync("CancelTimeout")).ReadOutputAs<string>());

    [Theory]
    [InlineData("first")]
    [InlineData("second")]
    public async Task Of_two_limited_waits_the_other_is_cancelled(string name)
    {
        var id = await Host.BeginAsync("EitherEvent");
        await Client.RaiseEventAsync(id, name, "payload");

        Assert.Equal($"{name}: payload", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Events_that_nobody_takes_are_no_obstacle()
    {
        var id = await Host.BeginAsync("WaitForText");
        await Client.RaiseEventAsync(id, "unwanted", new { Some = "thing" });
        await Client.RaiseEventAsync(id, "go", "wanted");

        Assert.Equal("wanted", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Many_events_from_many_senders_all_arrive()
    {
        var id = await Host.BeginAsync("Collect", 200);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Client.RaiseEventAsync(id, "number", i)));

        Assert.Equal(Enumerable.Range(0, 200), (await Host.FinishAsync(id)).ReadOutputAs<int[]>()!.Order());
    }
}

public sealed class ExternalEventTasks : SharedDurableHost
{
    protected override void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<int, List<int>>("EachName", async (context, count) =>
        {
            var seen = new List<int>();
            for (var i = 0; i < count; i++) seen.Add(await context.WaitForExternalEvent<int>($"event{i}"));
            return seen;
        })
        .AddOrchestratorFunc<int, List<int>>("Collect", async (context, count) =>
        {
            var seen = new List<int>();
            for (var i = 0; i < count; i++) seen.Add(await context.WaitForExternalEvent<int>("number"));
            return seen;
        })
        .AddOrchestratorFunc<int, int[]>("WaitInParallel", (context, count) =>
            Task.WhenAll(Enumerable.Range(0, count).Select(_ => context.WaitForExternalEvent<int>("number")).ToList()))
        .AddOrchestratorFunc("CancelThenWait", async context =>
        {
            using var cancel = new CancellationTokenSource();
            cancel.Cancel();
            try
            {
                return await context.WaitForExternalEvent<string>("go", cancel.Token);
            }
            catch (OperationCanceledException)
            {
                return await context.WaitForExternalEvent<string>("go");
            }
        })
        .AddOrchestratorFunc("WaitLater", async context =>
        {
            await context.WaitForExternalEvent<object?>("ready");
            return new[]
            {
                await context.WaitForExternalEvent<int>("number"),
                await context.WaitForExternalEvent<int>("number"),
                await context.WaitForExternalEvent<int>("other"),
            };
        })
        .AddOrchestratorFunc("TwoTypes", async context =>
        {
            var number = context.WaitForExternalEvent<int>("go");
            var text = context.WaitForExternalEvent<string>("go");
            await Task.WhenAll(number, text);
        })
        .AddOrchestratorFunc("WaitForText", async context => await context.WaitForExternalEvent<string?>("go") ?? "null")
        .AddOrchestratorFunc("WaitForNumber", async context => $"{await context.WaitForExternalEvent<int>("go")}")
        .AddOrchestratorFunc("WaitForPerhapsANumber", async context => await context.WaitForExternalEvent<int?>("go") is { } number ? $"{number}" : "null")
        .AddOrchestratorFunc<int, string>("Timeout", (context, milliseconds) =>
            OutcomeOfAsync(context.WaitForExternalEvent<string>("go", TimeSpan.FromMilliseconds(milliseconds))))
        .AddOrchestratorFunc("CancelTimeout", async context =>
        {
            using var cancel = new CancellationTokenSource();
            var wait = context.WaitForExternalEvent<string>("go", TimeSpan.FromDays(7), cancel.Token);
            await Task.WhenAny(wait, context.CreateTimer(TimeSpan.FromMilliseconds(50), CancellationToken.None));
            cancel.Cancel();
            return await OutcomeOfAsync(wait);
        })
        .AddOrchestratorFunc("EitherEvent", async context =>
        {
            using var cancelFirst = new CancellationTokenSource();
            using var cancelSecond = new CancellationTokenSource();
            var first = context.WaitForExternalEvent<string>("first", TimeSpan.FromDays(7), cancelFirst.Token);
            var second = context.WaitForExternalEvent<string>("second", TimeSpan.FromDays(7), cancelSecond.Token);
            var winner = await Task.WhenAny(first, second);
            (winner == first ? cancelSecond : cancelFirst).Cancel();
            return $"{(winner == first ? "first" : "second")}: {await winner}";
        });

    private static async Task<string> OutcomeOfAsync(Task<string> wait)
    {
        try
        {
            return await wait;
        }
        catch (OperationCanceledException exception)
        {
            return exception.GetType().Name;
        }
    }
}
