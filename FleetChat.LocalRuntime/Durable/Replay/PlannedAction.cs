namespace FleetChat.LocalRuntime.Durable;

/// <summary>Something that the orchestrator asked for in this turn. Its entry in the history is made of it.</summary>
/// <param name="Kind">One of the kinds that say "scheduled", "created" or "sent".</param>
internal sealed record PlannedAction(int Id, EventKind Kind, string Name)
{
    private const int ShownInput = 200;

    public string? Version { get; init; }

    public string? Input { get; init; }

    /// <summary>The child's id, or the receiver's.</summary>
    public string? Instance { get; init; }

    public DateTime Due { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>A short input stands in the history for those who read it; replays don't need it.</summary>
    public HistoryEvent ToEvent() => new()
    {
        Kind = Kind,
        Task = Id,
        Name = Kind == EventKind.TimerCreated ? null : Name,
        Version = Version,
        Instance = Instance,
        Input = Input is { Length: <= ShownInput } ? Input : null,
        Due = Kind == EventKind.TimerCreated ? Due : null,
    };
}
