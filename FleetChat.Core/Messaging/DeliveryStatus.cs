namespace FleetChat.Core.Messaging;

/// <summary>A sent message's status. It only moves forward, whatever order the reports arrive in.</summary>
public static class DeliveryStatus
{
    public const string Queued = "queued";
    public const string Accepted = "accepted";
    public const string Sent = "sent";
    public const string Failed = "failed";
    public const string Delivered = "delivered";
    public const string Read = "read";
    public const string Played = "played";

    /// <summary>Too late to be true any more: never sent.</summary>
    public const string Expired = "expired";

    /// <summary>Must not be sent: no consent, or no window and no template.</summary>
    public const string Refused = "refused";

    public const string Received = "received";

    /// <summary>
    /// Failed lies below delivered: with several devices a delivery may follow a failure, and then the driver has it.
    /// </summary>
    public static short Rank(string status) => status switch
    {
        // Ended unsent, as far as we know: whatever is reported of it after all is news.
        Queued or Expired or Refused => 0,
        Accepted => 1,
        Sent => 2,
        Failed => 3,
        Delivered => 4,
        Read => 5,
        Played => 6,
        Received => 7,
        _ => throw new ArgumentException($"no status: {status}", nameof(status)),
    };

    /// <summary>WhatsApp's own words that we know.</summary>
    public static bool IsReported(string? status) => status is Sent or Delivered or Read or Played or Failed;
}

/// <summary>Whether a reported status replaces the one that a message has.</summary>
public class StatusOrder
{
    public virtual bool Advances(string from, string to) => DeliveryStatus.Rank(to) > DeliveryStatus.Rank(from);
}
