using Microsoft.DurableTask;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>What an orchestrator can know of the instance that it runs for.</summary>
internal sealed record OrchestrationInfo(string Id, string Name, string? Version, string? Input)
{
    public ParentOrchestrationInstance? Parent { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}
