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
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IPaymentProcessor processor, SettlePayment settle, LostPayments lost, SuspendTenant suspend, LiftPaid lift, SystemDb system, IOptions<DunningOptions> dunning,
    IOptions<StripeOptions> stripe, TimeProvider time, ILogger<CollectInvoice> logger)
{
    /// <summary>Follows an invoice from the day it is final until nothing is left of it.</summary>
    internal static readonly Flow Flow = new("CollectInvoice", 1);

    private const string Actor = "system";
    private static readonly TimeSpan Tomorrow = TimeSpan.FromHours(12);
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LaterAgain = TimeSpan.FromHours(1);

    /// <summary>Most of Stripe's bad hours are fewer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(6);

    /// <summary>A call whose maker died may arrive for so long: before that the processor's list does not say that it was not made.</summary>
    internal static readonly TimeSpan OnItsWay = TimeSpan.FromMinutes(2);

    /// <summary>In the transaction that changed what is owed, or how it is paid: it looks again. Nothing happens where it has ended.</summary>
    internal static Task TellAsync(TenantDb db, TimeProvider time, Guid invoice, CancellationToken ct) => FlowCommands.RaiseAsync(db, time, Flow, invoice, Flow.Changed, ct);

    public async Task<CollectionLook> HandleAsync(FlowInput input, CancellationToken ct)
    {
        var (tenant, id) = (TenantId.Parse(input.TenantId), input.SubjectId);
        if (await settings.FindAsync(tenant, ct) is not { } company) return new("no such company", null);
        var today = BillingPeriod.Today(time.GetUtcNow(), company.TimeZone);
        await using var db = await dbs.BeginAsync(tenant, ct);
        db.Cause = Causes.Flow(Flow, id);
        var key = await keys.GetAsync(tenant, ct);
        if (await InvoiceSql.LockAsync(db, key, id, today, ct) is not { } invoice
            || await CollectionSql.FindAsync(db, id, ct) is not { EndedAt: null } collection) return new("over", null);

        var attempts = await PaymentSql.ListAsync(db, id, ct);
        if (attempts.Find(attempt => attempt.IsOpen) is { } open)
        {
            var account = await PaymentAccountSql.FindAsync(db, key, ct);
            await db.CommitAsync(ct);
            // A debit may be on its way for days: who has paid otherwise does not wait for it.
            if (invoice.DueAmount <= 0) await lift.TryAsync(tenant, id, collection.SuspendedAt is not null, ct);
            return await AskAsync(open, isOwed: open.Order.Amount <= invoice.DueAmount, account.HeldUntil, collection.IsRestoring, ct);
        }
        if (invoice.DueAmount > 0) return await ActAsync(db, company, invoice, collection, attempts, ct);
        await db.CommitAsync(ct);
        return await EndAsync(tenant, id, collection, ct);
    }

    private async Task<CollectionLook> ActAsync(
        TenantTransaction db, TenantSettings company, InvoiceView invoice, CollectionRow collection, List<PaymentAttempt> attempts, CancellationToken ct)
    {
        var key = await keys.GetAsync(db.Tenant, ct);
        var account = await PaymentAccountSql.FindAsync(db, key, ct);
        var facts = CollectionFacts.Of(invoice, collection, attempts, stripe.Value.IsSetUp ? account.MethodAt : null, account.HeldUntil, company.TimeZone, time.GetUtcNow());
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

    private static ChargeOrder OrderOf(InvoiceView invoice, PaymentAccountRow account, int attempt, DateTimeOffset now, TenantId tenant) => new(
        tenant, invoice.Id, attempt, invoice.DueAmount, invoice.Currency, account.CustomerId!, account.Method!.Id, account.Method.Kind, $"{invoice.Supplier.Name} {invoice.Number}", now);

    /// <summary>Outside any transaction: the bank may take its time. Whoever dies here asks again, and the processor knows the order.</summary>
    /// <param name="isOwed">By now: an attempt may be older than a transfer or a credit note. One that is not, or is held, is looked for and not made.</param>
    private async Task<CollectionLook> AskAsync(PaymentAttempt open, bool isOwed, DateTimeOffset? heldUntil, bool isRestoring, CancellationToken ct)
    {
        var (order, now) = (open.Order, time.GetUtcNow());
        var mayCharge = isOwed && !isRestoring && !(heldUntil > now);
        try
        {
            var payment = open.PaymentId is { } known ? await processor.RetrieveAsync(known, ct) : await lost.FindAsync(order, always: !mayCharge, ct);
            if (payment is null && mayCharge) payment = await processor.ChargeAsync(order, ct);
            await Alerts.CloseForPlatformAsync(system, time, AlertCodes.PaymentBlocked, [], ct);
            if (payment is null && isRestoring) return new("waits: a restore is open", now + LaterAgain);
            if (payment is null) return isOwed ? new("held", Soonest(heldUntil!.Value, now + CollectionPlan.LongestWait)) : await SupersedeAsync(order, now, ct);
            await settle.RecordAsync(order.Payer, order.Invoice, order.Attempt, payment, ct);
            return payment.State is PaymentState.Open or PaymentState.Processing ? new("the bank takes its time", now + Tomorrow) : new("answered", now);
        }
        catch (PaymentException failure) when (failure.Failure == PaymentFailure.Permanent && open.PaymentId is null && mayCharge)
        {
            Log.Refused(logger, order.Payer, order.Invoice, order.Attempt, failure.Code);
            await settle.RefuseAsync(order, failure.Code, ct);
            return new("refused", now);
        }
        catch (PaymentException failure)
        {
            Log.Unanswered(logger, order.Payer, order.Invoice, order.Attempt, failure.Failure, failure.Code);
            if (!failure.IsTransient || now - await HeardAtAsync(open, mayCharge, ct) >= Patience)
                await Alerts.RaiseForPlatformAsync(system, time, [(AlertCodes.PaymentBlocked, failure.Code ?? (failure.IsTransient ? "unreachable" : "none"))], Alerts.Critical, ct);
            return failure.IsTransient ? new("no answer", now + Longest(failure.RetryAfter, Growing(now - order.BegunAt))) : new("refused as a whole", now + LaterAgain);
        }
    }

    /// <summary>
    /// Since when nothing is heard: of a charge since it was begun. A debit, or an attempt that is not to be made, is asked for seldom, and one question without an answer says little of the days
    /// before; the list that is read each hour does.
    /// </summary>
    private async Task<DateTimeOffset> HeardAtAsync(PaymentAttempt open, bool mayCharge, CancellationToken ct)
        => open.PaymentId is null && mayCharge ? open.Order.BegunAt : await HearPayments.FindMarkAsync(system, ct) ?? open.Order.BegunAt;

    private async Task<CollectionLook> SupersedeAsync(ChargeOrder order, DateTimeOffset now, CancellationToken ct)
    {
        if (now < order.BegunAt + OnItsWay) return new("may be on its way", order.BegunAt + OnItsWay);
        await settle.SupersedeAsync(order, ct);
        return new("superseded", now);
    }

    private static DateTimeOffset Soonest(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Growing(TimeSpan age) => age / 4 is var quarter && quarter < SoonAgain ? SoonAgain : quarter > LaterAgain ? LaterAgain : quarter;

    private async Task<CollectionLook> SuspendAsync(TenantId tenant, Guid invoice, CancellationToken ct)
    {
        // One that is suspended for another reason stays so for it.
        if (await CollectionSql.FindStandingAsync(dbs.For(tenant), ct) is { Status: "active" } or { SuspendedFor: SuspendTenant.ParentUnpaid }) await suspend.SuspendAsync(tenant, SuspendTenant.Unpaid, Actor, ct);
        // Nothing is noted that did not happen: once the other reason is gone, this one counts.
        if (await CollectionSql.FindStandingAsync(dbs.For(tenant), ct) is not { IsUnpaid: true }) return new("not suspended for this", time.GetUtcNow() + Tomorrow);
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (await CollectionSql.NoteSuspensionAsync(db, invoice, time.GetUtcNow(), ct))
            await PaymentLetters.WriteAsync(db, await keys.GetAsync(tenant, ct), time, PaymentLetter.Suspended, invoice, 0, ct);
        await db.CommitAsync(ct);
        return new("suspended", time.GetUtcNow());
    }

    // The suspension first: once the collection has ended nobody would look again.
    private async Task<CollectionLook> EndAsync(TenantId tenant, Guid invoice, CollectionRow collection, CancellationToken ct)
    {
        await lift.TryAsync(tenant, invoice, collection.SuspendedAt is not null, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        await CollectionSql.EndAsync(db, invoice, time.GetUtcNow(), ct);
        await Alerts.CloseAsync(db, time, AlertCodes.PaymentFailed, invoice.ToString(), ct);
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
