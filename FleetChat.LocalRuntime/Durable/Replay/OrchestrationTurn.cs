using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// One turn of an orchestrator: replays its history, plays the new events, and says what it came to. It touches nothing
/// outside of itself, so a turn that is lost is simply run again.
/// </summary>
internal sealed class OrchestrationTurn(
    OrchestrationInfo instance,
    IReadOnlyList<HistoryEvent> past,
    IReadOnlyList<HistoryEvent> news,
    ReplayOptions options,
    ILoggerFactory loggers)
{
    internal const string IllegalAwait =
        "An invalid asynchronous invocation was detected. This can be caused by awaiting non-durable tasks in an orchestrator's implementation: "
        + "await only tasks of the orchestration context, and never with ConfigureAwait(false).";

    private readonly ReplayContext _context = new(instance, options, loggers);
    private readonly Queue<HistoryEvent> _whileSuspended = new();
    private Task<object?>? _running;
    private Ending? _forced;
    private string? _suspendReason;
    private string? _customStatus;

    public OrchestrationInfo Instance => instance;

    /// <summary>Set by <see cref="Run"/>.</summary>
    public TurnResult? Result { get; private set; }

    /// <summary>What the orchestrator itself threw, for whoever reports it.</summary>
    public Exception? Thrown { get; private set; }

    public bool IsFirst => past.Count == 0;

    public void Run(Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        Ending? ending = null;
        OrchestratorThread.Run(_context, () =>
        {
            try
            {
                foreach (var one in past) Process(one, orchestrator, isReplaying: true);
                foreach (var one in news) Process(one, orchestrator, isReplaying: false);
                ending = FindEnding();
            }
            catch (NonDeterministicOrchestrationException exception)
            {
                ending = FailedBy(exception);
            }
            try
            {
                _customStatus = _context.SerializedCustomStatus();
            }
            catch (Exception exception)
            {
                ending = FailedBy(exception); // A status that can't be written is the orchestrator's mistake, like an output that can't.
            }
        });
        Result = ResultOf(ending);
    }

    /// <summary>For an orchestrator that can't be run at all, such as an unknown one: its first turn fails.</summary>
    public void Fail(TaskFailure failure) => Result = ResultOf(Terminated() ?? new Ending.Failed(failure));

    /// <summary>What the turn came to can't be stored: the orchestration fails instead, and nothing of the turn takes effect.</summary>
    public void Refuse(Exception exception) => Result = new TurnResult { Actions = [], CancelledTimers = [], Ending = FailedBy(exception) };

    /// <summary>It was terminated before its start was due.</summary>
    /// <exception cref="InvalidOperationException">It was not.</exception>
    public void TerminateUnstarted()
        => Result = ResultOf(Terminated() ?? throw new InvalidOperationException("A message reached an orchestration before its start."));

    private Ending? Terminated() => news.FirstOrDefault(n => n.Kind == EventKind.Terminated) is { } terminated
        ? new Ending.Terminated(terminated.Reason, terminated.Recursive == true)
        : null;

    private void Process(HistoryEvent one, Func<TaskOrchestrationContext, Task<object?>> orchestrator, bool isReplaying)
    {
        if (_context.IsSuspended && one.Kind is not (EventKind.TurnStarted or EventKind.Suspended or EventKind.Resumed or EventKind.Terminated)
            && !IsRecordOfAction(one.Kind))
        {
            _whileSuspended.Enqueue(one);
            return;
        }
        switch (one.Kind)
        {
            case EventKind.TurnStarted:
                _context.BeginTurn(one.Time!.Value, isReplaying);
                break;
            case EventKind.Started:
                _running = Start(orchestrator);
                break;
            case EventKind.ActivityScheduled or EventKind.ChildScheduled or EventKind.TimerCreated or EventKind.EventSent:
                _context.Match(one);
                break;
            case EventKind.ActivityCompleted or EventKind.ActivityFailed or EventKind.ChildCompleted or EventKind.ChildFailed or EventKind.TimerFired:
                _context.Answer(one);
                break;
            case EventKind.EventRaised:
                Raise(one);
                break;
            case EventKind.Suspended:
                _context.Suspend();
                if (!isReplaying) _suspendReason = one.Reason ?? "";
                break;
            case EventKind.Resumed:
                _context.Resume();
                if (!isReplaying) _suspendReason = one.Reason ?? "";
                while (!_context.IsSuspended && _whileSuspended.TryDequeue(out var waiting)) Process(waiting, orchestrator, isReplaying);
                break;
            case EventKind.Terminated:
                _forced ??= new Ending.Terminated(one.Reason, one.Recursive == true);
                break;
        }
    }

    private static bool IsRecordOfAction(EventKind kind)
        => kind is EventKind.ActivityScheduled or EventKind.ChildScheduled or EventKind.TimerCreated or EventKind.EventSent;

    /// <summary>A payload that is not what the orchestrator waits for fails it, as on the real worker.</summary>
    private void Raise(HistoryEvent raised)
    {
        try
        {
            _context.Raise(raised);
        }
        catch (Exception exception) when (exception is not NonDeterministicOrchestrationException)
        {
            _forced ??= FailedBy(exception);
        }
    }

    private Task<object?> Start(Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        try
        {
            var running = orchestrator(_context);
            return running.IsCompleted || _context.IsAccessed ? running : throw new InvalidOperationException(IllegalAwait);
        }
        catch (Exception exception)
        {
            return Task.FromException<object?>(exception);
        }
    }

    private Ending? FindEnding()
    {
        if (_forced is not null) return _forced;
        if (_context.IsSuspended || _context.HasOpenTasks) return null;
        if (_running is not { IsCompleted: true }) return IsStuck ? FailedBy(new InvalidOperationException(IllegalAwait)) : null;
        if (_running.IsFaulted) return FailedBy(_running.Exception!.InnerExceptions[0]);
        if (_running.IsCanceled) return FailedBy(new TaskCanceledException(_running));
        if (_context.Continuation is { } next) return new Ending.Continued(next.Input, next.Version, _context.Carried);
        return Completed(_running.Result);
    }

    /// <summary>Nothing that could ever wake it: the orchestrator waits for something outside of its context.</summary>
    private bool IsStuck => _running is not null && _context.WaitedEvents.Count == 0;

    private Ending Completed(object? output)
    {
        try
        {
            return new Ending.Completed(options.Converter.Serialize(output));
        }
        catch (Exception exception)
        {
            return FailedBy(exception);
        }
    }

    private Ending.Failed FailedBy(Exception exception)
    {
        Thrown = exception;
        return new(TaskFailure.Of(TaskFailureDetails.FromException(exception, options.ExceptionProperties)));
    }

    private TurnResult ResultOf(Ending? ending) => new()
    {
        Actions = ActionsOf(ending),
        CancelledTimers = _context.CancelledTimers,
        Ending = ending,
        CustomStatus = _customStatus,
        WaitsFor = ending is null ? _context.WaitedEvents : [],
        IsSuspended = _context.IsSuspended,
        SuspendReason = _suspendReason,
    };

    /// <summary>Who has ended waits for nothing: of what he asked for, only what he told others still goes out.</summary>
    private List<PlannedAction> ActionsOf(Ending? ending) => ending switch
    {
        null => [.. _context.Planned.Values],
        Ending.Terminated => [],
        _ when Thrown is NonDeterministicOrchestrationException => [],
        _ => [.. _context.Planned.Values.Where(p => p.Kind == EventKind.EventSent)],
    };
}
