using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <param name="Reminders">How often it was reminded of.</param>
/// <param name="EndedAt">Null: it goes on.</param>
/// <param name="IsRestoring">The database was put back to an earlier moment, and what was lost is not entered again yet.</param>
internal sealed record CollectionRow(int Reminders, DateTimeOffset? RemindedAt, DateTimeOffset? SuspendedAt, DateTimeOffset? EndedAt, bool IsRestoring);

internal static class CollectionSql
{
    /// <summary>For a batch, with the invoice and the time.</summary>
    public const string Open = """
        insert into fleet.collections (tenant_id, invoice_id, opened_at, reminders)
        values ($1, $2, $3, 0)
        """;

    private const string Find = $"""
        select reminders, reminded_at, suspended_at, ended_at, {RestoreSql.IsOpen}
        from fleet.collections
        where tenant_id = $1
          and invoice_id = $2
        """;

    public static Task<CollectionRow?> FindAsync(TenantDb db, Guid invoice, CancellationToken ct)
        => db.FindAsync(Find, row => new CollectionRow(row.GetInt32(0), row.TimeOrNull(1), row.TimeOrNull(2), row.TimeOrNull(3), row.GetBoolean(4)), ct, P.Uuid(invoice));

    private const string NoteReminder = """
        update fleet.collections
        set reminders = $3, reminded_at = $4
        where tenant_id = $1
          and invoice_id = $2
        """;

    public static Task NoteReminderAsync(TenantDb db, Guid invoice, int reminders, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(NoteReminder, ct, P.Uuid(invoice), P.Number(reminders), P.Time(now));

    private const string NoteSuspension = """
        update fleet.collections
        set suspended_at = $3
        where tenant_id = $1
          and invoice_id = $2
          and suspended_at is null
        """;

    public static async Task<bool> NoteSuspensionAsync(TenantDb db, Guid invoice, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(NoteSuspension, ct, P.Uuid(invoice), P.Time(now)) == 1;

    private const string End = """
        update fleet.collections
        set ended_at = $3
        where tenant_id = $1
          and invoice_id = $2
          and ended_at is null
        """;

    public static Task EndAsync(TenantDb db, Guid invoice, DateTimeOffset now, CancellationToken ct) => db.ExecuteAsync(End, ct, P.Uuid(invoice), P.Time(now));

    private const string ListOpen = """
        select invoice_id
        from fleet.collections
        where tenant_id = $1
          and ended_at is null
        order by invoice_id
        """;

    public static Task<List<Guid>> ListOpenAsync(TenantDb db, CancellationToken ct) => db.ListAsync(ListOpen, row => row.GetGuid(0), ct);

    private const string FindOtherPastDue = """
        select c.invoice_id
        from fleet.collections c
        join fleet.invoices i on i.tenant_id = $1 and i.id = c.invoice_id
        where c.tenant_id = $1
          and c.ended_at is null
          and c.invoice_id <> $2
          and i.due_on < $3
        limit 1
        """;

    /// <param name="today">In the company's time zone.</param>
    public static async Task<bool> IsOtherPastDueAsync(TenantDb db, Guid invoice, DateOnly today, CancellationToken ct)
        => await db.FindAsync<Guid?>(FindOtherPastDue, row => row.GetGuid(0), ct, P.Uuid(invoice), P.Day(today)) is not null;

    private const string FindStanding = """
        select status, suspended_for
        from fleet.tenants
        where tenant_id = $1
        """;

    /// <summary>Whether the company is in service, and if it is suspended, why.</summary>
    public static Task<CompanyStanding?> FindStandingAsync(TenantDb db, CancellationToken ct)
        => db.FindAsync(FindStanding, row => new CompanyStanding(row.GetString(0), row.TextOrNull(1)), ct);
}

internal sealed record CompanyStanding(string Status, string? SuspendedFor)
{
    public bool IsUnpaid => Status == "suspended" && SuspendedFor == SuspendTenant.Unpaid;
}
