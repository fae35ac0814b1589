using System.Collections.Immutable;

namespace Microsoft.DurableTask.Client;

/// <summary>An instance as a client sees it. Moments are business time.</summary>
public sealed class OrchestrationMetadata
{
    public OrchestrationMetadata(string name, string instanceId)
    {
        Name = name;
        InstanceId = instanceId;
    }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null if inputs and outputs were not asked for.</summary>
    public DataConverter? DataConverter { get; init; }

    public TaskFailureDetails? FailureDetails { get; init; }

    public string InstanceId { get; }

    public bool IsCompleted => RuntimeStatus is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    public bool IsRunning => RuntimeStatus == OrchestrationRuntimeStatus.Running;

    public DateTimeOffset LastUpdatedAt { get; init; }

    public string Name { get; }

    public OrchestrationRuntimeStatus RuntimeStatus { get; init; }

    public string? SerializedCustomStatus { get; init; }

    public string? SerializedInput { get; init; }

    public string? SerializedOutput { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <exception cref="InvalidOperationException">Inputs and outputs were not asked for.</exception>
    public T? ReadCustomStatusAs<T>() => Read<T>(SerializedCustomStatus, nameof(ReadCustomStatusAs));

    /// <exception cref="InvalidOperationException">Inputs and outputs were not asked for.</exception>
    public T? ReadInputAs<T>() => Read<T>(SerializedInput, nameof(ReadInputAs));

    /// <exception cref="InvalidOperationException">Inputs and outputs were not asked for.</exception>
    public T? ReadOutputAs<T>() => Read<T>(SerializedOutput, nameof(ReadOutputAs));

    public override string ToString()
        => $"[Name: '{Name}', ID: '{InstanceId}', RuntimeStatus: {RuntimeStatus}, CreatedAt: {CreatedAt:s}, LastUpdatedAt: {LastUpdatedAt:s}]";

    private T? Read<T>(string? data, string method)
        => DataConverter is { } converter
            ? converter.Deserialize<T>(data)
            : throw new InvalidOperationException($"The {method} method can only be used on metadata that was fetched with getInputsAndOutputs set to true.");
}
