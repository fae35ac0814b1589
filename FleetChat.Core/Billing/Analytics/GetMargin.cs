using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Analytics;

/// <summary>What FleetChat has of a company's month. For operators alone.</summary>
public sealed class GetMargin(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, GetInvoice invoices, MetaRates rates)
{
    public async Task<Result<MarginView>> HandleAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        if (await settings.FindAsync(tenant, ct) is not { } company) return GetTenant.NotFound;
        var invoice = await FindInvoiceAsync(tenant, period, ct);
        if (!invoice.IsOk) return invoice.Error;
        var db = dbs.For(tenant);
        var book = new MetaRateBook(await rates.ListAsync(ct));
        var messages = await MarginSql.ListMessagesAsync(db, await keys.GetAsync(tenant, ct), book.Spans(period, period.AddMonths(1)), company.TimeZone, ct);
        return Of(invoice.Value, await RevenueAsync(db, invoice.Value, ct), messages, MetaCosts.Lines(book, messages));
    }

    /// <summary>The same as CSV.</summary>
    public async Task<Result<byte[]>> WriteCsvAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        var margin = await HandleAsync(tenant, period, ct);
        return margin.IsOk ? MarginCsv.Write(margin.Value) : margin.Error;
    }

    // A draft is made anew: it is what is true now.
    private async Task<Result<InvoiceView>> FindInvoiceAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        var found = await invoices.HandleAsync(tenant, InvoiceIds.Of(tenant, period), ct);
        return found.IsOk && found.Value.Status != InvoiceState.Draft ? found : await invoices.PreviewAsync(tenant, period, ct);
    }

    private static async Task<long> RevenueAsync(TenantDb db, InvoiceView invoice, CancellationToken ct) => invoice.Status switch
    {
        InvoiceState.Void => 0,
        InvoiceState.Draft => OwnOf(invoice),
        _ => OwnOf(invoice) - await MarginSql.SumCreditsAsync(db, invoice.Id, ct),
    };

    // What a parent pays for its children stands with each child's own messages.
    private static long OwnOf(InvoiceView invoice) => invoice.Lines.Where(line => line.Company is not { } company || company == invoice.TenantId).Sum(line => line.Amount);

    private static MarginView Of(InvoiceView invoice, long revenue, IReadOnlyList<PricedMessages> messages, IReadOnlyList<MetaCostLine> lines)
    {
        var costs = MetaCosts.Sums(lines);
        var (unrated, undetermined) = (lines.Where(line => line.Amount is null).Sum(line => line.Messages), messages.Where(some => some.IsBillable is null).Sum(some => some.Count));
        return new(
            invoice.TenantId, invoice.BillingPeriod, invoice.Status, invoice.Currency, revenue, lines.Sum(line => line.Messages), unrated, undetermined, costs,
            unrated + undetermined > 0 ? null : Difference(revenue, invoice.Currency, costs), lines);
    }

    private static long? Difference(long revenue, string currency, IReadOnlyList<MetaCost> costs) => costs switch
    {
        [] => revenue,
        [var only] when only.Currency == currency => revenue - only.Amount,
        _ => null,
    };
}
