using FleetChat.Simulators.Delivery;

namespace FleetChat.Simulators.Stripe;

/// <param name="Types">The events that it gets; null: all.</param>
public sealed record NewEndpoint(Uri Url, string Secret, IReadOnlyList<string>? Types = null)
{
    /// <summary>Where nobody says another, as on one machine.</summary>
    public const string UsualSecret = "whsec_simulated_endpoint";
}

/// <param name="Overlap">How long both secrets sign, of business time; Stripe offers up to 24 hours.</param>
public sealed record SecretRotation(Uri Url, string Secret, TimeSpan Overlap);

public enum MethodOutcome
{
    Succeeds,

    /// <summary>A card at once, a debit when it has been on its way.</summary>
    Declines,

    /// <summary>Only a card: refused while its holder is away, and waiting for him while he is there.</summary>
    NeedsAuthentication,
}

/// <summary>What becomes of the payments with one card or account.</summary>
/// <param name="Reason">Of a decline, such as <c>insufficient_funds</c>, <c>expired_card</c>, <c>debit_not_authorized</c>.</param>
/// <param name="After">Business time that a debit is on its way; null: as the settings say.</param>
/// <param name="Times">So many payments meet this, those that follow succeed; null: all meet it.</param>
/// <param name="RefundFails">The bank sends refunds back.</param>
/// <param name="RefundAfter">Business time that a refund is on its way; null: none to a card, as long as a debit to an account.</param>
public sealed record MethodBehaviour(
    MethodOutcome Outcome = MethodOutcome.Succeeds,
    string Reason = "card_declined",
    TimeSpan? After = null,
    int? Times = null,
    bool RefundFails = false,
    TimeSpan? RefundAfter = null);

/// <summary>Somebody enters a card or an account on Stripe's page.</summary>
/// <param name="Session">The checkout session's id.</param>
/// <param name="Type"><c>card</c>, <c>us_bank_account</c> or <c>sepa_debit</c>.</param>
public sealed record CheckoutCompletion(string Session, string Type = "card", MethodBehaviour? Behaviour = null);

/// <param name="Method">The new payment method's id.</param>
public sealed record CompletedCheckout(string Session, string Method);

/// <param name="Id">Of a session, a payment, a method, a dispute or an event.</param>
public sealed record StripeObjectId(string Id);

/// <param name="Customer">Whose it becomes, as if he had entered it.</param>
public sealed record NewMethod(string Customer, string Type = "card", MethodBehaviour? Behaviour = null);

public sealed record MethodChange(string Method, MethodBehaviour Behaviour);

/// <param name="PaymentIntent">One that succeeded.</param>
/// <param name="Amount">Null: all of it.</param>
public sealed record NewDispute(string PaymentIntent, string Reason = "fraudulent", long? Amount = null);

public sealed record DisputeEnd(string Dispute, bool Won);

/// <summary>Somebody gives money back in Stripe's dashboard.</summary>
/// <param name="Amount">Null: all that is left.</param>
public sealed record DashboardRefund(string PaymentIntent, long? Amount = null);

public sealed record EventRelease(ReleaseOrder Order = ReleaseOrder.AsEmitted);

/// <param name="Done">How much was due.</param>
public sealed record Advanced(int Done);

/// <summary>The money of one invoice, counted in the journal: also that of the simulator's former lives on the same file.</summary>
/// <param name="Invoice">The payment's metadata <c>invoice</c>.</param>
/// <param name="Charges">How often it was charged with success: more than once is too often.</param>
/// <param name="Failures">Charges that failed.</param>
/// <param name="Refunded">Also what is on its way back; what the bank sent back counts no more.</param>
/// <param name="Disputed">In open and lost disputes.</param>
public sealed record InvoiceMoney(string Invoice, string Currency, int Charges, int Failures, long Captured, long Refunded, long Disputed);

/// <summary>What there is.</summary>
public sealed record StripeView(
    IReadOnlyList<CustomerView> Customers,
    IReadOnlyList<PaymentView> Payments,
    IReadOnlyList<SessionView> Sessions,
    IReadOnlyList<DisputeView> Disputes,
    IReadOnlyList<EndpointView> Endpoints);

public sealed record CustomerView(string Id, string? Name, string? Email, IReadOnlyDictionary<string, string> Metadata, string? DefaultMethod, IReadOnlyList<MethodView> Methods);

public sealed record MethodView(string Id, string Type, MethodBehaviour Behaviour);

public sealed record PaymentView(string Id, string? Customer, long Amount, string Currency, string Status, IReadOnlyDictionary<string, string> Metadata, long Refunded);

public sealed record SessionView(string Id, string Customer, string Status, Uri Url);

public sealed record DisputeView(string Id, string PaymentIntent, long Amount, string Status);

public sealed record EndpointView(Uri Url);
