using System.Diagnostics;
using System.Text.Json;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>Runs orchestrators and activities that are functions, through the same pipeline as any other function.</summary>
internal sealed class FunctionTaskRunner : ITaskRunner
{
    private readonly Dictionary<string, (FunctionEntry Function, OrchestrationTriggerBinding Trigger)> _orchestrators;
    private readonly Dictionary<string, (FunctionEntry Function, ActivityTriggerBinding Trigger)> _activities;
    private readonly IServiceProvider _services;
    private readonly ILogger _logger;

    public FunctionTaskRunner(FunctionCatalog catalog, IOptions<DurableTaskWorkerOptions> options, IServiceProvider services, ILoggerFactory loggers)
    {
        _orchestrators = catalog.TriggeredBy<OrchestrationTriggerBinding>().ToDictionary(f => f.Trigger.Orchestration, StringComparer.OrdinalIgnoreCase);
        _activities = catalog.TriggeredBy<ActivityTriggerBinding>().ToDictionary(f => f.Trigger.Activity, StringComparer.OrdinalIgnoreCase);
        _services = services;
        _logger = loggers.CreateLogger(TaskLog.Category);
        Loggers = loggers;
        Options = ReplayOptions.Of(options.Value, services.GetService<IExceptionPropertiesProvider>());
    }

    public ReplayOptions Options { get; }

    public ILoggerFactory Loggers { get; }

    public bool TakesEverything => true;

    public string[]? OrchestratorNames => null;

    public string[]? ActivityNames => null;

    public bool HasTasks => _orchestrators.Count + _activities.Count > 0;

    /// <summary>Resolved late: the invoker's outputs need the whole host.</summary>
    private FunctionInvoker Invoker => _services.GetRequiredService<FunctionInvoker>();

    public ValueTask<bool> AcceptsAsync(OrchestrationInfo instance, CancellationToken cancellation) => new(true);

    public async Task RunTurnAsync(OrchestrationTurn turn, CancellationToken cancellation)
    {
        if (turn.IsFirst) _logger.OrchestrationStarted(turn.Instance.Id, turn.Instance.Name);
        if (_orchestrators.TryGetValue(turn.Instance.Name, out var found)) await InvokeAsync(turn, found.Function, found.Trigger, cancellation);
        else turn.Fail(NotFound(turn.Instance));
        _logger.Log(turn);
    }

    private async Task InvokeAsync(OrchestrationTurn turn, FunctionEntry function, OrchestrationTriggerBinding trigger, CancellationToken cancellation)
    {
        try
        {
            await Invoker.InvokeAsync(function, context => InputOf(context, turn, trigger), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            turn.Fail(TaskFailure.Of(TaskFailureDetails.FromException(exception, Options.ExceptionProperties)));
        }
        if (turn.Result is null) turn.Fail(NotRun(turn.Instance));
    }

    private TriggerInput InputOf(FunctionContext context, OrchestrationTurn turn, OrchestrationTriggerBinding trigger)
    {
        var source = new ContextSource();
        context.Features.Set(turn);
        context.Features.Set(source);
        var metadata = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["instanceId"] = turn.Instance.Id };
        if (trigger.InputParameter is { } parameter) metadata[parameter] = new SerializedInput(turn.Instance.Input, Options.Converter);
        return TriggerInput.Of(trigger.Name, source, metadata);
    }

    public async Task<HistoryEvent> RunActivityAsync(ClaimedActivity activity, CancellationToken cancellation)
    {
        var task = activity.Key.Task;
        if (activity.Name == TaskOrchestrationContextExtensionMethods.HttpActivityName) return await CallHttpAsync(activity, cancellation);
        if (!_activities.TryGetValue(activity.Name, out var found))
            return new() { Kind = EventKind.ActivityFailed, Task = task, Failure = NotFound() };
        _logger.ActivityStarted(activity.InstanceId, activity.Name);
        try
        {
            var metadata = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["instanceId"] = activity.InstanceId };
            var input = TriggerInput.Of(found.Trigger.Name, new SerializedInput(activity.Input, Options.Converter), metadata) with
            {
                TraceParent = Activity.Current?.Id ?? activity.TraceParent ?? "",
            };
            var bindings = await Invoker.InvokeAsync(found.Function, input, cancellation);
            _logger.ActivityCompleted(activity.InstanceId, activity.Name);
            return new() { Kind = EventKind.ActivityCompleted, Task = task, Result = Options.Converter.Serialize(bindings.InvocationResult) };
        }
        catch (Exception exception)
        {
            var cause = exception is DurableSerializationException wrapped ? wrapped.Cause : exception;
            if (cause is OperationCanceledException && cancellation.IsCancellationRequested) throw cause;
            _logger.ActivityFailed(cause, activity.InstanceId, activity.Name);
            return new() { Kind = EventKind.ActivityFailed, Task = task, Failure = FailureOf(cause) };
        }
    }

    private async Task<HistoryEvent> CallHttpAsync(ClaimedActivity activity, CancellationToken cancellation)
    {
        try
        {
            var response = await BuiltInHttpActivity.RunAsync(Options.Converter.Deserialize<DurableHttpRequest>(activity.Input)!, cancellation);
            return new() { Kind = EventKind.ActivityCompleted, Task = activity.Key.Task, Result = Options.Converter.Serialize(response) };
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            _logger.ActivityFailed(exception, activity.InstanceId, activity.Name);
            return new() { Kind = EventKind.ActivityFailed, Task = activity.Key.Task, Failure = FailureOf(exception) };
        }
    }

    private TaskFailure FailureOf(Exception cause)
    {
        var failure = TaskFailure.Of(TaskFailureDetails.FromException(cause, Options.ExceptionProperties));
        return cause is FunctionInputConverterException ? failure with { Message = AfterPath(failure.Message) } : failure;
    }

    /// <summary>Of an input that can't be read, the real host keeps only what follows the JSON path's name (seen).</summary>
    private static string AfterPath(string message)
    {
        const string Path = " Path: ";
        var at = message.IndexOf(Path, StringComparison.Ordinal);
        if (at < 0) return message;
        var rest = message[(at + Path.Length)..];
        var end = rest.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? rest : rest[..end].TrimEnd('\r');
    }

    /// <summary>As the real host has it: the output is a JSON text, not an exception's.</summary>
    private TaskFailure NotFound(OrchestrationInfo instance) => new()
    {
        Type = "",
        Message = JsonSerializer.Serialize(new
        {
            message = $"Orchestrator function '{instance.Name}' failed: The function '{instance.Name}' doesn't exist, is disabled, or is not an orchestrator function. "
                + $"The following are the known orchestrator functions: {string.Join(", ", _orchestrators.Keys.Order(StringComparer.OrdinalIgnoreCase).Select(n => $"'{n}'"))}.",
            details = $"No orchestrator function named '{instance.Name}' was found.",
        }),
        IsFinal = true,
    };

    /// <summary>The real host has nothing more to say of an activity that it does not know (seen).</summary>
    private static TaskFailure NotFound() => new()
    {
        Type = "DurableTask.Core.Exceptions.TaskFailedException",
        Message = "Exception of type 'DurableTask.Core.Exceptions.TaskFailedException' was thrown.",
        IsFinal = true,
    };

    private static TaskFailure NotRun(OrchestrationInfo instance) => new()
    {
        Type = typeof(InvalidOperationException).FullName!,
        Message = $"The orchestrator '{instance.Name}' was not run: a middleware answered without calling the next one.",
    };
}
