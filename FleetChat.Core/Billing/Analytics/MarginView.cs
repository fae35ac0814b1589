using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Analytics;

/// <summary>What a company's month brings, and what its messages cost at Meta. Amounts are minor units; nothing is converted from one currency to another.</summary>
/// <param name="InvoiceStatus">Of the invoice; <c>draft</c>: it is a preview, as if the month ended now.</param>
/// <param name="Currency">Of the invoice.</param>
/// <param name="RevenueAmount">Without tax, less what was credited; a void invoice brings nothing.</param>
/// <param name="BillableMessages">That statuses called billable, by the time at which WhatsApp sent them. Those about consent are among them: Meta charges them too.</param>
/// <param name="MessagesWithoutRate">Of those: without a rate of their country and category, or to a phone whose country nobody knows any more. They are in no cost.</param>
/// <param name="UndeterminedMessages">Whose statuses named a category and not whether they are billed. They are in no cost.</param>
/// <param name="Costs">By currency.</param>
/// <param name="MarginAmount">revenue_amount less the cost; null: the currencies differ, or not every message's cost is known.</param>
/// <param name="Lines">What the costs consist of.</param>
public sealed record MarginView(
    TenantId TenantId,
    string BillingPeriod,
    [OneOf(typeof(InvoiceState), nameof(InvoiceState.All))] string InvoiceStatus,
    string Currency,
    long RevenueAmount,
    long BillableMessages,
    long MessagesWithoutRate,
    long UndeterminedMessages,
    IReadOnlyList<MetaCost> Costs,
    long? MarginAmount,
    IReadOnlyList<MetaCostLine> Lines);

/// <param name="Amount">Rounded once, half to even.</param>
public sealed record MetaCost(string Currency, long Amount);

/// <param name="Country">Of the recipients' phones; null: nobody knows it.</param>
/// <param name="RateCountry"><c>*</c> where the rate for every country holds; null: there is no rate.</param>
/// <param name="AmountPerMessage">Minor units, with fractions.</param>
/// <param name="Amount">Minor units, not rounded; null: there is no rate.</param>
public sealed record MetaCostLine(
    string? Country, string Category, long Messages, string? RateCountry, DateOnly? RateValidFrom, string? Currency, decimal? AmountPerMessage, decimal? Amount);
