using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;
using Npgsql;

namespace FleetChat.Core.Consent;

/// <summary>A question or an invitation that a driver has to answer.</summary>
/// <param name="Kind"><see cref="ConsentRequests.Question"/> or <see cref="ConsentRequests.Invitation"/>.</param>
/// <param name="Conversation">The chat that was asked, or that began with the code.</param>
/// <param name="Reminders">How often it was reminded of.</param>
internal sealed record ConsentRequest(
    Guid Id, Guid Driver, Guid? Conversation, string Kind, string Status, short Reminders, DateTimeOffset NextAt, DateTimeOffset ExpiresAt, DateTimeOffset OpenedAt)
{
    public bool IsOpen => Status == ConsentRequests.Open;
}

/// <summary>What drivers were asked and invited to. One driver has one that is open.</summary>
internal static class ConsentRequests
{
    public const string Question = "question";
    public const string Invitation = "invitation";
    public const string Open = "open";
    public const string Replaced = "replaced";

    /// <summary>Follows a request until it is answered or runs out.</summary>
    public static readonly Flow Flow = new("ConsentFlow", 1);

    public static readonly TimeSpan FirstReminder = TimeSpan.FromHours(24);
    public static readonly TimeSpan SecondReminder = TimeSpan.FromHours(72);
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <returns>When it is looked at next after so many reminders.</returns>
    public static DateTimeOffset NextAt(DateTimeOffset openedAt, int reminders)
        => openedAt + (reminders switch { 0 => FirstReminder, 1 => SecondReminder, _ => Lifetime });

    private const string Columns = "id, driver_id, conversation_id, kind, status, reminders, next_at, expires_at, opened_at";

    private const string Insert = """
        insert into fleet.consent_requests (tenant_id, id, driver_id, conversation_id, kind, code, code_index, next_at, expires_at, opened_at, opened_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (tenant_id, code_index) where status = 'open' do nothing
        """;

    /// <summary>The driver's row is locked by the caller. What was open before is replaced, and an orchestration follows the new one.</summary>
    /// <param name="code">Of an invitation.</param>
    /// <returns>Null: another open invitation has this code.</returns>
    public static async Task<ConsentRequest?> TryOpenAsync(Processing processing, Guid driver, Guid? conversation, string? code, string actor, CancellationToken ct)
    {
        var (db, key, now, id) = (processing.Db, processing.Key, processing.Time.GetUtcNow(), processing.Time.NewId());
        await ReplaceAsync(db, processing.Time, driver, ct);
        var kind = code is null ? Question : Invitation;
        var request = new ConsentRequest(id, driver, conversation, kind, Open, 0, NextAt(now, 0), now + Lifetime, now);
        var added = await db.ExecuteAsync(Insert, ct,
            P.Uuid(id), P.Uuid(driver), P.Uuid(conversation), P.Text(kind), P.Bytes(code is null ? null : key.Encrypt(EncryptedColumns.ConsentCode, id, code)),
            P.Bytes(code is null ? null : ConsentCodes.Index(key, code)), P.Time(request.NextAt), P.Time(request.ExpiresAt), P.Time(now), P.Text(actor));
        if (added == 0) return null;
        await processing.StartAsync(Flow, id, ct);
        return request;
    }

    /// <summary>Whatever the driver was asked is asked no more.</summary>
    public static Task ReplaceAsync(TenantDb db, TimeProvider time, Guid driver, CancellationToken ct) => EndAsync(db, time, driver, Replaced, ct);

    private const string Close = """
        update fleet.consent_requests
        set status = $3, closed_at = $4, conversation_id = coalesce($5, conversation_id)
        where tenant_id = $1
          and driver_id = $2
          and status = 'open'
        returning id
        """;

    /// <summary>The driver has answered: his orchestration is told.</summary>
    /// <param name="status">The state that his answer led to.</param>
    /// <param name="conversation">The chat that he answered in.</param>
    /// <returns>What he answered; null: nothing was open.</returns>
    public static async Task<Guid?> CloseAsync(Processing processing, Guid driver, string status, Guid? conversation, CancellationToken ct)
    {
        var closed = await processing.Db.FindAsync<Guid?>(Close, row => row.GetGuid(0), ct, P.Uuid(driver), P.Text(status), P.Time(processing.Time.GetUtcNow()), P.Uuid(conversation));
        if (closed is { } request) await processing.WakeAsync(Flow, request, ct);
        return closed;
    }

    /// <summary>As <see cref="CloseAsync"/>, where nobody has to be told: by the orchestration itself, or for another request that it finds in its place.</summary>
    public static Task<Guid?> EndAsync(TenantDb db, TimeProvider time, Guid driver, string status, CancellationToken ct)
        => db.FindAsync<Guid?>(Close, row => row.GetGuid(0), ct, P.Uuid(driver), P.Text(status), P.Time(time.GetUtcNow()), P.Uuid((Guid?)null));

    private const string FindDriver = """
        select driver_id
        from fleet.consent_requests
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>Not locked: the driver's row goes before this one.</summary>
    public static Task<Guid?> FindDriverAsync(TenantDb db, Guid request, CancellationToken ct) => db.FindAsync<Guid?>(FindDriver, row => row.GetGuid(0), ct, P.Uuid(request));

    private const string Lock = $"""
        select {Columns}
        from fleet.consent_requests
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    public static Task<ConsentRequest?> LockAsync(TenantTransaction db, Guid request, CancellationToken ct) => db.FindAsync(Lock, Read, ct, P.Uuid(request));

    // The open one, else the newest: a code may have been given out before.
    private const string OfCode = """
        from fleet.consent_requests
        where tenant_id = $1
          and code_index = $2
        order by status = 'open' desc, opened_at desc
        limit 1
        """;

    private const string FindDriverByCode = $"select driver_id\n{OfCode}";

    /// <summary>Not locked: the driver's row goes before this one.</summary>
    public static Task<Guid?> FindDriverAsync(TenantDb db, DataKey key, string code, CancellationToken ct)
        => db.FindAsync<Guid?>(FindDriverByCode, row => row.GetGuid(0), ct, P.Bytes(ConsentCodes.Index(key, code)));

    private const string LockByCode = $"select {Columns}\n{OfCode}\nfor no key update";

    public static Task<ConsentRequest?> LockByCodeAsync(TenantTransaction db, DataKey key, string code, CancellationToken ct) => db.FindAsync(LockByCode, Read, ct, P.Bytes(ConsentCodes.Index(key, code)));

    private const string FindOpen = $"""
        select {Columns}
        from fleet.consent_requests
        where tenant_id = $1
          and driver_id = $2
          and status = 'open'
        """;

    public static Task<ConsentRequest?> FindOpenAsync(TenantDb db, Guid driver, CancellationToken ct) => db.FindAsync(FindOpen, Read, ct, P.Uuid(driver));

    private const string FindOpenCode = """
        select id, code
        from fleet.consent_requests
        where tenant_id = $1
          and driver_id = $2
          and status = 'open'
          and kind = 'invitation'
          and expires_at > $3
        """;

    /// <returns>The code that the driver's invitation has; null: he has none.</returns>
    public static Task<string?> FindOpenCodeAsync(TenantDb db, DataKey key, Guid driver, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync(FindOpenCode, row => key.Decrypt(EncryptedColumns.ConsentCode, row.GetGuid(0), row.Bytes(1)), ct, P.Uuid(driver), P.Time(now));

    private const string Remind = """
        update fleet.consent_requests
        set reminders = $3, next_at = $4
        where tenant_id = $1
          and id = $2
        """;

    public static Task RemindAsync(TenantDb db, Guid request, short reminders, DateTimeOffset nextAt, CancellationToken ct)
        => db.ExecuteAsync(Remind, ct, P.Uuid(request), P.Small(reminders), P.Time(nextAt));

    private static ConsentRequest Read(NpgsqlDataReader row)
        => new(row.GetGuid(0), row.GetGuid(1), row.GuidOrNull(2), row.GetString(3), row.GetString(4), row.GetInt16(5), row.Time(6), row.Time(7), row.Time(8));
}
