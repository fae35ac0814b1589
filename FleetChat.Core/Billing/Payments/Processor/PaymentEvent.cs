namespace FleetChat.Core.Billing.Payments;

/// <summary>What an event is about, and so what to ask for.</summary>
public enum PaymentSubject
{
    Payment,
    Refund,
    Dispute,

    /// <summary>A link on which a method is entered.</summary>
    Setup,

    Method,

    /// <summary>Nothing that concerns us.</summary>
    Other,
}

/// <summary>A hint that something happened. Events come in any order and repeatedly: what is true now is asked for, never read from here.</summary>
/// <param name="Id">The same at every delivery.</param>
/// <param name="Type">The processor's word.</param>
/// <param name="SubjectId">Of what <paramref name="Subject"/> says.</param>
/// <param name="PaymentId">The payment that it concerns, where there is one.</param>
/// <param name="Invoice">Where the processor tells it.</param>
public sealed record PaymentEvent(string Id, string Type, DateTimeOffset At, PaymentSubject Subject, string SubjectId, string? PaymentId, string? CustomerId, Guid? Invoice);
