using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Messaging;

/// <summary>A message that is due, with all that decides whether it may go out.</summary>
internal sealed record DueMessage(
    Guid OutboundId, Guid MessageId, Guid Conversation, string IdentityKind, string Identity, MessageContent Content, int Attempts, bool IsResend, SendFacts Facts);

internal static class SendSql
{
    // Lost by a process that died between the attempt's commit and its end: from now on it is in doubt.
    private const string DoubtLost = """
        update fleet.outbound o
        set status = 'doubt', lease_token = null, lease_until = null,
            due_at = (select max(a.started_at) from fleet.attempts a where a.tenant_id = $1 and a.outbound_id = o.id) + $3
        where o.tenant_id = $1
          and o.lane = $2
          and o.status = 'sending'
          and o.lease_until < now()
        """;

    public static Task DoubtLostAsync(TenantDb db, short lane, CancellationToken ct)
        => db.ExecuteAsync(DoubtLost, ct, P.Small(lane), P.Span(SendPolicy.DoubtWindow));

    // A conversation that a handler or another sender has is passed over; it will be nudged again. STOP takes the same lock:
    // no attempt commits after a STOP has.
    private const string LockConversations = """
        select c.id
        from fleet.conversations c
        where c.tenant_id = $1
          and c.id in (
              select o.conversation_id
              from fleet.outbound o
              where o.tenant_id = $1
                and o.lane = $2
                and o.status in ('waiting', 'doubt')
                and o.due_at <= $3
              group by o.conversation_id
              order by min(o.due_at)
              limit $4)
        order by c.id
        for no key update skip locked
        """;

    public static Task<List<Guid>> LockConversationsAsync(TenantTransaction db, short lane, DateTimeOffset now, int limit, CancellationToken ct)
        => db.ListAsync(LockConversations, row => row.GetGuid(0), ct, P.Small(lane), P.Time(now), P.Number(limit));

    // Read after the lock, so that what another sender did before we got it is seen: one message of a conversation at a time.
    private const string ListDue = """
        select distinct on (o.conversation_id)
               o.id, o.message_id, o.conversation_id, c.identity_kind, c.identity, m.content, o.attempts, o.status = 'doubt',
               m.kind = 'template', d.consent_status, d.status, c.stopped_at, c.last_inbound_at, o.valid_until
        from fleet.outbound o
        join fleet.conversations c on c.tenant_id = o.tenant_id and c.id = o.conversation_id
        join fleet.message_logs m on m.tenant_id = o.tenant_id and m.id = o.message_id
        left join fleet.drivers d on d.tenant_id = o.tenant_id and d.id = o.driver_id
        where o.tenant_id = $1
          and o.conversation_id = any($2)
          and o.status in ('waiting', 'doubt')
          and o.due_at <= $3
          and not exists (
              select 1
              from fleet.outbound s
              where s.tenant_id = $1
                and s.conversation_id = o.conversation_id
                and s.status = 'sending')
        order by o.conversation_id, o.due_at, o.id
        """;

    public static Task<List<DueMessage>> ListDueAsync(TenantTransaction db, DataKey key, Guid[] conversations, DateTimeOffset now, CancellationToken ct)
        => db.ListAsync(ListDue, row =>
        {
            var (message, conversation) = (row.GetGuid(1), row.GetGuid(2));
            return new DueMessage(
                row.GetGuid(0), message, conversation, row.GetString(3), key.Decrypt(EncryptedColumns.ConversationIdentity, conversation, row.Bytes(4)),
                MessageContent.Open(key, message, row.Bytes(5)), row.GetInt32(6), row.GetBoolean(7),
                new(row.GetBoolean(8), row.TextOrNull(9), row.TextOrNull(10), row.TimeOrNull(11), row.TimeOrNull(12), row.TimeOrNull(13)));
        }, ct, P.Uuids(conversations), P.Time(now));

    public const string Begin = """
        with begun as (
            update fleet.outbound
            set status = 'sending', lease_token = $4, lease_until = now() + $5, attempts = attempts + 1,
                resends = resends + case when status = 'doubt' then 1 else 0 end
            where tenant_id = $1
              and id = $2
            returning id, message_id
        ), counted as (
            update fleet.message_logs m
            set attempts = m.attempts + 1
            from begun
            where m.tenant_id = $1
              and m.id = begun.message_id
        )
        insert into fleet.attempts (tenant_id, id, outbound_id, message_id, started_at)
        select $1, $3, id, message_id, $6
        from begun
        """;

    public const string CloseEarlier = """
        update fleet.attempts
        set closed_at = $3, outcome = 'unknown'
        where tenant_id = $1
          and outbound_id = $2
          and closed_at is null
        """;

    public const string EndUnsent = """
        with ended as (
            update fleet.outbound
            set status = 'done', lease_token = null, lease_until = null
            where tenant_id = $1
              and id = $2
            returning message_id
        )
        update fleet.message_logs m
        set status = $3, status_rank = $4, reason = m.reason || ':' || $5
        from ended
        where m.tenant_id = $1
          and m.id = ended.message_id
          and m.status in ('queued')
        """;

    // The message first, as the reports do: two that lock in one order can't lock each other out.
    public const string LockMessage = """
        select status
        from fleet.message_logs
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    private const string CloseAttempt = """
        update fleet.attempts
        set closed_at = $3, outcome = $4, error_code = $5, trace_id = $6
        where tenant_id = $1
          and id = $2
          and closed_at is null
        """;

    private const string SetAccepted = """
        update fleet.message_logs
        set wamid = coalesce(wamid, $3),
            status = case when status = 'queued' then 'accepted' else status end,
            status_rank = case when status = 'queued' then 1 else status_rank end
        where tenant_id = $1
          and id = $2
        """;

    private const string FinishOutbound = """
        update fleet.outbound
        set status = 'done', lease_token = null, lease_until = null
        where tenant_id = $1
          and id = $2
          and status <> 'done'
        """;

    /// <summary>WhatsApp has it. Written even if the lease ran out meanwhile: what is sent is sent.</summary>
    public static async Task AcceptAsync(TenantTransaction db, Guid attempt, DueMessage message, string wamid, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(LockMessage, P.Uuid(message.MessageId))
            .Add(CloseAttempt, P.Uuid(attempt), P.Time(now), P.Text("accepted"), P.Number((int?)null), P.Text(null))
            .Add(SetAccepted, P.Uuid(message.MessageId), P.Text(wamid))
            .Add(FinishOutbound, P.Uuid(message.OutboundId));
        await batch.ExecuteAsync(ct);
    }

    // Only by the one who holds it: a status report may have settled the attempt meanwhile, or another sender have it.
    private const string Postpone = """
        update fleet.outbound
        set status = $4, due_at = $5, lease_token = null, lease_until = null
        where tenant_id = $1
          and id = $2
          and lease_token = $3
        """;

    /// <param name="status"><c>waiting</c> for another try, <c>doubt</c> if it may have been sent.</param>
    public static async Task PostponeAsync(
        TenantTransaction db, Guid attempt, DueMessage message, Guid token, string status, DateTimeOffset dueAt, string outcome, int code, string? trace, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(LockMessage, P.Uuid(message.MessageId));
        // An attempt in doubt stays open: a report may still settle it.
        if (status == "waiting") batch.Add(CloseAttempt, P.Uuid(attempt), P.Time(now), P.Text(outcome), P.Number((int?)code), P.Text(trace));
        batch.Add(Postpone, P.Uuid(message.OutboundId), P.Uuid(token), P.Text(status), P.Time(dueAt));
        await batch.ExecuteAsync(ct);
    }

    private const string Fail = """
        with failed as (
            update fleet.outbound
            set status = 'done', lease_token = null, lease_until = null
            where tenant_id = $1
              and id = $2
              and lease_token = $3
            returning message_id
        )
        update fleet.message_logs m
        set status = 'failed', status_rank = 3, error_code = $4, failed_at = $5
        from failed
        where m.tenant_id = $1
          and m.id = failed.message_id
          and m.status_rank < 3
        """;

    public static async Task FailAsync(TenantTransaction db, Guid attempt, DueMessage message, Guid token, string outcome, int code, string? trace, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(LockMessage, P.Uuid(message.MessageId))
            .Add(CloseAttempt, P.Uuid(attempt), P.Time(now), P.Text(outcome), P.Number((int?)code), P.Text(trace))
            .Add(Fail, P.Uuid(message.OutboundId), P.Uuid(token), P.Number((int?)code), P.Time(now));
        await batch.ExecuteAsync(ct);
    }
}
