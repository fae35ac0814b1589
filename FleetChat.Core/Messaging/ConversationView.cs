namespace FleetChat.Core.Messaging;

/// <summary>A chat with one WhatsApp user as the API shows it.</summary>
/// <param name="WhatsappNumber">E.164; null where WhatsApp shows a user id instead.</param>
/// <param name="WhatsappUserId">Null where WhatsApp shows the number.</param>
/// <param name="Drivers">Those who have this phone; none for somebody unknown.</param>
/// <param name="WindowOpenUntil">Until then text may be sent, afterwards only templates; null while the window is closed.</param>
/// <param name="StoppedAt">When the user wrote STOP.</param>
/// <param name="Entries">What a person still has to look at, the oldest first; at most 100.</param>
public sealed record ConversationView(
    Guid Id, string? WhatsappNumber, string? WhatsappUserId, IReadOnlyList<ConversationDriver> Drivers,
    DateTimeOffset? LastInboundAt, DateTimeOffset? WindowOpenUntil, DateTimeOffset? StoppedAt, DateTimeOffset CreatedAt,
    IReadOnlyList<DispatcherEntry> Entries)
{
    /// <summary>Whom the chat is with, a driver's name, or who has taken an entry can't be opened, as when its key is lost: it is missing. The rest is as it was; of a message that is so, the message says it.</summary>
    public bool Unreadable { get; init; }
}

public sealed record ConversationDriver(Guid Id, string Name);

/// <summary>Something that a person has to look at.</summary>
/// <param name="Reason">A code, such as <c>free_text</c>.</param>
/// <param name="TakenBy">The dispatcher who looks after it; null: nobody yet.</param>
public sealed record DispatcherEntry(Guid Id, string Reason, DateTimeOffset Since, Guid? DriverId, string? TakenBy, DateTimeOffset? TakenAt, MessageView Message);
