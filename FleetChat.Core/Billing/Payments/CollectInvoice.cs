using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Payments;

/// <param name="NextAt">When to look again; null: it is over.</param>
public sealed record CollectionLook(string Outcome, DateTimeOffset? NextAt);

/// <summary>
/// Looks at an invoice that is owed and does what is due: charges it, reminds of it, suspends the company, and takes that back once it is paid. One thing a look; whoever
/// looks twice, or days late, finds in the books what was done.
/// </summary>
public sealed partial class CollectInvoice(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IPaymentProcessor processor, SettlePayment settle, LostPayments lost, SuspendTenant suspend, SystemDb system, IOptions<DunningOptions> dunning,
    IOptions<StripeOptions> stripe, TimeProvider time, ILogger<CollectInvoice> logger)
{
    /// <summary>Follows an invoice from the day it is final until nothing is left of it.</summary>
    internal static readonly Flow Flow = new("CollectInvoice", 1);

    private const string Actor = "system";
    private static readonly TimeSpan Tomorrow = TimeSpan.FromHours(12);
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LaterAgain = TimeSpan.FromHours(1);

    /// <summary>In the transaction that changed what is owed, or how it is paid: it looks again. Nothing happens where it has ended.</summary>
    internal static Task TellAsync(TenantDb db, TimeProvider time, Guid invoice, CancellationToken ct) => FlowCommands.RaiseAsync(db, time, Flow, invoice, Flow.Changed, ct);

    public async Task<CollectionLook> HandleAsync(FlowInput input, CancellationToken ct)
    {
        var (tenant, id) = (TenantId.Parse(input.TenantId), input.SubjectId);
        if (await settings.FindAsync(tenant, ct) is not { } company) return new("no such company", null);
        var today = BillingPeriod.Today(time.GetUtcNow(), company.TimeZone);
        await using var db = await dbs.BeginAsync(tenant, ct);
        db.Cause = Causes.Flow(Flow, id);
        if (await InvoiceSql.LockAsync(db, await keys.GetAsync(tenant, ct), id, today, ct) is not { } invoice
            || await CollectionSql.FindAsync(db, id, ct) is not { EndedAt: null } collection) return new("over", null);

        var attempts = await PaymentSql.ListAsync(db, id, ct);
        if (attempts.Find(attempt => attempt.IsOpen) is { } open)
        {
            await db.CommitAsync(ct);
            return await AskAsync(open, invoice.DueAmount, collection.IsRestoring, ct);
        }
        if (invoice.DueAmount > 0) return await ActAsync(db, company, invoice, collection, attempts, ct);
        await db.CommitAsync(ct);
        return await EndAsync(tenant, id, collection, today, ct);
    }

    private async Task<CollectionLook> ActAsync(
        TenantTransaction db, TenantSettings company, InvoiceView invoice, CollectionRow collection, List<PaymentAttempt> attempts, CancellationToken ct)
    {
        var key = await keys.GetAsync(db.Tenant, ct);
        var account = await PaymentAccountSql.FindAsync(db, key, ct);
        var facts = Facts(company, invoice, collection, attempts, account);
        var (act, at) = CollectionPlan.Next(facts, dunning.Value);
        switch (act)
        {
            // What was paid or put off by hand in the time that the database lost is entered again before that ends. An attempt is begun all the same: it may have been made.
            case CollectionAct.Remind or CollectionAct.Suspend when collection.IsRestoring:
                await db.CommitAsync(ct);
                return new("waits: a restore is open", facts.Now + LaterAgain);
            case CollectionAct.Charge:
                await PaymentSql.InsertAsync(db, OrderOf(invoice, account, attempts.Count + 1, facts.Now, db.Tenant), ct);
                await db.CommitAsync(ct);
                return new("an attempt to charge is begun", facts.Now);
            case CollectionAct.Remind:
                var reminders = CollectionPlan.RemindersBy(facts, dunning.Value);
                await CollectionSql.NoteReminderAsync(db, invoice.Id, reminders, facts.Now, ct);
                await PaymentLetters.WriteAsync(db, key, time, PaymentLetter.Reminder, invoice.Id, reminders, ct);
                db.Audit(time, Actor, "invoice.reminded", invoice.Id.ToString(), $"{reminders}");
                await db.CommitAsync(ct);
                return new("reminded", facts.Now);
            case CollectionAct.Suspend:
                await db.CommitAsync(ct);
                return await SuspendAsync(db.Tenant, invoice.Id, ct);
            default:
                await db.CommitAsync(ct);
                return new("waits", at);
        }
    }

    private CollectionFacts Facts(TenantSettings company, InvoiceView invoice, CollectionRow collection, List<PaymentAttempt> attempts, PaymentAccountRow account) => new(
        time.GetUtcNow(), CollectionFacts.DueUntilOf(invoice, company.TimeZone), stripe.Value.IsSetUp ? account.MethodAt : null,
        attempts.ConvertAll(attempt => attempt.ToPast()), collection.Reminders, collection.RemindedAt, collection.SuspendedAt, account.HeldUntil);

    private static ChargeOrder OrderOf(InvoiceView invoice, PaymentAccountRow account, int attempt, DateTimeOffset now, TenantId tenant) => new(
        tenant, invoice.Id, attempt, invoice.DueAmount, invoice.Currency, account.CustomerId!, account.Method!.Id, account.Method.Kind, $"{invoice.Supplier.Name} {invoice.Number}", now);

    // Outside any transaction: the bank may take its time. Whoever dies here asks again, and the processor knows the order.
    /// <param name="due">What is owed by now: an attempt may be older than a transfer or a credit note.</param>
    private async Task<CollectionLook> AskAsync(PaymentAttempt open, long due, bool isRestoring, CancellationToken ct)
    {
        var (order, now) = (open.Order, time.GetUtcNow());
        try
        {
            var payment = open.PaymentId is { } known ? await processor.RetrieveAsync(known, ct) : await lost.FindAsync(order, always: order.Amount > due, ct);
            if (payment is null && isRestoring) return new("waits: a restore is open", now + LaterAgain);
            if (payment is null && order.Amount > due)
            {
                await settle.TakeBackAsync(order, ct);
                return new("taken back: so much is not owed any more", now);
            }
            payment ??= await processor.ChargeAsync(order, ct);
            await settle.RecordAsync(order.Payer, order.Invoice, order.Attempt, payment, ct);
            await Alerts.CloseForPlatformAsync(system, time, AlertCodes.PaymentBlocked, [], ct);
            return payment.State is PaymentState.Open or PaymentState.Processing ? new("the bank takes its time", now + Tomorrow) : new("answered", now);
        }
        catch (PaymentException failure) when (failure.Failure == PaymentFailure.Permanent && open.PaymentId is null)
        {
            Log.Refused(logger, order.Payer, order.Invoice, order.Attempt, failure.Code);
            await settle.RefuseAsync(order, failure.Code, ct);
            return new("refused", now);
        }
        catch (PaymentException failure)
        {
            Log.Unanswered(logger, order.Payer, order.Invoice, order.Attempt, failure.Failure, failure.Code);
            if (failure.IsTransient) return new("no answer", now + Longest(failure.RetryAfter, Growing(now - order.BegunAt)));
            await Alerts.RaiseForPlatformAsync(system, time, [(AlertCodes.PaymentBlocked, failure.Code ?? "none")], Alerts.Critical, ct);
            return new("refused as a whole", now + LaterAgain);
        }
    }

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Growing(TimeSpan age) => age / 4 is var quarter && quarter < SoonAgain ? SoonAgain : quarter > LaterAgain ? LaterAgain : quarter;

    private async Task<CollectionLook> SuspendAsync(TenantId tenant, Guid invoice, CancellationToken ct)
    {
        // One that is suspended for another reason stays so for it.
        if (await CollectionSql.FindStandingAsync(dbs.For(tenant), ct) is { Status: "active" } or { SuspendedFor: SuspendTenant.ParentUnpaid }) await suspend.SuspendAsync(tenant, SuspendTenant.Unpaid, Actor, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (await CollectionSql.NoteSuspensionAsync(db, invoice, time.GetUtcNow(), ct))
            await PaymentLetters.WriteAsync(db, await keys.GetAsync(tenant, ct), time, PaymentLetter.Suspended, invoice, 0, ct);
        await db.CommitAsync(ct);
        return new("suspended", time.GetUtcNow());
    }

    // The suspension first: once the collection has ended nobody would look again.
    private async Task<CollectionLook> EndAsync(TenantId tenant, Guid invoice, CollectionRow collection, DateOnly today, CancellationToken ct)
    {
        var isFree = !await CollectionSql.IsOtherPastDueAsync(dbs.For(tenant), invoice, today, ct);
        var isLifted = isFree && (collection.SuspendedAt is not null || await CollectionSql.FindStandingAsync(dbs.For(tenant), ct) is { IsUnpaid: true }) && await suspend.TryLiftPaidAsync(tenant, Actor, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        await CollectionSql.EndAsync(db, invoice, time.GetUtcNow(), ct);
        await Alerts.CloseAsync(db, time, AlertCodes.PaymentFailed, invoice.ToString(), ct);
        if (isLifted && collection.SuspendedAt is not null) await PaymentLetters.WriteAsync(db, await keys.GetAsync(tenant, ct), time, PaymentLetter.Lifted, invoice, 0, ct);
        await db.CommitAsync(ct);
        return new("nothing is owed", null);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} to charge invoice {Invoice} of {TenantId} was refused for good: {Code}")]
        public static partial void Refused(ILogger logger, TenantId tenantId, Guid invoice, int attempt, string? code);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} to charge invoice {Invoice} of {TenantId} has no answer: {Failure}, {Code}")]
        public static partial void Unanswered(ILogger logger, TenantId tenantId, Guid invoice, int attempt, PaymentFailure failure, string? code);
    }
}
