using System.Diagnostics;
using System.Diagnostics.Metrics;
using FleetChat.LocalRuntime.Durable;

namespace FleetChat.LocalRuntime;

/// <summary>
/// What the runtime tells OpenTelemetry, under the names of its semantic conventions. Attributes say which function and which
/// queue, never what was in a request or a message.
/// </summary>
public static class RuntimeTelemetry
{
    /// <summary>The real worker's, so that whoever listens to that hears this.</summary>
    internal const string SourceName = "Microsoft.Azure.Functions.Worker";

    internal const string MeterName = "FleetChat.LocalRuntime";

    /// <summary>All sources of spans, those of orchestrations included.</summary>
    public static IReadOnlyList<string> Sources { get; } = [SourceName, DurableTelemetry.SourceName];

    public static IReadOnlyList<string> Meters { get; } = [MeterName, DurableTelemetry.MeterName];

    internal const string FunctionName = "faas.name";
    internal const string FunctionTrigger = "faas.trigger";
    internal const string InvocationId = "faas.invocation_id";
    internal const string ErrorType = "error.type";
    internal const string MessagingSystem = "messaging.system";
    internal const string Destination = "messaging.destination.name";
    internal const string OperationName = "messaging.operation.name";
    internal const string OperationType = "messaging.operation.type";
    internal const string MessageId = "messaging.message.id";
    internal const string MessageCount = "messaging.batch.message_count";

    internal static readonly ActivitySource Source = new(SourceName);

    internal static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Invocations = Meter.CreateCounter<long>("faas.invocations", "{invocation}", "Invocations that ran to their end");

    internal static readonly Counter<long> Errors = Meter.CreateCounter<long>("faas.errors", "{error}", "Invocations that failed");

    internal static readonly Histogram<double> InvokeDuration = Meter.CreateHistogram(
        "faas.invoke_duration",
        "s",
        "How long an invocation took, its outputs included",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });

    internal static readonly Counter<long> SentMessages = Meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Messages stored in a queue");

    internal static readonly Counter<long> ConsumedMessages = Meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Messages handed to a function");

    /// <summary>Failed or not, and where from: the exception's type alone, because its words may hold anything.</summary>
    internal static void Fail(this Activity activity, Exception exception)
    {
        activity.SetStatus(ActivityStatusCode.Error);
        activity.SetTag(ErrorType, exception.GetType().FullName);
    }
}
