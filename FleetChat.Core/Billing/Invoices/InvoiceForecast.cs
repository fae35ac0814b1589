using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>
/// What the month will have cost at its end if it goes on at its pace. An estimate and no invoice: nothing of it is owed. Amounts are minor units
/// of the preview's currency, reckoned from the usage expected as an invoice's are from what was used.
/// </summary>
/// <param name="Basis">How it was made, company by company: the company itself first, then those that it pays for.</param>
public sealed record InvoiceForecast(
    long ActiveDrivers,
    long MessageVolume,
    long BaseCost,
    long VolumeDiscount,
    long MessageCharge,
    long AdjustmentAmount,
    long TaxAmount,
    long TotalAmount,
    IReadOnlyList<ForecastBasis> Basis);

/// <param name="Pace">Of which month; none: what there is so far is all that is known, or all that there will be.</param>
/// <param name="DaysOver">Of the month's days in service, with decimals.</param>
/// <param name="ActiveDrivers">Expected, as are the messages and the total.</param>
public sealed record ForecastBasis(
    TenantId TenantId, string CompanyName, [OneOf(typeof(ForecastPace), nameof(ForecastPace.All))] string Pace, decimal DaysOver, decimal DaysLeft,
    long ActiveDrivers, long MessageVolume, long TotalAmount);

public static class ForecastPace
{
    public const string ThisMonth = "this_month";
    public const string LastMonth = "last_month";
    public const string None = "none";

    public static readonly IReadOnlyList<string> All = [ThisMonth, LastMonth, None];
}
