using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <param name="Entries">Their sum is what is owed.</param>
/// <param name="Attempts">Each time that a card or an account was charged.</param>
public sealed record InvoicePayments(IReadOnlyList<ReceivableEntry> Entries, IReadOnlyList<AttemptView> Attempts, IReadOnlyList<RefundView> Refunds);

/// <param name="Amount">Minor units; negative: so much less is owed.</param>
/// <param name="Source">What it is about, such as the bank's reference or the processor's id.</param>
/// <param name="Reason">Of money that was sent back by bank, and of a bank payment that was taken back; null: of all others.</param>
public sealed record ReceivableEntry([OneOf("invoice", "credit_note", "payment", "refund", "dispute", "void")] string Kind, string Source, long Amount, DateTimeOffset At, string? Reason);

/// <param name="DeclineCode">Why it was refused, in the processor's word.</param>
public sealed record AttemptView(
    int Attempt, long Amount, string Currency, [OneOf(typeof(PaymentAccounts), nameof(PaymentAccounts.Kinds))] string Method, [OneOf(typeof(ListPayments), nameof(ListPayments.States))] string Status,
    string? DeclineCode, DateTimeOffset BegunAt);

/// <summary>What stands in the books of one invoice.</summary>
public sealed class ListPayments(TenantDbs dbs, GetInvoice get)
{
    public static readonly IReadOnlyList<string> States = PaymentSql.States;

    public async Task<Result<InvoicePayments>> HandleAsync(TenantId tenant, Guid invoice, CancellationToken ct)
    {
        if (await get.HandleAsync(tenant, invoice, ct) is { IsOk: false, Error: var error }) return error;
        var db = dbs.For(tenant);
        var entries = await db.ListAsync(List, row => new ReceivableEntry(row.GetString(0), row.GetString(1), row.GetInt64(2), row.Time(3), row.TextOrNull(4)), ct, P.Uuid(invoice));
        var attempts = await PaymentSql.ListAsync(db, invoice, ct);
        return new InvoicePayments(entries, attempts.ConvertAll(View), (await RefundSql.ListAsync(db, invoice, ct)).ConvertAll(refund => refund.View));
    }

    private static AttemptView View(PaymentAttempt attempt) => new(
        attempt.Order.Attempt, attempt.Order.Amount, attempt.Order.Currency, PaymentSql.Write(attempt.Order.MethodKind), PaymentSql.Write(attempt.State), attempt.DeclineCode, attempt.Order.BegunAt);

    private const string List = """
        select kind, source, amount, at, reason
        from fleet.receivables
        where tenant_id = $1
          and invoice_id = $2
        order by at, id
        """;
}
