using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using Npgsql;

namespace FleetChat.Core.Reminders;

/// <summary>Something that is to be looked at again at a given time. Holds nothing but whose turn it is: what is done is decided from what is true then.</summary>
/// <param name="Kind">Finds the <see cref="IReminderHandler"/>; kept in rows, so it never changes.</param>
/// <param name="Subject">Ids of ours, such as <c>{transport:N}:{driver:N}</c>.</param>
public sealed record Reminder(string Kind, string Subject);

/// <summary>Looks at one kind of reminder.</summary>
public interface IReminderHandler
{
    string Kind { get; }

    /// <summary>In a transaction of its own, to be repeated if it fails. Locks in the order that all do: drivers, conversations, transports, stops.</summary>
    Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct);
}

/// <param name="Outcome">The decision and its reason, as codes.</param>
/// <param name="NextAt">When to look again, in business time; null: it is over.</param>
public sealed record ReminderResult(string Outcome, DateTimeOffset? NextAt = null);

/// <summary>Sets and clears reminders, in the transaction of what they are about.</summary>
public static class Reminders
{
    private const string Put = """
        with put as (
            insert into fleet.reminders as r (tenant_id, kind, subject, lane, due_at, created_at)
            select $1, $2, g.subject, g.lane, g.due_at, $6
            from unnest($3, $4, $5) as g (subject, lane, due_at)
            order by g.subject
            on conflict (tenant_id, kind, subject) do update
            set due_at = excluded.due_at, attempts = 0
        """;

    // That it is watched is kept beside it: a reminder that is over leaves no row.
    private const string Noted = """
            returning kind, subject, due_at
        )
        insert into fleet.decisions (tenant_id, at, cause, kind, subject, outcome, due_at)
        select $1, $6, $7, 'watched', p.kind || ':' || p.subject, 'later', p.due_at
        from put p
        """;

    private const string Set = $"{Put}\n{Noted}";
    private const string SetIfOther = $"{Put}\n    where r.due_at <> excluded.due_at\n{Noted}";
    private const string SetIfSooner = $"{Put}\n    where r.due_at > excluded.due_at\n{Noted}";

    /// <summary>One subject has one reminder of a kind: a later call moves it, forth or back.</summary>
    public static Task SetAsync(TenantDb db, TimeProvider time, Reminder reminder, DateTimeOffset dueAt, CancellationToken ct)
        => db.WriteAsync(Set, ct, Parameters(db, time, reminder.Kind, [(reminder.Subject, dueAt)]));

    /// <summary>As <see cref="SetAsync"/>, for several subjects of a kind; one that is due then already is not written.</summary>
    public static Task SetManyAsync(TenantDb db, TimeProvider time, string kind, IReadOnlyCollection<(string Subject, DateTimeOffset DueAt)> reminders, CancellationToken ct)
        => reminders.Count == 0 ? Task.CompletedTask : db.WriteAsync(SetIfOther, ct, Parameters(db, time, kind, reminders));

    /// <summary>As <see cref="SetAsync"/>, but one that is due sooner stays.</summary>
    public static Task SetIfSoonerAsync(TenantDb db, TimeProvider time, Reminder reminder, DateTimeOffset dueAt, CancellationToken ct)
        => db.WriteAsync(SetIfSooner, ct, Parameters(db, time, reminder.Kind, [(reminder.Subject, dueAt)]));

    private static NpgsqlParameter[] Parameters(TenantDb db, TimeProvider time, string kind, IReadOnlyCollection<(string Subject, DateTimeOffset DueAt)> reminders) =>
    [
        P.Text(kind), P.Texts([.. reminders.Select(r => r.Subject)]), P.Smalls([.. reminders.Select(r => Lanes.Of(r.Subject))]),
        P.Times([.. reminders.Select(r => (DateTimeOffset?)r.DueAt)]), P.Time(time.GetUtcNow()), P.Text(db.Cause),
    ];

    private const string Delete = """
        delete from fleet.reminders
        where tenant_id = $1
          and kind = $2
          and subject = $3
        """;

    public static Task ClearAsync(TenantDb db, Reminder reminder, CancellationToken ct) => db.WriteAsync(Delete, ct, P.Text(reminder.Kind), P.Text(reminder.Subject));

    private const string AnyDue = """
        select exists (
            select
            from fleet.reminders
            where tenant_id = $1
              and lane = $2
              and due_at <= $3)
        """;

    internal static Task<bool> AnyDueAsync(TenantDb db, short lane, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync(AnyDue, row => row.GetBoolean(0), ct, P.Small(lane), P.Time(now));

    // One that somebody else looks at is passed over: he sees it through.
    private const string ClaimNext = """
        select kind, subject, attempts
        from fleet.reminders
        where tenant_id = $1
          and lane = $2
          and due_at <= $3
        order by due_at, kind, subject
        limit 1
        for update skip locked
        """;

    internal static Task<(Reminder Reminder, int Attempts)?> ClaimNextAsync(TenantTransaction db, short lane, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync<(Reminder, int)?>(ClaimNext, row => (new(row.GetString(0), row.GetString(1)), row.GetInt16(2)), ct, P.Small(lane), P.Time(now));

    private const string ClaimParked = """
        select 1
        from fleet.reminders
        where tenant_id = $1
          and kind = $2
          and subject = $3
          and due_at = 'infinity'
        for update skip locked
        """;

    internal static async Task<bool> TryClaimParkedAsync(TenantTransaction db, Reminder reminder, CancellationToken ct)
        => await db.FindAsync(ClaimParked, row => row.GetInt32(0), ct, P.Text(reminder.Kind), P.Text(reminder.Subject)) == 1;

    private const string Postpone = """
        update fleet.reminders
        set due_at = $4, attempts = $5, outcome = $6
        where tenant_id = $1
          and kind = $2
          and subject = $3
        """;

    internal static Task PutAsync(TenantDb db, Reminder reminder, DateTimeOffset dueAt, int attempts, string outcome, CancellationToken ct)
        => db.WriteAsync(Postpone, ct, P.Text(reminder.Kind), P.Text(reminder.Subject), P.Time(dueAt), P.Small((short)attempts), P.Text(outcome));
}
