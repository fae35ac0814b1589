namespace FleetChat.Core.Billing.Payments;

public static class PaymentErrors
{
    public static readonly Error NotOffered = Error.Conflict("payments.not_offered", "Cards and debits are not offered here. Pay by bank transfer, with the invoice's number as reference.");

    public static readonly Error Unavailable = Error.Unavailable("payments.unavailable", "The payment service does not answer. Try again in a few minutes; nothing was lost.");

    public static readonly Error RefundTooHigh = Error.Conflict("payments.refund_too_high", "Only what was paid too much is given back. Credit the invoice first, and give an amount up to that.");

    public static readonly Error NothingCharged = Error.Conflict(
        "payments.nothing_charged", "No single card or debit payment of the invoice has so much left. Give back at most what one of them took, or send it by bank and enter that with POST …/bank-refunds.");

    public static readonly Error HoldInvalid = Error.Invalid("payments.hold_invalid", "Give a time within the next year, such as 2026-05-01T00:00:00Z.", "$.until");

    public static readonly Error UnderWay = Error.Conflict("payments.under_way", "A payment of this invoice is under way. Wait until it has ended, and credit it if it was paid.");
}
