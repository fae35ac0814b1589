using DurableTask.Core.Exceptions;
using FleetChat.LocalRuntime.Invocation;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>The client of orchestrations in Postgres, with the exceptions of the real ones.</summary>
internal class PostgresDurableTaskClient(string name, DurableNode node, DurableTaskClientOptions options, ClientDialect dialect) : DurableTaskClient(name)
{
    private readonly InstanceCreator _creator = new(node);
    private readonly MessageSender _sender = new(node);

    private DataConverter Converter => options.DataConverter;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var id = options?.InstanceId ?? RandomIds.NewInstanceId();
        InstanceIds.RefuseInvalid(id);
        var info = new OrchestrationInfo(id, orchestratorName.Name, VersionOf(options), Converter.Serialize(input)) { Tags = options?.Tags };
        await node.ReadyAsync();
        await _creator.CreateAsync(info, options?.StartAt, Statuses.ReplaceableBut(options?.DedupeStatuses), cancellation);
        return id;
    }

    public override async Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        var raised = new HistoryEvent { Kind = EventKind.EventRaised, Name = eventName, Input = Converter.Serialize(eventPayload) };
        await _sender.SendAsync(new(instanceId, MessageKind.Event, raised), StatusCode.FailedPrecondition, cancellation);
    }

    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        var terminated = new HistoryEvent { Kind = EventKind.Terminated, Reason = Converter.Serialize(options?.Output), Recursive = options?.Recursive };
        return ControlAsync(instanceId, terminated, StatusCode.FailedPrecondition, cancellation);
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
        => ControlAsync(instanceId, new() { Kind = EventKind.Suspended, Reason = reason }, WhenPausedAfterEnd, cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
        => ControlAsync(instanceId, new() { Kind = EventKind.Resumed, Reason = reason }, WhenPausedAfterEnd, cancellation);

    public override async Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        await node.ReadyAsync();
        return await node.Instances.FindAsync(instanceId, getInputsAndOutputs, cancellation) is { } found ? MetadataOf(found, getInputsAndOutputs) : null;
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        var wanted = new InstanceFilter
        {
            CreatedFrom = filter?.CreatedFrom,
            CreatedTo = filter?.CreatedTo,
            Statuses = filter?.Statuses?.Select(s => (short)s).ToArray(),
            Prefix = filter?.InstanceIdPrefix,
        };
        var withData = dialect == ClientDialect.Sidecar || filter?.FetchInputsAndOutputs == true;
        return Pageable.Create(async (continuation, pageSize, cancellation) =>
        {
            await node.ReadyAsync();
            var most = pageSize ?? filter?.PageSize ?? OrchestrationQuery.DefaultPageSize;
            var found = await node.Instances.ListAsync(wanted, continuation ?? filter?.ContinuationToken ?? "", most + 1, withData, cancellation);
            var page = found.Take(most).Select(i => MetadataOf(i, withData)).ToList();
            return new Page<OrchestrationMetadata>(page, found.Count > most ? page[^1].InstanceId : null);
        });
    }

    public override async Task<Page<string>> ListInstanceIdsAsync(
        IEnumerable<OrchestrationRuntimeStatus>? runtimeStatus = null,
        DateTimeOffset? completedTimeFrom = null,
        DateTimeOffset? completedTimeTo = null,
        int pageSize = OrchestrationQuery.DefaultPageSize,
        string? lastInstanceKey = null,
        CancellationToken cancellation = default)
    {
        await node.ReadyAsync();
        var wanted = new InstanceFilter
        {
            EndedFrom = completedTimeFrom,
            EndedTo = completedTimeTo,
            Statuses = runtimeStatus?.Select(s => (short)s).ToArray(),
        };
        var found = await node.Instances.ListAsync(wanted, lastInstanceKey ?? "", pageSize + 1, withData: false, cancellation);
        var ids = found.Take(pageSize).Select(i => i.Info.Id).ToList();
        return new Page<string>(ids, found.Count > pageSize ? ids[^1] : null);
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
        => WaitAsync(instanceId, status => status != InstanceStatus.Pending, nameof(WaitForInstanceStartAsync), getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
        => WaitAsync(instanceId, InstanceStatus.IsEnded, nameof(WaitForInstanceCompletionAsync), getInputsAndOutputs, cancellation);

    public override async Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        await node.ReadyAsync();
        var purged = await node.Instances.PurgeAsync([instanceId], options?.Recursive == true, cancellation);
        if (purged == 0 && await node.Instances.FindAsync(instanceId, withData: false, cancellation) is { } running)
        {
            throw new InvalidOperationException(
                $"The orchestration '{instanceId}' is {(OrchestrationRuntimeStatus)running.Status} and can't be purged: terminate it first, or wait for its end.");
        }
        return new(purged, IsComplete);
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        const int Portion = 500;
        ArgumentNullException.ThrowIfNull(filter);
        if (filter.Timeout is { } limit && limit <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(filter), limit, "PurgeInstancesFilter.Timeout must be a positive TimeSpan.");
        await node.ReadyAsync();
        var began = TimeProvider.System.GetTimestamp();
        var wanted = new InstanceFilter
        {
            CreatedFrom = filter.CreatedFrom,
            CreatedTo = filter.CreatedTo,
            Statuses = [.. InstanceStatus.Ended.Where(s => filter.Statuses is null || filter.Statuses.Contains((OrchestrationRuntimeStatus)s))],
        };
        var (purged, after) = (0, "");
        while (true)
        {
            var found = await node.Instances.ListAsync(wanted, after, Portion, withData: false, cancellation);
            if (found.Count == 0) return new(purged, IsComplete);
            purged += await node.Instances.PurgeAsync([.. found.Select(i => i.Info.Id)], options?.Recursive == true, cancellation);
            after = found[^1].Info.Id;
            if (filter.Timeout is { } most && TimeProvider.System.GetElapsedTime(began) > most) return new(purged, isComplete: false);
        }
    }

    public override async Task<string> RestartAsync(string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        await node.ReadyAsync();
        var found = await node.Instances.FindAsync(instanceId, withData: true, cancellation)
            ?? throw new ArgumentException($"An orchestration with the instanceId {instanceId} was not found.", nameof(instanceId));
        var info = found.Info with { Id = restartWithNewInstanceId ? RandomIds.NewInstanceId() : instanceId };
        try
        {
            await _creator.CreateAsync(info, startAt: null, Statuses.ReplaceableBut(null), cancellation);
        }
        catch (OrchestrationAlreadyExistsException exception)
        {
            throw new InvalidOperationException($"An orchestration with the instanceId {instanceId} cannot be restarted.", exception);
        }
        return info.Id;
    }

    /// <summary>Suspending or resuming what has ended is an error only behind the Functions host.</summary>
    private StatusCode? WhenPausedAfterEnd => dialect == ClientDialect.FunctionsHost ? StatusCode.Unknown : null;

    private bool? IsComplete => dialect == ClientDialect.FunctionsHost ? null : true;

    private async Task ControlAsync(string instanceId, HistoryEvent control, StatusCode? whenEnded, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        await _sender.SendAsync(new(instanceId, MessageKind.Control, control), whenEnded, cancellation);
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, Func<short, bool> reached, string operation, bool getInputsAndOutputs, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        try
        {
            await node.ReadyAsync();
            while (true)
            {
                await node.Waits.WaitAsync(instanceId, reached, cancellation);
                if (await node.Instances.FindAsync(instanceId, getInputsAndOutputs, cancellation) is { } found && reached(found.Status))
                    return MetadataOf(found, getInputsAndOutputs);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(
                $"The {operation} operation was canceled.", new RpcException(new Status(StatusCode.Cancelled, "The call was cancelled.")), cancellation);
        }
    }

    /// <summary>An empty version was asked for, and goes before the default one.</summary>
    private string? VersionOf(StartOrchestrationOptions? start)
        => start?.Version is { } asked ? asked.Version : string.IsNullOrEmpty(options.DefaultVersion) ? null : options.DefaultVersion;

    private OrchestrationMetadata MetadataOf(StoredInstance found, bool withData) => new(found.Info.Name, found.Info.Id)
    {
        RuntimeStatus = (OrchestrationRuntimeStatus)found.Status,
        CreatedAt = found.CreatedAt,
        LastUpdatedAt = found.UpdatedAt,
        SerializedInput = found.Info.Input,
        SerializedOutput = !withData ? null : dialect == ClientDialect.FunctionsHost ? found.Output ?? found.Failure?.ToText() : found.Output,
        SerializedCustomStatus = !withData ? null : found.CustomStatus ?? (dialect == ClientDialect.FunctionsHost ? "null" : null),
        FailureDetails = withData && dialect == ClientDialect.Sidecar ? found.Failure?.ToDetails() : null,
        Tags = found.Info.Tags ?? new Dictionary<string, string>(),
        DataConverter = withData ? Converter : null,
    };
}
