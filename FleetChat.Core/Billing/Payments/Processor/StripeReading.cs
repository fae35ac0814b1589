using Stripe;
using Stripe.Checkout;

namespace FleetChat.Core.Billing.Payments;

/// <summary>Stripe's objects in the product's words.</summary>
internal static class StripeReading
{
    private const string AuthenticationRequired = "authentication_required";

    public static Payment Read(PaymentIntent intent)
    {
        var (currency, error) = (intent.Currency.ToUpperInvariant(), intent.LastPaymentError);
        return new(
            intent.Id,
            StateOf(intent),
            StripeMetadata.IdIn(intent.Metadata, StripeMetadata.Invoice),
            StripeMetadata.AttemptIn(intent.Metadata),
            intent.CustomerId,
            StripeAmount.Read(intent.Amount, currency),
            currency,
            StripeAmount.Read(intent.LatestCharge?.AmountRefunded ?? 0, currency),
            intent.LatestCharge?.Disputed ?? false,
            intent.Status == "requires_payment_method" ? error?.DeclineCode ?? error?.Code : null,
            At(intent.Created))
        {
            Payer = StripeMetadata.PayerIn(intent.Metadata),
        };
    }

    public static SavedMethod? Read(PaymentMethod? method) => method switch
    {
        { Card: { } card } => new(method.Id, MethodKind.Card, card.Brand, card.Last4, new DateOnly((int)card.ExpYear, (int)card.ExpMonth, 1).AddMonths(1).AddDays(-1)),
        { UsBankAccount: { } account } => new(method.Id, MethodKind.UsBankAccount, account.BankName, account.Last4, null),
        { SepaDebit: { } account } => new(method.Id, MethodKind.SepaDebit, account.BankCode, account.Last4, null),
        _ => null,
    };

    public static MethodSetup Read(Session session)
    {
        var state = session.Status switch
        {
            "complete" => SetupState.Completed,
            "expired" => SetupState.Expired,
            _ => SetupState.Open,
        };
        return new(session.Id, state, session.CustomerId, state == SetupState.Completed ? Read(session.SetupIntent?.PaymentMethod) : null) { Payer = StripeMetadata.PayerIn(session.Metadata) };
    }

    public static PaymentRefund Read(Stripe.Refund refund) => new(
        refund.Id,
        refund.PaymentIntentId,
        StripeMetadata.IdIn(refund.Metadata, StripeMetadata.Refund),
        StripeAmount.Read(refund.Amount, refund.Currency),
        refund.Currency.ToUpperInvariant(),
        refund.Status switch
        {
            "succeeded" => RefundState.Succeeded,
            "failed" or "canceled" => RefundState.Failed,
            _ => RefundState.Processing,
        },
        At(refund.Created));

    public static PaymentDispute Read(Stripe.Dispute dispute) => new(
        dispute.Id,
        dispute.PaymentIntentId,
        StripeAmount.Read(dispute.Amount, dispute.Currency),
        dispute.Currency.ToUpperInvariant(),
        dispute.Status switch
        {
            "won" or "warning_closed" or "prevented" => DisputeState.Won,
            "lost" => DisputeState.Lost,
            "warning_needs_response" or "warning_under_review" => DisputeState.Inquiry,
            _ => DisputeState.Open,
        },
        dispute.Reason,
        At(dispute.Created));

    public static DateTimeOffset At(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    public static string NameOf(MethodKind kind) => kind switch
    {
        MethodKind.UsBankAccount => "us_bank_account",
        MethodKind.SepaDebit => "sepa_debit",
        _ => "card",
    };

    private static PaymentState StateOf(PaymentIntent intent) => intent.Status switch
    {
        "succeeded" => PaymentState.Succeeded,
        "canceled" => PaymentState.Cancelled,
        "requires_action" => PaymentState.NeedsPayer,
        "requires_payment_method" when intent.LastPaymentError is { } error => error.Code == AuthenticationRequired ? PaymentState.NeedsPayer : PaymentState.Failed,
        "requires_payment_method" or "requires_confirmation" => PaymentState.Open,
        // A word of a later version of the API too: not decided, so it is asked for again.
        _ => PaymentState.Processing,
    };
}
