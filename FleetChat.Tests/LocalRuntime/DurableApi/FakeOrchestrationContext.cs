using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

/// <summary>What the abstract context asks of the one that derives from it: written down, and answered when the test says so.</summary>
public class FakeOrchestrationContext(ILoggerFactory? loggers = null) : TaskOrchestrationContext
{
    public static readonly DateTime Now = new(2026, 5, 1, 8, 0, 0, DateTimeKind.Utc);

    public List<string> Calls { get; } = [];

    public TaskCompletionSource Timer { get; } = new();

    public TaskCompletionSource<object?> Event { get; } = new();

    public object? Answer { get; init; }

    public bool Replaying { get; set; }

    public int ReplayQuestions { get; private set; }

    public override TaskName Name => "Fake";

    public override string InstanceId => "fake";

    public override ParentOrchestrationInstance? Parent => null;

    public override DateTime CurrentUtcDateTime => Now;

    public override bool IsReplaying
    {
        get
        {
            ReplayQuestions++;
            return Replaying;
        }
    }

    protected override ILoggerFactory LoggerFactory => loggers ?? NullLoggerFactory.Instance;

    public override T GetInput<T>() => throw new NotSupportedException();

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
        => Called<TResult>("activity", name, input, options);

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
        => Called<TResult>("sub", orchestratorName, input, options);

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        Calls.Add($"timer {fireAt - Now}");
        cancellationToken.Register(() => Timer.TrySetCanceled(cancellationToken));
        return Timer.Task;
    }

    public override async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        Calls.Add($"event {eventName}");
        cancellationToken.Register(() => Event.TrySetCanceled(cancellationToken));
        return (T)(await Event.Task)!;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
        => Calls.Add($"continue {newInput} {preserveUnprocessedEvents}");

    public override Guid NewGuid() => throw new NotSupportedException();

    public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

    public override void SetCustomStatus(object? customStatus) => throw new NotSupportedException();

    private Task<TResult> Called<TResult>(string kind, TaskName name, object? input, TaskOptions? options)
    {
        Calls.Add($"{kind} {name} {typeof(TResult).Name} {input ?? "null"} {options?.Version?.Version ?? "null"}");
        return Task.FromResult((TResult)Answer!);
    }
}

public sealed class FakeActivityContext : TaskActivityContext
{
    public override TaskName Name => "Fake";

    public override string InstanceId => "fake";
}
