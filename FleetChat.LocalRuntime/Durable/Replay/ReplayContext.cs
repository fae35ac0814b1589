using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// What an orchestrator sees in one turn. Each thing that it asks for gets the next number; answers from the history, and new
/// ones, find it by that.
/// </summary>
internal sealed class ReplayContext(OrchestrationInfo instance, ReplayOptions options, ILoggerFactory loggers) : TaskOrchestrationContext
{
    private readonly SortedDictionary<int, PlannedAction> _planned = [];
    private readonly Dictionary<int, OpenTask> _open = [];
    private readonly ExternalEvents _events = new();
    private readonly List<int> _cancelledTimers = [];
    private readonly List<HistoryEvent> _carried = [];
    private SortedDictionary<int, PlannedAction>? _heldActions;
    private object? _customStatus;
    private int _nextId;
    private int _guids;
    private DateTime _now;
    private bool _isReplaying;

    public override TaskName Name => instance.Name;

    public override string InstanceId => instance.Id;

    /// <summary>Null where none was given, as the real worker has it.</summary>
    public override string Version => instance.Version!;

    public override ParentOrchestrationInstance? Parent => instance.Parent;

    public override DateTime CurrentUtcDateTime => _now;

    public override bool IsReplaying => _isReplaying;

    /// <summary>Set once the orchestrator asked for anything: until then an unfinished orchestrator waits for something that is not durable.</summary>
    public bool IsAccessed { get; private set; }

    public bool HasOpenTasks => _open.Count > 0;

    public IReadOnlyList<string> WaitedEvents => _events.OpenNames;

    public bool IsSuspended => _heldActions is not null;

    public (string? Input, string? Version)? Continuation { get; private set; }

    public List<HistoryEvent> Carried => _carried;

    public List<int> CancelledTimers => _cancelledTimers;

    public IReadOnlyDictionary<int, PlannedAction> Planned => _planned;

    protected override ILoggerFactory LoggerFactory => loggers;

    private bool PreservesEvents { get; set; }

    public override T? GetInput<T>()
        where T : default
    {
        RefuseElsewhere();
        return options.Converter.Deserialize<T>(instance.Input);
    }

    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        RefuseElsewhere();
        RefuseOptionsAsInput(input, options);
        var version = options?.Version is { } asked ? asked.Version : instance.Version;
        var serialized = Serialize(input);
        return await new RetriedCall(this, name.Name, options?.Retry).RunAsync(() => AskAsync<TResult>(
            new(_nextId++, EventKind.ActivityScheduled, name.Name) { Version = version, Input = serialized, Tags = Copy(options?.Tags) }));
    }

    public override async Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        RefuseElsewhere();
        var id = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        InstanceIds.RefuseInvalid(id);
        var version = VersionOfChild(options);
        var serialized = Serialize(input);
        return await new RetriedCall(this, orchestratorName.Name, options?.Retry).RunAsync(() => AskAsync<TResult>(
            new(_nextId++, EventKind.ChildScheduled, orchestratorName.Name) { Version = version, Input = serialized, Instance = id, Tags = Copy(options?.Tags) }));
    }

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        RefuseElsewhere();
        var due = fireAt.ToUniversalTime();
        while (due - _now > options.MaximumTimerInterval && !cancellationToken.IsCancellationRequested)
            await CreateOneTimer(_now + options.MaximumTimerInterval, cancellationToken);
        await CreateOneTimer(due, cancellationToken);
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        RefuseElsewhere();
        return _events.WaitFor<T>(eventName, Deserialize, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        RefuseElsewhere();
        ArgumentException.ThrowIfNullOrWhiteSpace(instanceId);
        Plan(new(_nextId++, EventKind.EventSent, eventName) { Instance = instanceId, Input = Serialize(payload) });
    }

    public override void SetCustomStatus(object? customStatus)
    {
        RefuseElsewhere();
        _customStatus = customStatus;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true)
        => ContinueAsNew(new ContinueAsNewOptions { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents });

    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        RefuseElsewhere();
        ArgumentNullException.ThrowIfNull(options);
        Continuation = (Serialize(options.NewInput), string.IsNullOrWhiteSpace(options.NewVersion) ? null : options.NewVersion);
        PreservesEvents = options.PreserveUnprocessedEvents;
        if (PreservesEvents) _carried.AddRange(_events.TakeKept());
    }

    public override Guid NewGuid()
    {
        RefuseElsewhere();
        return DeterministicGuid.Of(string.Create(CultureInfo.InvariantCulture, $"{InstanceId}_{_now:o}_{_guids++}"));
    }

    public string? SerializedCustomStatus() => options.Converter.Serialize(_customStatus);

    /// <summary>A retry's own timer: one, however long it is.</summary>
    public async Task CreateOneTimer(DateTime due, CancellationToken cancellation)
    {
        var action = new PlannedAction(_nextId++, EventKind.TimerCreated, "") { Due = due };
        var open = Open(action);
        if (cancellation.CanBeCanceled) cancellation.Register(() => CancelTimer(action.Id, open));
        await open.Answer.Task;
    }

    public void BeginTurn(DateTime now, bool isReplaying)
    {
        if (_planned.Count > 0) throw NonDeterminism.Additional(_planned.First().Value);
        _now = now;
        _isReplaying = isReplaying;
    }

    /// <summary>An action of an earlier turn: the code must have asked for the same.</summary>
    public void Match(HistoryEvent recorded)
    {
        if (!_planned.TryGetValue(recorded.Task!.Value, out var planned)) throw NonDeterminism.Missing(recorded);
        if (planned.Kind != recorded.Kind) throw NonDeterminism.OtherKind(recorded, planned);
        if (recorded.Name is not null && !string.Equals(recorded.Name, planned.Name, StringComparison.OrdinalIgnoreCase))
            throw NonDeterminism.OtherName(recorded, planned);
        _planned.Remove(planned.Id);
    }

    /// <summary>An answer nobody waits for any more, such as a cancelled timer's, is let go.</summary>
    public void Answer(HistoryEvent answer)
    {
        if (!_open.Remove(answer.Task!.Value, out var open)) return;
        if (answer.Failure is { } failure) open.Answer.SetException(new FailedCallException(open.Name, answer.Task.Value, failure));
        else open.Answer.SetResult(answer.Result);
    }

    public void Raise(HistoryEvent raised)
    {
        if (Continuation is not null) _carried.Add(raised);
        else if (!_events.Deliver(raised, Deserialize)) _events.Keep(raised);
    }

    /// <summary>What was asked for in this turn waits until the orchestration is resumed.</summary>
    public void Suspend()
    {
        if (_heldActions is not null) return;
        _heldActions = new(_planned);
        _planned.Clear();
    }

    public void Resume()
    {
        if (_heldActions is null) return;
        foreach (var (id, action) in _heldActions) _planned[id] = action;
        _heldActions = null;
    }

    private async Task<T> AskAsync<T>(PlannedAction action)
    {
        var answer = await Open(action).Answer.Task;
        return (T)Deserialize(answer, typeof(T))!;
    }

    private OpenTask Open(PlannedAction action)
    {
        Plan(action);
        return _open[action.Id] = new(action.Name, new());
    }

    private void Plan(PlannedAction action) => (_heldActions ?? _planned).Add(action.Id, action);

    private void CancelTimer(int id, OpenTask open)
    {
        if (!open.Answer.TrySetCanceled()) return;
        _open.Remove(id);
        if (!_isReplaying) _cancelledTimers.Add(id);
    }

    private object? Deserialize(string? data, Type type)
        => data is null && type.IsValueType ? (Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type) : null) : options.Converter.Deserialize(data, type);

    private string? Serialize(object? value) => options.Converter.Serialize(value);

    private string VersionOfChild(TaskOptions? asked)
    {
        var version = asked is SubOrchestrationOptions { Version: { } ofChild } ? ofChild : asked?.Version;
        return version is { } named ? named.Version : options.DefaultVersion;
    }

    private static Dictionary<string, string>? Copy(IDictionary<string, string>? tags) => tags is { Count: > 0 } ? new(tags) : null;

    private static void RefuseOptionsAsInput(object? input, TaskOptions? options)
    {
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException(
                "A TaskOptions value was provided for the activity input but no value was provided for options. Did you mean to provide it for options?",
                nameof(input));
        }
    }

    private void RefuseElsewhere()
    {
        if (!OrchestratorThread.IsOf(this)) throw new InvalidOperationException(OrchestrationTurn.IllegalAwait);
        IsAccessed = true;
    }

    private sealed record OpenTask(string Name, TaskCompletionSource<string?> Answer);
}
