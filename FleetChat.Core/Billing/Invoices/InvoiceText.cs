using System.Globalization;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>What stands on an invoice, in words. It is kept with the invoice: another word later changes nothing that was sent.</summary>
internal static class InvoiceText
{
    public static IReadOnlyList<NewLine> Lines(RatedMonth rated) => [.. rated.Lines.Select(Line)];

    /// <param name="names">Of the companies on the bill.</param>
    public static IReadOnlyList<NewLine> Lines(ConsolidatedBill bill, IReadOnlyDictionary<string, string> names)
        => [.. bill.Lines.Select(line => Line(line.Line) with { Company = line.TenantId, CompanyName = names[line.TenantId] })];

    private static NewLine Line(RatedLine line)
        => new(line.Kind, Describe(line), line.From, line.Until > line.From ? line.Until.AddDays(-1) : line.From, line.Quantity, line.UnitPrice, line.Percent, line.Amount)
        {
            Above = line.Above,
            AdjustmentId = line.AdjustmentId,
        };

    // What has words already, such as an adjustment or a child's statement, keeps them.
    private static string Describe(RatedLine line) => line.Text ?? line.Kind switch
    {
        InvoiceLineKind.Drivers => $"Active drivers, {line.Tier}",
        InvoiceLineKind.VolumeDiscount => Invariant($"Volume discount of {line.Percent:0.###} percent, {line.Tier}"),
        InvoiceLineKind.Messages => "Messages over the included volume",
        InvoiceLineKind.Minimum => "Up to the agreed minimum",
        InvoiceLineKind.Adjustment => "Adjustment",
        _ => throw new ArgumentOutOfRangeException(nameof(line), line.Kind, "a line of an unknown kind"),
    };

    public static InvoiceParties Parties(BillingOptions supplier, TenantView company) => new(
        new(supplier.SupplierName, Split(supplier.SupplierAddress, ';'), supplier.SupplierTaxId.Length > 0 ? supplier.SupplierTaxId : null),
        new(company.LegalName.Length > 0 ? company.LegalName : company.CompanyName, [.. Split(company.Address ?? "", '\n'), company.Country], string.IsNullOrEmpty(company.TaxId) ? null : company.TaxId));

    private static string[] Split(string text, char separator) => text.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
