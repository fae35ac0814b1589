using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;

namespace FleetChat.Core.Billing.Payments;

/// <summary>
/// What of an invoice people have to decide about. Of money that was paid and went back: nothing is charged a second time by itself, and they are told as long as it is owed. Of more
/// that was paid than is owed: nothing goes back by itself, and they are told as long as we owe it.
/// </summary>
internal static class DebtAlerts
{
    private const string SumOwed = """
        select coalesce(sum(amount), 0)::bigint
        from fleet.receivables
        where tenant_id = $1
          and invoice_id = $2
        """;

    /// <summary>After money went back, or came again.</summary>
    public static async Task TellAsync(TenantTransaction db, TimeProvider time, Guid invoice, CancellationToken ct)
    {
        if (await SettleAsync(db, time, invoice, ct) > 0) await Alerts.RaiseAsync(db, time, AlertCodes.PaymentTakenBack, Alerts.Critical, invoice.ToString(), ct);
    }

    /// <summary>After what is owed became less by somebody's word or payment.</summary>
    /// <returns>What is owed; negative: by us.</returns>
    public static async Task<long> SettleAsync(TenantTransaction db, TimeProvider time, Guid invoice, CancellationToken ct)
    {
        var owed = await db.FindAsync(SumOwed, row => row.GetInt64(0), ct, P.Uuid(invoice));
        if (owed <= 0) await Alerts.CloseAsync(db, time, AlertCodes.PaymentTakenBack, invoice.ToString(), ct);
        if (owed < 0) await Alerts.RaiseAsync(db, time, AlertCodes.PaymentOverpaid, Alerts.Warning, invoice.ToString(), ct);
        else await Alerts.CloseAsync(db, time, AlertCodes.PaymentOverpaid, invoice.ToString(), ct);
        return owed;
    }
}
