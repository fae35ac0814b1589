using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Billing.Payments;

/// <param name="MethodAt">Since when it is the one that is charged; null: there is none.</param>
internal sealed record PaymentAccountRow(string? CustomerId, SavedMethod? Method, DateTimeOffset? MethodAt, DateTimeOffset? HeldUntil, string? HeldFor)
{
    public static readonly PaymentAccountRow Empty = new(null, null, null, null, null);
}

internal static class PaymentAccountSql
{
    private const string Find = """
        select customer_id, method_id, method_kind, method, method_at, held_until, held_for
        from fleet.payment_accounts
        where tenant_id = $1
        """;

    public static async Task<PaymentAccountRow> FindAsync(TenantDb db, DataKey key, CancellationToken ct)
        => await db.FindAsync(Find, row => Read(row, db.Tenant, key), ct) ?? PaymentAccountRow.Empty;

    private static PaymentAccountRow Read(NpgsqlDataReader row, TenantId tenant, DataKey key)
        => new(row.TextOrNull(0), row.IsDBNull(1) ? null : ReadMethod(row, tenant, key), row.TimeOrNull(4), row.TimeOrNull(5), row.TextOrNull(6));

    private static SavedMethod ReadMethod(NpgsqlDataReader row, TenantId tenant, DataKey key)
    {
        var label = JsonSerializer.Deserialize<Label>(key.Decrypt(EncryptedColumns.PaymentMethod, tenant.Value, row.Bytes(3)))!;
        return new(row.GetString(1), PaymentSql.ReadKind(row.GetString(2)), label.Name, label.Last4, label.LastDay);
    }

    private const string SaveCustomer = """
        insert into fleet.payment_accounts (tenant_id, customer_id)
        values ($1, $2)
        on conflict (tenant_id) do update
        set customer_id = excluded.customer_id
        """;

    public static Task SaveCustomerAsync(TenantDb db, string customer, CancellationToken ct) => db.ExecuteAsync(SaveCustomer, ct, P.Text(customer));

    // What was entered again is as old as it was: only another one begins anew.
    private const string SaveMethod = """
        update fleet.payment_accounts
        set method_id = $3, method_kind = $4, method = $5, method_at = $6
        where tenant_id = $1
          and customer_id = $2
          and method_id is distinct from $3
        """;

    /// <returns>False: it is that one already, or the customer is not the company's.</returns>
    public static async Task<bool> TrySaveMethodAsync(TenantDb db, DataKey key, string customer, SavedMethod? method, DateTimeOffset now, CancellationToken ct)
    {
        var label = method is null ? null : key.Encrypt(EncryptedColumns.PaymentMethod, db.Tenant.Value, JsonSerializer.SerializeToUtf8Bytes(new Label(method.Name, method.Last4, method.LastDay)));
        return await db.ExecuteAsync(SaveMethod, ct, P.Text(customer), P.Text(method?.Id), P.Text(method is null ? null : PaymentSql.Write(method.Kind)), P.Bytes(label),
            P.Time(method is null ? null : now)) == 1;
    }

    private const string SaveHold = """
        insert into fleet.payment_accounts (tenant_id, held_until, held_for, held_by)
        values ($1, $2, $3, $4)
        on conflict (tenant_id) do update
        set held_until = excluded.held_until, held_for = excluded.held_for, held_by = excluded.held_by
        """;

    /// <param name="until">Null: no longer.</param>
    public static Task SaveHoldAsync(TenantDb db, DateTimeOffset? until, string? reason, string? actor, CancellationToken ct)
        => db.ExecuteAsync(SaveHold, ct, P.Time(until), P.Text(reason), P.Text(actor));

    private sealed record Label(string? Name, string? Last4, DateOnly? LastDay);
}
