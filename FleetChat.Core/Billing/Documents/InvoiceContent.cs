using System.Globalization;
using FleetChat.Core.Billing.Invoices;

namespace FleetChat.Core.Billing.Documents;

/// <summary>What an invoice says, in the words and numbers that are printed: the page and the PDF differ in looks alone.</summary>
/// <param name="Number">Null: it has none yet.</param>
/// <param name="Notice">What a reader has to know first: that this is a draft, or void.</param>
/// <param name="Headline">What is to be paid, and until when; null: nothing.</param>
internal sealed record InvoiceContent(
    string Title, string? Number, string? Notice, string? Headline, PartyText Supplier, PartyText Buyer, IReadOnlyList<FactText> Facts, string AmountColumn,
    IReadOnlyList<CompanyText> Companies, IReadOnlyList<SumText> Sums)
{
    public const string DescriptionColumn = "Description";
    public const string QuantityColumn = "Quantity";
    public const string PriceColumn = "Unit price";
    public const string PercentColumn = "Percent";

    public string FullTitle => Number is null ? Title : $"{Title} {Number}";

    public static InvoiceContent Of(InvoiceView invoice)
    {
        var isCredit = invoice.Kind == InvoiceKind.CreditNote;
        var title = TitleOf(invoice.Kind);
        return new(
            title, invoice.Number, NoticeOf(invoice, title), isCredit ? null : HeadlineOf(invoice),
            PartyText.Of("From", invoice.Supplier), PartyText.Of(invoice.Kind == InvoiceKind.Invoice ? "Bill to" : "To", invoice.Buyer),
            [.. isCredit ? FactsOfCredit(invoice) : FactsOfInvoice(invoice)], $"Amount ({invoice.Currency})", CompanyText.Of(invoice),
            [.. isCredit ? InvoiceSums.OfCredit(invoice) : InvoiceSums.OfInvoice(invoice)]);
    }

    private static string TitleOf(string kind) => kind switch
    {
        InvoiceKind.CreditNote => "Credit note",
        InvoiceKind.Statement => "Statement",
        _ => "Invoice",
    };

    private static string? NoticeOf(InvoiceView invoice, string title) => invoice.Status switch
    {
        InvoiceState.Draft => $"Draft, not {(title[0] == 'I' ? "an" : "a")} {title.ToLowerInvariant()}",
        InvoiceState.Final when invoice.PaidBy is { } parent => $"Not an invoice, nothing is to be paid: these lines are on the invoice of {parent}",
        InvoiceState.Void => invoice.Reason is null ? "Void" : $"Void: {invoice.Reason}",
        _ => null,
    };

    private static string? HeadlineOf(InvoiceView invoice) => invoice.Status switch
    {
        InvoiceState.Paid => "Paid",
        InvoiceState.Final when invoice.DueOn is { } day => $"{MoneyText.Write(invoice.DueAmount, invoice.Currency)} due by {DayText.Of(day)}",
        InvoiceState.PastDue when invoice.DueOn is { } day => $"{MoneyText.Write(invoice.DueAmount, invoice.Currency)} past due since {DayText.Of(day)}",
        _ => null,
    };

    private static IEnumerable<FactText> FactsOfInvoice(InvoiceView invoice) =>
    [
        .. Given("Number", invoice.Number),
        .. Given("Issued", DayText.OrNull(invoice.IssuedOn)),
        .. Given("Due", DayText.OrNull(invoice.DueOn)),
        new("Billing period", DayText.OfMonth(invoice.BillingPeriod)),
        .. Given("Purchase order", invoice.PurchaseOrder),
        new("Active drivers", CountOf(invoice.ActiveDrivers)),
        new("Messages", CountOf(invoice.MessageVolume)),
        .. Given("Prices", PricesOf(invoice)),
    ];

    private static IEnumerable<FactText> FactsOfCredit(InvoiceView invoice) =>
    [
        .. Given("Number", invoice.Number),
        .. Given("Issued", DayText.OrNull(invoice.IssuedOn)),
        .. Given("To invoice", invoice.CreditedNumber),
        new("Billing period", DayText.OfMonth(invoice.BillingPeriod)),
        .. Given("Purchase order", invoice.PurchaseOrder),
        // Mostly it stands in the line as well.
        .. Given("Reason", invoice.Lines.Any(line => line.Description == invoice.Reason) ? null : invoice.Reason),
    ];

    private static IEnumerable<FactText> Given(string label, string? value) => string.IsNullOrWhiteSpace(value) ? [] : [new(label, value)];

    private static string CountOf(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string? PricesOf(InvoiceView invoice) => (invoice.RateCardVersion, invoice.AgreementVersion) switch
    {
        ({ } card, { } agreement) => string.Create(CultureInfo.InvariantCulture, $"rate card {card}, agreement {agreement}"),
        ({ } card, null) => string.Create(CultureInfo.InvariantCulture, $"rate card {card}"),
        _ => null,
    };
}

internal sealed record FactText(string Label, string Value);

internal sealed record PartyText(string Label, string Name, IReadOnlyList<string> Lines)
{
    public static PartyText Of(string label, InvoiceParty party) => new(label, party.Name, party.TaxId is null ? party.Address : [.. party.Address, $"Tax ID: {party.TaxId}"]);
}

/// <param name="Name">Of a consolidated invoice; else null.</param>
/// <param name="Amount">The sum of its lines; null beside no name.</param>
internal sealed record CompanyText(string? Name, string? Amount, IReadOnlyList<LineText> Lines)
{
    public static IReadOnlyList<CompanyText> Of(InvoiceView invoice)
    {
        var companies = new List<List<InvoiceLine>>();
        foreach (var line in invoice.Lines)
        {
            if (companies is [.., [var first, ..] open] && first.Company == line.Company) open.Add(line);
            else companies.Add([line]);
        }
        return [.. companies.Select(lines => Of(invoice, lines))];
    }

    private static CompanyText Of(InvoiceView invoice, List<InvoiceLine> lines)
    {
        var name = lines[0].CompanyName ?? lines[0].Company?.Value;
        return new(name, name is null ? null : MoneyText.Number(lines.Sum(line => line.Amount), invoice.Currency), [.. lines.Select(line => LineText.Of(line, invoice))]);
    }
}

/// <param name="Days">Null: the whole month.</param>
internal sealed record LineText(string Description, string? Days, string Quantity, string Price, string Percent, string Amount)
{
    public static LineText Of(InvoiceLine line, InvoiceView invoice) => new(
        line.Description, IsWholeMonth(line, invoice.BillingPeriod) ? null : DayText.Of(line.From, line.Until),
        line.Quantity.ToString("#,##0.##########", CultureInfo.InvariantCulture), MoneyText.Price(line.UnitPrice, invoice.Currency),
        line.Percent is { } percent ? PercentText.Of(percent) : "", MoneyText.Number(line.Amount, invoice.Currency));

    private static bool IsWholeMonth(InvoiceLine line, string period)
        => BillingPeriod.TryParse(period, out var month) && line.From == month && line.Until == month.AddMonths(1).AddDays(-1);
}

internal static class PercentText
{
    public static string Of(decimal percent) => percent.ToString("0.####", CultureInfo.InvariantCulture) + " %";
}

/// <summary>Days in words, because 03/04 is not the same day everywhere.</summary>
internal static class DayText
{
    public static string Of(DateOnly day) => Write(day, "d MMMM yyyy");

    public static string? OrNull(DateOnly? day) => day is { } given ? Of(given) : null;

    public static string Of(DateOnly from, DateOnly until)
    {
        if (from == until) return Of(from);
        return from.Year != until.Year ? $"{Of(from)} to {Of(until)}" : $"{Write(from, from.Month == until.Month ? "%d" : "d MMMM")} to {Of(until)}";
    }

    /// <param name="period">Such as <c>2026-03</c>.</param>
    public static string OfMonth(string period) => BillingPeriod.TryParse(period, out var month) ? Write(month, "MMMM yyyy") : period;

    private static string Write(DateOnly day, string format) => day.ToString(format, CultureInfo.InvariantCulture);
}
