using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using Npgsql;

namespace FleetChat.Core.Monitoring.Why;

/// <summary>Something that arrived, without what was in it.</summary>
internal sealed record ArrivedEvent(
    Guid Id, string Source, string Kind, string ExternalId, DateTimeOffset ReceivedAt, string Status, string? Outcome, int Attempts, DateTimeOffset? FinishedAt, DateTimeOffset DueAt)
{
    public string Cause => Causes.Event(Id);
}

/// <param name="Cause">What was being worked on when it was made; null for a request from outside.</param>
/// <param name="Supersedes">What it is about, where a newer word replaces it.</param>
internal sealed record TracedMessage(
    ExplainedMessage Message, string? Cause, Guid? ReplyTo, string? Supersedes, DateTimeOffset Timestamp,
    DateTimeOffset? SentAt, DateTimeOffset? DeliveredAt, DateTimeOffset? ReadAt, DateTimeOffset? FailedAt)
{
    public Guid Id => Message.Id;
}

internal sealed record KeptDecision(
    DateTimeOffset At, string? Cause, string Kind, string Subject, Guid? Transport, Guid? Stop, Guid? Driver, Guid? Message, string Outcome, DateTimeOffset? DueAt);

/// <param name="At">When we noted it.</param>
internal sealed record KeptFact(DateTimeOffset At, DateTimeOffset HappenedAt, string What, string Source, Guid Transport, Guid? Stop, string EffectKey, string? Cause, Guid? Message);

internal sealed record MadeCall(Guid Id, string Kind, string Status, string? Outcome, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt, string? Cause);

/// <summary>How an orchestration was begun; commands are kept for some days.</summary>
internal sealed record BegunFlow(DateTimeOffset At, string Outcome, DateTimeOffset OrderedAt, string? Cause);

internal static class WhySql
{
    /// <summary>Of one kind of thing in one explanation: more says nothing to anybody.</summary>
    private const int Most = 100;

    private const string EventColumns = "i.id, i.source, i.kind, i.external_id, i.received_at, i.status, i.outcome, i.attempts, i.finished_at, i.due_at";

    private const string ListEvents = $"""
        select {EventColumns}
        from fleet.inbox i
        where i.tenant_id = $1
          and i.received_on = any($2)
          and i.id = any($3)
        """;

    public static async Task<List<ArrivedEvent>> ListEventsAsync(TenantDb db, DataKey key, IReadOnlyCollection<Guid> ids, CancellationToken ct) => ids.Count == 0
        ? []
        : await db.ListAsync(ListEvents, row => ReadEvent(row, key), ct, P.Days(InboxDays.Of(ids)), P.Uuids([.. ids]));

    private const string FindKeys = """
        select k.received_at
        from fleet.inbox_keys k
        where k.tenant_id = $1
          and k.source in ('samsara', 'whatsapp')
          and k.external_index = $2
        """;

    // Rows that came in one delivery have one time, and ids of that moment.
    private const string ListReceivedAt = $"""
        select {EventColumns}
        from fleet.inbox i
        where i.tenant_id = $1
          and i.received_on = $2
          and i.received_at = $3
        """;

    public static async Task<ArrivedEvent?> FindEventAsync(TenantDb db, DataKey key, string externalId, CancellationToken ct)
    {
        foreach (var at in await db.ListAsync(FindKeys, row => row.Time(0), ct, P.Bytes(key.BlindIndex("external_id", externalId))))
        {
            var rows = await db.ListAsync(ListReceivedAt, row => ReadEvent(row, key), ct, P.Day(DateOnly.FromDateTime(at.UtcDateTime)), P.Time(at));
            if (rows.Find(row => row.ExternalId == externalId) is { } found) return found;
        }
        return null;
    }

    private const string MessageColumns = """
        m.id, m.direction, m.kind, m.status, m.reason, m.driver_id, m.transport_id, m.stop_id, m.attempts, m.error_code, m.created_at,
        case when o.status <> 'done' then o.due_at end, o.valid_until, m.cause, m.reply_to, o.supersedes, m.timestamp, m.sent_at, m.delivered_at, m.read_at, m.failed_at
        """;

    private const string ListMessages = $"""
        select {MessageColumns}
        from fleet.message_logs m
        left join fleet.outbound o on o.tenant_id = m.tenant_id and o.message_id = m.id
        where m.tenant_id = $1
          and m.id = any($2)
        order by m.created_at, m.id
        """;

    public static Task<List<TracedMessage>> ListMessagesAsync(TenantDb db, IEnumerable<Guid> ids, CancellationToken ct) => db.ListAsync(ListMessages, ReadMessage, ct, P.Uuids([.. ids]));

    private const string ListCaused = $"""
        select {MessageColumns}
        from fleet.message_logs m
        left join fleet.outbound o on o.tenant_id = m.tenant_id and o.message_id = m.id
        where m.tenant_id = $1
          and m.cause = $2
          and m.created_at between $3 and $4
        order by m.created_at, m.id
        limit $5
        """;

    /// <summary>Made in the work on it, in a span of time: a reminder is worked on again and again.</summary>
    public static Task<List<TracedMessage>> ListMessagesAsync(TenantDb db, string cause, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
        => db.ListAsync(ListCaused, ReadMessage, ct, P.Text(cause), P.Time(from), P.Time(until), P.Number(Most));

    private const string FindMessage = """
        select m.id
        from fleet.message_logs m
        where m.tenant_id = $1
          and (m.wamid_index = $2 or m.effect_key = $3)
        """;

    /// <summary>By WhatsApp's id, or by what it is the effect of.</summary>
    public static Task<Guid?> FindMessageAsync(TenantDb db, DataKey key, string id, CancellationToken ct)
        => db.FindAsync<Guid?>(FindMessage, row => row.GetGuid(0), ct, P.Bytes(key.WamidIndex(id)), P.Text(id));

    private const string ListReplies = $"""
        select {MessageColumns}
        from fleet.message_logs m
        left join fleet.outbound o on false
        where m.tenant_id = $1
          and m.conversation_id = (select a.conversation_id from fleet.message_logs a where a.tenant_id = $1 and a.id = $2)
          and m.timestamp >= $3
          and m.reply_to = $2
        order by m.timestamp, m.id
        limit $4
        """;

    /// <param name="since">The message's own time; phones have clocks of their own.</param>
    public static Task<List<TracedMessage>> ListRepliesAsync(TenantDb db, Guid message, DateTimeOffset since, CancellationToken ct)
        => db.ListAsync(ListReplies, ReadMessage, ct, P.Uuid(message), P.Time(since.AddHours(-1)), P.Number(Most));

    private const string FindSender = """
        select t.status, c.whatsapp_phone_number_id
        from fleet.tenants t
        left join fleet.tenant_configurations c on c.tenant_id = t.tenant_id
        where t.tenant_id = $1
        """;

    public static Task<(string Status, string? PhoneNumberId)> FindSenderAsync(TenantDb db, CancellationToken ct)
        => db.FindAsync(FindSender, row => (row.GetString(0), row.TextOrNull(1)), ct);

    private const string ListPauses = $"""
        select case when is_platforms then 'paused by FleetChat: ' else 'paused by the company: ' end || reason, begins_at, ends_at
        from fleet.sending_pauses
        where tenant_id = $1
          and ended_at is null
          and begins_at <= $2
          and coalesce(ends_at, 'infinity') > $2
        union all
        select 'WhatsApp refused: ' || code, since, until
        from fleet.sending_holds
        where tenant_id = $1
          and scope in ('tenant', 'number', 'account')
          and until > $2
        union all
        select 'WhatsApp''s daily limit is reached: who did not write within a day waits', opened_at, null
        from fleet.alerts
        where tenant_id = $1
          and code = '{AlertCodes.WhatsAppDailyLimit}'
          and closed_at is null
        """;

    /// <summary>What holds all that the company sends, or that to most drivers, since when and until when.</summary>
    public static Task<List<(string What, DateTimeOffset Since, DateTimeOffset? Until)>> ListPausesAsync(TenantDb db, DateTimeOffset now, CancellationToken ct)
        => db.ListAsync(ListPauses, row => (row.GetString(0), row.Time(1), row.TimeOrNull(2)), ct, P.Time(now));

    private const string ListAttempts = """
        select a.started_at, a.closed_at, a.outcome, a.error_code
        from fleet.attempts a
        join fleet.outbound o on o.tenant_id = a.tenant_id and o.id = a.outbound_id
        where a.tenant_id = $1
          and o.message_id = $2
        order by a.started_at, a.id
        """;

    public static Task<List<(DateTimeOffset StartedAt, DateTimeOffset? ClosedAt, string? Outcome, int? ErrorCode)>> ListAttemptsAsync(TenantDb db, Guid message, CancellationToken ct)
        => db.ListAsync(ListAttempts, row => (row.Time(0), row.TimeOrNull(1), row.TextOrNull(2), row.IntOrNull(3)), ct, P.Uuid(message));

    private const string DecisionColumns = "d.at, d.cause, d.kind, d.subject, d.transport_id, d.stop_id, d.driver_id, d.message_id, d.outcome, d.due_at";

    private const string DecisionsOfCause = $"""
        select {DecisionColumns}
        from fleet.decisions d
        where d.tenant_id = $1
          and d.cause = $2
          and d.at between $3 and $4
        order by d.at, d.id
        limit $5
        """;

    public static Task<List<KeptDecision>> ListDecisionsAsync(TenantDb db, string cause, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
        => db.ListAsync(DecisionsOfCause, ReadDecision, ct, P.Text(cause), P.Time(from), P.Time(until), P.Number(Most));

    private const string DecisionsOfMessage = $"""
        select {DecisionColumns}
        from fleet.decisions d
        where d.tenant_id = $1
          and d.message_id = $2
        order by d.at, d.id
        limit $3
        """;

    public static Task<List<KeptDecision>> ListDecisionsAsync(TenantDb db, Guid message, CancellationToken ct) => db.ListAsync(DecisionsOfMessage, ReadDecision, ct, P.Uuid(message), P.Number(Most));

    private const string DecisionsOfSubjects = $"""
        select {DecisionColumns}
        from fleet.decisions d
        where d.tenant_id = $1
          and d.subject = any($2)
          and d.kind = any($3)
          and d.kind in ('known', 'watched', 'looked')
        order by d.at, d.id
        """;

    public static Task<List<KeptDecision>> ListDecisionsAsync(TenantDb db, IReadOnlyCollection<string> subjects, string[] kinds, CancellationToken ct) => subjects.Count == 0
        ? Task.FromResult<List<KeptDecision>>([])
        : db.ListAsync(DecisionsOfSubjects, ReadDecision, ct, P.Texts([.. subjects]), P.Texts(kinds));

    private const string HeldForDigest = $"""
        select {DecisionColumns}
        from fleet.decisions d
        where d.tenant_id = $1
          and d.at between $3 and $4
          and d.driver_id = $2
          and d.outcome = 'held: digest'
        order by d.at, d.id
        limit $5
        """;

    public static Task<List<KeptDecision>> ListHeldAsync(TenantDb db, Guid driver, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
        => db.ListAsync(HeldForDigest, ReadDecision, ct, P.Uuid(driver), P.Time(from), P.Time(until), P.Number(Most));

    private const string FactColumns = "e.recorded_at, e.happened_at, e.what, e.source, e.transport_id, e.stop_id, e.effect_key, e.cause, e.message_id";

    private const string FactsOfCause = $"""
        select {FactColumns}
        from fleet.transport_events e
        where e.tenant_id = $1
          and e.cause = $2
        order by e.recorded_at, e.id
        limit $3
        """;

    public static Task<List<KeptFact>> ListFactsAsync(TenantDb db, string cause, CancellationToken ct) => db.ListAsync(FactsOfCause, ReadFact, ct, P.Text(cause), P.Number(Most));

    private const string FactsByEffect = $"""
        select {FactColumns}
        from fleet.transport_events e
        where e.tenant_id = $1
          and e.effect_key = any($2)
        """;

    public static Task<List<KeptFact>> ListFactsAsync(TenantDb db, IReadOnlyCollection<string> effects, CancellationToken ct) => effects.Count == 0
        ? Task.FromResult<List<KeptFact>>([])
        : db.ListAsync(FactsByEffect, ReadFact, ct, P.Texts([.. effects]));

    private const string FindFact = $"""
        select {FactColumns}
        from fleet.transport_events e
        where e.tenant_id = $1
          and e.id = $2
        """;

    public static Task<KeptFact?> FindFactAsync(TenantDb db, Guid id, CancellationToken ct) => db.FindAsync(FindFact, ReadFact, ct, P.Uuid(id));

    private const string ListHolds = """
        select held_at, reason, released_at, release
        from fleet.holds
        where tenant_id = $1
          and message_id = $2
        order by held_at, id
        """;

    public static Task<List<(DateTimeOffset HeldAt, string Reason, DateTimeOffset? ReleasedAt, string? Release)>> ListHoldsAsync(TenantDb db, Guid message, CancellationToken ct)
        => db.ListAsync(ListHolds, row => (row.Time(0), row.GetString(1), row.TimeOrNull(2), row.TextOrNull(3)), ct, P.Uuid(message));

    private const string ListEntries = """
        select reason, since, handled_at, handled_by
        from fleet.dispatcher_entries
        where tenant_id = $1
          and message_id = $2
        order by since, id
        """;

    public static Task<List<(string Reason, DateTimeOffset Since, DateTimeOffset? HandledAt, string? HandledBy)>> ListEntriesAsync(TenantDb db, Guid message, CancellationToken ct)
        => db.ListAsync(ListEntries, row => (row.GetString(0), row.Time(1), row.TimeOrNull(2), row.TextOrNull(3)), ct, P.Uuid(message));

    private const string ListWriteBacks = """
        select way, state, created_at, ended_at, transport_id
        from fleet.write_backs
        where tenant_id = $1
          and message_id = $2
        order by created_at, id
        """;

    public static Task<List<(string Way, string State, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, Guid Transport)>> ListWriteBacksAsync(TenantDb db, Guid message, CancellationToken ct)
        => db.ListAsync(ListWriteBacks, row => (row.GetString(0), row.GetString(1), row.Time(2), row.TimeOrNull(3), row.GetGuid(4)), ct, P.Uuid(message));

    private const string FindReminder = """
        select due_at, outcome
        from fleet.reminders
        where tenant_id = $1
          and kind = $2
          and subject = $3
        """;

    /// <param name="reminder">As a decision's subject has it.</param>
    /// <returns>When it is looked at next; null if it is over.</returns>
    public static Task<(DateTimeOffset DueAt, string? Outcome)?> FindReminderAsync(TenantDb db, string reminder, CancellationToken ct)
    {
        var colon = reminder.IndexOf(':', StringComparison.Ordinal);
        return db.FindAsync<(DateTimeOffset, string?)?>(FindReminder, row => (row.Time(0), row.TextOrNull(1)), ct, P.Text(reminder[..colon]), P.Text(reminder[(colon + 1)..]));
    }

    private const string FindCall = """
        select id, kind, status, outcome, attempts, created_at, finished_at, cause
        from fleet.calls
        where tenant_id = $1
          and id = $2
        """;

    public static Task<MadeCall?> FindCallAsync(TenantDb db, Guid id, CancellationToken ct)
        => db.FindAsync(FindCall, row => new MadeCall(row.GetGuid(0), row.GetString(1), row.GetString(2), row.TextOrNull(3), row.GetInt32(4), row.Time(5), row.TimeOrNull(6), row.TextOrNull(7)), ct, P.Uuid(id));

    private const string FindBegun = """
        select coalesce(finished_at, created_at), coalesce(outcome, status), created_at, cause
        from fleet.orchestration_commands
        where tenant_id = $1
          and flow = $2
          and subject_id = $3
          and kind = 'start'
        """;

    public static Task<BegunFlow?> FindBegunAsync(TenantDb db, string flow, Guid subject, CancellationToken ct)
        => db.FindAsync(FindBegun, row => new BegunFlow(row.Time(0), row.GetString(1), row.Time(2), row.TextOrNull(3)), ct, P.Text(flow), P.Uuid(subject));

    private static ArrivedEvent ReadEvent(NpgsqlDataReader row, DataKey key) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.BytesOrNull(3) is { } external ? new RowOpener(key).Text(EncryptedColumns.InboxExternalId, row.GetGuid(0), external) ?? "" : "",
        row.Time(4), row.GetString(5), row.TextOrNull(6), row.GetInt16(7), row.TimeOrNull(8), row.Time(9));

    private static TracedMessage ReadMessage(NpgsqlDataReader row) => new(
        new(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GuidOrNull(5), row.GuidOrNull(6), row.GuidOrNull(7),
            row.GetInt32(8), row.IntOrNull(9), row.Time(10), row.TimeOrNull(11), row.TimeOrNull(12)),
        row.TextOrNull(13), row.GuidOrNull(14), row.TextOrNull(15), row.Time(16), row.TimeOrNull(17), row.TimeOrNull(18), row.TimeOrNull(19), row.TimeOrNull(20));

    private static KeptDecision ReadDecision(NpgsqlDataReader row) => new(
        row.Time(0), row.TextOrNull(1), row.GetString(2), row.GetString(3), row.GuidOrNull(4), row.GuidOrNull(5), row.GuidOrNull(6), row.GuidOrNull(7), row.GetString(8), row.TimeOrNull(9));

    private static KeptFact ReadFact(NpgsqlDataReader row) => new(
        row.Time(0), row.Time(1), row.GetString(2), row.GetString(3), row.GetGuid(4), row.GuidOrNull(5), row.GetString(6), row.TextOrNull(7), row.GuidOrNull(8));
}
