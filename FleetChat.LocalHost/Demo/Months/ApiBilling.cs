namespace FleetChat.LocalHost.Demo.Months;

internal sealed record ApiInvoice(
    Guid Id, string BillingPeriod, string Kind, string Status, string? Number, string Currency, long ActiveDrivers, long BaseCost, long VolumeDiscount, long MessageCharge, long AdjustmentAmount,
    long TaxAmount, long TotalAmount, long CreditedAmount, long DueAmount, DateOnly? IssuedOn, DateOnly? DueOn, IReadOnlyList<ApiInvoiceLine> Lines, ApiForecast? Forecast)
{
    /// <summary>It has its number, and is or was owed.</summary>
    public bool IsFinal => Number is not null;
}

internal sealed record ApiInvoiceLine(int No, string Kind, long Amount);

internal sealed record ApiForecast(long ActiveDrivers, long TotalAmount);

internal sealed record ApiInvoicePayments(IReadOnlyList<ApiReceivable> Entries, IReadOnlyList<ApiAttempt> Attempts);

/// <param name="Amount">Minor units; negative: so much less is owed.</param>
internal sealed record ApiReceivable(string Kind, string Source, long Amount, DateTimeOffset At);

internal sealed record ApiAttempt(int Attempt, long Amount, string Method, string Status, string? DeclineCode, DateTimeOffset BegunAt);

/// <summary>A row behind an invoice's line.</summary>
internal sealed record ApiLineUsage(string Kind, Guid Id);
