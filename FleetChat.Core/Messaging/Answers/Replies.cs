using FleetChat.Core.Data;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>Short answers to a driver's own message.</summary>
internal static class Replies
{
    public const string Confirmation = "confirmation";
    public const string TooLate = "too_late";

    /// <summary>What was true when he wrote, he need not read much later.</summary>
    private static readonly TimeSpan ValidFor = TimeSpan.FromHours(1);

    /// <param name="effectKey">So much is said once.</param>
    public static Task<bool> SendAsync(Processing processing, DriverAnswer answer, MessageContent content, string kind, string reason, string effectKey, Guid? transport, Guid? stop, CancellationToken ct)
    {
        var message = new NewMessage(processing.Time.NewId(), answer.Conversation, answer.Driver.Id, kind, content, reason, effectKey)
        {
            Transport = transport,
            Stop = stop,
            ValidUntil = answer.Inbound.SentAt + ValidFor,
        };
        return Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, processing.SendLaneOf(answer.Conversation), ct);
    }
}
