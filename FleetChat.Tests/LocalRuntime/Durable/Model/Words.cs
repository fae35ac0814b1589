using System.Globalization;
using FleetChat.LocalRuntime.Durable;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>The engine's turns in the words of <see cref="PlainTurn"/>.</summary>
internal static class Words
{
    public static PlainTurn Of(TurnResult result) => new(
        [.. result.Actions.Select(Of)],
        [.. result.CancelledTimers],
        Of(result.Ending),
        result.CustomStatus,
        result.IsSuspended);

    public static string Of(PlannedAction action) => Of(action.ToEvent());

    /// <summary>Of an action as it stands in a history, where long inputs are left out.</summary>
    public static string Of(HistoryEvent action) => string.Create(CultureInfo.InvariantCulture,
        $"#{action.Task} {action.Kind} {action.Name} {action.Instance} {action.Due:o} {action.Input}");

    public static bool IsAction(HistoryEvent one)
        => one.Kind is EventKind.ActivityScheduled or EventKind.ChildScheduled or EventKind.TimerCreated or EventKind.EventSent;

    /// <summary>By name, because only events of one name have an order.</summary>
    public static string OfCarried(List<HistoryEvent> carried)
        => string.Join(' ', carried.GroupBy(c => c.Name!.ToUpperInvariant()).OrderBy(g => g.Key).Select(g => $"{g.Key}:{string.Join(',', g.Select(e => e.Input))}"));

    private static string? Of(Ending? ending) => ending switch
    {
        Ending.Completed completed => $"completed {completed.Output}",
        Ending.Failed failed => $"failed {failed.Failure.Message}",
        Ending.Terminated terminated => $"terminated {terminated.Output}",
        Ending.Continued next => $"continues {next.Input} with {OfCarried(next.Carried)}",
        _ => null,
    };
}
