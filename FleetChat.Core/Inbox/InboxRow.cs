using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Inbox;

/// <summary>A stored fact, opened for processing.</summary>
/// <param name="Attempts">How often it failed already.</param>
public sealed record InboxRow(DateOnly Day, Guid Id, string Source, string Kind, DateTimeOffset ReceivedAt, int Attempts, JsonElement Payload);

/// <summary>What the handlers of one batch share: one transaction of one tenant.</summary>
public sealed class Processing(TenantTransaction db, DataKey key, TenantSettings settings, TimeProvider time)
{
    private readonly HashSet<short> _sendLanes = [];

    public TenantTransaction Db => db;

    public DataKey Key => key;

    public TenantSettings Settings => settings;

    public TimeProvider Time => time;

    /// <summary>Lanes of the sender that got work.</summary>
    public IReadOnlyCollection<short> SendLanes => _sendLanes;

    /// <returns>The lane of a conversation's messages; it will be nudged when the batch commits.</returns>
    public short SendLaneOf(Guid conversation)
    {
        var lane = Outbox.LaneOf(conversation);
        _sendLanes.Add(lane);
        return lane;
    }
}

/// <summary>Whose rows a fact may change: they are locked for the whole batch, in one order, before any rule runs.</summary>
public sealed record Concerns(IReadOnlyList<string> SamsaraDriverIds, IReadOnlyList<ChatIdentity> Identities)
{
    public static readonly Concerns Nobody = new([], []);
}

/// <summary>Handles one kind of fact.</summary>
public interface IInboxHandler
{
    bool Handles(string source, string kind);

    Concerns ConcernsOf(InboxRow row);

    /// <summary>Begins an outcome that is none yet: nothing was changed, and the row is looked at again in a while.</summary>
    const string Later = "later:";

    /// <returns>The decision and its reason, for the log and the row: <c>message: stop_arrived</c>, <c>ignored: no rule</c>. No contents.</returns>
    Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct);
}
