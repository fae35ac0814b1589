using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>An invoice, a credit note or a statement, with all that stands on it. Amounts are minor units of <see cref="Currency"/>; a credit note's are positive.</summary>
/// <param name="BillingPeriod">The month in the company's time zone, such as <c>2026-03</c>.</param>
/// <param name="Number">Null until it is final.</param>
/// <param name="MessageVolume">Accepted out and in, without consent, STOP, HELP and resends.</param>
/// <param name="AdjustmentAmount">Signed: what people added to the draft.</param>
/// <param name="TotalAmount">base_cost - volume_discount + message_charge + adjustment_amount + tax_amount.</param>
/// <param name="DueAmount">What is still to be paid of it.</param>
/// <param name="IssuedOn">In the company's time zone; null while it is a draft.</param>
/// <param name="CreditedInvoice">Of a credit note: the invoice that it is to.</param>
/// <param name="Reason">Of a credit note, or why an invoice is void.</param>
/// <param name="RateCardVersion">What it was made with.</param>
/// <param name="AgreementVersion">Null: the rate card alone.</param>
public sealed record InvoiceView(
    Guid Id,
    TenantId TenantId,
    string BillingPeriod,
    [OneOf(typeof(InvoiceKind), nameof(InvoiceKind.All))] string Kind,
    [OneOf(typeof(InvoiceState), nameof(InvoiceState.All))] string Status,
    string? Number,
    string Currency,
    long ActiveDrivers,
    long MessageVolume,
    long BaseCost,
    long VolumeDiscount,
    long MessageCharge,
    long AdjustmentAmount,
    long TaxAmount,
    long TotalAmount,
    long PaidAmount,
    long CreditedAmount,
    long DueAmount,
    DateOnly? IssuedOn,
    DateOnly? DueOn,
    string? PurchaseOrder,
    Guid? CreditedInvoice,
    string? Reason,
    int? RateCardVersion,
    int? AgreementVersion,
    InvoiceParty Supplier,
    InvoiceParty Buyer,
    IReadOnlyList<InvoiceLine> Lines,
    IReadOnlyList<InvoiceTax> Taxes)
{
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Of a credit note: the number of the invoice that it is to.</summary>
    public string? CreditedNumber { get; init; }

    /// <summary>Of a statement: the parent, which has its lines on its own invoice. Nothing is owed for a statement.</summary>
    public TenantId? PaidBy { get; init; }

    /// <summary>Of a preview of a month that is under way: what it will have cost at its end if it goes on as it does.</summary>
    public InvoiceForecast? Forecast { get; init; }
}

/// <param name="Address">Lines as they are printed.</param>
public sealed record InvoiceParty(string Name, IReadOnlyList<string> Address, string? TaxId);

/// <param name="Kind">What it charges or takes off.</param>
/// <param name="Until">The last day, inclusive, in the company's time zone.</param>
/// <param name="UnitPrice">Minor units, with fractions.</param>
/// <param name="Percent">Taken off the unit price; null: nothing.</param>
/// <param name="Amount">Rounded once, half to even; negative where it takes off.</param>
/// <param name="Company">Of a consolidated invoice: whose use it is.</param>
public sealed record InvoiceLine(
    int No, [OneOf(typeof(InvoiceLineKind), nameof(InvoiceLineKind.All))] string Kind, string Description, DateOnly From, DateOnly Until,
    decimal Quantity, decimal UnitPrice, decimal? Percent, long Amount, TenantId? Company, string? CompanyName);

/// <param name="Note">Such as the sentence that reverse charge needs.</param>
public sealed record InvoiceTax(decimal Percent, bool IsReverseCharge, string? Note, long NetAmount, long TaxAmount);

/// <summary>How a company wants its invoices to look.</summary>
/// <param name="Logo">PNG or JPEG; null: none.</param>
/// <param name="PrimaryColor">Such as <c>#1a5fb4</c>.</param>
/// <param name="Footer">The company's own.</param>
/// <param name="LegalFooter">The supplier's: bank, register, what the law asks for.</param>
public sealed record InvoiceBranding(byte[]? Logo, string? PrimaryColor, string? Footer, string? LegalFooter);

public static class InvoiceKind
{
    public const string Invoice = "invoice";
    public const string CreditNote = "credit_note";

    /// <summary>What a month costs that the company's parent pays for.</summary>
    public const string Statement = "statement";

    public static readonly IReadOnlyList<string> All = [Invoice, CreditNote, Statement];
}

public static class InvoiceState
{
    public const string Draft = "draft";
    public const string Final = "final";
    public const string Paid = "paid";
    public const string PastDue = "past_due";
    public const string Void = "void";

    public static readonly IReadOnlyList<string> All = [Draft, Final, Paid, PastDue, Void];
}

public static class InvoiceLineKind
{
    public const string Drivers = "drivers";
    public const string Minimum = "minimum";
    public const string VolumeDiscount = "volume_discount";
    public const string Messages = "messages";
    public const string Adjustment = "adjustment";
    public const string Credit = "credit";

    public static readonly IReadOnlyList<string> All = [Drivers, Minimum, VolumeDiscount, Messages, Adjustment, Credit];
}
