using System.Diagnostics;
using FleetChat.LocalRuntime.Invocation;

namespace FleetChat.LocalRuntime.Telemetry;

/// <summary>Spans around invocations, begun by whoever triggers them, and the metrics that are the same for all.</summary>
internal static class InvocationTelemetry
{
    /// <param name="name">Without values: a route, a queue's or a function's name.</param>
    /// <param name="traceParent">Of whoever caused it; anything else begins a trace of its own.</param>
    /// <returns>Null if nobody listens.</returns>
    public static Activity? Start(string name, ActivityKind kind, FunctionEntry function, string traceParent, string traceState = "")
    {
        if (!RuntimeTelemetry.Source.HasListeners()) return null;
        ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var parent);
        var activity = RuntimeTelemetry.Source.StartActivity(name, kind, parent);
        activity?.SetTag(RuntimeTelemetry.FunctionName, function.Name);
        activity?.SetTag(RuntimeTelemetry.FunctionTrigger, TriggerOf(function));
        return activity;
    }

    /// <summary>The span of this invocation, if its trigger began one.</summary>
    public static Activity? Current => Activity.Current is { } activity && activity.Source == RuntimeTelemetry.Source ? activity : null;

    public static void Record(FunctionEntry function, TimeSpan duration, Exception? failure)
    {
        var tags = new TagList { { RuntimeTelemetry.FunctionName, function.Name }, { RuntimeTelemetry.FunctionTrigger, TriggerOf(function) } };
        RuntimeTelemetry.InvokeDuration.Record(duration.TotalSeconds, tags);
        if (failure is null) RuntimeTelemetry.Invocations.Add(1, tags);
        else RuntimeTelemetry.Errors.Add(1, [.. tags, new(RuntimeTelemetry.ErrorType, failure.GetType().FullName)]);
    }

    private static string TriggerOf(FunctionEntry function) => function.Trigger switch
    {
        HttpTriggerBinding => "http",
        QueueTriggerBinding => "pubsub",
        TimerTriggerBinding => "timer",
        _ => "other",
    };
}
