using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Spans and metrics of orchestrations, with the names and tags of the real library. Everything of one orchestration, its
/// children's too, lies under the span of the call that created it.
/// </summary>
internal static class DurableTelemetry
{
    public const string SourceName = "Microsoft.DurableTask";
    public const string MeterName = "FleetChat.LocalRuntime.Durable";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Started = Meter.CreateCounter<long>("durabletask.orchestrations.started", "{orchestration}");
    private static readonly Counter<long> Ended = Meter.CreateCounter<long>("durabletask.orchestrations.ended", "{orchestration}");
    private static readonly Counter<long> Activities = Meter.CreateCounter<long>("durabletask.activities.ended", "{activity}");
    private static readonly Histogram<double> ActivityTime = Meter.CreateHistogram<double>("durabletask.activities.duration", "s");
    private static readonly Histogram<double> TimerLateness = Meter.CreateHistogram<double>("durabletask.timers.lateness", "s", "Between a timer's due time and the turn that takes it");

    public static Activity? StartCreation(OrchestrationInfo instance)
    {
        var span = Source.StartActivity($"create_orchestration:{instance.Name}", ActivityKind.Producer);
        return span is null ? null : Tag(span, "orchestration", instance.Name, instance.Id, instance.Version);
    }

    public static Activity? StartActivity(ClaimedActivity activity)
    {
        ActivityContext.TryParse(activity.TraceParent, traceState: null, isRemote: true, out var parent);
        var span = Source.StartActivity($"activity:{activity.Name}", ActivityKind.Server, parent);
        return span is null ? null : Tag(span, "activity", activity.Name, activity.InstanceId, activity.Version).SetTag("durabletask.task.task_id", activity.Key.Task);
    }

    public static void ActivityEnded(Activity? span, ClaimedActivity activity, HistoryEvent answer, TimeSpan duration)
    {
        if (answer.Failure is { } failure) span?.SetStatus(ActivityStatusCode.Error, failure.Type);
        var tags = new TagList { { "durabletask.task.name", activity.Name }, { "durabletask.task.status", answer.Failure is null ? "completed" : "failed" } };
        Activities.Add(1, tags);
        ActivityTime.Record(duration.TotalSeconds, tags);
    }

    public static void OrchestrationStarted(OrchestrationInfo instance)
        => Started.Add(1, KeyValuePair.Create<string, object?>("durabletask.task.name", instance.Name));

    /// <summary>Its span is written when it ends, from its creation on: meanwhile other processes may have run it.</summary>
    public static void OrchestrationEnded(Session session, DateTimeOffset startedAt)
    {
        var status = session.Status switch { InstanceStatus.Completed => "completed", InstanceStatus.Failed => "failed", _ => "terminated" };
        Ended.Add(1, KeyValuePair.Create<string, object?>("durabletask.task.name", session.Info.Name), KeyValuePair.Create<string, object?>("durabletask.task.status", status));
        ActivityContext.TryParse(session.Claim.TraceParent, traceState: null, isRemote: true, out var parent);
        using var span = Source.StartActivity(ActivityKind.Server, parent, startTime: startedAt, name: $"orchestration:{session.Info.Name}");
        if (span is null) return;
        Tag(span, "orchestration", session.Info.Name, session.Info.Id, session.Info.Version).SetTag("durabletask.task.status", status);
        if (session.Status == InstanceStatus.Failed) span.SetStatus(ActivityStatusCode.Error);
    }

    public static void TimerTaken(TimeSpan lateness) => TimerLateness.Record(lateness.TotalSeconds);

    private static Activity Tag(Activity span, string type, string name, string instance, string? version)
    {
        span.SetTag("durabletask.type", type).SetTag("durabletask.task.name", name).SetTag("durabletask.task.instance_id", instance);
        return version is null ? span : span.SetTag("durabletask.task.version", version);
    }
}
