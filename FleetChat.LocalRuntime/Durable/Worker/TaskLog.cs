using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>What the real worker logs, under its category, numbers and names: dashboards and tests look for them.</summary>
internal static partial class TaskLog
{
    public const string Category = "Microsoft.DurableTask.Worker";

    /// <summary>Of earlier releases: what a turn asked for is told there too, unless the worker's options say otherwise.</summary>
    public const string LegacyCategory = "Microsoft.DurableTask";

    [LoggerMessage(EventId = 600, Level = LogLevel.Information, Message = "'{Name}' orchestration with ID '{InstanceId}' started.")]
    public static partial void OrchestrationStarted(this ILogger logger, string instanceId, string name);

    [LoggerMessage(EventId = 601, Level = LogLevel.Information, Message = "'{Name}' orchestration with ID '{InstanceId}' completed.")]
    public static partial void OrchestrationCompleted(this ILogger logger, string instanceId, string name);

    [LoggerMessage(EventId = 602, Level = LogLevel.Error, Message = "'{Name}' orchestration with ID '{InstanceId}' failed.")]
    public static partial void OrchestrationFailed(this ILogger logger, Exception? exception, string instanceId, string name);

    [LoggerMessage(EventId = 603, Level = LogLevel.Information, Message = "'{Name}' activity of orchestration ID '{InstanceId}' started.")]
    public static partial void ActivityStarted(this ILogger logger, string instanceId, string name);

    [LoggerMessage(EventId = 604, Level = LogLevel.Information, Message = "'{Name}' activity of orchestration ID '{InstanceId}' completed.")]
    public static partial void ActivityCompleted(this ILogger logger, string instanceId, string name);

    [LoggerMessage(EventId = 605, Level = LogLevel.Error, Message = "'{Name}' activity of orchestration ID '{InstanceId}' failed.")]
    public static partial void ActivityFailed(this ILogger logger, Exception exception, string instanceId, string name);

    [LoggerMessage(EventId = 610, Level = LogLevel.Debug, Message = "Orchestration ID '{InstanceId}' planned {Count} actions: {Actions}")]
    private static partial void ActionsPlanned(this ILogger logger, string instanceId, int count, string actions);

    public static void ActionsPlanned(this ILogger logger, string instanceId, IReadOnlyList<PlannedAction> actions)
    {
        if (actions.Count == 0 || !logger.IsEnabled(LogLevel.Debug)) return;
        logger.ActionsPlanned(instanceId, actions.Count, string.Join(", ", actions.Select(NameOf)));
    }

    private static string NameOf(PlannedAction action) => action.Kind switch
    {
        EventKind.ActivityScheduled => "ScheduleTask",
        EventKind.ChildScheduled => "CreateSubOrchestration",
        EventKind.TimerCreated => "CreateTimer",
        _ => "SendEvent",
    };

    /// <summary>How the turn went, and the orchestration if it began or ended with it.</summary>
    public static void Log(this ILogger logger, OrchestrationTurn turn)
    {
        logger.ActionsPlanned(turn.Instance.Id, turn.Result!.Actions);
        if (turn.Result.Ending is Ending.Completed) logger.OrchestrationCompleted(turn.Instance.Id, turn.Instance.Name);
        if (turn.Result.Ending is Ending.Failed) logger.OrchestrationFailed(turn.Thrown, turn.Instance.Id, turn.Instance.Name);
    }
}
