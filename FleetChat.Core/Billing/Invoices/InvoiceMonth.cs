using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Invoices;

/// <param name="Invoice">Null: there is none.</param>
/// <param name="Problem">The code of what people have to mend first; it is alerted.</param>
public sealed record MonthInvoiced(Guid? Invoice, bool IsFinal, string? Problem);

/// <summary>
/// A company's month becomes a draft when it has ended, and closed with a final invoice when its grace is over: in one transaction, so that
/// whoever repeats it, or does it at the same moment, finds it done.
/// </summary>
public sealed partial class InvoiceMonth(
    TenantDbs dbs, DataKeys keys, RateMonth rate, IOptions<BillingOptions> options, TimeProvider time, ILogger<InvoiceMonth> logger)
{
    private const string Actor = "system";

    /// <summary>What is due of the month; nothing, if it has not ended or is closed.</summary>
    public async Task<MonthInvoiced> HandleAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        var invoiced = await TryAsync(tenant, period, ct);
        return invoiced.IsOk ? invoiced.Value : await FailAsync(tenant, period, invoiced.Error, ct);
    }

    private async Task<Result<MonthInvoiced>> TryAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(tenant, ct);
        var (books, now) = (await Books.LockAsync(db, ct), time.GetUtcNow());
        if (books is null || books.NextPeriod != period) return new MonthInvoiced(InvoiceIds.Of(tenant, period), books?.ClosedThrough >= period, null);
        if (now < books.EndsAt) return new MonthInvoiced(null, false, null);
        await UsageSql.FoldAsync(db, ct);
        var priced = await rate.HandleAsync(db, period, ct);
        if (!priced.IsOk) return priced.Error;
        var isFinal = now >= books.EndsAt + options.Value.Grace;
        await WriteAsync(db, books.EndsAt!.Value, priced.Value, isFinal, ct);
        await db.CommitAsync(ct);
        Log.Invoiced(logger, tenant, period, priced.Value.Rated.TotalAmount, priced.Value.Company.Currency, isFinal);
        return new MonthInvoiced(InvoiceIds.Of(tenant, period), isFinal, null);
    }

    private async Task WriteAsync(TenantTransaction db, DateTimeOffset endedAt, PricedMonth priced, bool isFinal, CancellationToken ct)
    {
        var (key, period, zone) = (await keys.GetAsync(db.Tenant, ct), priced.Input.Period, TimeZoneInfo.FindSystemTimeZoneById(priced.Company.TimeZone));
        var invoice = NewInvoiceOf(db.Tenant, priced, endedAt);
        await Alerts.CloseAsync(db, time, AlertCodes.InvoiceBlocked, BillingPeriod.Write(period), ct);
        await using var batch = db.Batch();
        InvoiceSql.SaveDraft(batch, key, invoice);
        if (!isFinal)
        {
            batch.Add(Books.NoteDrafted, P.Day(period));
            await batch.ExecuteAsync(ct);
            return;
        }
        InvoiceSql.Enter(batch, time, invoice.Id, "invoice", invoice.Id.ToString("N"), invoice.Rated.TotalAmount, Actor);
        batch.Add(Books.Close, P.Day(period));
        await batch.ExecuteAsync(ct);
        await Books.KeepAsync(db, zone, ct);
        if (invoice.Rated.TotalAmount > 0) await AskForAsync(db, key, invoice.Id, ct);
        db.Audit(time, Actor, "invoice.final", invoice.Id.ToString(), $"{BillingPeriod.Write(period)}: {invoice.Rated.TotalAmount} {invoice.Currency}");
        await db.FlushAsync(ct);
        // The day on which it was to be final, however late somebody came to it: who is down for days makes the same invoices.
        var issuedOn = BillingPeriod.Today(endedAt + options.Value.Grace, zone);
        await using var last = db.Batch();
        InvoiceSql.Finalise(last, invoice.Id, options.Value.InvoiceSeries, priced.Company.DataRegion, issuedOn, issuedOn.AddDays(priced.Account.PaymentDays), time.GetUtcNow());
        await last.ExecuteAsync(ct);
    }

    private async Task AskForAsync(TenantTransaction db, DataKey key, Guid invoice, CancellationToken ct)
    {
        await SendInvoice.WriteAsync(db, key, time, invoice, ct);
        await db.WriteAsync(CollectionSql.Open, ct, P.Uuid(invoice), P.Time(time.GetUtcNow()));
        await FlowCommands.StartAsync(db, time, CollectInvoice.Flow, invoice, ct);
    }

    internal NewInvoice NewInvoiceOf(TenantId tenant, PricedMonth priced, DateTimeOffset createdAt) => new(
        InvoiceIds.Of(tenant, priced.Input.Period), InvoiceKind.Invoice, priced.Input.Period, priced.Company.Currency, priced.Rated, InvoiceText.Lines(priced.Rated), priced.Input.Card.Version,
        priced.Input.Agreement?.Version, priced.Input.Agreement?.PurchaseOrder, null, null, InvoiceText.Parties(options.Value, priced.Company), null, createdAt);

    /// <summary>It could not be invoiced, again and again, for a reason that nobody foresaw: the log says which.</summary>
    public Task ReportTroubleAsync(TenantId tenant, DateOnly period, CancellationToken ct) => FailAsync(tenant, period, BillingErrors.Trouble, ct);

    // Apart from what was tried: that is rolled back.
    private async Task<MonthInvoiced> FailAsync(TenantId tenant, DateOnly period, Error problem, CancellationToken ct)
    {
        Log.Blocked(logger, tenant, period, problem.Code);
        await using var db = await dbs.BeginAsync(tenant, ct);
        // Another wave has closed it meanwhile: nothing is in its way.
        if (await Books.LockAsync(db, ct) is { } books && books.ClosedThrough >= period) return new(InvoiceIds.Of(tenant, period), true, null);
        await Alerts.RaiseAsync(db, time, AlertCodes.InvoiceBlocked, Alerts.Critical, BillingPeriod.Write(period), ct);
        await db.CommitAsync(ct);
        return new(null, false, problem.Code);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Month {Period} of {TenantId}: {Total} minor units of {Currency}, final: {IsFinal}")]
        public static partial void Invoiced(ILogger logger, TenantId tenantId, DateOnly period, long total, string currency, bool isFinal);

        [LoggerMessage(Level = LogLevel.Error, Message = "Month {Period} of {TenantId} can't be invoiced: {Code}")]
        public static partial void Blocked(ILogger logger, TenantId tenantId, DateOnly period, string code);
    }
}

/// <summary>A month's invoice has one id, whoever makes it.</summary>
internal static class InvoiceIds
{
    public static Guid Of(TenantId tenant, DateOnly period) => Ids.Of("invoice", tenant.Value, BillingPeriod.Write(period));
}
