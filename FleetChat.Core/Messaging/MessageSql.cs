using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Webhooks;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>A message that an answer or a status report may belong to.</summary>
public sealed record LoggedMessage(Guid Id, Guid Conversation, Guid? Driver, Guid? Transport, Guid? Stop, string Direction, string Status);

internal static class MessageSql
{
    private static readonly MessageContent Erased = new("");

    private const string FindByWamid = """
        select id, conversation_id, driver_id, transport_id, stop_id, direction, status
        from fleet.message_logs
        where tenant_id = $1
          and (wamid_index = $2
               or id = (select a.message_id from fleet.attempts a where a.tenant_id = $1 and a.wamid_index = $2))
        """;

    public static Task<LoggedMessage?> FindByWamidAsync(TenantDb db, DataKey key, string wamid, CancellationToken ct)
        => db.FindAsync(FindByWamid, Read, ct, P.Bytes(key.WamidIndex(wamid)));

    private const string Find = """
        select id, conversation_id, driver_id, transport_id, stop_id, direction, status
        from fleet.message_logs
        where tenant_id = $1
          and id = $2
        """;

    public static Task<LoggedMessage?> FindAsync(TenantDb db, Guid id, CancellationToken ct)
        => db.FindAsync(Find, Read, ct, P.Uuid(id));

    private const string InsertInbound = $"""
        with inserted as (
            insert into fleet.message_logs (tenant_id, id, conversation_id, direction, content, kind, timestamp, status, status_rank,
                                            reason, wamid, wamid_index, effect_key, created_at, cause)
            values ($1, $2, $3, 'inbound',
                    case when exists (select from fleet.message_logs where tenant_id = $1 and effect_key = $11) then $12 else $4 end,
                    $5, $6, 'received', 7, 'inbound', $7, $8, $9, $10, $13)
            on conflict do nothing
            returning id
        ), cause as (
            select id, '{WebhookEventTypes.MessageReceived}' as type, id as subject_id, '' as detail, $6 as at, $10 as now
            from inserted
        ), told as (
            {OutgoingWebhooks.Add}
        )
        select id
        from inserted
        """;

    /// <returns>False if the message is in the log already.</returns>
    public static async Task<bool> TryInsertInboundAsync(TenantDb db, DataKey key, Guid id, Guid conversation, InboundMessage message, DateTimeOffset now, CancellationToken ct)
    {
        var wamid = key.WamidIndex(message.Wamid);
        var effect = message.Revokes is { } revoked ? RevokeKey(key, revoked) : $"wa:{Convert.ToHexStringLower(wamid)}";
        return await db.FindAsync<Guid?>(InsertInbound, row => row.GetGuid(0), ct,
            P.Uuid(id), P.Uuid(conversation), P.Bytes(message.Content.Seal(key, id)), P.Text(message.Type), P.Time(message.SentAt),
            P.Bytes(key.Encrypt(EncryptedColumns.MessageWamid, id, message.Wamid)), P.Bytes(wamid), P.Text(effect), P.Time(now),
            P.Text(RevokeKey(key, message.Wamid)), P.Bytes(Erased.Seal(key, id)), P.Text(db.Cause)) is not null;
    }

    private const string LockRevoked = """
        select id
        from fleet.message_logs
        where tenant_id = $1
          and wamid_index = $2
          and direction = 'inbound'
          and conversation_id = any($3)
        for no key update
        """;

    private const string Erase = """
        update fleet.message_logs
        set content = $3
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>The user took a message back: our copy of what it said goes. One that comes after its own revocation is never kept.</summary>
    /// <returns>The message; null if there is none of that id.</returns>
    public static async Task<Guid?> EraseAsync(TenantDb db, DataKey key, string wamid, IReadOnlyList<Guid> conversations, CancellationToken ct)
    {
        var revoked = await db.FindAsync<Guid?>(LockRevoked, row => row.GetGuid(0), ct, P.Bytes(key.WamidIndex(wamid)), P.Uuids([.. conversations]));
        if (revoked is { } id) await db.ExecuteAsync(Erase, ct, P.Uuid(id), P.Bytes(Erased.Seal(key, id)));
        return revoked;
    }

    private const string FindRevocation = """
        select true
        from fleet.message_logs
        where tenant_id = $1
          and effect_key = $2
        """;

    /// <summary>Whether the user took the message back before it came.</summary>
    public static Task<bool> IsRevokedAsync(TenantDb db, DataKey key, string wamid, CancellationToken ct)
        => db.FindAsync(FindRevocation, row => row.GetBoolean(0), ct, P.Text(RevokeKey(key, wamid)));

    private static string RevokeKey(DataKey key, string wamid) => $"revoke:{Convert.ToHexStringLower(key.WamidIndex(wamid))}";

    private const string Attribute = $"""
        with attributed as (
            update fleet.message_logs
            set driver_id = $3, transport_id = $4, stop_id = $5, reply_to = $6, reason = $7, is_business = $8
            where tenant_id = $1
              and id = $2
            returning id, driver_id, is_business
        ), counted as (
            select id as message_id, driver_id, '{UsageFacts.MessageIn}' as kind, $9 as period, $10 as at
            from attributed
            where is_business
        )
        {UsageFacts.AddMessages}
        """;

    /// <summary>Notes whom an inbound message is from and what it answers, and counts it in the month in which it was written.</summary>
    /// <param name="isBusiness">Not about consent, and somebody's own word.</param>
    /// <param name="zone">The company's.</param>
    public static Task AttributeAsync(
        TenantDb db, Guid id, Guid? driver, Guid? answered, Guid? transport, Guid? stop, string reason, bool isBusiness, TimeZoneInfo zone, DateTimeOffset usedAt, CancellationToken ct)
        => db.ExecuteAsync(Attribute, ct, P.Uuid(id), P.Uuid(driver), P.Uuid(transport), P.Uuid(stop), P.Uuid(answered), P.Text(reason),
            P.Bool(isBusiness), P.Day(BillingPeriod.Of(usedAt, zone)), P.Time(usedAt));

    // What waits for a template's approval may go as text now.
    private const string NoteInbound = """
        with woken as (
            update fleet.outbound
            set due_at = least(due_at, $4), template_held_at = null
            where tenant_id = $1
              and conversation_id = $2
              and template_held_at is not null
              and status in ('waiting', 'doubt')
            returning id
        ), noted as (
            update fleet.conversations
            set last_inbound_at = greatest(last_inbound_at, $3)
            where tenant_id = $1
              and id = $2
        )
        select exists (select from woken)
        """;

    /// <summary>The user wrote: WhatsApp's 24-hour window begins anew.</summary>
    /// <returns>Whether something that waited for that is due now.</returns>
    public static Task<bool> NoteInboundAsync(TenantDb db, Guid conversation, DateTimeOffset sentAt, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync(NoteInbound, row => row.GetBoolean(0), ct, P.Uuid(conversation), P.Time(sentAt), P.Time(now));

    // Told to the company's programs, and looked at again when its time for it is over.
    private const string InsertEntry = $"""
        with inserted as (
            insert into fleet.dispatcher_entries (tenant_id, id, conversation_id, message_id, driver_id, reason, since)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (tenant_id, message_id, reason) do nothing
            returning id
        ), reminded as (
            insert into fleet.reminders (tenant_id, kind, subject, lane, due_at, created_at)
            select $1, '{EntryEscalation.Name}', $9, $10, $8 + make_interval(mins => c.escalate_after_minutes), $8
            from inserted, fleet.tenant_configurations c
            where c.tenant_id = $1
        ), cause as (
            select id, '{WebhookEventTypes.NeedsDispatcher}' as type, id as subject_id, '' as detail, $7 as at, $8 as now
            from inserted
        )
        {OutgoingWebhooks.Add}
        """;

    /// <summary>Puts a message before a dispatcher.</summary>
    public static Task AddEntryAsync(TenantDb db, TimeProvider time, Guid conversation, Guid message, Guid? driver, string reason, DateTimeOffset since, CancellationToken ct)
    {
        var id = time.NewId();
        var subject = id.ToString("N");
        return db.ExecuteAsync(InsertEntry, ct,
            P.Uuid(id), P.Uuid(conversation), P.Uuid(message), P.Uuid(driver), P.Text(reason), P.Time(since), P.Time(time.GetUtcNow()), P.Text(subject), P.Small(Lanes.Of(subject)));
    }

    private const string Stop = """
        update fleet.conversations
        set stopped_at = coalesce(stopped_at, $3), stop_said_at = greatest(stop_said_at, $4)
        where tenant_id = $1
          and id = any($2)
        returning stopped_at
        """;

    /// <summary>The phone is silent from now on, for all who share it. The conversations' rows are locked by this until the commit, as by every sender before he begins.</summary>
    /// <param name="saidAt">The STOP's own time.</param>
    /// <returns>Since when it is silent.</returns>
    public static async Task<DateTimeOffset> StopAsync(TenantDb db, IReadOnlyList<Guid> conversations, DateTimeOffset saidAt, DateTimeOffset now, CancellationToken ct)
        => (await db.ListAsync(Stop, row => row.Time(0), ct, P.Uuids([.. conversations]), P.Time(now), P.Time(saidAt))).Min();

    private const string Resume = """
        update fleet.conversations
        set stopped_at = null
        where tenant_id = $1
          and id = any($2)
          and stopped_at is not null
          and coalesce(stop_said_at, stopped_at) < $3
        """;

    /// <summary>START: the phone may be written to again. One that is older than the STOP, or of the same second, undoes nothing: WhatsApp tells whole seconds, and in doubt the driver is left alone.</summary>
    /// <returns>Whether it was silent.</returns>
    public static async Task<bool> ResumeAsync(TenantDb db, IReadOnlyList<Guid> conversations, DateTimeOffset saidAt, CancellationToken ct)
        => await db.ExecuteAsync(Resume, ct, P.Uuids([.. conversations]), P.Time(saidAt)) > 0;

    private const string FindStopped = """
        select true
        from fleet.conversations
        where tenant_id = $1
          and id = any($2)
          and stopped_at is not null
        limit 1
        """;

    public static Task<bool> IsStoppedAsync(TenantDb db, IReadOnlyList<Guid> conversations, CancellationToken ct)
        => db.FindAsync(FindStopped, row => row.GetBoolean(0), ct, P.Uuids([.. conversations]));

    private const string TryIntroduce = """
        update fleet.conversations
        set introduced_at = $3
        where tenant_id = $1
          and id = $2
          and introduced_at is null
          and stopped_at is null
        """;

    /// <returns>True once for each conversation.</returns>
    public static async Task<bool> TryIntroduceAsync(TenantDb db, Guid conversation, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(TryIntroduce, ct, P.Uuid(conversation), P.Time(now)) == 1;

    private static LoggedMessage Read(Npgsql.NpgsqlDataReader row)
        => new(row.GetGuid(0), row.GetGuid(1), row.GuidOrNull(2), row.GuidOrNull(3), row.GuidOrNull(4), row.GetString(5), row.GetString(6));
}
