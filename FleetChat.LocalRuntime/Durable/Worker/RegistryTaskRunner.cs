using Microsoft.DurableTask;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>Runs orchestrators and activities that were registered with a worker's builder, a scope of services for each run.</summary>
internal sealed class RegistryTaskRunner(
    IDurableTaskFactory factory,
    DurableTaskWorkerOptions options,
    IServiceProvider services,
    DurableTaskWorkerWorkItemFilters? filters,
    IExceptionPropertiesProvider? exceptionProperties,
    ILoggerFactory loggers) : ITaskRunner
{
    private readonly ILogger _logger = loggers.CreateLogger(TaskLog.Category);
    private readonly ILogger? _legacyLogger = options.Logging.UseLegacyCategories ? loggers.CreateLogger(TaskLog.LegacyCategory) : null;
    private readonly IServiceScopeFactory _scopes = services.GetRequiredService<IServiceScopeFactory>();
#pragma warning disable CS0618 // The real package marks the filter as experimental in this way; who sets it is heard all the same.
    private readonly IOrchestrationFilter? _filter = options.OrchestrationFilter ?? services.GetService<IOrchestrationFilter>();
#pragma warning restore CS0618

    public ReplayOptions Options { get; } = ReplayOptions.Of(options, exceptionProperties);

    public ILoggerFactory Loggers => loggers;

    public bool TakesEverything => filters is null && _filter is null
        && options.Versioning is not { FailureStrategy: DurableTaskWorkerOptions.VersionFailureStrategy.Reject };

    public string[]? OrchestratorNames { get; } = filters?.Orchestrations.Select(o => o.Name.ToLowerInvariant()).ToArray();

    public string[]? ActivityNames { get; } = filters?.Activities.Select(a => a.Name.ToLowerInvariant()).ToArray();

    public async ValueTask<bool> AcceptsAsync(OrchestrationInfo instance, CancellationToken cancellation)
    {
        if (options.Versioning is { FailureStrategy: DurableTaskWorkerOptions.VersionFailureStrategy.Reject } && VersionMismatch(instance) is not null) return false;
        if (!IsOfWantedVersion(instance)) return false;
        return _filter is null || await _filter.IsOrchestrationValidAsync(new() { Name = instance.Name, Tags = instance.Tags }, cancellation);
    }

    public async Task RunTurnAsync(OrchestrationTurn turn, CancellationToken cancellation)
    {
        if (turn.IsFirst) _logger.OrchestrationStarted(turn.Instance.Id, turn.Instance.Name);
        await using var scope = _scopes.CreateAsyncScope();
        if (VersionMismatch(turn.Instance) is { } mismatch) turn.Fail(mismatch);
        else if (Find(turn.Instance, scope.ServiceProvider) is { } orchestrator) turn.Run(context => RunAsync(orchestrator, context, turn.Instance));
        else turn.Fail(NotFound(turn.Instance));
        _logger.Log(turn);
        _legacyLogger?.ActionsPlanned(turn.Instance.Id, turn.Result!.Actions);
    }

    public async Task<HistoryEvent> RunActivityAsync(ClaimedActivity activity, CancellationToken cancellation)
    {
        var task = activity.Key.Task;
        await using var scope = _scopes.CreateAsyncScope();
        if (Find(activity, scope.ServiceProvider) is not { } code)
        {
            return new() { Kind = EventKind.ActivityFailed, Task = task, Failure = NotFound(activity) };
        }
        _logger.ActivityStarted(activity.InstanceId, activity.Name);
        try
        {
            var context = new RunningActivity(activity);
            var output = await code.RunAsync(context, Options.Converter.Deserialize(activity.Input, code.InputType));
            var result = Options.Converter.Serialize(output);
            _logger.ActivityCompleted(activity.InstanceId, activity.Name);
            return new() { Kind = EventKind.ActivityCompleted, Task = task, Result = result };
        }
        catch (Exception exception)
        {
            _logger.ActivityFailed(exception, activity.InstanceId, activity.Name);
            var failure = TaskFailure.Of(TaskFailureDetails.FromException(exception, exceptionProperties));
            return new() { Kind = EventKind.ActivityFailed, Task = task, Failure = failure };
        }
    }

    /// <summary>Of a name's work item filters one without versions takes them all.</summary>
    private bool IsOfWantedVersion(OrchestrationInfo instance)
        => filters is null || filters.Orchestrations.Any(f => string.Equals(f.Name, instance.Name, StringComparison.OrdinalIgnoreCase)
            && (f.Versions.Count == 0 || f.Versions.Contains(instance.Version ?? "", StringComparer.OrdinalIgnoreCase)));

    private Task<object?> RunAsync(ITaskOrchestrator orchestrator, TaskOrchestrationContext context, OrchestrationInfo instance)
        => orchestrator.RunAsync(context, Options.Converter.Deserialize(instance.Input, orchestrator.InputType));

    private ITaskOrchestrator? Find(OrchestrationInfo instance, IServiceProvider provider)
    {
        if (factory is DurableTaskFactory versioned) return versioned.TryCreateOrchestrator(instance.Name, instance.Version, provider, out var found) ? found : null;
        return factory.TryCreateOrchestrator(instance.Name, provider, out var other) ? other : null;
    }

    private ITaskActivity? Find(ClaimedActivity activity, IServiceProvider provider)
    {
        if (factory is DurableTaskFactory versioned) return versioned.TryCreateActivity(activity.Name, activity.Version, provider, out var found) ? found : null;
        return factory.TryCreateActivity(activity.Name, provider, out var other) ? other : null;
    }

    private static TaskFailure NotFound(OrchestrationInfo instance) => new()
    {
        Type = "OrchestratorTaskNotFound",
        Message = $"No orchestrator task named '{instance.Name}' was found.",
        IsFinal = true,
    };

    private static TaskFailure NotFound(ClaimedActivity activity) => new()
    {
        Type = "ActivityTaskNotFound",
        Message = $"No activity task named '{activity.Name}' was found.",
        IsFinal = true,
    };

    private TaskFailure? VersionMismatch(OrchestrationInfo instance)
    {
        if (options.Versioning is not { } versioning) return null;
        var difference = Microsoft.DurableTask.Abstractions.TaskOrchestrationVersioningUtils.CompareVersions(instance.Version ?? "", versioning.Version);
        var matches = versioning.MatchStrategy switch
        {
            DurableTaskWorkerOptions.VersionMatchStrategy.Strict => difference == 0,
            DurableTaskWorkerOptions.VersionMatchStrategy.CurrentOrOlder => difference <= 0,
            _ => true,
        };
        return matches ? null : new()
        {
            Type = "VersionMismatch",
            Message = $"The orchestration version '{instance.Version}' does not match the worker version '{versioning.Version}' ({versioning.MatchStrategy}).",
            IsFinal = true,
        };
    }
}

internal sealed class RunningActivity(ClaimedActivity activity) : TaskActivityContext
{
    public override TaskName Name => activity.Name;

    public override string InstanceId => activity.InstanceId;

    public override string Version => activity.Version ?? "";
}
