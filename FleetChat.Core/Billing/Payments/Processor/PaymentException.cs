namespace FleetChat.Core.Billing.Payments;

/// <summary>What to do after a failed call.</summary>
public enum PaymentFailure
{
    /// <summary>Refused for now: nothing was done, and a later call may pass.</summary>
    Transient,

    /// <summary>Refused for good: the same call will never pass.</summary>
    Permanent,

    /// <summary>The account or its key is refused as a whole, until people mend it.</summary>
    Blocked,

    /// <summary>No answer, or one that says nothing: it may have been done. The same order again finds out.</summary>
    Unknown,
}

/// <summary>A call that did not end with a usable answer. The processor's own words are left out: they may quote what was asked.</summary>
/// <param name="status">Of HTTP; 0 if there was no answer.</param>
/// <param name="code">The processor's, such as <c>resource_missing</c>; null if there is none.</param>
/// <param name="requestId">The processor's, for its support.</param>
/// <param name="retryAfter">How long it asks to wait, where it does.</param>
public sealed class PaymentException(PaymentFailure failure, int status, string? code, string? requestId, TimeSpan? retryAfter, Exception? inner = null)
    : Exception($"Payments: {failure}, status {status}, code {code ?? "none"}", inner)
{
    private static readonly TimeSpan ShortQuiet = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongQuiet = TimeSpan.FromMinutes(1);

    public PaymentFailure Failure => failure;

    /// <summary>A later call may pass, or find what was done.</summary>
    public bool IsTransient => failure is PaymentFailure.Transient or PaymentFailure.Unknown;

    public int Status => status;

    public string? Code => code;

    public string? RequestId => requestId;

    /// <summary>When to come back, if <see cref="IsTransient"/>.</summary>
    public TimeSpan RetryAfter => retryAfter ?? (failure == PaymentFailure.Transient ? ShortQuiet : LongQuiet);
}
