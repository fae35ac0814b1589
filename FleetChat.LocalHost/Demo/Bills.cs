using FleetChat.LocalHost.Demo.Months;
using static FleetChat.LocalHost.Demo.Deliveries;

namespace FleetChat.LocalHost.Demo;

/// <summary>Expectations: a month's invoices, and how they were paid.</summary>
internal static class Bills
{
    public static string? Forecast(Evidence evidence) => First(evidence.Bills!.Companies.Select(company => company switch
    {
        { Preview.Forecast: null } => $"{company.Company.Name}'s preview has no forecast",
        { Preview: { Number: not null } } => $"{company.Company.Name}'s preview has a number",
        { Preview: { Forecast: { } expected } preview } when expected.TotalAmount < preview.TotalAmount || expected.ActiveDrivers < preview.ActiveDrivers => $"{company.Company.Name} is forecast to need less than it has needed",
        _ => null,
    }));

    public static string? Invoiced(Evidence evidence) => First([
        .. evidence.Bills!.Companies.SelectMany<CompanyBills, string?>(company =>
        [
            Is(1, company.Invoices.Count, $"invoices of {company.Company.Name}"),
            company.Drafts is ["draft"] ? null : $"{company.Company.Name} had no draft when the month had ended",
            AddsUp(company.Invoice) ? null : $"{company.Invoice.Number} does not add up",
            company.Invoice.ActiveDrivers > 0 ? null : $"{company.Invoice.Number} charges nobody",
            Is((int)company.Invoice.ActiveDrivers, company.ChargedDrivers.Count, $"drivers behind {company.Invoice.Number}"),
            company.ChargedDrivers.All(driver => Of(evidence, company).Drivers.Any(d => d.Id == driver)) ? null : $"{company.Invoice.Number} charges somebody else's driver",
        ]),
        Is(evidence.Bills.Companies.Count, evidence.Bills.Companies.Select(company => company.Invoice.Number).Distinct().Count(), "numbers of invoices"),
    ]);

    public static string? Mailed(Evidence evidence) => First(evidence.Bills!.Companies.SelectMany<CompanyBills, string?>(company =>
    {
        var invoice = company.Invoice;
        var letters = company.LettersThat(subject => subject.StartsWith($"Invoice {invoice.Number} of ", StringComparison.Ordinal));
        return [
            Is(1, letters.Count, $"e-mails with {invoice.Number}"),
            letters[0].Attachments.TryGetValue($"{invoice.Number}.pdf", out var pdf) && pdf.AsSpan().StartsWith("%PDF-"u8) ? null : $"{invoice.Number} came without its PDF",
            Is(1, letters[0].Attachments.Count, $"attachments of {invoice.Number}"),
        ];
    }));

    public static string? PaidByCard(Evidence evidence)
    {
        var (company, invoice) = (evidence.Bills!.Freight, evidence.Bills.Freight.Invoice);
        return First([
            PaidByStripe(evidence.Bills, company),
            Is(1, company.Books[invoice.Id].Attempts.Count, "attempts to charge Lone Star"),
            Is(1, company.LettersThat(PaymentSubjects.IsReceipt).Count, "receipts to Lone Star"),
            Is(0, company.LettersThat(PaymentSubjects.IsReminder).Count, "reminders to Lone Star"),
        ]);
    }

    public static string? Refused(Evidence evidence)
    {
        var company = evidence.Bills!.Cargo;
        var attempts = company.Books[company.Invoice.Id].Attempts.Where(attempt => attempt.Status == "failed").OrderBy(attempt => attempt.Attempt).ToList();
        return First([
            Is(2, attempts.Count, "refused charges of Rio Grande"),
            .. attempts.Select(attempt => attempt.DeclineCode == "insufficient_funds" ? null : $"attempt {attempt.Attempt} was refused for {attempt.DeclineCode}"),
            attempts[1].BegunAt - attempts[0].BegunAt >= TimeSpan.FromDays(3) ? null : "the card was tried again too early",
            Is(2, company.LettersThat(PaymentSubjects.IsRefusal).Count, "e-mails about a refused card"),
            Is(1, company.LettersThat(PaymentSubjects.IsReminder).Count, "reminders to Rio Grande"),
            company.LettersThat(PaymentSubjects.IsReminder)[0].PaymentLink is null ? "the reminder leads to no page" : null,
        ]);
    }

    public static string? PaidByAnotherCard(Evidence evidence)
    {
        var company = evidence.Bills!.Cargo;
        return First([
            PaidByStripe(evidence.Bills, company),
            Is(1, company.LettersThat(PaymentSubjects.IsReceipt).Count, "receipts to Rio Grande"),
            Is(0, company.LettersThat(PaymentSubjects.IsSuspension).Count, "suspensions of Rio Grande"),
            company.Invoice is { IssuedOn: { } issued, DueOn: { } due } && due == issued.AddDays(Acts.MonthEnd.DaysToPay) ? null : "Rio Grande's days to pay are not those that were agreed",
        ]);
    }

    public static string? Balanced(Evidence evidence) => First(evidence.Bills!.Companies.SelectMany(company => company.Invoices.SelectMany<ApiInvoice, string?>(invoice =>
    {
        var entries = company.Books[invoice.Id].Entries;
        var byBank = -entries.Where(entry => entry.Kind == "payment" && company.Company.Tenant == evidence.Bills.Haulage.Company.Tenant).Sum(entry => entry.Amount);
        return [
            LedgerBalance.FindFault(invoice.Number ?? "a draft", invoice.TotalAmount, invoice.CreditedAmount, invoice.DueAmount, byBank, evidence.Bills.MoneyOf(invoice)),
            entries.Sum(entry => entry.Amount) == invoice.DueAmount ? null : $"the entries of {invoice.Number} are not what is due",
            invoice is { Status: "paid", DueAmount: 0 } ? null : $"{invoice.Number} is {invoice.Status}",
        ];
    })));

    private static string? PaidByStripe(BillEvidence bills, CompanyBills company) => (company.Invoice, bills.MoneyOf(company.Invoice)) switch
    {
        ({ Status: not "paid" } invoice, _) => $"{invoice.Number} is {invoice.Status}",
        (var invoice, { Charges: 1 } money) when money.Captured == invoice.TotalAmount => null,
        (var invoice, var money) => $"Stripe charged {money?.Charges ?? 0} times and {money?.Captured ?? 0} for {invoice.Number}",
    };

    private static bool AddsUp(ApiInvoice invoice)
        => invoice.TotalAmount == invoice.BaseCost - invoice.VolumeDiscount + invoice.MessageCharge + invoice.AdjustmentAmount + invoice.TaxAmount
            && invoice.TotalAmount - invoice.TaxAmount == invoice.Lines.Sum(line => line.Amount);

    private static CompanyEvidence Of(Evidence evidence, CompanyBills company) => evidence.Companies.Single(c => c.Company.Tenant == company.Company.Tenant);
}
