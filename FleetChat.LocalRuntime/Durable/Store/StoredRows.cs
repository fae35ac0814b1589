namespace FleetChat.LocalRuntime.Durable;

/// <summary>An instance that this process has claimed.</summary>
internal sealed record ClaimedInstance
{
    public required long Key { get; init; }

    public required long Token { get; init; }

    public required int Generation { get; init; }

    public required int Turns { get; init; }

    public required short Status { get; init; }

    public required OrchestrationInfo Info { get; init; }

    public long? ParentKey { get; init; }

    public int? ParentGeneration { get; init; }

    public int? ParentTask { get; init; }

    public string? TraceParent { get; init; }

    /// <summary>Events that the generation before handed on; they belong to the first turn.</summary>
    public string? Carried { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>An inbox row.</summary>
/// <param name="ArrivedAt">Business time; a timer's due time.</param>
internal sealed record InboxMessage(long Id, long Instance, int? Generation, DateTimeOffset ArrivedAt, MessageKind Kind, int? Task, string? Body)
{
    public HistoryEvent? ToEvent() => Kind switch
    {
        MessageKind.Start => null,
        MessageKind.Timer => new() { Kind = EventKind.TimerFired, Task = Task },
        _ => HistoryJson.ReadEvent(Body!),
    };
}

internal readonly record struct ActivityKey(long Instance, int Generation, int Task);

/// <summary>An activity that this process has claimed.</summary>
internal sealed record ClaimedActivity(ActivityKey Key, long Token, string InstanceId, string Name, string? Version, string? Input)
{
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public string? TraceParent { get; init; }
}

/// <summary>Somebody's inbox got a message.</summary>
/// <param name="Owner">The process that holds it in memory; null if nobody does.</param>
internal readonly record struct Delivered(long Instance, long? Owner);

/// <param name="NextDue">When the next message becomes visible, in business time.</param>
/// <param name="DueHere">Instances that this process holds already, and whose timers are due.</param>
internal sealed record InstanceClaim(List<ClaimedInstance> Claimed, DateTimeOffset? NextDue, List<long> DueHere);
