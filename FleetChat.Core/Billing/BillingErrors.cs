namespace FleetChat.Core.Billing;

public static class BillingErrors
{
    public static readonly Error PeriodInvalid = Error.Invalid("billing.period_invalid", "Give a month such as 2026-03.", "period");

    public static readonly Error RateCardMissing = Error.Conflict(
        "billing.rate_card_missing", "No rate card of the company's currency has begun by that month. Enter one with POST /api/platform/rate-cards; the invoice is made within the hour.");

    public static readonly Error TierMissing = Error.Conflict(
        "billing.tier_missing", "The rate card has no price for a tier that the company had in that month. Enter a version that has it; the invoice is made within the hour.");

    public static readonly Error ZoneUnknown = Error.Conflict(
        "billing.zone_unknown", "The company's time zone is none that is known, so nobody can say when its month ends. Enter an IANA name; the invoice is made within the hour.");

    public static readonly Error Trouble = Error.Conflict(
        "billing.trouble", "The invoice could not be made, for a reason that FleetChat's log names. It is tried again within the hour; ask FleetChat's support if it lasts.");

    public static readonly Error BelowZero = Error.Conflict(
        "billing.below_zero", "With its adjustments the invoice would be below zero. Take one back, and give the company a credit note instead.");

    public static readonly Error InvoiceNotFound = Error.NotFound("billing.invoice_not_found", "There is no such invoice.");

    public static readonly Error LineNotFound = Error.NotFound("billing.line_not_found", "The invoice has no such line. GET /api/invoices/{id} shows those that it has.");

    public static readonly Error LineNotStated = Error.Conflict(
        "billing.line_not_stated", "The line is of a company that this one pays for, and that company's month has not ended yet. What is behind it can be looked at from then on.");

    public static readonly Error NothingToBill = Error.NotFound("billing.nothing_to_bill", "The company was not in service in that month.");

    public static readonly Error PeriodClosed = Error.Conflict("billing.period_closed", "The month is closed and its invoice is final. What was wrong with it is put right by a credit note.");

    public static readonly Error NotFinal = Error.Conflict("billing.not_final", "Only a final invoice is credited or paid. This one is a draft; it becomes final by itself.");

    public static readonly Error CreditTooHigh = Error.Conflict("billing.credit_too_high", "That is more than is left of the invoice. Give an amount up to what has not been credited yet.");

    public static readonly Error AmountInvalid = Error.Invalid("billing.amount_invalid", "Give an amount above zero in minor units, such as 1250 for 12.50.", "$.amount");

    public static readonly Error AdjustmentInvalid = Error.Invalid("billing.adjustment_invalid", "Give an amount in minor units other than zero, such as -1250 to take off 12.50.", "$.amount");

    public static readonly Error AccountInvalid = Error.Invalid("billing.account_invalid", "Give a tax_percent from 0 to 100 with at most three decimals, and payment_days from 0 to 180.");

    public static readonly Error PaymentTooHigh = Error.Conflict("billing.payment_too_high", "That is more than is due. Enter what is due, and send the rest back.");

    public static readonly Error PaymentKnown = Error.Conflict("billing.payment_known", "A payment with this reference was entered for the invoice already, with another amount.");

    public static readonly Error PaymentReversed = Error.Conflict(
        "billing.payment_reversed", "The payment with this reference was taken back as one that never came. Enter what did come with a reference of its own, such as the same with a 2 behind it.");

    public static readonly Error TransferNotFound = Error.NotFound("billing.transfer_not_found", "No bank payment with this reference was entered for the invoice. GET /api/invoices/{id}/payments shows those that were.");

    public static readonly Error ReversalTooHigh = Error.Conflict("billing.reversal_too_high", "That is more than was entered with this reference. Give an amount up to that.");

    public static readonly Error ReturnKnown = Error.Conflict("billing.return_known", "This was entered with the same reference already, with another amount. What is right with it needs no second entry; for the rest give a reference of its own.");

    public static readonly Error NotVoidable = Error.Conflict("billing.not_voidable", "Only a final invoice of which nothing was paid or credited can be voided. Give a credit note instead.");

    public static readonly Error VersionTaken = Error.Conflict("billing.version_taken", "Somebody entered a version at the same moment. Read what there is now, and send yours again.");

    public static readonly Error StatementNotOwed = Error.Conflict(
        "billing.statement_not_owed", "This is a statement: the company's parent pays for the month, and its invoice is the one to be credited, paid or voided.");

    public static readonly Error FamilyCurrency = Error.Conflict(
        "billing.family_currency", "A parent and the company whose month it pays for have different currencies, and nothing is converted. Give both the same one; the invoice is made within the hour.");

    public static readonly Error ChildAwaited = Error.Conflict(
        "billing.child_awaited", "The month of a company that this one pays for is not closed, and that company's own alert says why. The invoice is made within the hour after that.");

    public static readonly Error MonthsOpen = Error.Conflict(
        "billing.months_open", "The company has months that are not billed: its own, or those of companies that it pays for. Wait until their invoices are final; they can't be made once it is closed.");

    public static readonly Error InvoicesOpen = Error.Conflict(
        "billing.invoices_open", "The company has open invoices, which can't be charged or read once it is closed. Let them be paid, or credit or void them.");

    public static readonly Error AdjustmentNotFound = Error.NotFound("billing.adjustment_not_found", "There is no such adjustment in that month.");

    public static Error TextInvalid(string field, int longest) => Error.Invalid("billing.text_invalid", $"Give 1 to {longest} characters: they stand on the invoice or in the books.", field);

    public static Error NotRatable(string fault) => Error.Conflict(
        "billing.not_ratable", $"What the month consists of can't be meant: {fault}. FleetChat's operators have to look at the company's prices and adjustments; the invoice is made within the hour after that.");

    public static Error PriceInvalid(string code, string field) => Error.Invalid("billing.price_invalid", $"The prices can't be meant: {code}.", field);
}
