using System.Globalization;
using FleetChat.LocalRuntime.Durable;
using FleetChat.Tests.LocalRuntime.Durable.Model;
using Microsoft.DurableTask.Converters;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>Whether a stored history can have come about, and led to the stored end.</summary>
internal static class HistoryCheck
{
    public static IEnumerable<string> Violations(Ended instance, Func<string, Plan> planOf, TimeSpan unit)
        => Structure(instance.Turns).Concat(instance.Name == PlanOrchestrator.Name ? AgainstPlan(instance, planOf, unit) : []).Select(v => $"{instance.Id}: {v}");

    /// <summary>Actions are numbered without gaps, and each is answered once at most, after it was taken.</summary>
    private static IEnumerable<string> Structure(List<List<HistoryEvent>> turns)
    {
        var (asked, answered) = (0, new HashSet<int>());
        foreach (var turn in turns)
        {
            // Of what was asked for in the last turn only events that were sent are written down.
            var isLast = turn == turns[^1];
            if (turn[0].Kind != EventKind.TurnStarted || turn.Count(e => e.Kind == EventKind.TurnStarted) != 1) yield return "a turn does not begin as turns do";
            foreach (var one in turn)
            {
                if (Words.IsAction(one) && (isLast ? one.Task < asked : one.Task != asked)) yield return string.Create(CultureInfo.InvariantCulture, $"action {one.Task} is not the next");
                if (Words.IsAction(one)) asked = one.Task!.Value + 1;
                if (!IsAnswer(one.Kind)) continue;
                if (one.Task >= asked) yield return string.Create(CultureInfo.InvariantCulture, $"{one.Kind} answers {one.Task} before it was asked");
                if (!answered.Add(one.Task!.Value)) yield return string.Create(CultureInfo.InvariantCulture, $"{one.Kind} answers {one.Task} once more");
            }
        }
        if (turns.Sum(t => t.Count(e => e.Kind == EventKind.Started)) != 1) yield return "it did not start once";
    }

    /// <summary>The plain interpretation, fed with the same events, asks for the same and comes to the same end.</summary>
    private static IEnumerable<string> AgainstPlan(Ended instance, Func<string, Plan> planOf, TimeSpan unit)
    {
        var input = (PlanInput)JsonDataConverter.Default.Deserialize(instance.Input, typeof(PlanInput))!;
        var plain = new PlainRun(instance.Id, input, planOf(input.Key), unit);
        var last = "nothing";
        for (var i = 0; i < instance.Turns.Count; i++)
        {
            var turn = instance.Turns[i];
            var played = plain.Turn(turn[0].Time!.Value, turn.Where(e => !Words.IsAction(e)));
            if (played.Ending is { } ending) last = ending;
            var (expected, actual) = (string.Join('\n', played.Actions), string.Join('\n', turn.Where(Words.IsAction).Select(Words.Of)));
            if (expected != actual) yield return string.Create(CultureInfo.InvariantCulture, $"turn {i + 1} asked for\n{actual}\ninstead of\n{expected}");
        }
        if (last != EndOf(instance)) yield return $"it ended as '{EndOf(instance)}' instead of '{last}'";
    }

    private static string EndOf(Ended instance) => instance.Status switch
    {
        InstanceStatus.Completed => $"completed {instance.Output}",
        InstanceStatus.Failed => $"failed {HistoryJson.ReadFailure(instance.Failure)!.Message}",
        _ => $"terminated {instance.Output}",
    };

    private static bool IsAnswer(EventKind kind)
        => kind is EventKind.ActivityCompleted or EventKind.ActivityFailed or EventKind.ChildCompleted or EventKind.ChildFailed or EventKind.TimerFired;
}
