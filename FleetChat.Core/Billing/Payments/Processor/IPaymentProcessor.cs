using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <summary>Who pays.</summary>
/// <param name="Id">The company whose invoices he pays: for a corporate bill the parent.</param>
public sealed record Payer(TenantId Id, string Name, string? Email);

/// <summary>A link to the processor's own page, on which a card or an account is entered.</summary>
/// <param name="Id">Ours: the same order again gives the same link.</param>
/// <param name="Currency">ISO 4217, of the invoices that are to be paid: it decides which accounts are offered.</param>
public sealed record SetupLinkOrder(Guid Id, TenantId Payer, string CustomerId, string Currency, Uri SuccessUrl, Uri CancelUrl);

/// <param name="SetupId">Asked with it what came of it.</param>
public sealed record SetupLink(string SetupId, Uri Url, DateTimeOffset ExpiresAt);

/// <summary>One attempt to have an invoice paid. Frozen before the first call: the same order again is the same payment, whenever it comes.</summary>
/// <param name="Attempt">From 1.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="BegunAt">When this attempt was first written down. The processor knows an order again by its key for a day; later it is looked for.</param>
/// <param name="Description">For people who look at it in the dashboard, such as the invoice's number.</param>
public sealed record ChargeOrder(
    TenantId Payer, Guid Invoice, int Attempt, long Amount, string Currency, string CustomerId, string MethodId, MethodKind MethodKind, string Description, DateTimeOffset BegunAt);

/// <summary>Money back to where it came from.</summary>
/// <param name="Id">Ours: the same order again is the same refund.</param>
/// <param name="Amount">Minor units, up to what is left.</param>
public sealed record RefundOrder(Guid Id, string PaymentId, long Amount, string Currency, DateTimeOffset BegunAt);

/// <param name="Next">Given back it leads to the next page, which is older; null: this was the last.</param>
public sealed record PaymentEventPage(IReadOnlyList<PaymentEvent> Events, string? Next);

/// <summary>
/// Who takes the money: cards and debits of all companies. No call retries by itself; every one may be repeated with the same order, and nothing is done twice.
/// </summary>
public interface IPaymentProcessor
{
    /// <summary>The payer's customer there, made if there is none, with his present name and address.</summary>
    /// <returns>Its id, to be kept.</returns>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<string> EnsureCustomerAsync(Payer payer, CancellationToken ct);

    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<SetupLink> CreateSetupLinkAsync(SetupLinkOrder order, CancellationToken ct);

    /// <summary>What came of a link.</summary>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<MethodSetup> GetSetupAsync(string setupId, CancellationToken ct);

    /// <summary>What a customer can be charged with, the newest first.</summary>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<IReadOnlyList<SavedMethod>> ListMethodsAsync(string customerId, CancellationToken ct);

    /// <summary>Shown there as the one that is charged. Charges name theirs anyway.</summary>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task PreferMethodAsync(string customerId, string methodId, CancellationToken ct);

    /// <summary>The payment of an attempt whose id was never learned, in the list that knows it from its first moment.</summary>
    /// <param name="since">No later than when the attempt began.</param>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<Payment?> FindPaymentAsync(string customerId, Guid invoice, int attempt, DateTimeOffset since, CancellationToken ct);

    /// <summary>A refusal by the bank is no exception but a payment that failed.</summary>
    /// <returns>The payment; for an order that comes again it may be as it was at first: what it is now tells <see cref="RetrieveAsync"/>.</returns>
    /// <exception cref="PaymentException">Refused, or the answer was lost: then the payment may be there, and the same order finds it.</exception>
    Task<Payment> ChargeAsync(ChargeOrder order, CancellationToken ct);

    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<Payment> RetrieveAsync(string paymentId, CancellationToken ct);

    /// <summary>Takes back a payment that is open, so that it can never be paid.</summary>
    /// <returns>The payment as it is: it may have been paid, or be on its way, and then it stays.</returns>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<Payment> CancelAsync(string paymentId, CancellationToken ct);

    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<PaymentRefund> RefundAsync(RefundOrder order, CancellationToken ct);

    /// <summary>Also those that somebody made in the processor's dashboard.</summary>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<IReadOnlyList<PaymentRefund>> ListRefundsAsync(string paymentId, CancellationToken ct);

    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<PaymentDispute> GetDisputeAsync(string disputeId, CancellationToken ct);

    /// <summary>What happened, the newest first, for whoever missed a webhook. Kept there for 30 days.</summary>
    /// <param name="next">Of the page before; null begins.</param>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    Task<PaymentEventPage> ListEventsAsync(DateTimeOffset since, string? next, CancellationToken ct);
}
