using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <param name="OpenedAt">When it became final, however late that was.</param>
/// <param name="Reminders">How often it was reminded of.</param>
/// <param name="EndedAt">Null: it goes on.</param>
/// <param name="IsRestoring">The database was put back to an earlier moment, and what was lost is not entered again yet.</param>
internal sealed record CollectionRow(DateTimeOffset OpenedAt, int Reminders, DateTimeOffset? RemindedAt, DateTimeOffset? SuspendedAt, DateTimeOffset? EndedAt, bool IsRestoring);

internal static class CollectionSql
{
    /// <summary>For a batch, with the invoice and the time.</summary>
    public const string Open = """
        insert into fleet.collections (tenant_id, invoice_id, opened_at, reminders)
        values ($1, $2, $3, 0)
        """;

    private const string Find = $"""
        select opened_at, reminders, reminded_at, suspended_at, ended_at, {RestoreSql.IsOpen}
        from fleet.collections
        where tenant_id = $1
          and invoice_id = $2
        """;

    public static Task<CollectionRow?> FindAsync(TenantDb db, Guid invoice, CancellationToken ct)
        => db.FindAsync(Find, row => new CollectionRow(row.Time(0), row.GetInt32(1), row.TimeOrNull(2), row.TimeOrNull(3), row.TimeOrNull(4), row.GetBoolean(5)), ct, P.Uuid(invoice));

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

    private const string ListOwed = """
        select i.issued_on, i.due_on, coalesce(c.opened_at, i.final_at)
        from fleet.invoices i
        left join fleet.collections c on c.tenant_id = $1 and c.invoice_id = i.id
        where i.tenant_id = $1
          and i.kind = 'invoice'
          and i.state = 'final'
          and i.due_on < $2
          and (select sum(r.amount) from fleet.receivables r where r.tenant_id = $1 and r.invoice_id = i.id) > 0
        """;

    /// <summary>Whether the company owes something by the ledger that was to be paid before today, be it collected or not.</summary>
    /// <param name="zone">The company's.</param>
    public static async Task<bool> IsPastDueAsync(TenantDb db, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
    {
        var today = BillingPeriod.Today(now, zone);
        var owed = await db.ListAsync(ListOwed, row => CollectionFacts.PayableBy(row.Day(0), row.Day(1), row.Time(2), zone), ct, P.Day(today));
        return owed.Exists(day => day < today);
    }

    private const string FindSettled = """
        select c.invoice_id
        from fleet.collections c
        where c.tenant_id = $1
          and c.invoice_id = $2
          and c.ended_at is not null
          and (select sum(r.amount) from fleet.receivables r where r.tenant_id = $1 and r.invoice_id = c.invoice_id) <= 0
        """;

    /// <summary>Whether its collection has ended, and nothing is left to be paid of it now.</summary>
    public static async Task<bool> IsSettledAsync(TenantDb db, Guid invoice, CancellationToken ct)
        => await db.FindAsync<Guid?>(FindSettled, row => row.GetGuid(0), ct, P.Uuid(invoice)) is not null;

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
