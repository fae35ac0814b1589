using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <summary>
/// Enters in the books what the processor says of a payment. Entries are only added, each once: so reports in any order, late ones and repeated ones, end in the same sum.
/// </summary>
public sealed class SettlePayment(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    private const string Actor = "system";

    /// <returns>False: it is of no attempt of ours.</returns>
    public Task<bool> RecordAsync(TenantId tenant, Guid invoice, int attempt, Payment payment, CancellationToken ct)
        => ChangeAsync(tenant, invoice, (db, key) => EnterPaymentAsync(db, key, attempt, payment, invoice, ct), ct);

    /// <summary>The processor will never take this order.</summary>
    /// <param name="code">Its reason.</param>
    internal Task RefuseAsync(ChargeOrder order, string? code, CancellationToken ct)
        => ChangeAsync(order.Payer, order.Invoice, (db, key) => FailAsync(db, key, order.Invoice, order.Attempt, null, PaymentState.Failed, code ?? "refused", ct), ct);

    /// <summary>It was never made, and is not any more: nobody refused it, and the next one counts as if it had not been.</summary>
    internal Task TakeBackAsync(ChargeOrder order, CancellationToken ct) => ChangeAsync(order.Payer, order.Invoice, async (db, _) =>
    {
        if (await PaymentSql.TryChangeAsync(db, order.Invoice, order.Attempt, null, PaymentState.Cancelled, CollectionPlan.NotOwed, time.GetUtcNow(), ct))
            db.Audit(time, Actor, "invoice.charge_taken_back", order.Invoice.ToString(), $"attempt {order.Attempt}");
        return true;
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
        await TakenBack.TellAsync(db, time, invoice, ct);
        return true;
    }, ct);

    /// <summary>The payer's bank took money back, or gave it again.</summary>
    public Task<bool> RecordDisputeAsync(TenantId tenant, Guid invoice, PaymentDispute dispute, CancellationToken ct) => ChangeAsync(tenant, invoice, async (db, _) =>
    {
        if (dispute.State == DisputeState.Inquiry) return true;
        await InvoiceSql.TryEnterAsync(db, time, invoice, "dispute", dispute.Id, dispute.Amount, Actor, ct);
        if (dispute.State == DisputeState.Won) await InvoiceSql.TryEnterAsync(db, time, invoice, "dispute", $"{dispute.Id}:won", -dispute.Amount, Actor, ct);
        await TakenBack.TellAsync(db, time, invoice, ct);
        return true;
    }, ct);

    private async Task<bool> ChangeAsync(TenantId tenant, Guid invoice, Func<TenantTransaction, DataKey, Task<bool>> enter, CancellationToken ct)
    {
        if (await settings.FindAsync(tenant, ct) is null) return false;
        var key = await keys.GetAsync(tenant, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (!await InvoiceSql.TryLockAsync(db, invoice, ct) || !await enter(db, key)) return false;
        await CollectInvoice.TellAsync(db, time, invoice, ct);
        await db.CommitAsync(ct);
        return true;
    }

    private async Task<bool> EnterPaymentAsync(TenantTransaction db, DataKey key, int number, Payment payment, Guid invoice, CancellationToken ct)
    {
        if (!(await PaymentSql.ListAsync(db, invoice, ct)).Exists(attempt => attempt.Order.Attempt == number)) return false;
        switch (payment.State)
        {
            case PaymentState.Succeeded:
                await PaymentSql.TryChangeAsync(db, invoice, number, payment.Id, payment.State, null, time.GetUtcNow(), ct);
                if (!await InvoiceSql.TryEnterAsync(db, time, invoice, "payment", payment.Id, -payment.Amount, Actor, ct)) break;
                db.Audit(time, Actor, "invoice.charged", invoice.ToString(), $"{payment.Amount} {payment.Currency}, attempt {number}");
                await PaymentLetters.WriteAsync(db, key, time, PaymentLetter.Receipt, invoice, number, ct);
                await Alerts.CloseAsync(db, time, AlertCodes.PaymentFailed, invoice.ToString(), ct);
                break;
            case PaymentState.Open or PaymentState.Processing:
                await PaymentSql.TryChangeAsync(db, invoice, number, payment.Id, payment.State, null, time.GetUtcNow(), ct);
                break;
            default:
                await FailAsync(db, key, invoice, number, payment.Id, payment.State, payment.DeclineCode, ct);
                break;
        }
        return true;
    }

    private async Task<bool> FailAsync(TenantTransaction db, DataKey key, Guid invoice, int attempt, string? payment, PaymentState state, string? code, CancellationToken ct)
    {
        if (!await PaymentSql.TryChangeAsync(db, invoice, attempt, payment, state, code, time.GetUtcNow(), ct)) return true;
        db.Audit(time, Actor, "invoice.charge_failed", invoice.ToString(), $"attempt {attempt}: {code ?? PaymentSql.Write(state)}");
        await PaymentLetters.WriteAsync(db, key, time, PaymentLetter.Declined, invoice, attempt, ct);
        await Alerts.RaiseAsync(db, time, AlertCodes.PaymentFailed, Alerts.Warning, invoice.ToString(), ct);
        return true;
    }
}
