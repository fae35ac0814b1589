using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>A company's invoices and credit notes, and what its month would cost if it ended now.</summary>
public sealed class GetInvoice(TenantDbs dbs, DataKeys keys, Pages pages, TenantSettingsCache settings, RateMonth rate, CorporateMonth corporate, InvoiceMonth month, ForecastMonth forecast, TimeProvider time)
{
    public async Task<Result<InvoiceView>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        if (await settings.FindAsync(tenant, ct) is not { } company) return GetTenant.NotFound;
        return await InvoiceSql.FindAsync(dbs.For(tenant), await keys.GetAsync(tenant, ct), id, BillingPeriod.Today(time.GetUtcNow(), company.TimeZone), ct) is { } invoice ? invoice : BillingErrors.InvoiceNotFound;
    }

    /// <summary>The newest first.</summary>
    public async Task<Result<Page<InvoiceView>>> ListAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        if (await settings.FindAsync(tenant, ct) is not { } company) return GetTenant.NotFound;
        var window = await pages.OpenAsync(tenant, "invoices", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        return window.Value.Page(await InvoiceSql.ListAsync(dbs.For(tenant), window.Value, BillingPeriod.Today(time.GetUtcNow(), company.TimeZone), ct), invoice => new(invoice.CreatedAt, invoice.Id));
    }

    /// <summary>As the invoice would be if the month ended now, with what the company pays for its children, or the statement; and what it will be at the end of a month that is under way. Nothing is kept of it.</summary>
    /// <param name="period">Null: the month that is billed next.</param>
    public async Task<Result<InvoiceView>> PreviewAsync(TenantId tenant, DateOnly? period, CancellationToken ct)
    {
        if (await settings.FindAsync(tenant, ct) is not { } company) return GetTenant.NotFound;
        var now = time.GetUtcNow();
        await UsageSql.FoldAsync(dbs.For(tenant), ct);
        var asked = period ?? (await Books.FindAsync(dbs.For(tenant), ct))?.NextPeriod ?? BillingPeriod.Of(now, company.TimeZone);
        var family = await corporate.ReadAsync(tenant, asked, ct);
        var children = await ForecastAsync(family, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        if ((await Books.ShareAsync(db, ct))?.ClosedThrough >= asked) return BillingErrors.PeriodClosed;
        var priced = await rate.HandleAsync(db, asked, mayBeIdle: family.Children.Count > 0, ct);
        if (!priced.IsOk) return priced.Error;
        var (key, preview) = (await keys.GetAsync(tenant, ct), month.NewInvoiceOf(tenant, new(priced.Value, family.Payer, family.Children), now));
        if (!preview.IsOk) return preview.Error;
        // Of a month that has not begun there is nothing to go by.
        var expected = now < BillingPeriod.StartOf(asked, company.TimeZone) ? null : ForecastMonth.Together(priced.Value, await forecast.HandleAsync(db, priced.Value, ct), children);
        await using var batch = db.Batch();
        InvoiceSql.SaveDraft(batch, key, preview.Value);
        await batch.ExecuteAsync(ct);
        // Never committed: what is shown is read as it would be kept.
        return (await InvoiceSql.FindAsync(db, key, preview.Value.Id, BillingPeriod.Today(now, company.TimeZone), ct))! with { Forecast = expected };
    }

    private async Task<IReadOnlyList<(ChildMonth, CompanyForecast)>> ForecastAsync(Family family, CancellationToken ct)
    {
        List<(ChildMonth, CompanyForecast)> children = [];
        foreach (var child in family.Children) children.Add((child, child.Open is { } open ? await forecast.HandleAsync(dbs.For(child.Child), open, ct) : ForecastMonth.OfClosed(child)));
        return children;
    }
}
