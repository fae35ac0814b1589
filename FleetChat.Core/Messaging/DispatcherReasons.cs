namespace FleetChat.Core.Messaging;

/// <summary>Why a message is put before a dispatcher. Part of the API.</summary>
public static class DispatcherReasons
{
    public const string FreeText = "free_text";
    public const string Attachment = "attachment";
    /// <summary>What came with the message could not be fetched from WhatsApp: the driver has to send it again, or another way.</summary>
    public const string MediaFailed = "media_failed";

    public const string Location = "location";

    /// <summary>The driver tapped "I have a problem".</summary>
    public const string Problem = "problem";

    /// <summary>The driver does not take the transport.</summary>
    public const string Declined = "declined";

    /// <summary>The tap came too late, twice, or out of order: the stop can't take that step.</summary>
    public const string StepNotPossible = "step_not_possible";

    /// <summary>The phone is shared, and nothing tells who of its drivers wrote.</summary>
    public const string WhoWrites = "who_writes";

    public const string UnknownSender = "unknown_sender";

    /// <summary>The driver asked for no more messages.</summary>
    public const string OptedOut = "opted_out";

    /// <summary>START with a code that is no invitation's, or not any more.</summary>
    public const string ConsentCode = "consent_code";

    /// <summary>START with a code that somebody else had used before, or from a phone of other drivers: nothing was granted.</summary>
    public const string ConsentCodeUsed = "consent_code_used";

    /// <summary>The driver began by his code from another phone than the roster's, and has that one now.</summary>
    public const string ConsentOtherPhone = "consent_other_phone";

    /// <summary>A dispatcher's own message that could not be sent any more (the window closed, it got too late, the driver opted out), or that WhatsApp refused, at once or after it had taken it.</summary>
    public const string NotSent = "not_sent";

    /// <summary>A message of ours was sent twice without a word back: nobody knows whether the driver has it.</summary>
    public const string DeliveryUnknown = "delivery_unknown";

    /// <summary>WhatsApp could not show it to us, or it is of a kind that we do not know.</summary>
    public const string NotUnderstood = "not_understood";

    /// <summary>The user has another number or user id now: whether it is still the driver who holds it has to be asked.</summary>
    public const string NumberChanged = "number_changed";

    /// <summary>The user changed a message that he had sent before.</summary>
    public const string Edited = "edited";
}
