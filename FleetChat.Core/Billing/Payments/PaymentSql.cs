using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Billing.Payments;

/// <summary>An attempt to have an invoice paid, as it was written down before the processor was asked.</summary>
/// <param name="PaymentId">Null: the processor's answer was not heard yet.</param>
internal sealed record PaymentAttempt(ChargeOrder Order, string? PaymentId, PaymentState State, string? DeclineCode)
{
    /// <summary>In the place of the processor's word: it was never made, and less is owed by now. Kept, so the word never changes.</summary>
    public const string Superseded = "superseded";

    public bool IsOpen => State is PaymentState.Open or PaymentState.Processing;

    public PastAttempt ToPast() => new(Order.BegunAt, Order.Amount, State, DeclineCode);
}

/// <summary>Attempts to charge. The words of their states are stored and never change.</summary>
internal static class PaymentSql
{
    private static readonly Dictionary<string, PaymentState> s_states = new()
    {
        ["open"] = PaymentState.Open,
        ["processing"] = PaymentState.Processing,
        ["succeeded"] = PaymentState.Succeeded,
        ["failed"] = PaymentState.Failed,
        ["needs_payer"] = PaymentState.NeedsPayer,
        ["cancelled"] = PaymentState.Cancelled,
    };

    private static readonly Dictionary<string, MethodKind> s_kinds = new()
    {
        ["card"] = MethodKind.Card,
        ["us_bank_account"] = MethodKind.UsBankAccount,
        ["sepa_debit"] = MethodKind.SepaDebit,
    };

    public static readonly IReadOnlyList<string> States = [.. s_states.Keys];

    public static readonly IReadOnlyList<string> Kinds = [.. s_kinds.Keys];

    public static string Write(PaymentState state) => s_states.First(word => word.Value == state).Key;

    public static string Write(MethodKind kind) => s_kinds.First(word => word.Value == kind).Key;

    public static MethodKind ReadKind(string word) => s_kinds[word];

    private const string Insert = """
        insert into fleet.payment_attempts (tenant_id, invoice_id, attempt, amount, currency, customer_id, method_id, method_kind, description, begun_at, state, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $10)
        """;

    public static Task InsertAsync(TenantDb db, ChargeOrder order, CancellationToken ct)
        => db.ExecuteAsync(Insert, ct, P.Uuid(order.Invoice), P.Number(order.Attempt), P.Big(order.Amount), P.Text(order.Currency), P.Text(order.CustomerId), P.Text(order.MethodId),
            P.Text(Write(order.MethodKind)), P.Text(order.Description), P.Time(order.BegunAt));

    private const string List = """
        select attempt, amount, currency, customer_id, method_id, method_kind, description, begun_at, payment_id, state, decline_code
        from fleet.payment_attempts
        where tenant_id = $1
          and invoice_id = $2
        order by attempt
        """;

    /// <summary>Of an invoice, in order.</summary>
    public static Task<List<PaymentAttempt>> ListAsync(TenantDb db, Guid invoice, CancellationToken ct) => db.ListAsync(List, row => Read(row, db, invoice), ct, P.Uuid(invoice));

    private static PaymentAttempt Read(NpgsqlDataReader row, TenantDb db, Guid invoice) => new(
        new(db.Tenant, invoice, row.GetInt32(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), ReadKind(row.GetString(5)), row.GetString(6), row.Time(7)),
        row.TextOrNull(8), s_states[row.GetString(9)], row.TextOrNull(10));

    private const string Supersede = $"""
        update fleet.payment_attempts
        set state = 'cancelled', decline_code = '{PaymentAttempt.Superseded}', changed_at = $4
        where tenant_id = $1
          and invoice_id = $2
          and attempt = $3
          and state = 'open'
          and payment_id is null
        """;

    /// <returns>False: it is over, or the processor has told of it meanwhile.</returns>
    public static async Task<bool> TrySupersedeAsync(TenantDb db, Guid invoice, int attempt, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(Supersede, ct, P.Uuid(invoice), P.Number(attempt), P.Time(now)) == 1;

    // What was read earlier may be written later: a payment that is over stays so, unless it was paid after all.
    private const string Change = """
        update fleet.payment_attempts
        set payment_id = coalesce($4, payment_id), state = $5, decline_code = $6, changed_at = $7
        where tenant_id = $1
          and invoice_id = $2
          and attempt = $3
          and (state in ('open', 'processing') or $5 = 'succeeded')
          and (state, payment_id) is distinct from ($5, coalesce($4, payment_id))
        """;

    /// <returns>False: that is what stood there, or it is older than that.</returns>
    public static async Task<bool> TryChangeAsync(TenantDb db, Guid invoice, int attempt, string? payment, PaymentState state, string? declineCode, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(Change, ct, P.Uuid(invoice), P.Number(attempt), P.Text(payment), P.Text(Write(state)), P.Text(declineCode), P.Time(now)) == 1;
}
