using System.Globalization;
using FleetChat.LocalRuntime.Durable;
using Microsoft.DurableTask.Converters;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>How a part of a plan ended.</summary>
internal readonly record struct Outcome(string Value, string? Failure = null);

/// <summary>What one turn came to, in words that can be compared.</summary>
/// <param name="Actions">In the order of their numbers.</param>
/// <param name="Ending">Null if it goes on.</param>
internal sealed record PlainTurn(string[] Actions, int[] CancelledTimers, string? Ending, string? CustomStatus, bool IsSuspended)
{
    public string Text() => string.Join('\n', [.. Actions, $"cancels {string.Join(',', CancelledTimers)}", $"ends {Ending ?? "not"}", $"shows {CustomStatus}", $"suspended {IsSuspended}"]);
}

/// <summary>
/// One generation of a plan interpreted without replay, async code or anything of the engine's: each event goes straight to
/// whoever waits for it. This is what the engine has to come to as well.
/// </summary>
internal sealed class PlainRun(string id, PlanInput input, Plan plan, TimeSpan unit)
{
    private readonly SortedDictionary<int, PlannedAction> _planned = [];
    private readonly Dictionary<int, Action<HistoryEvent>> _open = [];
    private readonly PlainEvents _events = new();
    private readonly List<int> _cancelled = [];
    private readonly Queue<HistoryEvent> _whileSuspended = new();
    private readonly List<HistoryEvent> _carried = [];
    private Dictionary<int, PlannedAction>? _held;
    private DateTime _now;
    private int _nextId;
    private int _guids;
    private string? _status;
    private string? _terminated;
    private Outcome? _done;

    private bool Continues => _done is { Failure: null } && input.Generation + 1 < plan.Generations.Length;

    /// <summary>Names that events are awaited under.</summary>
    public IEnumerable<string> Awaited => _events.Awaited;

    public bool IsSuspended => _held is not null;

    /// <summary>What the last turn asked for, before its end took back what nobody would wait for.</summary>
    public IReadOnlyList<PlannedAction> Asked { get; private set; } = [];

    public PlainTurn Turn(DateTime now, IEnumerable<HistoryEvent> news)
    {
        _now = now;
        _cancelled.Clear();
        foreach (var one in news) Take(one);
        var ending = FindEnding();
        Asked = [.. _planned.Values];
        var told = _planned.Values.Where(a => ending is null || (_terminated is null && a.Kind == EventKind.EventSent)).Select(Words.Of).ToArray();
        _planned.Clear();
        return new(told, [.. _cancelled], ending, _status is null ? null : Json(_status), IsSuspended);
    }

    private void Take(HistoryEvent one)
    {
        switch (one.Kind)
        {
            case EventKind.Suspended:
                Hold();
                return;
            case EventKind.Resumed when _held is not null:
                foreach (var (number, action) in _held) _planned[number] = action;
                _held = null;
                while (_whileSuspended.TryDequeue(out var waiting)) Take(waiting);
                return;
            case EventKind.Terminated:
                _terminated ??= one.Reason ?? "";
                return;
        }
        if (IsSuspended) _whileSuspended.Enqueue(one);
        else Play(one);
    }

    private void Hold()
    {
        if (_held is not null) return;
        _held = new(_planned);
        _planned.Clear();
    }

    private void Play(HistoryEvent one)
    {
        if (one.Kind == EventKind.Started) Begin(plan.Generations[input.Generation], Place.Root(input.Generation), Finish);
        else if (one.Kind == EventKind.EventRaised && Continues) _carried.Add(one);
        else if (one.Kind == EventKind.EventRaised) _events.Raise(one);
        else if (one.Task is { } task && _open.Remove(task, out var answer)) answer(one);
    }

    private void Finish(Outcome outcome)
    {
        _done = outcome;
        if (Continues && plan.PreservesEvents) _carried.AddRange(_events.TakeKept());
    }

    private string? FindEnding()
    {
        if (_terminated is not null) return $"terminated {_terminated}";
        if (IsSuspended || _open.Count > 0 || _done is not { } done) return null;
        if (done.Failure is not null) return $"failed {done.Failure}";
        var value = input.SoFar + done.Value;
        return Continues ? $"continues {Json(input.Next(value))} with {Words.OfCarried(_carried)}" : $"completed {Json(value)}";
    }

    private void Begin(Step step, string place, Action<Outcome> then)
    {
        switch (step)
        {
            case Step.Call call:
                var asked = new PlannedAction(0, EventKind.ActivityScheduled, PlanOrchestrator.Activity) { Input = Json(new CallInput(place, call.Failures)) };
                Attempt(call.Attempts, asked, then);
                break;
            case Step.Pause pause:
                Timer(unit * pause.Units, () => then(new($"p{_now.Ticks}")));
                break;
            case Step.Await wait:
                _events.Await(wait.Event, raised => then(new($"e({raised})")));
                break;
            case Step.AwaitOr wait:
                AwaitOr(wait, then);
                break;
            case Step.Sub sub:
                Sub(sub, place, then);
                break;
            case Step.Sequence sequence:
                Sequence(sequence.Steps, 0, "", place, then);
                break;
            case Step.All all:
                All(all.Branches, place, then);
                break;
            case Step.Any any:
                Any(any.Branches, place, then);
                break;
            case Step.Try attempt:
                Begin(attempt.Body, Place.Of(place, 0), body => AfterTry(attempt, body, place, then));
                break;
            case Step.Throw:
                then(new("", $"thrown at {place}"));
                break;
            case Step.Tell tell:
                Ask(new(0, EventKind.EventSent, tell.Event) { Instance = input.Root, Input = Json($"{id} {place}") });
                then(new("s"));
                break;
            case Step.Show:
                _status = place;
                then(new("c"));
                break;
            default:
                then(new(NewId()));
                break;
        }
    }

    private void AfterTry(Step.Try attempt, Outcome body, string place, Action<Outcome> then)
    {
        if (body.Failure is null) then(new($"try({body.Value})"));
        else Begin(attempt.Handler, Place.Of(place, 1), handled => then(handled with { Value = $"caught({body.Failure}){handled.Value}" }));
    }

    private void Attempt(int left, PlannedAction action, Action<Outcome> then)
    {
        var number = Ask(action);
        _open[number] = answer =>
        {
            if (answer.Failure is null) then(new(Text(answer.Result)));
            else if (left > 1) Timer(unit, () => Attempt(left - 1, action, then));
            else then(new("", string.Create(CultureInfo.InvariantCulture, $"Task '{action.Name}' (#{number}) failed with an unhandled exception: {answer.Failure.Message}")));
        };
    }

    private int Timer(TimeSpan time, Action then)
    {
        var number = Ask(new(0, EventKind.TimerCreated, "") { Due = _now + time });
        _open[number] = _ => then();
        return number;
    }

    private void AwaitOr(Step.AwaitOr wait, Action<Outcome> then)
    {
        PlainEvents.Waiter? waiter = null;
        var timer = Timer(unit * wait.Units, () =>
        {
            waiter!.IsCancelled = true;
            then(new("late"));
        });
        waiter = _events.Await(wait.Event, raised =>
        {
            _open.Remove(timer);
            _cancelled.Add(timer);
            then(new($"w({raised})"));
        });
    }

    private void Sub(Step.Sub sub, string place, Action<Outcome> then)
    {
        var asked = new PlannedAction(0, EventKind.ChildScheduled, PlanOrchestrator.Name)
        {
            Instance = sub.IsNamed ? $"{id}/{place}" : NewId(),
            Input = Json(new PlanInput($"{input.Key}/{place}", 0, "")),
        };
        Attempt(sub.Attempts, asked, end => then(end.Failure is null ? new($"sub({end.Value})") : end));
    }

    private void Sequence(Step[] steps, int at, string sofar, string place, Action<Outcome> then)
    {
        if (at == steps.Length) then(new(sofar));
        else Begin(steps[at], Place.Of(place, at), one =>
        {
            if (one.Failure is null) Sequence(steps, at + 1, sofar + one.Value, place, then);
            else then(one);
        });
    }

    private void All(Step[] branches, string place, Action<Outcome> then)
    {
        var ends = new Outcome?[branches.Length];
        for (var i = 0; i < branches.Length; i++)
        {
            var branch = i;
            Begin(branches[i], Place.Of(place, i), end =>
            {
                ends[branch] = end;
                if (!ends.All(e => e is not null)) return;
                then(ends.FirstOrDefault(e => e!.Value.Failure is not null) ?? new($"all({string.Join(',', ends.Select(e => e!.Value.Value))})"));
            });
        }
    }

    private void Any(Step[] branches, string place, Action<Outcome> then)
    {
        var ends = new Outcome?[branches.Length];
        var (allBegan, isOver) = (false, false);
        for (var i = 0; i < branches.Length; i++)
        {
            var branch = i;
            Begin(branches[i], Place.Of(place, i), end =>
            {
                ends[branch] = end;
                if (allBegan) First();
            });
        }
        allBegan = true;
        First();

        void First()
        {
            var first = Array.FindIndex(ends, e => e is not null);
            if (isOver || first < 0) return;
            isOver = true;
            then(ends[first]!.Value.Failure is null ? new(string.Create(CultureInfo.InvariantCulture, $"any{first}({ends[first]!.Value.Value})")) : ends[first]!.Value);
        }
    }

    private int Ask(PlannedAction action)
    {
        var number = _nextId++;
        (_held ?? (IDictionary<int, PlannedAction>)_planned).Add(number, action with { Id = number });
        return number;
    }

    private string NewId() => DeterministicGuid.Of(string.Create(CultureInfo.InvariantCulture, $"{id}_{_now:o}_{_guids++}")).ToString("N");

    private static string Json(object value) => JsonDataConverter.Default.Serialize(value)!;

    private static string Text(string? json) => json is null ? "" : (string)JsonDataConverter.Default.Deserialize(json, typeof(string))!;
}
