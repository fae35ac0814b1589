using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using FleetChat.LocalRuntime.Invocation;
using FleetChat.LocalRuntime.Queues;

namespace FleetChat.LocalRuntime.Telemetry;

/// <summary>Spans of messages: the one that stores them is the parent of those that work on them, so that a trace goes through the queue.</summary>
internal static class QueueTelemetry
{
    private const string System = "localruntime";

    /// <summary>Null while nobody has looked how deep it is, which is while nobody listens.</summary>
    private static readonly ConcurrentDictionary<object, IReadOnlyList<QueueDepth>> Depths = new();

    private static readonly ObservableGauge<long> Depth =
        RuntimeTelemetry.Meter.CreateObservableGauge("messaging.queue.depth", ObserveDepths, "{message}", "Messages in a queue, those that are worked on included");

    /// <summary>Counting messages is a query; it is made only for somebody.</summary>
    public static bool WantsDepths => Depth.Enabled;

    public static void Tell(object host, IReadOnlyList<QueueDepth> depths) => Depths[host] = depths;

    public static void Forget(object host) => Depths.TryRemove(host, out _);

    public static Activity? StartSending(string queue, int messages)
    {
        var activity = RuntimeTelemetry.Source.StartActivity($"send {queue}", ActivityKind.Producer);
        Describe(activity, "send", queue);
        if (messages > 1) activity?.SetTag(RuntimeTelemetry.MessageCount, messages);
        return activity;
    }

    public static void RecordSent(IEnumerable<NewMessage> messages)
    {
        if (!RuntimeTelemetry.SentMessages.Enabled) return;
        foreach (var queue in messages.GroupBy(m => m.Queue))
            RuntimeTelemetry.SentMessages.Add(queue.Count(), new(RuntimeTelemetry.MessagingSystem, System), new(RuntimeTelemetry.Destination, queue.Key));
    }

    public static Activity? StartProcessing(FunctionEntry function, ClaimedMessage message)
    {
        RuntimeTelemetry.ConsumedMessages.Add(1, new(RuntimeTelemetry.MessagingSystem, System), new(RuntimeTelemetry.Destination, message.Queue));
        var activity = InvocationTelemetry.Start($"process {message.Queue}", ActivityKind.Consumer, function, message.TraceParent);
        Describe(activity, "process", message.Queue);
        activity?.SetTag(RuntimeTelemetry.MessageId, MessageMetadata.IdOf(message));
        activity?.SetTag("localruntime.dequeue_count", message.DequeueCount);
        return activity;
    }

    private static void Describe(Activity? activity, string operation, string queue) => activity?
        .SetTag(RuntimeTelemetry.MessagingSystem, System)
        .SetTag(RuntimeTelemetry.OperationName, operation)
        .SetTag(RuntimeTelemetry.OperationType, operation)
        .SetTag(RuntimeTelemetry.Destination, queue);

    private static IEnumerable<Measurement<long>> ObserveDepths() => Depths.Values
        .SelectMany(depths => depths)
        .Select(depth => new Measurement<long>(
            depth.Messages, new(RuntimeTelemetry.MessagingSystem, System), new KeyValuePair<string, object?>(RuntimeTelemetry.Destination, depth.Queue)));
}
