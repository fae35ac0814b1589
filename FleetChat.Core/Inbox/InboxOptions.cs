using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.Inbox;

/// <summary>How long what was worked on is kept. Bound from <c>FleetChat:Inbox</c>.</summary>
public sealed class InboxOptions
{
    public const string Section = "FleetChat:Inbox";

    /// <summary>Senders redeliver for seven days at the most; four times that leaves room for a bad month. Keys, which hold no content, are kept so long.</summary>
    public const int KeyDays = 30;

    /// <summary>
    /// Days after which payloads and attempts to send are forgotten. Nothing can be explained or replayed beyond; what is parked waits for people
    /// as long as its key, and what is not done yet for ever. Seven at the least: a report may come so late.
    /// </summary>
    [Range(7, KeyDays)]
    public int PayloadDays { get; set; } = KeyDays;
}
