using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Tenants;

namespace FleetChat.Tests.Billing.Documents;

/// <summary>Invoices to print. What a test does not say: June 2026, final, in dollars, one line and tax.</summary>
internal static class SampleInvoice
{
    public static readonly InvoiceBranding Plain =
        new(null, null, "Thank you for driving with us.", "FleetChat Inc., Delaware 1234567. Bank: IBAN DE02 1203 0000 0000 2020 51, BIC BYLADEM1001.");

    public static readonly DateOnly First = new(2026, 6, 1);
    public static readonly DateOnly Last = new(2026, 6, 30);

    public static InvoiceView Usual { get; } = Of(
        [new(1, InvoiceLineKind.Drivers, "Active drivers, starter", First, Last, 137, 900m, null, 123_300, null, null)], [new(21m, false, null, 123_300, 25_893)]);

    public static InvoiceView CreditNote { get; } = Of(
        [new(1, InvoiceLineKind.Credit, "Twelve drivers were on leave", First, Last, 1, 10_800m, null, 10_800, null, null)], [new(21m, false, null, 10_800, 2_268)]) with
    {
        Kind = InvoiceKind.CreditNote, Number = "CN-EU-000007", CreditedInvoice = new Guid("0197c3a5-0000-7000-8000-000000000001"), CreditedNumber = "INV-EU-000041", Reason = "Twelve drivers were on leave",
        BaseCost = 0, AdjustmentAmount = 10_800, ActiveDrivers = 0, MessageVolume = 0, DueAmount = 0,
        RateCardVersion = null, AgreementVersion = null,
    };

    /// <param name="lines">How many of each company.</param>
    public static InvoiceView Consolidated(int companies, int lines)
    {
        InvoiceLine[] all = [.. from company in Enumerable.Range(1, companies) from line in Enumerable.Range(1, lines) select LineOf(company, line, (company - 1) * lines + line)];
        return Of(all, [new(21m, false, null, all.Sum(line => line.Amount), all.Sum(line => line.Amount) * 21 / 100)]) with { AgreementVersion = 4, PurchaseOrder = "PO-2026-0815/7" };
    }

    private static InvoiceLine LineOf(int company, int line, int no)
    {
        var (id, name) = (TenantId.Parse($"company_{company:000}"), $"Company {company} Haulage Ltd.");
        return (line % 4) switch
        {
            0 => new(no, InvoiceLineKind.Messages, $"Messages over the included volume, no. {no}", First, Last, 1_234 + no, 0.5m, null, (1_234 + no) / 2, id, name),
            1 => new(no, InvoiceLineKind.Drivers, $"Active drivers, professional, no. {no}", First, Last, 40 + no, 1_500m, null, (40 + no) * 1_500, id, name),
            2 => new(no, InvoiceLineKind.VolumeDiscount, $"Volume discount of 7.5 percent, no. {no}", First, Last, 20, 1_500m, 7.5m, -2_250, id, name),
            _ => new(no, InvoiceLineKind.Drivers, $"Active drivers, starter, no. {no}", First, First.AddDays(13), 12, 900m, null, 5_040, id, name),
        };
    }

    public static InvoiceView Of(IReadOnlyList<InvoiceLine> lines, IReadOnlyList<InvoiceTax> taxes)
    {
        var (discount, messages) = (-SumOf(InvoiceLineKind.VolumeDiscount), SumOf(InvoiceLineKind.Messages));
        var (net, tax) = (lines.Sum(line => line.Amount), taxes.Sum(group => group.TaxAmount));
        return new(
            new Guid("0197c3a5-0000-7000-8000-0000000000ff"), TenantId.Parse("abc_trucking_001"), "2026-06", InvoiceKind.Invoice, InvoiceState.Final, "INV-EU-000123", "USD", 137, 48_211,
            net + discount - messages, discount, messages, 0, tax, net + tax, 0, 0, net + tax, new(2026, 7, 2), new(2026, 7, 16), "PO-4711", null, null, 3, null,
            new("FleetChat Inc.", ["500 Harbor Boulevard, Suite 12", "Boston, MA 02210", "United States"], "US-12-3456789"),
            new("ABC Trucking GmbH & Co. KG", ["Hafenstraße 17", "20457 Hamburg", "DE"], "DE123456789"), lines, taxes)
        {
            CreatedAt = new(2026, 7, 1, 0, 0, 5, TimeSpan.Zero),
        };

        long SumOf(string kind) => lines.Where(line => line.Kind == kind).Sum(line => line.Amount);
    }
}
