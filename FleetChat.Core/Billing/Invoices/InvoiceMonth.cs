using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Corporate;
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
public sealed record MonthInvoiced(Guid? Invoice, bool IsFinal, string? Problem)
{
    /// <summary>Of a statement that has just become final: whose bill it is on, and may have been the last that was awaited.</summary>
    public string? PaidBy { get; init; }
}

/// <param name="Payer">Null: the company itself.</param>
internal sealed record Bill(PricedMonth Own, Payer? Payer, IReadOnlyList<ChildMonth> Children);

/// <summary>
/// A company's month becomes a draft when it has ended, and closed with a final invoice when its grace is over: in one transaction, so that
/// whoever repeats it, or does it at the same moment, finds it done. A month that a parent pays for is closed with a statement instead, and the parent's own,
/// when all of its children's are, with one invoice of everything.
/// </summary>
public sealed partial class InvoiceMonth(
    TenantDbs dbs, DataKeys keys, RateMonth rate, CorporateMonth corporate, IOptions<BillingOptions> options, TimeProvider time, ILogger<InvoiceMonth> logger)
{
    private const string Actor = "system";

    /// <summary>So long after a child's grace nobody is told yet: it may be in the wave that goes on.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromHours(1);

    private static readonly MonthInvoiced s_nothing = new(null, false, null);

    /// <summary>What is due of the month; nothing, if it has not ended or is closed.</summary>
    public async Task<MonthInvoiced> HandleAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        var invoiced = await TryAsync(tenant, period, ct);
        return invoiced.IsOk ? invoiced.Value : await FailAsync(tenant, period, invoiced.Error, ct);
    }

    private async Task<Result<MonthInvoiced>> TryAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        // Before anything is locked: whoever closes a child's month may wait for these books.
        var family = await corporate.ReadAsync(tenant, period, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        var (books, now) = (await Books.LockAsync(db, ct), time.GetUtcNow());
        if (books?.IsBefore(period) == true && family is { Children.Count: > 0, EndsAt: { } endsAt }) books = await books.GoToAsync(db, period, endsAt, ct);
        if (books is null || books.NextPeriod != period) return new MonthInvoiced(InvoiceIds.Of(tenant, period), books?.ClosedThrough >= period, null);
        if (now < books.EndsAt) return s_nothing;
        await UsageSql.FoldAsync(db, ct);
        var priced = await rate.HandleAsync(db, period, mayBeIdle: family.Children.Count > 0, ct);
        if (!priced.IsOk) return priced.Error == BillingErrors.NothingToBill ? await LeaveAsync(db, period, family, ct) : priced.Error;
        if (now >= books.EndsAt + options.Value.Grace) return await CloseAsync(db, books, priced.Value, family, ct);
        return await DraftAsync(db, books, new(priced.Value, family.Payer, family.Children), isBlocked: false, ct);
    }

    // What it was to pay for came to nothing: its books go on to its own months.
    private static async Task<Result<MonthInvoiced>> LeaveAsync(TenantTransaction db, DateOnly period, Family family, CancellationToken ct)
    {
        if (family.Zone is not { } zone) return BillingErrors.ZoneUnknown;
        await Books.KeepAsync(db, zone, ct);
        if ((await Books.FindAsync(db, ct))?.NextPeriod == period) return BillingErrors.NothingToBill;
        await db.CommitAsync(ct);
        return s_nothing;
    }

    private async Task<Result<MonthInvoiced>> DraftAsync(TenantTransaction db, Books books, Bill bill, bool isBlocked, CancellationToken ct)
    {
        var invoice = NewInvoiceOf(db.Tenant, bill, books.EndsAt!.Value);
        if (!invoice.IsOk) return invoice.Error;
        await SaveDraftAsync(db, invoice.Value, isBlocked, ct);
        await db.WriteAsync(Books.NoteDrafted, ct, P.Day(invoice.Value.Period));
        await db.CommitAsync(ct);
        Log.Invoiced(logger, db.Tenant, invoice.Value.Period, invoice.Value.Rated.TotalAmount, invoice.Value.Currency, false);
        return new MonthInvoiced(invoice.Value.Id, false, isBlocked ? BillingErrors.ChildAwaited.Code : null);
    }

    /// <param name="isBlocked">It should be final, and is not because of others.</param>
    private async Task SaveDraftAsync(TenantTransaction db, NewInvoice invoice, bool isBlocked, CancellationToken ct)
    {
        var (key, subject) = (await keys.GetAsync(db.Tenant, ct), BillingPeriod.Write(invoice.Period));
        if (isBlocked) await Alerts.RaiseAsync(db, time, AlertCodes.InvoiceBlocked, Alerts.Critical, subject, ct);
        else await Alerts.CloseAsync(db, time, AlertCodes.InvoiceBlocked, subject, ct);
        await using var batch = db.Batch();
        InvoiceSql.SaveDraft(batch, key, invoice);
        await batch.ExecuteAsync(ct);
    }

    private async Task<Result<MonthInvoiced>> CloseAsync(TenantTransaction db, Books books, PricedMonth priced, Family family, CancellationToken ct)
    {
        var (period, zone) = (priced.Input.Period, family.Zone!);
        var standing = await corporate.HoldChildrenAsync(db, period, ct);
        if (standing.Earliest is { } earlier && earlier < period)
        {
            await books.GoToAsync(db, earlier, BillingPeriod.EndOf(earlier, zone), ct);
            await db.CommitAsync(ct);
            return s_nothing;
        }
        if (standing.Awaited.Count > 0) return await WaitAsync(db, books, priced, family, standing, ct);
        // Read before anything was locked, and not true any more: the next wave reads again.
        if (!standing.Statements.ToHashSet().SetEquals(family.Closed.Select(child => (child.Child, child.Statement!.Value))) || await PayerTerms.FindAsync(db, books.EndsAt!.Value, ct) != family.Named) return s_nothing;
        if (priced.Input.Service.Count == 0 && family.Closed.Count == 0) return await LeaveAsync(db, period, family, ct);
        var payer = family.Closed.Count == 0 && family.Payer is { } named && await corporate.TryHoldPayerAsync(db, named.Parent, period, ct) ? named : null;
        return await FinaliseAsync(db, books, new(priced, payer, family.Closed), ct);
    }

    /// <summary>What is there is shown; who keeps the others waiting has an alert of its own, and the parent one after some time.</summary>
    private Task<Result<MonthInvoiced>> WaitAsync(TenantTransaction db, Books books, PricedMonth priced, Family family, Standing standing, CancellationToken ct)
    {
        var isLate = standing.Awaited.Any(endsAt => endsAt + options.Value.Grace + s_patience <= time.GetUtcNow());
        return DraftAsync(db, books, new(priced, null, family.Children), isLate, ct);
    }

    private async Task<Result<MonthInvoiced>> FinaliseAsync(TenantTransaction db, Books books, Bill bill, CancellationToken ct)
    {
        var made = NewInvoiceOf(db.Tenant, bill, books.EndsAt!.Value);
        if (!made.IsOk) return made.Error;
        var (invoice, zone) = (made.Value, TimeZoneInfo.FindSystemTimeZoneById(bill.Own.Company.TimeZone));
        await SaveDraftAsync(db, invoice, isBlocked: false, ct);
        await using var batch = db.Batch().Add(Books.Close, P.Day(invoice.Period));
        if (bill.Payer is null) InvoiceSql.Enter(batch, time, invoice.Id, "invoice", invoice.Id.ToString("N"), invoice.Rated.TotalAmount, Actor);
        if (bill.Children.Count > 0) InvoiceSql.AddStatements(batch, invoice.Id, [.. bill.Children.Select(child => (child.Child, child.Statement!.Value))]);
        await batch.ExecuteAsync(ct);
        await Books.KeepAsync(db, zone, ct);
        if (bill.Payer is null && invoice.Rated.TotalAmount > 0) await AskForAsync(db, invoice.Id, ct);
        db.Audit(time, Actor, $"{invoice.Kind}.final", invoice.Id.ToString(), $"{BillingPeriod.Write(invoice.Period)}: {invoice.Rated.TotalAmount} {invoice.Currency}");
        await db.FlushAsync(ct);
        // The day on which it was to be final, however late somebody came to it: who is down for days makes the same invoices.
        var issuedOn = BillingPeriod.Today(bill.Children.Select(child => child.EndsAt).Append(invoice.CreatedAt).Max() + options.Value.Grace, zone);
        await using var last = db.Batch();
        if (bill.Payer is null) InvoiceSql.Finalise(last, invoice.Id, options.Value.InvoiceSeries, bill.Own.Company.DataRegion, issuedOn, issuedOn.AddDays(bill.Own.Account.PaymentDays), time.GetUtcNow());
        else InvoiceSql.FinaliseStatement(last, invoice.Id, issuedOn, time.GetUtcNow());
        await last.ExecuteAsync(ct);
        await db.CommitAsync(ct);
        FleetMetrics.CountInvoice(Promises.Judge(time.GetUtcNow() - books.EndsAt!.Value - options.Value.Grace, Promises.InvoiceFinal));
        Log.Invoiced(logger, db.Tenant, invoice.Period, invoice.Rated.TotalAmount, invoice.Currency, true);
        return new MonthInvoiced(invoice.Id, true, null) { PaidBy = bill.Payer?.Parent.Value };
    }

    private async Task AskForAsync(TenantTransaction db, Guid invoice, CancellationToken ct)
    {
        await SendInvoice.WriteAsync(db, await keys.GetAsync(db.Tenant, ct), time, invoice, ct);
        await db.WriteAsync(CollectionSql.Open, ct, P.Uuid(invoice), P.Time(time.GetUtcNow()));
        await FlowCommands.StartAsync(db, time, CollectInvoice.Flow, invoice, ct);
    }

    /// <returns>An error if not all are of one currency.</returns>
    internal Result<NewInvoice> NewInvoiceOf(TenantId tenant, Bill bill, DateTimeOffset createdAt)
    {
        var own = bill.Own;
        if (bill.Payer is { } payer && payer.Currency != own.Company.Currency) return BillingErrors.FamilyCurrency;
        var consolidated = ConsolidatedInvoice.Of(own, bill.Children);
        if (!consolidated.IsOk) return consolidated.Error;
        var (rated, lines) = consolidated.Value;
        return new NewInvoice(
            InvoiceIds.Of(tenant, own.Input.Period), bill.Payer is null ? InvoiceKind.Invoice : InvoiceKind.Statement, own.Input.Period, own.Company.Currency, rated, lines, own.Input.Card.Version,
            own.Input.Agreement?.Version, own.Input.Agreement?.PurchaseOrder, null, null, InvoiceText.Parties(options.Value, own.Company), null, createdAt)
        {
            PaidBy = bill.Payer?.Parent,
        };
    }

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
