using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

/// <summary>A client that implements what the base class asks for, and writes down what was called.</summary>
public class FakeClient(string name) : DurableTaskClient(name)
{
    public List<string> Calls { get; } = [];

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
        => Called("id", $"start {orchestratorName} {input ?? "null"} {options?.InstanceId ?? "null"}", cancellation);

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
        => Called(0, $"raise {instanceId} {eventName} {eventPayload ?? "null"}", cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
        => Called(new OrchestrationMetadata("Fake", instanceId), $"started {instanceId} {getInputsAndOutputs}", cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
        => Called(new OrchestrationMetadata("Fake", instanceId), $"completed {instanceId} {getInputsAndOutputs}", cancellation);

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
        => Called(0, $"suspend {instanceId} {reason ?? "null"}", cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
        => Called(0, $"resume {instanceId} {reason ?? "null"}", cancellation);

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
        => Called<OrchestrationMetadata?>(null, $"get {instanceId} {getInputsAndOutputs}", cancellation);

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) => throw new NotSupportedException();

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected Task<T> Called<T>(T result, string call, CancellationToken cancellation)
    {
        Calls.Add(cancellation.CanBeCanceled ? $"{call} cancellable" : call);
        return Task.FromResult(result);
    }
}

/// <summary>One that also ends and purges instances.</summary>
public sealed class EndingFakeClient(string name) : FakeClient(name)
{
    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
        => Called(0, $"terminate {instanceId} {options?.Output ?? "null"} {options?.Recursive.ToString() ?? "null"}", cancellation);

    public override Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
        => Called(new PurgeResult(1), $"purge {instanceId} {options?.Recursive.ToString() ?? "null"}", cancellation);

    public override Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        var statuses = filter.Statuses is null ? "null" : string.Join('|', filter.Statuses);
        var recursive = options?.Recursive.ToString() ?? "null";
        return Called(new PurgeResult(2, true), $"purge {filter.CreatedFrom:yyyy}-{filter.CreatedTo:yyyy} {statuses} {recursive}", cancellation);
    }
}

/// <summary>A client as a builder makes it.</summary>
public sealed class BuiltClient(string name, IOptionsMonitor<BuiltClientOptions> options) : FakeClient(name)
{
    public BuiltClientOptions Options { get; } = options.Get(name);
}

public sealed class BuiltClientOptions : DurableTaskClientOptions
{
    public int Retries { get; set; }
}
