using Microsoft.DurableTask;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>From a turn's result to its commit, and from the commit to what follows. Places for work that begins here at once are taken before.</summary>
internal sealed class TurnPlan
{
    private readonly Session _session;
    private readonly List<Mail> _mail;
    private readonly List<HistoryEvent> _events;
    private readonly TurnResult _result;
    private readonly DurableEngine _engine;
    private readonly short _before;
    private readonly List<NewActivity> _activities = [];
    private readonly List<NewChild> _children = [];

    public TurnPlan(Session session, List<Mail> mail, List<HistoryEvent> news, TurnResult result, DurableEngine engine)
    {
        (_session, _mail, _result, _engine) = (session, mail, result, engine);
        _events = news;
        _before = session.Status;
        foreach (var action in result.Actions)
        {
            _events.Add(action.ToEvent());
            if (action.Kind == EventKind.ActivityScheduled) _activities.Add(ActivityOf(action));
            if (action.Kind == EventKind.ChildScheduled) _children.Add(ChildOf(action));
        }
        if (EndEvent is { } end) _events.Add(end);
        Status = StatusOf();
        Keeps = !IsEnded && ((Continues && !engine.IsStopping) || _activities.Exists(a => a.Begins) || session.IsWanted);
    }

    public short Status { get; }

    public bool Keeps { get; }

    public bool IsEnded => InstanceStatus.IsEnded(Status);

    public bool Continues => _result.Ending is Ending.Continued;

    public CommittedTurn? Begun { get; set; }

    public bool LeavesActivities => _activities.Exists(a => !a.Begins);

    public bool LeavesChildren => _children.Exists(c => !c.Begins);

    public IEnumerable<DateTimeOffset> Dues => NewTimers.Select(t => new DateTimeOffset(t.Due, TimeSpan.Zero));

    /// <summary>Null if nobody could wait for it.</summary>
    public short? StatusToTell => IsEnded || Status != _before ? Status : null;

    private IEnumerable<PlannedAction> NewTimers
        => _result.Actions.Where(a => a.Kind == EventKind.TimerCreated && !_result.CancelledTimers.Contains(a.Id));

    private HistoryEvent? EndEvent => _result.Ending switch
    {
        Ending.Completed => new() { Kind = EventKind.Completed },
        Ending.Failed failed => new() { Kind = EventKind.Failed, Failure = failed.Failure },
        _ => null,
    };

    public TurnCommit ToCommit() => new()
    {
        Key = _session.Key,
        Token = _session.Token,
        From = (_session.Generation, _session.Turns),
        To = Continues ? (_session.Generation + 1, 0) : (_session.Generation, _session.Turns + 1),
        Status = Status,
        CustomStatus = _result.CustomStatus,
        WaitsFor = _result.WaitsFor.Count == 0 ? null : HistoryJson.Write(_result.WaitsFor),
        Keeps = Keeps,
        Outcome = OutcomeOf(),
        Continuation = _result.Ending is Ending.Continued next ? (next.Input, next.Version, HistoryJson.Write(next.Carried)) : null,
        Events = Continues ? null : HistoryJson.Write(_events),
        Consumed = [.. _mail.Select(m => m.MessageId).OfType<long>()],
        Answered = [.. _mail.Where(m => m.Activity is not null && m.Generation == _session.Generation).Select(m => m.Activity!.Key.Task)],
        Activities = _activities,
        Timers = [.. NewTimers.Select(t => (t.Id, t.Due))],
        CancelledTimers = _result.CancelledTimers,
        Children = _children,
        SentEvents = [.. _result.Actions.Where(a => a.Kind == EventKind.EventSent).Select(SentOf)],
        Reply = ReplyOf(),
        TerminatesChildren = _result.Ending is Ending.Terminated { Recursive: true } terminated
            ? HistoryJson.Write(new HistoryEvent { Kind = EventKind.Terminated, Reason = terminated.Output, Recursive = true })
            : null,
    };

    /// <summary>The commit did not take place: nothing of it begins.</summary>
    public void GiveBackPlaces()
    {
        foreach (var activity in _activities)
            if (activity.Begins) _engine.GiveBackActivity();
        foreach (var child in _children)
            if (child.Begins) _engine.GiveBackTurn();
    }

    public void Advance()
    {
        if (_result.Ending is Ending.Continued next) _session.Renew(next.Input, next.Version, next.Carried);
        else _session.Advance(_events);
        _session.Status = Status;
    }

    public IEnumerable<ClaimedActivity> BegunActivities() => _activities.Where(a => a.Begins).Select(a => new ClaimedActivity(
        new(_session.Key, _session.Generation, a.Task), Begun!.Value.ClaimToken, _session.Info.Id, a.Name, a.Version, a.Input)
    {
        Tags = a.Tags,
        TraceParent = a.TraceParent,
    });

    /// <summary>One whose id was taken gives its place back; its parent hears of it by its inbox.</summary>
    public IEnumerable<(ClaimedInstance Instance, long StartMessage)> BegunChildren()
    {
        foreach (var child in _children.Where(c => c.Begins))
        {
            if (Begun!.Value.Children.FirstOrDefault(c => c.Task == child.Task) is not { Key: > 0 } born)
            {
                _engine.GiveBackTurn();
                continue;
            }
            yield return (new()
            {
                Key = born.Key,
                Token = Begun.Value.ClaimToken,
                Generation = 1,
                Turns = 0,
                Status = InstanceStatus.Pending,
                Info = child.Info with { Parent = new(_session.Info.Name, _session.Info.Id) },
                ParentKey = _session.Key,
                ParentGeneration = _session.Generation,
                ParentTask = child.Task,
                TraceParent = child.TraceParent,
                CreatedAt = Begun.Value.At,
            }, born.StartMessage);
        }
    }

    private NewActivity ActivityOf(PlannedAction action) => new(action.Id, action.Name, action.Version, action.Input, _engine.TryReserveActivity())
    {
        Tags = action.Tags,
        TraceParent = _session.Claim.TraceParent,
    };

    private NewChild ChildOf(PlannedAction action) => new(
        action.Id,
        new(action.Instance!, action.Name, action.Version, action.Input) { Tags = action.Tags },
        _engine.TryReserveTurn())
    {
        TraceParent = _session.Claim.TraceParent,
    };

    private short StatusOf() => _result.Ending switch
    {
        Ending.Completed => InstanceStatus.Completed,
        Ending.Failed => InstanceStatus.Failed,
        Ending.Terminated => InstanceStatus.Terminated,
        _ when _result.IsSuspended => InstanceStatus.Suspended,
        _ => InstanceStatus.Running,
    };

    private (string? Output, string? Failure)? OutcomeOf() => _result.Ending switch
    {
        Ending.Completed completed => (completed.Output, null),
        Ending.Failed failed => (null, HistoryJson.Write(failed.Failure)),
        Ending.Terminated terminated => (terminated.Output, null),
        _ when _result.SuspendReason is { } reason => (_result.IsSuspended ? reason : null, null),
        _ => null,
    };

    private static (string Instance, string Body) SentOf(PlannedAction action)
        => (action.Instance!, HistoryJson.Write(new HistoryEvent { Kind = EventKind.EventRaised, Name = action.Name, Input = action.Input }));

    private (long Key, int Generation, int Task, string Body)? ReplyOf()
    {
        var claim = _session.Claim;
        if (!IsEnded || claim.ParentKey is null) return null;
        var answer = _result.Ending switch
        {
            Ending.Completed completed => new HistoryEvent { Kind = EventKind.ChildCompleted, Task = claim.ParentTask, Result = completed.Output },
            Ending.Failed failed => new() { Kind = EventKind.ChildFailed, Task = claim.ParentTask, Failure = failed.Failure },
            _ => new() { Kind = EventKind.ChildFailed, Task = claim.ParentTask, Failure = Terminated },
        };
        return (claim.ParentKey.Value, claim.ParentGeneration!.Value, claim.ParentTask!.Value, HistoryJson.Write(answer));
    }

    private TaskFailure Terminated => new()
    {
        Type = "DurableTask.Core.Exceptions.OrchestrationTerminatedException",
        Message = $"The sub-orchestration '{_session.Info.Name}' with the id '{_session.Info.Id}' was terminated.",
    };
}
