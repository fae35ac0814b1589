using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Billing.Payments;

internal sealed record RefundRow(string PaymentId, RefundView View)
{
    /// <summary>Not in the books yet: it takes up room until it is, or is refused.</summary>
    public bool IsBegun => View.Status == RefundPayment.Begun;
}

internal static class RefundSql
{
    /// <summary>What was paid too much and is not on its way back.</summary>
    public static long RoomOf(InvoiceView invoice, List<RefundRow> refunds) => -invoice.DueAmount - refunds.Where(refund => refund.IsBegun).Sum(refund => refund.View.Amount);

    public static string Write(RefundState state) => state switch
    {
        RefundState.Succeeded => "succeeded",
        RefundState.Failed => "failed",
        _ => "processing",
    };

    private const string Columns = "id, invoice_id, payment_id, amount, currency, reason, state, created_at";

    private static RefundRow Read(NpgsqlDataReader row)
        => new(row.GetString(2), new(row.GetGuid(0), row.GetGuid(1), row.GetInt64(3), row.GetString(4), row.GetString(5), row.GetString(6), row.Time(7)));

    private const string Find = $"""
        select {Columns}
        from fleet.payment_refunds
        where tenant_id = $1
          and id = $2
        """;

    public static Task<RefundRow?> FindAsync(TenantDb db, Guid id, CancellationToken ct) => db.FindAsync(Find, Read, ct, P.Uuid(id));

    private const string FindByEffect = $"""
        select {Columns}
        from fleet.payment_refunds
        where tenant_id = $1
          and effect_key = $2
        """;

    public static Task<RefundRow?> FindByEffectAsync(TenantDb db, string effectKey, CancellationToken ct) => db.FindAsync(FindByEffect, Read, ct, P.Text(effectKey));

    private const string List = $"""
        select {Columns}
        from fleet.payment_refunds
        where tenant_id = $1
          and invoice_id = $2
        order by created_at, id
        """;

    /// <summary>Of an invoice, the oldest first.</summary>
    public static Task<List<RefundRow>> ListAsync(TenantDb db, Guid invoice, CancellationToken ct) => db.ListAsync(List, Read, ct, P.Uuid(invoice));

    private const string Insert = """
        insert into fleet.payment_refunds (tenant_id, id, invoice_id, payment_id, amount, currency, reason, state, effect_key, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    public static Task InsertAsync(TenantDb db, RefundRow refund, string? effectKey, string actor, CancellationToken ct)
    {
        var view = refund.View;
        return db.ExecuteAsync(Insert, ct, P.Uuid(view.Id), P.Uuid(view.InvoiceId), P.Text(refund.PaymentId), P.Big(view.Amount), P.Text(view.Currency), P.Text(view.Reason), P.Text(view.Status),
            P.Text(effectKey), P.Text(actor), P.Time(view.CreatedAt));
    }

    // What was read earlier may be written later: one that is over stays so.
    private const string Change = """
        update fleet.payment_refunds
        set state = $3
        where tenant_id = $1
          and id = $2
          and state not in ('failed', $3)
          and not (state = 'succeeded' and $3 = 'processing')
        """;

    public static Task ChangeAsync(TenantDb db, Guid id, string state, CancellationToken ct) => db.ExecuteAsync(Change, ct, P.Uuid(id), P.Text(state));
}
