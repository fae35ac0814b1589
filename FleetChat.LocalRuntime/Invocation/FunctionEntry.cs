using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>A function as it was found in the assembly, ready to be called.</summary>
internal sealed class FunctionEntry
{
    public required FunctionDefinition Definition { get; init; }

    public required MethodInfo Method { get; init; }

    public required TriggerBinding Trigger { get; init; }

    public required IReadOnlyList<OutputBinding> Outputs { get; init; }

    /// <summary>Null for a static method.</summary>
    public required Func<IServiceProvider, object>? CreateInstance { get; init; }

    public required Func<object?, object?[], Task<object?>> Call { get; init; }

    public string Name => Definition.Name;

    public bool ResultIsOutputs => Outputs.Count > 0 && !Outputs[0].IsReturn;
}

internal abstract record TriggerBinding(string Name, string Type);

internal sealed record HttpTriggerBinding(string Name, string Route, IReadOnlyList<string> Methods, AuthorizationLevel Level)
    : TriggerBinding(Name, "httpTrigger");

internal sealed record QueueTriggerBinding(string Name, string Queue) : TriggerBinding(Name, "queueTrigger");

internal sealed record TimerTriggerBinding(string Name, string Schedule, bool RunOnStartup, bool UseMonitor) : TriggerBinding(Name, "timerTrigger");

/// <param name="InputParameter">The parameter that takes the orchestration's input, if there is one beside its context.</param>
internal sealed record OrchestrationTriggerBinding(string Name, string Orchestration, string? InputParameter) : TriggerBinding(Name, "orchestrationTrigger");

internal sealed record ActivityTriggerBinding(string Name, string Activity) : TriggerBinding(Name, "activityTrigger");

/// <param name="Queue">Null when the output is the HTTP answer.</param>
internal sealed record OutputBinding(string Name, string? Queue)
{
    public const string Return = "$return";

    public string Type => Queue is null ? "http" : "queue";

    public bool IsReturn => Name == Return;
}
