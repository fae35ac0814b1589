namespace FleetChat.LocalHost.Demo.Months;

/// <summary>How a journey through months ended.</summary>
/// <param name="Days">That went by, on each of which the books were compared with Stripe and the bank.</param>
/// <param name="Faults">What was not as it should be; none: the ledger balanced on each day.</param>
internal sealed record MonthsReport(IReadOnlyList<MonthReport> Months, int Days, IReadOnlyList<string> Faults);

/// <summary>What happened in a calendar month, company by company. Amounts are minor units.</summary>
/// <param name="Until">The last day of it that went by.</param>
/// <param name="Owed">By all companies, at its end.</param>
internal sealed record MonthReport(string Month, DateOnly Until, string Currency, IReadOnlyList<PayerReport> Companies, long Owed)
{
    public long Invoiced => Companies.SelectMany(company => company.Invoices).Sum(invoice => invoice.Amount);

    public long Paid => Companies.SelectMany(company => company.Payments).Sum(payment => payment.Amount);
}

/// <param name="Refused">Charges.</param>
/// <param name="Suspended">In this month, as is the lifting.</param>
/// <param name="Owed">At the month's end.</param>
internal sealed record PayerReport(
    string TenantId, string Name, Habit Pays, IReadOnlyList<InvoiceMade> Invoices, IReadOnlyList<PaymentMade> Payments, int Refused, int Reminders, bool Suspended, bool Lifted, long Owed);

/// <param name="BillingPeriod">What it is for.</param>
internal sealed record InvoiceMade(string Number, string BillingPeriod, DateOnly IssuedOn, DateOnly DueOn, long ActiveDrivers, long Amount);

/// <param name="By">What was charged, or <c>bank_transfer</c>.</param>
internal sealed record PaymentMade(string Invoice, DateOnly On, string By, long Amount);
