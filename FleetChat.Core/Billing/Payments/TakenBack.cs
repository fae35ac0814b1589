using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;

namespace FleetChat.Core.Billing.Payments;

/// <summary>Of money that was paid and went back: people decide what is done about it, and nothing is charged a second time by itself. They are told as long as it is owed.</summary>
internal static class TakenBack
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
        if (await SumOwedAsync(db, invoice, ct) > 0) await Alerts.RaiseAsync(db, time, AlertCodes.PaymentTakenBack, Alerts.Critical, invoice.ToString(), ct);
        else await Alerts.CloseAsync(db, time, AlertCodes.PaymentTakenBack, invoice.ToString(), ct);
    }

    /// <summary>After somebody entered that less is owed.</summary>
    public static async Task SettleAsync(TenantTransaction db, TimeProvider time, Guid invoice, CancellationToken ct)
    {
        if (await SumOwedAsync(db, invoice, ct) <= 0) await Alerts.CloseAsync(db, time, AlertCodes.PaymentTakenBack, invoice.ToString(), ct);
    }

    private static Task<long> SumOwedAsync(TenantTransaction db, Guid invoice, CancellationToken ct) => db.FindAsync(SumOwed, row => row.GetInt64(0), ct, P.Uuid(invoice));
}
