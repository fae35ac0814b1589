using System.Globalization;
using FleetChat.LocalRuntime.Durable;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetChat.Tests.Orchestrations.Histories;

/// <summary>Runs an orchestrator turn by turn on LocalRuntime's engine, without its database: a turn is a function of what was and what is new.</summary>
internal static class HistoryPlayer
{
    /// <summary>Plays a script on the present code and writes down what a host would.</summary>
    public static RecordedRun Record(Script script)
    {
        var info = new OrchestrationInfo(script.Instance, script.Orchestrator, Version: null, script.Input);
        var (orchestrator, now, turns) = (Orchestrators.All[script.Orchestrator], script.Begin, new List<List<HistoryEvent>>());
        var result = Play(new HistoryEvent { Kind = EventKind.Started });
        foreach (var move in script.Moves)
        {
            Assert.True(result.Ending is null, $"{script.Orchestrator}, '{script.Name}': it has ended, and more is to come");
            var open = new OpenActions(turns);
            var came = move(open);
            now = open.TimeOf(came, now);
            result = Play(came);
        }
        var next = result.Ending as Ending.Continued;
        return new(script.Name, script.Instance, script.Input, [.. turns.Select(HistoryJson.Write)], NameOf(result.Ending), next?.Input);

        TurnResult Play(HistoryEvent came)
        {
            List<HistoryEvent> news = [new() { Kind = EventKind.TurnStarted, Time = now }, came];
            var played = Turn(info, turns.SelectMany(t => t), news, orchestrator);
            turns.Add([.. news, .. played.Actions.Select(a => a.ToEvent())]);
            return played;
        }
    }

    /// <summary>Replays a recorded run, each of its turns as a host does that has just taken the instance over.</summary>
    /// <returns>What is not as it was recorded; nothing if all is.</returns>
    public static IEnumerable<string> Differences(RecordedSet set, RecordedRun run, Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        var (info, turns) = (new OrchestrationInfo(run.Instance, set.Orchestrator, Version: null, run.Input), run.Read());
        for (var at = 0; at < turns.Count; at++)
        {
            var played = Turn(info, turns.Take(at).SelectMany(t => t), [.. turns[at].Where(e => !IsAction(e))], orchestrator);
            if (Difference(played, turns[at], at == turns.Count - 1 ? run : null) is not { } difference) continue;
            yield return string.Create(CultureInfo.InvariantCulture, $"{set.Orchestrator}, '{run.Name}', turn {at + 1} of {turns.Count}: {difference}");
            yield break;
        }
    }

    private static string? Difference(TurnResult played, List<HistoryEvent> recorded, RecordedRun? last)
    {
        if (played.Ending is Ending.Failed failed && last?.Ending != NameOf(failed)) return $"it fails: {failed.Failure.ToText()}";
        var (expected, actual) = (Words(recorded.Where(IsAction)), Words(played.Actions.Select(a => a.ToEvent())));
        if (expected != actual) return $"it asks for [{actual}], and once asked for [{expected}]. Instances that began with the old code can't go on with this one: make it a new version beside the old (docs/deploying.md).";
        var ending = NameOf(played.Ending);
        if (ending != (last?.Ending ?? Waits)) return $"it is {ending} then, and once was {last?.Ending ?? Waits}";
        return last is not null && (played.Ending as Ending.Continued)?.Input != last.NextInput ? "it goes on with another input" : null;
    }

    private static TurnResult Turn(OrchestrationInfo info, IEnumerable<HistoryEvent> past, IReadOnlyList<HistoryEvent> news, Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        var turn = new OrchestrationTurn(info, [.. past], news, ReplayOptions.Default, NullLoggerFactory.Instance);
        turn.Run(orchestrator);
        return turn.Result!;
    }

    private static string Words(IEnumerable<HistoryEvent> actions)
        => string.Join(", ", actions.Select(a => string.Join(' ', new[] { $"{a.Task}", $"{a.Kind}", a.Name, a.Instance, a.Due?.ToString("O", CultureInfo.InvariantCulture) }.Where(word => word is not null))));

    private const string Waits = "waiting";

    private static string NameOf(Ending? ending) => ending switch
    {
        null => Waits,
        Ending.Completed => "completed",
        Ending.Continued => "continued",
        Ending.Failed => "failed",
        _ => "terminated",
    };

    internal static bool IsAction(HistoryEvent one) => one.Kind is EventKind.ActivityScheduled or EventKind.ChildScheduled or EventKind.TimerCreated or EventKind.EventSent;
}

/// <summary>What a run has asked for and not got yet.</summary>
internal sealed class OpenActions
{
    private readonly List<HistoryEvent> _open;

    public OpenActions(IEnumerable<List<HistoryEvent>> turns)
    {
        var all = turns.SelectMany(t => t).ToList();
        var answered = all.Where(e => !HistoryPlayer.IsAction(e) && e.Task is not null).Select(e => e.Task).ToHashSet();
        _open = [.. all.Where(e => HistoryPlayer.IsAction(e) && !answered.Contains(e.Task))];
    }

    /// <summary>The first activity or child of that name, or, of none, the child of that instance.</summary>
    public int Called(string name) => _open.First(e => e.Kind is EventKind.ActivityScheduled or EventKind.ChildScheduled && (e.Name == name || e.Instance == name)).Task!.Value;

    /// <summary>The timer set last: an older one that is still open was given up.</summary>
    public int Timer() => _open.Last(e => e.Kind == EventKind.TimerCreated).Task!.Value;

    /// <summary>Timers go off when they are due, and everything else a second after what was before.</summary>
    public DateTime TimeOf(HistoryEvent came, DateTime now) => came.Kind == EventKind.TimerFired ? _open.Single(e => e.Task == came.Task).Due!.Value : now.AddSeconds(1);
}
