using FleetChat.Core.Billing.Invoices;

namespace FleetChat.Core.Billing.Documents;

internal enum SumWeight
{
    Part,
    Total,
    Due,
}

/// <param name="Note">What the law wants beside it.</param>
internal sealed record SumText(string Label, string Amount, SumWeight Weight = SumWeight.Part, string? Note = null);

/// <summary>What stands under an invoice's lines.</summary>
internal static class InvoiceSums
{
    public static IEnumerable<SumText> OfInvoice(InvoiceView invoice) =>
    [
        .. Parts(invoice),
        .. BeforeTotal(invoice),
        new("Total", MoneyText.Write(invoice.TotalAmount, invoice.Currency), SumWeight.Total),
        .. invoice.Status == InvoiceState.Draft ? [] : AfterTotal(invoice),
    ];

    public static IEnumerable<SumText> OfCredit(InvoiceView invoice)
        => [.. BeforeTotal(invoice), new("Total credit", MoneyText.Write(invoice.TotalAmount, invoice.Currency), SumWeight.Due)];

    // Of one part alone the subtotal says as much.
    private static SumText[] Parts(InvoiceView invoice)
    {
        (string Label, long Amount)[] parts =
            [("Base cost", invoice.BaseCost), ("Volume discount", -invoice.VolumeDiscount), ("Messages", invoice.MessageCharge), ("Adjustments", invoice.AdjustmentAmount)];
        SumText[] given = [.. parts.Where(part => part.Amount != 0).Select(part => new SumText(part.Label, MoneyText.Write(part.Amount, invoice.Currency)))];
        return given.Length > 1 ? given : [];
    }

    private static IEnumerable<SumText> BeforeTotal(InvoiceView invoice) =>
    [
        new("Subtotal", MoneyText.Write(invoice.TotalAmount - invoice.TaxAmount, invoice.Currency)),
        .. invoice.Taxes.Select(tax => new SumText(
            $"{(tax.IsReverseCharge ? "Reverse charge" : "Tax")}, {PercentText.Of(tax.Percent)} of {MoneyText.Number(tax.NetAmount, invoice.Currency)}",
            MoneyText.Write(tax.TaxAmount, invoice.Currency), Note: tax.Note)),
    ];

    private static IEnumerable<SumText> AfterTotal(InvoiceView invoice) =>
    [
        .. Taken("Paid", invoice.PaidAmount, invoice.Currency),
        .. Taken("Credited", invoice.CreditedAmount, invoice.Currency),
        new("Amount due", MoneyText.Write(invoice.DueAmount, invoice.Currency), SumWeight.Due),
    ];

    private static IEnumerable<SumText> Taken(string label, long amount, string currency) => amount == 0 ? [] : [new(label, MoneyText.Write(-amount, currency))];
}
