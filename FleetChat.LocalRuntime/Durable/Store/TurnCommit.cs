namespace FleetChat.LocalRuntime.Durable;

/// <summary>All that one turn changes, for one transaction. It takes effect only if the instance is still where the turn found it, in the same hands.</summary>
internal sealed record TurnCommit
{
    public required long Key { get; init; }

    public required long Token { get; init; }

    /// <summary>Where the turn began.</summary>
    public required (int Generation, int Turns) From { get; init; }

    /// <summary>Where it leads; turns are 0 where a new generation begins.</summary>
    public required (int Generation, int Turns) To { get; init; }

    public required short Status { get; init; }

    public required string? CustomStatus { get; init; }

    /// <summary>Names of events as a JSON array; null if it waits for none. For people who look at it.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>The process goes on holding the instance: something of it is under way here.</summary>
    public required bool Keeps { get; init; }

    /// <summary>Null: output and failure stay as they are.</summary>
    public (string? Output, string? Failure)? Outcome { get; init; }

    /// <summary>Null unless the next generation begins.</summary>
    public (string? Input, string? Version, string Carried)? Continuation { get; init; }

    /// <summary>The turn's events as JSON; null where its generation ends with it and is forgotten.</summary>
    public string? Events { get; init; }

    public IReadOnlyList<long> Consumed { get; init; } = [];

    /// <summary>Activities whose answers the turn took from this process' memory.</summary>
    public IReadOnlyList<int> Answered { get; init; } = [];

    public IReadOnlyList<NewActivity> Activities { get; init; } = [];

    public IReadOnlyList<(int Task, DateTime Due)> Timers { get; init; } = [];

    public IReadOnlyList<int> CancelledTimers { get; init; } = [];

    public IReadOnlyList<NewChild> Children { get; init; } = [];

    public IReadOnlyList<(string Instance, string Body)> SentEvents { get; init; } = [];

    /// <summary>What the parent is told of the end.</summary>
    public (long Key, int Generation, int Task, string Body)? Reply { get; init; }

    /// <summary>Null unless it was terminated together with its children.</summary>
    public string? TerminatesChildren { get; init; }

    public bool IsEnded => InstanceStatus.IsEnded(Status);
}

/// <param name="Begins">This process has room for it and claims it as it is stored.</param>
internal sealed record NewActivity(int Task, string Name, string? Version, string? Input, bool Begins)
{
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public string? TraceParent { get; init; }
}

/// <param name="Begins">As with activities.</param>
internal sealed record NewChild(int Task, OrchestrationInfo Info, bool Begins)
{
    public string? TraceParent { get; init; }
}

/// <param name="Committed">The turns that took effect; the others' instances have passed to somebody else.</param>
/// <param name="Children">Those that began; one that is missing existed already, and its parent is told so.</param>
internal sealed record CommitOutcome(HashSet<(long Key, long Token)> Committed, List<Delivered> Delivered, List<BegunChild> Children);

internal readonly record struct BegunChild(long Parent, int Task, long Key, long StartMessage);
