using FleetChat.Core.Tenants;

namespace FleetChat.Core.Orchestrations;

/// <summary>An orchestrator and the version of its code that new instances run: an old instance ends on the code that it began with.</summary>
/// <param name="Name">Of its function, without the version.</param>
public sealed record Flow(string Name, int Version)
{
    /// <summary>How the orchestrator is told that what it waits for may have happened: it reads what is true.</summary>
    public const string Changed = "changed";

    /// <param name="subject">The business row that it is about.</param>
    /// <returns>The instance's id; one subject has one instance.</returns>
    public string InstanceOf(TenantId tenant, Guid subject) => $"{Name}-v{Version}:{tenant}:{subject:N}";
}

/// <summary>What an orchestration begins with.</summary>
public sealed record FlowInput(string TenantId, Guid SubjectId);

/// <summary>The engine, as far as commands need it.</summary>
public interface IFlowEngine
{
    /// <returns>Null: there is no such instance. Else whether it has ended.</returns>
    Task<bool?> HasEndedAsync(string instance, CancellationToken ct);

    /// <summary>An instance of that id that has ended is begun anew.</summary>
    Task StartAsync(Flow flow, string instance, FlowInput input, CancellationToken ct);

    /// <summary>Fails for an instance that has ended or never was.</summary>
    Task RaiseAsync(string instance, string name, CancellationToken ct);
}
