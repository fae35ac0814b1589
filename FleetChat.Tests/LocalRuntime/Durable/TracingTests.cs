using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.DurableTask;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class TracingTests(TracedTasks tasks) : IClassFixture<TracedTasks>
{
    [Fact]
    public async Task Spans_tell_the_creation_the_orchestration_and_its_activities()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.DurableTask" or TracedTasks.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        string id;
        using (TracedTasks.Source.StartActivity("Caller", ActivityKind.Client)) id = (await tasks.Host.RunAsync("Traced")).InstanceId;
        await Until.TrueAsync(() => Of("orchestration:Traced").Count == 1, because: "the orchestration's span");

        var caller = Assert.Single(spans, s => s.OperationName == "Caller");
        var created = Assert.Single(Of("create_orchestration:Traced"));
        var ran = Assert.Single(Of("orchestration:Traced"));
        var activities = Of("activity:Works").Where(a => a.Kind == ActivityKind.Server).ToList();
        Assert.Equal(caller.Id, created.ParentId);
        Assert.Equal(ActivityKind.Server, ran.Kind);
        Assert.Equal(created.Id, ran.ParentId);
        Assert.All([created, ran], s => Assert.Equal(("orchestration", "Traced"), (s.GetTagItem("durabletask.type"), s.GetTagItem("durabletask.task.name"))));
        Assert.Equal([0, 1], activities.Select(a => a.GetTagItem("durabletask.task.task_id")).Order());
        Assert.All(activities, a => Assert.Equal(("activity", "Works"), (a.GetTagItem("durabletask.type"), a.GetTagItem("durabletask.task.name"))));
        Assert.All(activities, a => Assert.Equal(caller.TraceId, a.TraceId));
        var inside = spans.Where(s => s.OperationName == "Inside").ToList();
        Assert.Equal(activities.Select(a => a.Id).Order(StringComparer.Ordinal), inside.Select(s => s.ParentId).Order(StringComparer.Ordinal));

        List<Activity> Of(string operation) => [.. spans.Where(s => s.OperationName == operation && Equals(s.GetTagItem("durabletask.task.instance_id"), id))];
    }
}

public sealed class TracedTasks : SharedDurableHost
{
    public const string SourceName = "FleetChat.Tests.Traced";

    public static readonly ActivitySource Source = new(SourceName);

    protected override void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("Traced", async context =>
        {
            await context.CallActivityAsync("Works");
            await context.CallActivityAsync("Works");
        })
        .AddActivityFunc("Works", void (TaskActivityContext _) => Source.StartActivity("Inside")?.Dispose());
}
