namespace FleetChat.Core.Messaging;

/// <summary>Why a message is put before a dispatcher. Part of the API.</summary>
public static class DispatcherReasons
{
    public const string FreeText = "free_text";
    public const string Attachment = "attachment";
    public const string Location = "location";

    /// <summary>The driver tapped "I have a problem".</summary>
    public const string Problem = "problem";

    /// <summary>The tap came too late, twice, or out of order: the stop can't take that step.</summary>
    public const string StepNotPossible = "step_not_possible";

    /// <summary>The phone is shared, and nothing tells who of its drivers wrote.</summary>
    public const string WhoWrites = "who_writes";

    public const string UnknownSender = "unknown_sender";

    /// <summary>The driver asked for no more messages.</summary>
    public const string OptedOut = "opted_out";

    /// <summary>WhatsApp could not show it to us, or it is of a kind that we do not know.</summary>
    public const string NotUnderstood = "not_understood";
}
