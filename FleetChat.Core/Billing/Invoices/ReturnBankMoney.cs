using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <param name="Amount">Minor units.</param>
/// <param name="Reference">The bank's: the same again is the same transfer.</param>
public sealed record ReturnBankMoneyInput(TenantId Tenant, Guid Invoice, long Amount, string? Reference, string? Reason, string Actor);

/// <summary>What the bank's statement and the books differ by, the other way round: money that was sent back, and a transfer that was entered and did not come, or not so much of it.</summary>
public sealed class ReturnBankMoney(TenantDbs dbs, DataKeys keys, GetInvoice get, TenantSettingsCache settings, TimeProvider time)
{
    private const string Refund = "refund";
    private const string Payment = "payment";

    /// <summary>Money that left by the bank, whichever way it had come: at most what was paid too much and is not on its way back to a card.</summary>
    public Task<Result<InvoiceView>> RefundAsync(ReturnBankMoneyInput input, CancellationToken ct) => EnterAsync(input, Refund, BankSource.Transfer(input.Reference), async (db, invoice) =>
    {
        if (input.Amount > RefundSql.RoomOf(invoice, await RefundSql.ListAsync(db, invoice.Id, ct))) return PaymentErrors.RefundTooHigh;
        db.Audit(time, input.Actor, "invoice.refunded_by_bank", invoice.Id.ToString(), $"{input.Amount} {invoice.Currency}");
        return null;
    }, ct);

    /// <summary>The debt is open again: at most what was entered as that transfer, and once.</summary>
    public Task<Result<InvoiceView>> ReverseAsync(ReturnBankMoneyInput input, CancellationToken ct) => EnterAsync(input, Payment, BankSource.Reversal(input.Reference), async (db, invoice) =>
    {
        if (await InvoiceSql.FindEntryAsync(db, invoice.Id, Payment, BankSource.Transfer(input.Reference), ct) is not { } transfer) return BillingErrors.TransferNotFound;
        if (input.Amount > -transfer) return BillingErrors.ReversalTooHigh;
        db.Audit(time, input.Actor, "invoice.bank_payment_reversed", invoice.Id.ToString(), $"{input.Amount} {invoice.Currency}");
        return null;
    }, ct);

    private async Task<Result<InvoiceView>> EnterAsync(ReturnBankMoneyInput input, string kind, string source, Func<TenantTransaction, InvoiceView, Task<Error?>> judge, CancellationToken ct)
    {
        if (input.Amount <= 0) return BillingErrors.AmountInvalid;
        if (!BillingText.IsGiven(input.Reference, BillingText.LongestReference)) return BillingErrors.TextInvalid("$.reference", BillingText.LongestReference);
        if (!BillingText.IsGiven(input.Reason)) return BillingErrors.TextInvalid("$.reason", BillingText.Longest);
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            if (await InvoiceSql.LockAsync(db, settings, keys, time, input.Invoice, ct) is not { } invoice) return BillingErrors.InvoiceNotFound;
            // Also of a void one: what was paid for it all the same has to go back.
            if (invoice.Status != InvoiceState.Void && ChangeDebt.FindObstacle(invoice) is { } obstacle) return obstacle;
            if (await InvoiceSql.FindEntryAsync(db, input.Invoice, kind, source, ct) is { } known)
                return known == input.Amount ? await get.HandleAsync(input.Tenant, input.Invoice, ct) : BillingErrors.ReturnKnown;
            if (await judge(db, invoice) is { } refused) return refused;
            await using var batch = db.Batch();
            InvoiceSql.Enter(batch, time, input.Invoice, kind, source, input.Amount, input.Actor, input.Reason);
            await batch.ExecuteAsync(ct);
            await CollectInvoice.TellAsync(db, time, input.Invoice, ct);
            // What was not settled is still asked for. What was has nobody who asks for it any more.
            if (invoice.DueAmount > 0) await DebtAlerts.SettleAsync(db, time, input.Invoice, ct);
            else await DebtAlerts.TellAsync(db, time, input.Invoice, ct);
            await db.CommitAsync(ct);
        }
        return await get.HandleAsync(input.Tenant, input.Invoice, ct);
    }
}

/// <summary>By what an entry about the bank account is known. It is stored and never changes.</summary>
internal static class BankSource
{
    public static string Transfer(string? reference) => $"bank:{reference}";

    public static string Reversal(string? reference) => $"bank-reversal:{reference}";
}
