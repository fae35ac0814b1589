namespace FleetChat.LocalRuntime;

/// <summary>An orchestration in a line. Times are business time.</summary>
/// <param name="Status">As the client names it: Running, Completed, Failed, Terminated, Pending, Suspended.</param>
/// <param name="EndedAt">Null while it has not ended.</param>
/// <param name="ParentId">The instance that started it, if one did.</param>
public sealed record InstanceSummary(
    string Id, string Name, string? Version, string Status, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? EndedAt, string? ParentId);

/// <summary>An orchestration as a whole.</summary>
/// <param name="Generation">Grows with each continue-as-new; the history is the present one's.</param>
/// <param name="Input">JSON, as are output and custom status.</param>
/// <param name="Host">The process that holds it in memory; null if none does.</param>
/// <param name="HostIsDead">That process is gone.</param>
/// <param name="Waits">What it has asked for and not been given, and what lies there and is not taken yet.</param>
public sealed record InstanceDetail(
    InstanceSummary Summary, int Generation, string? Input, string? Output, string? CustomStatus, InstanceFailure? Failure, long? Host, bool HostIsDead,
    IReadOnlyList<InstanceWait> Waits, IReadOnlyList<TimelineEvent> History);

/// <summary>Why something failed.</summary>
/// <param name="Type">The exception's.</param>
/// <param name="Inner">What lies beneath.</param>
public sealed record InstanceFailure(string Type, string Message, InstanceFailure? Inner);

/// <summary>Something that an orchestration waits for, or that waits for it.</summary>
/// <param name="Kind"><c>activity</c>, <c>timer</c>, <c>child</c>, <c>start</c>, <c>event</c>, <c>answer</c> or <c>control</c>.</param>
/// <param name="Name">Of the activity, child or event.</param>
/// <param name="State">How far it is.</param>
/// <param name="Since">When it was asked for; null if nobody wrote that down.</param>
/// <param name="Due">Of a timer, or of a start in the future.</param>
public sealed record InstanceWait(string Kind, string Name, string State, DateTimeOffset? Since, DateTimeOffset? Due);

/// <summary>An event of a history.</summary>
/// <param name="Kind">As it is stored: turn_started, activity_scheduled ...</param>
/// <param name="Task">The number of the action that it belongs to.</param>
/// <param name="Time">Of the turn in which the orchestrator saw it.</param>
/// <param name="Duration">From when it was asked for.</param>
/// <param name="Text">Input, result or reason.</param>
public sealed record TimelineEvent(
    int Turn, string Kind, int? Task, string? Name, DateTimeOffset? Time, TimeSpan? Duration, DateTimeOffset? Due, string? Text, InstanceFailure? Failure);
