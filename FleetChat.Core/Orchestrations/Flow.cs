using System.Globalization;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Orchestrations;

/// <summary>
/// An orchestrator and the version of its code that new instances run. An instance ends on the code that it began with, so each version is a function of its own,
/// and the older ones stay as long as instances of them may live (docs/deploying.md).
/// </summary>
/// <param name="Name">Of its function, without the version.</param>
public sealed record Flow(string Name, int Version)
{
    /// <summary>The function that new instances run.</summary>
    public string Function => Version == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}V{Version}");

    /// <summary>How the orchestrator is told that what it waits for may have happened: it reads what is true.</summary>
    public const string Changed = "changed";

    /// <param name="subject">The business row that it is about.</param>
    /// <returns>The id that a new instance gets; one subject has one instance.</returns>
    public string InstanceOf(TenantId tenant, Guid subject) => InstanceOf(tenant, subject, Version);

    /// <returns>The ids that the subject's instance may have, whichever version it began with; the newest first.</returns>
    public IEnumerable<string> InstancesOf(TenantId tenant, Guid subject) => Enumerable.Range(0, Version).Select(older => InstanceOf(tenant, subject, Version - older));

    private string InstanceOf(TenantId tenant, Guid subject, int version) => string.Create(CultureInfo.InvariantCulture, $"{Name}-v{version}:{tenant}:{subject:N}");
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
