using System.Globalization;
using FleetChat.LocalRuntime;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class OrchestrationTimerTests(OrchestrationTimerTasks tasks) : IClassFixture<OrchestrationTimerTasks>
{
    private DurableHost Host => tasks.Host;

    [Fact]
    public async Task A_timer_lets_its_time_pass()
    {
        var done = await Host.RunAsync("Timer", 300);

        Assert.InRange(done.ReadOutputAs<double>(), 300, 10_000);
        Assert.True(done.LastUpdatedAt - done.CreatedAt >= TimeSpan.FromMilliseconds(300), $"it took {done.LastUpdatedAt - done.CreatedAt}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-60_000)]
    public async Task A_timer_that_is_due_already_fires_at_once(int milliseconds)
    {
        var done = await Host.RunAsync("Timer", milliseconds);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.InRange(done.ReadOutputAs<double>(), 0, 10_000);
    }

    [Fact]
    public async Task A_long_timer_is_made_of_several_and_each_is_told_once()
    {
        // Just under three: timers that ring late leave less for the last one, not fewer of them.
        var time = (3 * (int)OrchestrationTimerTasks.MaximumTimerInterval.TotalMilliseconds) - 1;
        var done = await Host.RunAsync("Timer", time);

        Assert.InRange(done.ReadOutputAs<double>(), time, 20_000);
        Assert.Equal(3, CountTimers("Microsoft.DurableTask.Worker", done.InstanceId));
        Assert.Equal(3, CountTimers("Microsoft.DurableTask", done.InstanceId));
    }

    [Fact]
    public async Task A_cancelled_timer_throws_and_holds_nothing_up()
    {
        var done = await Host.RunAsync("CancelTimer");

        Assert.Equal("TaskCanceledException", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_timer_that_is_cancelled_before_it_begins_throws()
        => Assert.Equal("TaskCanceledException", (await Host.RunAsync("CancelledTimer")).ReadOutputAs<string>());

    [Fact]
    public async Task Timers_fire_in_the_order_in_which_they_are_due()
    {
        var fired = (await Host.RunAsync("ThreeTimers")).ReadOutputAs<int[]>()!;

        Assert.Equal([100, 200, 300], fired);
    }

    [Fact]
    public async Task A_timer_that_nobody_awaits_keeps_the_orchestration_running_until_it_fires()
    {
        var done = await Host.RunAsync("ForgottenTimer");

        Assert.Equal("long over", done.ReadOutputAs<string>());
        Assert.True(done.LastUpdatedAt - done.CreatedAt >= TimeSpan.FromMilliseconds(300), $"it took {done.LastUpdatedAt - done.CreatedAt}");
    }

    [Fact]
    public async Task A_local_time_is_understood_as_such()
        => Assert.InRange((await Host.RunAsync("LocalTimer")).ReadOutputAs<double>(), 100, 10_000);

    [Fact]
    public async Task Timers_of_days_pass_with_the_business_clock_and_those_due_in_a_pause_are_heard_after_it()
    {
        await using var host = await DurableHost.StartAsync(OrchestrationTimerTasks.RegisterTimer);
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(host.Postgres) { MaxPoolSize = 2 }.ConnectionString);
        var tenDays = (int)TimeSpan.FromDays(10).TotalMilliseconds;
        var running = await host.BeginAsync("Timer", tenDays);
        var suspended = await host.BeginAsync("Timer", tenDays);
        await host.Client.SuspendInstanceAsync(suspended);
        await host.UntilAsync(suspended, OrchestrationRuntimeStatus.Suspended);

        await new BusinessClockControl(source).SetOffsetAsync(TimeSpan.FromDays(11));
        var done = await host.FinishAsync(running);
        var paused = (await host.Client.GetInstanceAsync(suspended))!;
        await host.Client.ResumeInstanceAsync(suspended);

        Assert.True(done.ReadOutputAs<double>() >= tenDays, $"{done.ReadOutputAs<double>()} ms");
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, paused.RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.FinishAsync(suspended)).RuntimeStatus);
    }

    private int CountTimers(string category, string id)
        => tasks.Logs.Of(category).Count(l => l.Message.Contains(id, StringComparison.Ordinal) && l.Message.Contains("CreateTimer", StringComparison.Ordinal));
}

public sealed class OrchestrationTimerTasks : SharedDurableHost
{
    public static readonly TimeSpan MaximumTimerInterval = TimeSpan.FromMilliseconds(500);

    protected override void Configure(IDurableTaskWorkerBuilder worker) => worker.Configure(o => o.MaximumTimerInterval = MaximumTimerInterval);

    public static void RegisterTimer(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<int, double>("Timer", async (context, milliseconds) =>
        {
            var before = context.CurrentUtcDateTime;
            await context.CreateTimer(TimeSpan.FromMilliseconds(milliseconds), CancellationToken.None);
            return (context.CurrentUtcDateTime - before).TotalMilliseconds;
        });

    protected override void Register(DurableTaskRegistry tasks)
    {
        RegisterTimer(tasks);
        RegisterOthers(tasks);
    }

    private static void RegisterOthers(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("CancelTimer", async context =>
        {
            using var cancel = new CancellationTokenSource();
            var timer = context.CreateTimer(TimeSpan.FromDays(10), cancel.Token);
            await context.CallActivityAsync("Text");
            cancel.Cancel();
            return await OutcomeOfAsync(timer);
        })
        .AddOrchestratorFunc("CancelledTimer", async context =>
        {
            using var cancel = new CancellationTokenSource();
            cancel.Cancel();
            return await OutcomeOfAsync(context.CreateTimer(TimeSpan.FromDays(10), cancel.Token));
        })
        .AddOrchestratorFunc("ThreeTimers", async context =>
        {
            var fired = new List<int>();
            await Task.WhenAll(new[] { 300, 100, 200 }.Select(FireAsync));
            return fired;

            async Task FireAsync(int milliseconds)
            {
                await context.CreateTimer(TimeSpan.FromMilliseconds(milliseconds), CancellationToken.None);
                fired.Add(milliseconds);
            }
        })
        .AddOrchestratorFunc("ForgottenTimer", string (TaskOrchestrationContext context) =>
        {
            _ = context.CreateTimer(TimeSpan.FromMilliseconds(300), CancellationToken.None);
            return "long over";
        })
        .AddOrchestratorFunc("LocalTimer", async context =>
        {
            var before = context.CurrentUtcDateTime;
            await context.CreateTimer(before.AddMilliseconds(100).ToLocalTime(), CancellationToken.None);
            return (context.CurrentUtcDateTime - before).TotalMilliseconds;
        })
        .AddActivityFunc("Text", string (TaskActivityContext _) => 1.ToString(CultureInfo.InvariantCulture));

    private static async Task<string> OutcomeOfAsync(Task timer)
    {
        try
        {
            await timer;
            return "fired";
        }
        catch (OperationCanceledException exception)
        {
            return exception.GetType().Name;
        }
    }
}
