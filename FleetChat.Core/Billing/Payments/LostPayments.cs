using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <summary>Payments that this database does not know of, and the processor does: it has them under the same invoice and number.</summary>
public sealed class LostPayments(IPaymentProcessor processor, SettlePayment settle, SystemDb system, TenantDbs dbs, TimeProvider time)
{
    /// <summary>A month that was closed in the lost time is closed again within days, and its last attempt to charge is weeks later.</summary>
    private static readonly TimeSpan RestoreRemembered = TimeSpan.FromDays(90);

    /// <summary>Whoever named the moment may have been wrong by hours, and what is overlooked is charged twice.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromDays(1);

    private const string FindRestored = """
        select min(restored_to)
        from fleet.platform_restores
        where begun_at > $1
        """;

    /// <summary>After a restore an attempt may be one that was made before.</summary>
    /// <param name="always">Also where there was no restore.</param>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    internal async Task<Payment?> FindAsync(ChargeOrder order, bool always, CancellationToken ct)
    {
        var restoredTo = await system.FindAsync(FindRestored, row => row.TimeOrNull(0), ct, P.Time(time.GetUtcNow() - RestoreRemembered));
        if (restoredTo is null && !always) return null;
        var since = restoredTo - Doubt is { } early && early < order.BegunAt ? early : order.BegunAt;
        return await processor.FindPaymentAsync(order.CustomerId, order.Invoice, order.Attempt, since, ct);
    }

    /// <summary>While a restore of the company is open nothing is charged, so an attempt that the processor does not know, and that is not on its way any more, can be taken back.</summary>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    internal async Task TakeBackAsync(TenantId tenant, Guid invoice, CancellationToken ct)
    {
        var db = dbs.For(tenant);
        if (!await RestoreSql.IsOpenAsync(db, ct)) return;
        foreach (var open in (await PaymentSql.ListAsync(db, invoice, ct)).Where(attempt => attempt is { IsOpen: true, PaymentId: null }))
        {
            var order = open.Order;
            if (await FindAsync(order, always: true, ct) is { } made) await settle.RecordAsync(order.Payer, order.Invoice, order.Attempt, made, ct);
            else if (time.GetUtcNow() >= order.BegunAt + CollectInvoice.OnItsWay) await settle.SupersedeAsync(order, ct);
        }
    }
}
