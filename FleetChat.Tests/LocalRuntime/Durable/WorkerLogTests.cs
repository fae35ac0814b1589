using Microsoft.DurableTask;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class WorkerLogTests(WorkerLogTasks tasks) : IClassFixture<WorkerLogTasks>
{
    private const string Category = "Microsoft.DurableTask.Worker";

    private DurableHost Host => tasks.Host;

    [Fact]
    public async Task Orchestrations_and_activities_are_told_once_at_their_start_and_end()
    {
        var done = await Host.RunAsync("Calls");

        AssertOne(done.InstanceId, "OrchestrationStarted", "Calls", LogLevel.Information);
        AssertOne(done.InstanceId, "ActivityStarted", "Says", LogLevel.Information);
        AssertOne(done.InstanceId, "ActivityCompleted", "Says", LogLevel.Information);
        AssertOne(done.InstanceId, "OrchestrationCompleted", "Calls", LogLevel.Information);
    }

    [Fact]
    public async Task Failures_are_told_once_with_their_exceptions()
    {
        var done = await Host.RunAsync("CallsFailing");

        AssertOne(done.InstanceId, "OrchestrationStarted", "CallsFailing", LogLevel.Information);
        AssertOne(done.InstanceId, "ActivityStarted", "Fails", LogLevel.Information);
        var activity = AssertOne(done.InstanceId, "ActivityFailed", "Fails", LogLevel.Error);
        var orchestration = AssertOne(done.InstanceId, "OrchestrationFailed", "CallsFailing", LogLevel.Error);
        Assert.Equal("broken", Assert.IsType<InvalidOperationException>(activity.Exception).Message);
        Assert.Equal(
            "Task 'Fails' (#0) failed with an unhandled exception: broken",
            Assert.IsType<TaskFailedException>(orchestration.Exception).Message);
    }

    [Fact]
    public async Task Replay_safe_loggers_say_everything_once()
    {
        var done = await Host.RunAsync("Logs");

        foreach (var category in new[] { "by name", typeof(WorkerLogTasks).FullName!, typeof(WorkerLogTests).FullName!, "by factory" })
            Assert.Equal(["first", "second", "third"], tasks.Logs.Of(category).Where(l => Equals(l.Values.GetValueOrDefault("Id"), done.InstanceId)).Select(l => l.Values["What"]));
    }

    [Fact]
    public async Task The_legacy_category_can_be_left_out()
    {
        using var logs = new CapturedLogs();
        await using var host = await DurableHost.StartAsync(
            registry => registry.AddOrchestratorFunc("Timer", context => context.CreateTimer(TimeSpan.Zero, CancellationToken.None)),
            worker => worker.Configure(o => o.Logging.UseLegacyCategories = false),
            logs: logs);

        await host.RunAsync("Timer");

        Assert.Empty(logs.Of("Microsoft.DurableTask"));
        Assert.Single(logs.Of(Category), l => l.Message.Contains("CreateTimer", StringComparison.Ordinal));
    }

    private CapturedLog AssertOne(string id, string eventName, string name, LogLevel level)
    {
        var log = Assert.Single(tasks.Logs.Of(Category), l => l.Event.Name == eventName && Equals(l.Values.GetValueOrDefault("InstanceId"), id));
        Assert.Equal(name, log.Values["Name"]);
        Assert.Equal(level, log.Level);
        return log;
    }
}

public sealed partial class WorkerLogTasks : SharedDurableHost
{
    protected override void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("Calls", context => context.CallActivityAsync<string>("Says"))
        .AddOrchestratorFunc("CallsFailing", context => context.CallActivityAsync("Fails"))
        .AddOrchestratorFunc("Logs", async context =>
        {
            var ownType = typeof(WorkerLogTests);
            ILogger[] loggers =
            [
                context.CreateReplaySafeLogger("by name"),
                context.CreateReplaySafeLogger<WorkerLogTasks>(),
                context.CreateReplaySafeLogger(ownType),
                context.ReplaySafeLoggerFactory.CreateLogger("by factory"),
            ];
            foreach (var what in new[] { "first", "second", "third" })
            {
                foreach (var logger in loggers) Log.Said(logger, what, context.InstanceId);
                await context.CallActivityAsync("Says");
            }
        })
        .AddActivityFunc("Says", string (TaskActivityContext _) => "something")
        .AddActivityFunc("Fails", void (TaskActivityContext _) => throw new InvalidOperationException("broken"));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{What} of {Id}")]
        public static partial void Said(ILogger logger, string what, string id);
    }
}
