using Microsoft.Azure.Functions.Worker;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>What goes into and comes out of one invocation, as middleware and host see it.</summary>
internal sealed class FunctionBindings(FunctionEntry function, TriggerInput input)
{
    public FunctionEntry Function => function;

    /// <summary>The trigger's own value under its parameter's name.</summary>
    public IReadOnlyDictionary<string, object?> InputData => input.InputData;

    /// <summary>What else the trigger knows: route and query values, message metadata.</summary>
    public IReadOnlyDictionary<string, object?> TriggerMetadata => input.TriggerMetadata;

    public Dictionary<string, object?> OutputData { get; } = new(StringComparer.Ordinal);

    public object? InvocationResult { get; set; }

    public static FunctionBindings Of(FunctionContext context)
        => context.Features.Get<FunctionBindings>() ?? throw new InvalidOperationException("This function context was not made by the host.");

    public bool TryGetSource(string name, out object? source)
        => InputData.TryGetValue(name, out source) || TriggerMetadata.TryGetValue(name, out source);

    /// <summary>A result whose properties are output bindings is taken apart; any other stays the function's return value.</summary>
    public void MoveResultToOutputs()
    {
        if (InvocationResult is not { } result || !function.ResultIsOutputs) return;
        foreach (var output in function.Outputs)
        {
            var property = result.GetType().GetProperty(output.Name)
                ?? throw new InvalidOperationException($"Could not find expected property '{output.Name}' in type {result.GetType().FullName}");
            if (property.GetValue(result) is { } value) OutputData[output.Name] = value;
        }
        InvocationResult = null;
    }

    public object? OutputOf(OutputBinding output)
        => output.IsReturn ? InvocationResult : OutputData.GetValueOrDefault(output.Name);
}
