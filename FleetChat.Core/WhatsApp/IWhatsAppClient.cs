using FleetChat.Core.Messaging;

namespace FleetChat.Core.WhatsApp;

/// <summary>One message for the Cloud API.</summary>
/// <param name="Recipient">E.164, or a user id where WhatsApp shows no phone.</param>
/// <param name="MessageId">Ours; travels in the buttons' payloads.</param>
/// <param name="OpaqueId">The attempt's id; WhatsApp returns it with every status. At most 512 bytes.</param>
public sealed record WhatsAppMessage(
    string PhoneNumberId, string AccessToken, bool RecipientIsPhone, string Recipient, Guid MessageId, string OpaqueId, MessageContent Content);

/// <param name="Wamid">WhatsApp's id of the message.</param>
/// <param name="UserPhone">Digits of the number as WhatsApp writes it; may differ from the one that was asked for.</param>
public sealed record WhatsAppAcceptance(string Wamid, string? UserPhone);

/// <param name="Wamid">Of a message that the user sent.</param>
public sealed record WhatsAppRead(string PhoneNumberId, string AccessToken, string Wamid);

public sealed record WhatsAppNumber(string PhoneNumberId, string AccessToken);

/// <summary>What Meta says that a number and its business portfolio may do.</summary>
/// <param name="MessagesPerSecond">Null: it names no rate that we know.</param>
/// <param name="DailyLimit">People who may be written to outside the window in 24 hours; null: no limit, if <paramref name="KnowsDailyLimit"/>.</param>
public sealed record WhatsAppLimits(int? MessagesPerSecond, bool KnowsDailyLimit, int? DailyLimit);

/// <summary>WhatsApp's Cloud API.</summary>
public interface IWhatsAppClient
{
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task<WhatsAppAcceptance> SendAsync(WhatsAppMessage message, CancellationToken ct);

    /// <summary>Shows the user that his message, and all before it, were read.</summary>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task MarkReadAsync(WhatsAppRead message, CancellationToken ct);

    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task<WhatsAppLimits> GetLimitsAsync(WhatsAppNumber number, CancellationToken ct);
}

/// <summary>What to do after a failed call.</summary>
public enum WhatsAppFailure
{
    /// <summary>Refused for now: nothing was sent, and a later call may pass.</summary>
    Transient,

    /// <summary>Refused for good: the same call will never pass.</summary>
    Permanent,

    /// <summary>The number or account is refused as a whole: nothing was sent, and no other message will be until people mend it.</summary>
    Blocked,

    /// <summary>No answer: it may have been sent.</summary>
    Unknown,
}

/// <summary>A call that did not end with an acceptance.</summary>
/// <param name="code">Meta's error code; 0 if there is none.</param>
/// <param name="traceId">Meta's <c>fbtrace_id</c>, for its support.</param>
/// <param name="retryAfter">How long Meta asks to wait, where it does.</param>
public sealed class WhatsAppException(WhatsAppFailure failure, int code, string? traceId, TimeSpan? retryAfter, Exception? inner = null)
    : Exception($"WhatsApp: {failure}, code {code}", inner)
{
    public WhatsAppException(MetaErrorClass errorClass, int code, string? traceId, TimeSpan? retryAfter)
        : this(MetaErrorClasses.FailureOf(errorClass), code, traceId, retryAfter) => Class = errorClass;

    public WhatsAppFailure Failure => failure;

    /// <summary>By its code; what says no more than that it failed is tried again, or given up.</summary>
    public MetaErrorClass Class { get; } = MetaErrors.Find(code) is { } known && MetaErrorClasses.FailureOf(known.Class) == failure
        ? known.Class
        : failure switch
        {
            WhatsAppFailure.Transient => MetaErrorClass.Retry,
            WhatsAppFailure.Blocked => MetaErrorClass.StopTenant,
            _ => MetaErrorClass.GiveUp,
        };

    public int Code => code;

    public string? TraceId => traceId;

    public TimeSpan? RetryAfter => retryAfter;
}
