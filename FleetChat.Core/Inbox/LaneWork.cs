namespace FleetChat.Core.Inbox;

/// <summary>Lanes whose workers have to be told.</summary>
/// <param name="Process">Lanes that have more to process.</param>
/// <param name="Send">Lanes of the sender that got work.</param>
public sealed record LaneWork(IReadOnlyList<Nudge> Process, IReadOnlyList<Nudge> Send)
{
    public LaneWork()
        : this([], [])
    {
    }

    /// <summary>Lanes of outside calls that got work.</summary>
    public IReadOnlyList<Nudge> Call { get; init; } = [];

    /// <summary>Lanes of outgoing webhooks that got work.</summary>
    public IReadOnlyList<Nudge> Webhooks { get; init; } = [];

    /// <summary>Lanes of what orchestrations are to be told.</summary>
    public IReadOnlyList<Nudge> Orchestrate { get; init; } = [];

    /// <summary>One lane of the stages that process and send.</summary>
    internal static LaneWork Of(string stage, Nudge lane) => stage == Lanes.ProcessStage ? new([lane], []) : new([], [lane]);

    public LaneWork And(LaneWork more) => new([.. Process.Union(more.Process)], [.. Send.Union(more.Send)])
    {
        Call = [.. Call.Union(more.Call)],
        Webhooks = [.. Webhooks.Union(more.Webhooks)],
        Orchestrate = [.. Orchestrate.Union(more.Orchestrate)],
    };
}
