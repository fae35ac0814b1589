using DurableTask.Core.Exceptions;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>The code does not do what its history says that it did. The sentences are the real framework's, because people search for them.</summary>
internal static class NonDeterminism
{
    private const string Question = "Was a change made to the orchestrator code after this instance had already started running?";

    public static NonDeterministicOrchestrationException Missing(HistoryEvent recorded) => new(recorded.Task!.Value,
        $"A previous execution of this orchestration scheduled {Subject(recorded.Kind)} with sequence ID {recorded.Task}{Named(recorded)}, "
        + $"but the current replay execution hasn't (yet?) scheduled this task. {Question}");

    public static NonDeterministicOrchestrationException OtherKind(HistoryEvent recorded, PlannedAction planned) => new(recorded.Task!.Value,
        $"A previous execution of this orchestration scheduled {Subject(recorded.Kind)} with sequence number {recorded.Task}{Named(recorded)}, "
        + $"but the current orchestration replay instead produced {Subject(planned.Kind)} with this sequence number. {Question}");

    public static NonDeterministicOrchestrationException OtherName(HistoryEvent recorded, PlannedAction planned) => new(recorded.Task!.Value,
        $"A previous execution of this orchestration scheduled {Subject(recorded.Kind)} with sequence number {recorded.Task}{Named(recorded)}, "
        + $"but the current orchestration replay instead scheduled {Subject(planned.Kind)} named '{planned.Name}' with this sequence number.  {Question}");

    public static NonDeterministicOrchestrationException Additional(PlannedAction planned) => new(planned.Id,
        $"The current orchestration replay scheduled {Subject(planned.Kind)} named '{planned.Name}' with sequence number {planned.Id}, "
        + $"but a previous execution of this orchestration did not schedule it at this point. {Question}");

    private static string Named(HistoryEvent recorded) => recorded.Name is null ? "" : $" named '{recorded.Name}'";

    private static string Subject(EventKind kind) => kind switch
    {
        EventKind.ActivityScheduled => "an activity task",
        EventKind.ChildScheduled => "a sub-orchestration task",
        EventKind.TimerCreated => "a timer task",
        _ => "a send event task",
    };
}
