using System.Globalization;
using FleetChat.LocalRuntime.Durable;
using Microsoft.DurableTask.Converters;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>
/// All that surrounds instances, without a database: it answers activities and timers, starts children, raises events, suspends
/// and terminates, in an order and in portions that a seed decides, until every instance has ended.
/// </summary>
internal sealed class World
{
    private const string RootId = "root";
    private const int MostTurns = 5000;
    private static readonly TimeSpan Unit = TimeSpan.FromSeconds(1);
    private static readonly DateTime Beginning = new(2027, 3, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly Random _random;
    private readonly Dictionary<string, Plan> _plans;
    private readonly Dictionary<string, Actor> _actors = [];
    private readonly Dictionary<string, int> _executions = [];
    private DateTime _now = Beginning;
    private int _events;

    private int _turns;

    private World(Plan root, int seed)
    {
        _random = new(seed);
        _plans = Plans.Flatten(RootId, root).ToDictionary(p => p.Key, p => p.Plan);
    }

    /// <returns>How many turns it took.</returns>
    public static int Run(Plan root, int seed)
    {
        var world = new World(root, seed);
        world.Run();
        return world._turns;
    }

    /// <returns>Null if its last generation has too short a history to be met by changed code.</returns>
    public static (TurnResult Result, bool IsOther)? RunAndChange(Plan root, Plan changed, int seed)
    {
        var world = new World(root, seed);
        world.Run();
        var plans = Plans.Flatten(RootId, changed).ToDictionary(p => p.Key, p => p.Plan);
        var actor = world._actors[RootId];
        return actor.Turns < 2 || actor.Generation >= changed.Generations.Length ? null : actor.ReplayChanged(key => plans[key]);
    }

    private void Run()
    {
        Start(RootId, Json(new PlanInput(RootId, 0, "")), parent: null);
        while (_actors.Values.Where(a => !a.HasEnded).ToList() is { Count: > 0 } living)
        {
            Assert.True(++_turns < MostTurns, "the world came to no end");
            Turn(living[_random.Next(living.Count)]);
        }
    }

    private void Turn(Actor actor)
    {
        _now = _now.AddMilliseconds(_random.Next(10) == 0 ? -_random.Next(3000) : _random.Next(1500));
        FireTimers(actor);
        Disturb(actor);
        if (actor.HasBegun && actor.Mail.Count == 0 && !TryUnblock(actor)) return;
        Apply(actor, actor.Generation, actor.Turn(_now, TakeMail(actor)));
    }

    private void FireTimers(Actor actor)
    {
        foreach (var (task, due) in actor.Timers.Where(t => t.Value <= _now).ToList())
        {
            actor.Timers.Remove(task);
            actor.Mail.Add(new() { Kind = EventKind.TimerFired, Task = task });
        }
    }

    /// <summary>What nobody waits for: further events, a pause, the end.</summary>
    private void Disturb(Actor actor)
    {
        if (_random.Next(12) == 0) actor.Mail.Add(Raised(Plans.Events[_random.Next(Plans.Events.Length)]));
        if (_random.Next(25) == 0) actor.Mail.Add(new() { Kind = EventKind.Suspended, Reason = "pause" });
        if (_random.Next(25) == 0) actor.Mail.Add(new() { Kind = EventKind.Resumed, Reason = "on" });
        if (_random.Next(300) == 0) actor.Mail.Add(new() { Kind = EventKind.Terminated, Reason = Json("enough") });
    }

    /// <returns>False if it waits for another instance.</returns>
    private bool TryUnblock(Actor actor)
    {
        if (actor.IsSuspended) actor.Mail.Add(new() { Kind = EventKind.Resumed });
        else if (actor.Timers.Count > 0 && _random.Next(2) == 0) _now = actor.Timers.Values.Min();
        else if (actor.Awaited.FirstOrDefault() is { } awaited) actor.Mail.Add(Raised(_random.Next(2) == 0 ? awaited : awaited.ToUpperInvariant()));
        FireTimers(actor);
        return actor.Mail.Count > 0;
    }

    private List<HistoryEvent> TakeMail(Actor actor)
    {
        var taken = actor.Mail.OrderBy(_ => _random.Next()).Take(_random.Next(1, 4)).ToList();
        foreach (var one in taken) actor.Mail.Remove(one);
        return taken;
    }

    private void Apply(Actor actor, int generation, TurnResult result)
    {
        foreach (var action in result.Actions) Do(actor, generation, action);
        foreach (var cancelled in result.CancelledTimers) actor.Timers.Remove(cancelled);
        if (result.Ending is not null) actor.Timers.Clear();
        if (actor is { HasEnded: true, Parent: { } parent }) Reply(parent.Actor, parent.Generation, Answer(parent.Task, result.Ending!));
    }

    private void Do(Actor actor, int generation, PlannedAction action)
    {
        switch (action.Kind)
        {
            case EventKind.ActivityScheduled:
                Reply(actor, generation, Execute(actor, action));
                break;
            case EventKind.ChildScheduled:
                Start(action.Instance!, action.Input!, (actor, generation, action.Id));
                break;
            case EventKind.TimerCreated:
                actor.Timers[action.Id] = action.Due;
                break;
            case EventKind.EventSent:
                Reply(_actors[action.Instance!], generation: null, new() { Kind = EventKind.EventRaised, Name = action.Name, Input = action.Input });
                break;
        }
    }

    private void Start(string id, string input, (Actor Actor, int Generation, int Task)? parent)
    {
        Assert.False(_actors.TryGetValue(id, out var before) && !before.HasEnded, $"'{id}' is running already");
        _actors[id] = new(new(id, PlanOrchestrator.Name, null, input), key => _plans[key], Unit) { Parent = parent };
    }

    private static void Reply(Actor to, int? generation, HistoryEvent answer)
    {
        if (!to.HasEnded && (generation is null || generation == to.Generation)) to.Mail.Add(answer);
    }

    private HistoryEvent Execute(Actor actor, PlannedAction action)
    {
        var input = (CallInput)JsonDataConverter.Default.Deserialize(action.Input, typeof(CallInput))!;
        var execution = _executions[$"{actor.Info.Id} {input.Place}"] = _executions.GetValueOrDefault($"{actor.Info.Id} {input.Place}") + 1;
        return execution <= input.Failures
            ? new() { Kind = EventKind.ActivityFailed, Task = action.Id, Failure = new() { Type = "System.InvalidOperationException", Message = $"no {input.Place}" } }
            : new() { Kind = EventKind.ActivityCompleted, Task = action.Id, Result = Json($"a{input.Place}") };
    }

    private static HistoryEvent Answer(int task, Ending ending) => ending switch
    {
        Ending.Completed completed => new() { Kind = EventKind.ChildCompleted, Task = task, Result = completed.Output },
        Ending.Failed failed => new() { Kind = EventKind.ChildFailed, Task = task, Failure = failed.Failure },
        _ => new() { Kind = EventKind.ChildFailed, Task = task, Failure = new() { Type = "Terminated", Message = "terminated" } },
    };

    private HistoryEvent Raised(string name)
        => new() { Kind = EventKind.EventRaised, Name = name, Input = Json(string.Create(CultureInfo.InvariantCulture, $"{++_events}")) };

    private static string Json(object value) => JsonDataConverter.Default.Serialize(value)!;
}
