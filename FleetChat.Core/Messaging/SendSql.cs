using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>A message that is due, still sealed, with all that decides whether it may go out.</summary>
/// <param name="Attempts">How often it was tried before.</param>
/// <param name="Retries">How often it failed for now: it has an orchestration if it did.</param>
/// <param name="Reason">Why it is sent, as a code.</param>
/// <param name="Site">Null: it tells of no visit.</param>
internal sealed record DueMessage(
    Guid OutboundId, Guid MessageId, Guid Conversation, string IdentityKind, byte[] Identity, byte[] Content, int Attempts, int Retries, string Reason, SendFacts Facts, DueSite? Site)
{
    /// <summary>See <see cref="PairPace"/>.</summary>
    public DateTimeOffset? PacedUntil { get; init; }

    /// <summary>When its person was written to outside WhatsApp's window last.</summary>
    public DateTimeOffset? ReachedAt { get; init; }

    /// <summary>Null: it is none, or of before templates were kept.</summary>
    public DueTemplate? Template { get; init; }
}

/// <summary>A message whose attempt is committed: the call may be made.</summary>
/// <param name="Token">Of the lease on the outbound row.</param>
internal sealed record Begun(Guid OutboundId, Guid MessageId, Guid Conversation, int Attempts, Guid Attempt, Guid Token, string IdentityKind, string Identity, MessageContent Content)
{
    public int Retries { get; init; }

    public string Reason { get; init; } = "";

    public DateTimeOffset? ValidUntil { get; init; }

    public string? Purpose { get; init; }

    /// <summary>See <see cref="PairPace"/>.</summary>
    public DateTimeOffset? PacedUntil { get; init; }

    /// <summary>Whether it is written outside WhatsApp's window: its person counts against the portfolio's limit.</summary>
    public bool Reaches { get; init; }

    /// <summary>When its person was written to outside the window last.</summary>
    public DateTimeOffset? ReachedAt { get; init; }

    /// <summary>Subject of a hold of its template; null if it is none.</summary>
    public string? Template => SendingHolds.SubjectOf(Content);

    /// <summary>The name under which Meta has approved its template; null: as the content names it.</summary>
    public string? ApprovedName { get; init; }

    /// <summary>It goes out in another language than it was queued in.</summary>
    public bool IsInOtherLanguage { get; init; }

    /// <summary>Whether it tries for all others if the number works again.</summary>
    public bool ProbesAll { get; init; }

    /// <summary>Whether it tries for all others of its template.</summary>
    public bool ProbesTemplate { get; init; }
}

internal static class SendSql
{
    // Lost by a process that died between the attempt's commit and its end: from now on it is in doubt. The window begins when
    // somebody is here again to hear a report: while nobody was, none could settle it. What its orchestration should have taken up
    // long ago is taken up here.
    private const string TakeUpLost = """
        update fleet.outbound o
        set status = case when o.status = 'sending' then 'doubt' else 'waiting' end,
            due_at = case when o.status = 'sending' then $3 else o.due_at end,
            lease_token = null, lease_until = null
        where o.tenant_id = $1
          and o.lane = $2
          and (o.status = 'sending' and o.lease_until < now()
               or o.status = 'retrying' and o.due_at <= $4)
        """;

    /// <summary>Takes up what was lost, and puts the lane's flag down.</summary>
    public static async Task TakeUpAsync(TenantDb db, short lane, DateTimeOffset now, CancellationToken ct)
    {
        // Messages before flags, as all do who raise one for what they wrote: a report may be settling what is lost here.
        await using var batch = db.Batch()
            .Add(TakeUpLost, P.Small(lane), P.Time(now + SendPolicy.DoubtWindow), P.Time(now - RetryMessage.LostAfter))
            .Add(LaneSql.LowerFlag, P.Text(Lanes.SendStage), P.Small(lane));
        await batch.ExecuteAsync(ct);
    }

    // A report that came within the doubt window may settle the doubt, and after an outage it is read only now.
    private const string ReportUnread = $"""
        exists (
            select 1
            from fleet.inbox i
            where i.tenant_id = $1
              and i.status = 'pending'
              and i.kind = '{WhatsAppDelivery.Status}'
              and i.received_at <= o.due_at)
        """;

    private const string IsDue = $"""
        o.tenant_id = $1
                and o.lane = $2
                and o.status in ('waiting', 'doubt')
                and o.due_at <= $3
                and not exists (
                    select 1
                    from fleet.outbound s
                    where s.tenant_id = $1
                      and s.conversation_id = o.conversation_id
                      and s.status = 'sending')
                and not (o.status = 'doubt' and {ReportUnread})
        """;

    private const string AnyDue = $"""
        select exists (
            select
            from fleet.outbound o
            where {IsDue})
        """;

    /// <summary>What rests of the company's sending, and whether anything of the lane is due at all.</summary>
    public static async Task<(SendingHolds Holds, bool IsAnyDue)> LookAsync(TenantDb db, DataKey key, TenantSettings tenant, short lane, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(SendingHoldSql.List, P.Time(now)).Add(AnyDue, P.Small(lane), P.Time(now));
        await using var reader = await batch.ReadAsync(ct);
        var holds = await reader.ListAsync(SendingHoldSql.Read, ct);
        return (new(holds, SendingHolds.IndexOf(key, tenant)), await reader.ListAsync(row => row.GetBoolean(0), ct) is [true]);
    }

    // STOP takes the same lock: no attempt commits after a STOP has. Who has a conversation has it for one short transaction, so
    // it is waited for: passed over, its message would wait for the sweep.
    private const string LockConversations = $"""
        select c.id
        from fleet.conversations c
        where c.tenant_id = $1
          and c.id in (
              select o.conversation_id
              from fleet.outbound o
              where {IsDue}
              group by o.conversation_id
              order by min(o.due_at)
              limit $4)
        order by c.id
        for no key update
        """;

    public static Task<List<Guid>> LockConversationsAsync(TenantTransaction db, short lane, DateTimeOffset now, int limit, CancellationToken ct)
        => db.ListAsync(LockConversations, row => row.GetGuid(0), ct, P.Small(lane), P.Time(now), P.Number(limit));

    // Read after the lock, so that what another sender did before we got it is seen: one message of a conversation at a time.
    private const string ListDue = $"""
        select distinct on (o.conversation_id)
               o.id, o.message_id, o.conversation_id, c.identity_kind, c.identity, m.content, o.attempts, o.retries, m.reason,
               m.kind = 'template', d.consent_status, d.status, c.stopped_at, c.last_inbound_at, o.valid_until, o.status = 'doubt', o.resends,
               o.can_wait and o.status = 'waiting' and o.driver_id is not null, w.state, w.looked_at, w.drove_at,
               (select h.held_at from fleet.holds h where h.tenant_id = $1 and h.message_id = o.message_id and h.released_at is null),
               o.for_crew and (o.driver_id in (t.driver_id, t.co_driver_id)) is not true,
               case when o.status = 'waiting'
                     and t.samsara_driver_id is null
                     and t.crew_vehicle_id = t.samsara_vehicle_id
                     and t.status in ('assigned', 'accepted', 'en_route', 'arrived', 'loaded')
                     and coalesce(l.looked_at, '-infinity') < $4 then t.id end,
               v.id, v.entered_at, v.samsara_vehicle_id, d.samsara_driver_id, o.can_resend, o.purpose, c.paced_until, c.reached_at,
               o.template, o.template_language, d.language, (
                   select a.name
                   from fleet.message_templates a
                   where a.tenant_id = $1
                     and a.account_id = $5
                     and a.template = o.template
                     and a.language = o.template_language
                     and a.status = 'APPROVED'
                     and a.category = 'UTILITY'
                   order by a.footer = $6 desc, a.version desc
                   limit 1)
        from fleet.outbound o
        join fleet.conversations c on c.tenant_id = o.tenant_id and c.id = o.conversation_id
        join fleet.message_logs m on m.tenant_id = o.tenant_id and m.id = o.message_id
        left join fleet.drivers d on d.tenant_id = o.tenant_id and d.id = o.driver_id
        left join fleet.wheel_looks w on w.tenant_id = o.tenant_id and w.driver_id = o.driver_id
        left join fleet.transports t on o.for_crew and t.tenant_id = o.tenant_id and t.id = m.transport_id
        left join fleet.vehicle_looks l on l.tenant_id = t.tenant_id and l.samsara_vehicle_id = t.samsara_vehicle_id
        left join fleet.site_visits v on v.tenant_id = o.tenant_id and v.id = o.site_visit_id
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
          and not (o.status = 'doubt' and {ReportUnread})
        order by o.conversation_id, o.due_at, o.id
        """;

    /// <param name="account">Whose templates count.</param>
    /// <param name="footer">The company's: a template with it goes before others.</param>
    public static Task<List<DueMessage>> ListDueAsync(TenantTransaction db, string? account, string footer, Guid[] conversations, DateTimeOffset now, CancellationToken ct)
        => db.ListAsync(ListDue, row => new DueMessage(
            row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.Bytes(4), row.Bytes(5), row.GetInt32(6), row.GetInt32(7), row.GetString(8),
            new(row.GetBoolean(9), row.TextOrNull(10), row.TextOrNull(11), row.TimeOrNull(12), row.TimeOrNull(13), row.TimeOrNull(14), row.GetBoolean(15), row.GetInt32(16))
            {
                CanWait = row.GetBoolean(17),
                Wheel = row.IsDBNull(18) ? null : (row.GetString(18), row.Time(19)),
                DroveAt = row.TimeOrNull(20),
                HeldAt = row.TimeOrNull(21),
                IsOthers = row.GetBoolean(22),
                CrewToAsk = row.GuidOrNull(23) is { } transport ? new(CrewReminder.Name, transport.ToString("N")) : null,
                CanResend = row.GetBoolean(28),
                Purpose = row.TextOrNull(29),
            },
            row.GuidOrNull(24) is { } visit ? new(SiteTold.Of(visit, row.Time(25)), row.GetString(26), row.GetString(27)) : null)
            {
                PacedUntil = row.TimeOrNull(30),
                ReachedAt = row.TimeOrNull(31),
                Template = row.TextOrNull(32) is { } template ? new(template, row.GetString(33), row.TextOrNull(34), row.TextOrNull(35)) : null,
            },
            ct, P.Uuids(conversations), P.Time(now), P.Time(now - VehicleCrew.Fresh), P.Text(account), P.Text(footer));

    private const string AskForCrew = """
        update fleet.outbound
        set due_at = $3
        where tenant_id = $1
          and id = $2
          and status = 'waiting'
        """;

    /// <summary>It waits until somebody has looked who drives. A dispatcher is told if nobody can.</summary>
    public static async Task AskForCrewAsync(TenantTransaction db, TimeProvider time, Guid outbound, Reminders.Reminder look, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await db.ExecuteAsync(AskForCrew, ct, P.Uuid(outbound), P.Time(now + 2 * TransportCrew.AskAgain));
        await Reminders.Reminders.SetIfSoonerAsync(db, time, look, now, ct);
    }

    // The messages first and in one order, as the reports do: two that lock in one order can't lock each other out.
    public const string LockMessages = """
        select 1
        from fleet.message_logs
        where tenant_id = $1
          and id = any($2)
        order by id
        for no key update
        """;

    // What a report settled since the row was read is not begun.
    public const string Begin = """
        with begun as (
            update fleet.outbound o
            set status = 'sending', lease_token = $4, lease_until = now() + $5, attempts = o.attempts + 1,
                resends = o.resends + case when o.status = 'doubt' then 1 else 0 end
            from unnest($2, $3, $7, $8) as g (outbound_id, attempt_id, paced_until, reaches)
            where o.tenant_id = $1
              and o.id = g.outbound_id
              and o.status in ('waiting', 'doubt')
            returning o.id, o.message_id, o.conversation_id, g.attempt_id, g.paced_until, g.reaches
        ), paced as (
            update fleet.conversations c
            set paced_until = begun.paced_until, reached_at = case when begun.reaches then $6 else c.reached_at end
            from begun
            where c.tenant_id = $1
              and c.id = begun.conversation_id
        ), counted as (
            update fleet.message_logs m
            set attempts = m.attempts + 1
            from begun
            where m.tenant_id = $1
              and m.id = begun.message_id
        ), earlier as (
            update fleet.attempts a
            set closed_at = $6, outcome = 'unknown'
            from begun
            where a.tenant_id = $1
              and a.outbound_id = begun.id
              and a.closed_at is null
        )
        insert into fleet.attempts (tenant_id, id, outbound_id, message_id, started_at)
        select $1, attempt_id, id, message_id, $6
        from begun
        returning id
        """;

    public const string EndUnsent = """
        with ended as (
            update fleet.outbound o
            set status = 'done', lease_token = null, lease_until = null
            from unnest($2, $3, $4, $5, $6) as g (outbound_id, status, status_rank, reason, rule)
            where o.tenant_id = $1
              and o.id = g.outbound_id
              and o.status in ('waiting', 'doubt')
            returning o.message_id, g.status, g.status_rank, g.reason, g.rule
        ), told as (
            update fleet.message_logs m
            set status = case when m.status = 'queued' then ended.status else 'failed' end,
                status_rank = case when m.status = 'queued' then ended.status_rank else 3 end,
                reason = m.reason || ':' || ended.reason
            from ended
            where m.tenant_id = $1
              and m.id = ended.message_id
              -- It was sent, failed, and was to be sent again.
              and (m.status = 'queued' or m.failed_at is not null and m.status_rank < 3)
            returning m.id, ended.reason, ended.rule
        ), noted as (
            insert into fleet.decisions (tenant_id, at, kind, subject, outcome, message_id)
            select $1, $7, 'unsent', told.rule, told.reason, told.id
            from told
        )
        select id
        from told
        """;

    private const string CloseAttempt = """
        update fleet.attempts
        set closed_at = $3, outcome = $4, error_code = $5, trace_id = $6
        where tenant_id = $1
          and id = $2
          and closed_at is null
        """;

    // Closed as unknown by a resend, and answered after all: the answer is the truth. What a report has closed, it has counted.
    private const string CloseAccepted = $"""
        with closed as (
            update fleet.attempts
            set closed_at = $3, outcome = 'accepted', wamid_index = coalesce(wamid_index, $4)
            where tenant_id = $1
              and id = $2
              and (closed_at is null or outcome = 'unknown')
            returning message_id, $5 as period, $3 as at
        )
        {UsageFacts.AddSent}
        """;

    private const string SetAccepted = """
        update fleet.message_logs
        set wamid = coalesce(wamid, $3), wamid_index = coalesce(wamid_index, $4),
            status = case when status = 'queued' then 'accepted' else status end,
            status_rank = case when status = 'queued' then 1 else status_rank end
        where tenant_id = $1
          and id = $2
        """;

    // A report that overtook this answer may have said that the attempt failed, and then the message is to be sent again.
    private const string FinishOutbound = """
        update fleet.outbound o
        set status = 'done', lease_token = null, lease_until = null
        where o.tenant_id = $1
          and o.id = $2
          and o.status <> 'done'
          and not exists (
              select
              from fleet.attempts a
              where a.tenant_id = $1
                and a.id = $3
                and a.outcome = 'failed')
        """;

    /// <summary>WhatsApp has it. Written even if the lease ran out meanwhile: what is sent is sent.</summary>
    /// <param name="period">In which it counts.</param>
    /// <param name="commits">In the same round trip.</param>
    public static async Task AcceptAsync(TenantTransaction db, DataKey key, Begun begun, string wamid, DateOnly period, DateTimeOffset now, bool commits, CancellationToken ct)
    {
        var (message, index) = (begun.MessageId, key.WamidIndex(wamid));
        await using var batch = db.Batch()
            .Add(LockMessages, P.Uuids([message]))
            .Add(CloseAccepted, P.Uuid(begun.Attempt), P.Time(now), P.Bytes(index), P.Day(period))
            .Add(SetAccepted, P.Uuid(message), P.Bytes(key.Encrypt(EncryptedColumns.MessageWamid, message, wamid)), P.Bytes(index))
            .Add(FinishOutbound, P.Uuid(begun.OutboundId), P.Uuid(begun.Attempt));
        if (commits) batch.AddCommit();
        await batch.ExecuteAsync(ct);
    }

    // Only by the one who holds it: a status report may have settled the attempt meanwhile, or another sender have it.
    private const string Postpone = """
        update fleet.outbound
        set status = $4, due_at = $5, lease_token = null, lease_until = null,
            attempts = attempts - case when $6 then 0 else 1 end, retries = retries + case when $4 = 'retrying' then 1 else 0 end
        where tenant_id = $1
          and id = $2
          and lease_token = $3
        """;

    private const string CloseTransient = "transient";

    /// <summary>It was not sent, and its orchestration wakes for another try.</summary>
    /// <returns>False if a report had settled it already.</returns>
    public static Task<bool> RetryAsync(TenantTransaction db, Begun begun, WhatsAppException failure, DateTimeOffset dueAt, DateTimeOffset now, CancellationToken ct)
        => PostponeAsync(db, begun, failure, "retrying", dueAt, counts: true, now, ct);

    /// <summary>It was not sent, and that says nothing about the message: it waits for what stops it.</summary>
    public static Task RestAsync(TenantTransaction db, Begun begun, WhatsAppException failure, DateTimeOffset dueAt, DateTimeOffset now, CancellationToken ct)
        => PostponeAsync(db, begun, failure, "waiting", dueAt, counts: false, now, ct);

    private static async Task<bool> PostponeAsync(TenantTransaction db, Begun begun, WhatsAppException failure, string status, DateTimeOffset dueAt, bool counts, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(LockMessages, P.Uuids([begun.MessageId]))
            .Add(CloseAttempt, P.Uuid(begun.Attempt), P.Time(now), P.Text(CloseTransient), P.Number((int?)failure.Code), P.Text(failure.TraceId));
        await batch.ExecuteAsync(ct);
        return await db.ExecuteAsync(Postpone, ct, P.Uuid(begun.OutboundId), P.Uuid(begun.Token), P.Text(status), P.Time(dueAt), P.Bool(counts)) == 1;
    }

    private const string Rest = """
        update fleet.outbound o
        set due_at = least(o.valid_until + interval '1 millisecond', g.due_at)
        from unnest($2, $3) as g (id, due_at)
        where o.tenant_id = $1
          and o.id = g.id
          and o.status in ('waiting', 'doubt')
        """;

    /// <summary>What stops their driver or their template is not over yet.</summary>
    public static Task RestAsync(TenantTransaction db, IReadOnlyList<(Guid Outbound, DateTimeOffset Until)> resting, CancellationToken ct)
        => db.ExecuteAsync(Rest, ct, P.Uuids([.. resting.Select(r => r.Outbound)]), P.Times([.. resting.Select(r => (DateTimeOffset?)r.Until)]));

    // All that waits for him, at once: each by itself would be looked at, and put off, as often as there are others.
    private const string RestPaced = """
        update fleet.outbound o
        set due_at = least(o.valid_until + interval '1 millisecond', g.due_at)
        from unnest($2, $3) as g (conversation_id, due_at)
        where o.tenant_id = $1
          and o.conversation_id = any($2)
          and o.conversation_id = g.conversation_id
          and o.status in ('waiting', 'doubt')
          and o.due_at < g.due_at
        """;

    /// <summary>A person is written to no faster.</summary>
    public static Task RestPacedAsync(TenantTransaction db, IReadOnlyList<(Guid Conversation, DateTimeOffset Until)> paced, CancellationToken ct)
        => db.WriteAsync(RestPaced, ct, P.Uuids([.. paced.Select(p => p.Conversation)]), P.Times([.. paced.Select(p => (DateTimeOffset?)p.Until)]));

    /// <summary>It may have been sent. The attempt stays open: a report may still settle it.</summary>
    public static async Task DoubtAsync(TenantTransaction db, Begun begun, DateTimeOffset dueAt, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(LockMessages, P.Uuids([begun.MessageId]))
            .Add(Postpone, P.Uuid(begun.OutboundId), P.Uuid(begun.Token), P.Text("doubt"), P.Time(dueAt), P.Bool(true));
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
        set status = case when $6 and m.status = 'queued' then 'expired' else 'failed' end,
            status_rank = case when $6 and m.status = 'queued' then 0 else 3 end,
            failed_at = case when $6 then m.failed_at else $5 end,
            reason = case when $6 then m.reason || ':expired' else m.reason end, error_code = $4
        from failed
        where m.tenant_id = $1
          and m.id = failed.message_id
          and m.status_rank < 3
        """;

    /// <summary>It was refused for good, or for longer than it is true.</summary>
    /// <returns>False if a report had settled the message already.</returns>
    public static async Task<bool> FailAsync(TenantTransaction db, Begun begun, WhatsAppException failure, bool isLate, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(LockMessages, P.Uuids([begun.MessageId]))
            .Add(CloseAttempt, P.Uuid(begun.Attempt), P.Time(now), P.Text(isLate ? CloseTransient : "refused"), P.Number((int?)failure.Code), P.Text(failure.TraceId));
        await batch.ExecuteAsync(ct);
        return await db.ExecuteAsync(Fail, ct, P.Uuid(begun.OutboundId), P.Uuid(begun.Token), P.Number((int?)failure.Code), P.Time(now), P.Bool(isLate)) == 1;
    }
}
