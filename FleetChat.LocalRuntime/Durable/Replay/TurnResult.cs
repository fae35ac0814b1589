namespace FleetChat.LocalRuntime.Durable;

/// <summary>How an orchestration ended: with an output, a failure, by force, or as the next generation of itself.</summary>
internal abstract record Ending
{
    internal sealed record Completed(string? Output) : Ending;

    internal sealed record Failed(TaskFailure Failure) : Ending;

    internal sealed record Terminated(string? Output, bool Recursive) : Ending;

    internal sealed record Continued(string? Input, string? Version, List<HistoryEvent> Carried) : Ending;
}

/// <summary>What one turn of an orchestrator came to.</summary>
internal sealed record TurnResult
{
    public required List<PlannedAction> Actions { get; init; }

    public required List<int> CancelledTimers { get; init; }

    public Ending? Ending { get; init; }

    public string? CustomStatus { get; init; }

    /// <summary>Names of the events that somebody waits for.</summary>
    public IReadOnlyList<string> WaitsFor { get; init; } = [];

    public bool IsSuspended { get; init; }

    /// <summary>Null unless it was suspended or resumed in this turn.</summary>
    public string? SuspendReason { get; init; }
}
