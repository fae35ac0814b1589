using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <summary>
/// Enters in the books what the processor says of a payment. Entries are only added, each once: so reports in any order, late ones and repeated ones, end in the same sum.
/// </summary>
public sealed class SettlePayment(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, LiftPaid lift, TimeProvider time)
{
    private const string Actor = "system";

    private enum Heard
    {
        /// <summary>Of nothing that is ours.</summary>
        Unknown,

        /// <summary>It stands there already.</summary>
        Known,

        New,
    }

    /// <returns>False: it is of no attempt of ours.</returns>
    public Task<bool> RecordAsync(TenantId tenant, Guid invoice, int attempt, Payment payment, CancellationToken ct)
        => ChangeAsync(tenant, invoice, (db, key) => EnterPaymentAsync(db, key, attempt, payment, invoice, ct), ct);

    /// <summary>The processor will never take this order.</summary>
    /// <param name="code">Its reason.</param>
    internal Task RefuseAsync(ChargeOrder order, string? code, CancellationToken ct)
        => ChangeAsync(order.Payer, order.Invoice, (db, key) => FailAsync(db, key, order.Invoice, order.Attempt, null, PaymentState.Failed, code ?? "refused", ct), ct);

    /// <summary>The processor never heard of it, and so much is not owed any more: nobody is told of a charge that was not tried, and what is left is charged anew.</summary>
    internal Task SupersedeAsync(ChargeOrder order, CancellationToken ct) => ChangeAsync(order.Payer, order.Invoice, async (db, _) =>
    {
        if (await PaymentSql.TrySupersedeAsync(db, order.Invoice, order.Attempt, time.GetUtcNow(), ct))
            db.Audit(time, Actor, "invoice.charge_superseded", order.Invoice.ToString(), $"attempt {order.Attempt}: {order.Amount} {order.Currency}");
        return Heard.New;
    }, ct);

    /// <summary>Money that went back, by whomever; a refund that failed came back to us.</summary>
    public Task<bool> RecordRefundsAsync(TenantId tenant, Guid invoice, IReadOnlyList<PaymentRefund> refunds, CancellationToken ct) => ChangeAsync(tenant, invoice, async (db, _) =>
    {
        foreach (var refund in refunds)
        {
            await InvoiceSql.TryEnterAsync(db, time, invoice, "refund", refund.Id, refund.Amount, Actor, ct);
            if (refund.State == RefundState.Failed) await InvoiceSql.TryEnterAsync(db, time, invoice, "refund", $"{refund.Id}:failed", -refund.Amount, Actor, ct);
            if (refund.Order is { } order) await RefundSql.ChangeAsync(db, order, RefundSql.Write(refund.State), ct);
        }
        await DebtAlerts.TellAsync(db, time, invoice, ct);
        return Heard.New;
    }, ct);

    /// <summary>The payer's bank took money back, or gave it again.</summary>
    public Task<bool> RecordDisputeAsync(TenantId tenant, Guid invoice, PaymentDispute dispute, CancellationToken ct) => ChangeAsync(tenant, invoice, async (db, _) =>
    {
        if (dispute.State == DisputeState.Inquiry) return Heard.Known;
        await InvoiceSql.TryEnterAsync(db, time, invoice, "dispute", dispute.Id, dispute.Amount, Actor, ct);
        if (dispute.State == DisputeState.Won) await InvoiceSql.TryEnterAsync(db, time, invoice, "dispute", $"{dispute.Id}:won", -dispute.Amount, Actor, ct);
        await DebtAlerts.TellAsync(db, time, invoice, ct);
        return Heard.New;
    }, ct);

    // Whoever collects asks of a debit now and then, and enters the answer: told of what is known already, he would ask again at once, and so on.
    private async Task<bool> ChangeAsync(TenantId tenant, Guid invoice, Func<TenantTransaction, DataKey, Task<Heard>> enter, CancellationToken ct)
    {
        if (await settings.FindAsync(tenant, ct) is null) return false;
        var key = await keys.GetAsync(tenant, ct);
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            if (!await InvoiceSql.TryLockAsync(db, invoice, ct) || await enter(db, key) is var heard && heard == Heard.Unknown) return false;
            if (heard == Heard.New) await CollectInvoice.TellAsync(db, time, invoice, ct);
            await db.CommitAsync(ct);
        }
        await lift.AfterAsync(tenant, invoice, ct);
        return true;
    }

    private async Task<Heard> EnterPaymentAsync(TenantTransaction db, DataKey key, int number, Payment payment, Guid invoice, CancellationToken ct)
    {
        if (!(await PaymentSql.ListAsync(db, invoice, ct)).Exists(attempt => attempt.Order.Attempt == number)) return Heard.Unknown;
        if (payment.State is not (PaymentState.Succeeded or PaymentState.Open or PaymentState.Processing)) return await FailAsync(db, key, invoice, number, payment.Id, payment.State, payment.DeclineCode, ct);
        var isNew = await PaymentSql.TryChangeAsync(db, invoice, number, payment.Id, payment.State, null, time.GetUtcNow(), ct);
        if (payment.State == PaymentState.Succeeded && await InvoiceSql.TryEnterAsync(db, time, invoice, "payment", payment.Id, -payment.Amount, Actor, ct))
        {
            isNew = true;
            db.Audit(time, Actor, "invoice.charged", invoice.ToString(), $"{payment.Amount} {payment.Currency}, attempt {number}");
            await PaymentLetters.WriteAsync(db, key, time, PaymentLetter.Receipt, invoice, number, ct);
            await Alerts.CloseAsync(db, time, AlertCodes.PaymentFailed, invoice.ToString(), ct);
            await DebtAlerts.SettleAsync(db, time, invoice, ct);
        }
        return isNew ? Heard.New : Heard.Known;
    }

    private async Task<Heard> FailAsync(TenantTransaction db, DataKey key, Guid invoice, int attempt, string? payment, PaymentState state, string? code, CancellationToken ct)
    {
        if (!await PaymentSql.TryChangeAsync(db, invoice, attempt, payment, state, code, time.GetUtcNow(), ct)) return Heard.Known;
        db.Audit(time, Actor, "invoice.charge_failed", invoice.ToString(), $"attempt {attempt}: {code ?? PaymentSql.Write(state)}");
        await PaymentLetters.WriteAsync(db, key, time, PaymentLetter.Declined, invoice, attempt, ct);
        await Alerts.RaiseAsync(db, time, AlertCodes.PaymentFailed, Alerts.Warning, invoice.ToString(), ct);
        return Heard.New;
    }
}
