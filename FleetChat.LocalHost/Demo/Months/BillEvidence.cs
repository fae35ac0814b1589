using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Stripe;

namespace FleetChat.LocalHost.Demo.Months;

/// <summary>What is known of a month's bills: what the API answers each company's admin, the e-mails, and what Stripe wrote down.</summary>
/// <param name="Stripe">By the invoice's id.</param>
internal sealed record BillEvidence(CompanyBills Freight, CompanyBills Cargo, CompanyBills Haulage, IReadOnlyDictionary<string, InvoiceMoney> Stripe)
{
    public IReadOnlyList<CompanyBills> Companies => [Freight, Cargo, Haulage];

    /// <summary>Of an invoice; null: Stripe has heard nothing of it.</summary>
    public InvoiceMoney? MoneyOf(ApiInvoice invoice) => Stripe.GetValueOrDefault(invoice.Id.ToString());

    public static async Task<BillEvidence> ReadAsync(Stage stage, Fleet fleet, BillingDesk desk, DayNotes notes, CancellationToken ct) => new(
        await CompanyBills.ReadAsync(stage, fleet.Freight, desk, notes, ct),
        await CompanyBills.ReadAsync(stage, fleet.Cargo, desk, notes, ct),
        await CompanyBills.ReadAsync(stage, fleet.Haulage!, desk, notes, ct),
        (await stage.Stripe!.MoneyAsync(ct: ct)).ToDictionary(money => money.Invoice));
}

internal sealed record CompanyBills
{
    public required Company Company { get; init; }

    /// <summary>Before the month had ended.</summary>
    public required ApiInvoice Preview { get; init; }

    /// <summary>The states of its invoices when the month had ended, and not its grace.</summary>
    public required IReadOnlyList<string> Drafts { get; init; }

    public required IReadOnlyList<ApiInvoice> Invoices { get; init; }

    /// <summary>By the invoice's id.</summary>
    public required IReadOnlyDictionary<Guid, ApiInvoicePayments> Books { get; init; }

    /// <summary>Whom the first line of its invoice charges.</summary>
    public required IReadOnlyList<Guid> ChargedDrivers { get; init; }

    public required IReadOnlyList<ReadLetter> Letters { get; init; }

    /// <summary>The one of the month.</summary>
    public ApiInvoice Invoice => Invoices.Single(invoice => invoice.IsFinal);

    public IReadOnlyList<ReadLetter> LettersThat(Func<string, bool> isSo) => [.. Letters.Where(letter => isSo(letter.Subject))];

    public static async Task<CompanyBills> ReadAsync(Stage stage, Company company, BillingDesk desk, DayNotes notes, CancellationToken ct)
    {
        var invoices = await desk.InvoicesAsync(company, ct);
        var (books, charged) = (new Dictionary<Guid, ApiInvoicePayments>(), new List<Guid>());
        foreach (var invoice in invoices)
        {
            books[invoice.Id] = await desk.PaymentsAsync(company, invoice.Id, ct);
            charged.AddRange((await desk.AdminOf(company).ListAsync<ApiLineUsage>($"api/invoices/{invoice.Id}/lines/1/usage", ct)).Select(row => row.Id));
        }
        return new()
        {
            Company = company,
            Preview = notes.Previews[company.Tenant],
            Drafts = notes.Drafts[company.Tenant],
            Invoices = invoices,
            Books = books,
            ChargedDrivers = charged,
            Letters = [.. Hosting.Letters.ListTo(stage.Settings.MailFolder, company.AdminAddress)],
        };
    }
}
