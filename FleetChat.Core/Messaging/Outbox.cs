using FleetChat.Core.Data;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Messaging;

/// <summary>A message to be sent.</summary>
/// <param name="EffectKey">One fact makes one message: a second one with the same key is not queued.</param>
/// <param name="Reason">Why it is sent, as a code.</param>
public sealed record NewMessage(Guid Id, Guid Conversation, Guid? Driver, string Kind, MessageContent Content, string Reason, string EffectKey)
{
    public Guid? Transport { get; init; }

    public Guid? Stop { get; init; }

    /// <summary>Business time after which it must not be sent any more.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>Business time before which it is not sent; null for at once.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>What it is about: see <see cref="Outbox.SupersedeAsync"/>.</summary>
    public string? Supersedes { get; init; }

    /// <summary>Whether it waits while the driver drives.</summary>
    public bool CanWait { get; init; }

    /// <summary>What lets it pass where others may not: one of <see cref="MessagePurpose"/>; null for most.</summary>
    public string? Purpose { get; init; }

    /// <summary>Only for who drives the transport.</summary>
    public bool IsForCrew { get; init; }

    /// <summary>Of a truck: only for who is in it.</summary>
    public Guid? SiteVisit { get; init; }

    /// <summary>Whether it is sent once more where nobody knows if it came; else a dispatcher is told.</summary>
    public bool CanResend { get; init; }
}

/// <summary>Kinds of a message's content, as WhatsApp tells them apart.</summary>
public static class MessageKind
{
    public const string Text = "text";
    public const string Template = "template";

    /// <summary>Text with buttons: inside the window, and needs no approval.</summary>
    public const string Interactive = "interactive";
}

/// <summary>What a message is for that passes where others may not. Kept in rows.</summary>
public static class MessagePurpose
{
    /// <summary>The one confirmation of a STOP: it alone passes it.</summary>
    public const string Stop = "stop";

    /// <summary>Asks for consent: goes to whom is being asked, and to nobody else.</summary>
    public const string Question = "question";

    /// <summary>Answers what a driver said about consent himself.</summary>
    public const string Consent = "consent";
}

/// <summary>Queues messages: the log's row and the sender's row together, or neither.</summary>
public static class Outbox
{
    // While a restore is open nobody knows what of this was sent before the database was lost. What somebody asks for himself (no cause) is new. Its end waits
    // until this has committed, and this for an end that is under way: so no doubt is left behind it. Most often there is no row to be locked.
    private const string Insert = """
        with restore as (
            select r.id
            from fleet.restores r
            where r.tenant_id = $1
              and r.ended_at is null
              and $18 is not null
            for share
        ), message as (
            insert into fleet.message_logs (tenant_id, id, conversation_id, driver_id, transport_id, stop_id, direction, content, kind,
                                            timestamp, status, status_rank, reason, effect_key, created_at, cause, is_business)
            values ($1, $2, $3, $4, $5, $6, 'outbound', $7, $8, $9, 'queued', 0, $10, $11, $9, $18, $21 is null)
            on conflict (tenant_id, effect_key) do nothing
            returning id
        )
        insert into fleet.outbound (tenant_id, id, message_id, conversation_id, driver_id, lane, due_at, valid_until, supersedes, can_wait, for_crew, site_visit_id, purpose, can_resend, created_at,
                                    template, template_language, status, restore_id)
        select $1, $12, message.id, $3, $4, $13, case when r.id is null then coalesce($15, $9) else 'infinity' end, $14, $16, $17, $19, $20, $21, $22, $9, $23, $24,
               case when r.id is null then 'waiting' else 'doubt' end, r.id
        from message
        left join restore r on true
        """;

    /// <returns>False if a message with this effect key exists already.</returns>
    public static async Task<bool> TryAddAsync(TenantDb db, Security.DataKey key, TimeProvider time, NewMessage message, short lane, CancellationToken ct)
        => await db.ExecuteAsync(Insert, ct,
            P.Uuid(message.Id), P.Uuid(message.Conversation), P.Uuid(message.Driver), P.Uuid(message.Transport), P.Uuid(message.Stop),
            P.Bytes(message.Content.Seal(key, message.Id)), P.Text(message.Kind), P.Time(time.GetUtcNow()), P.Text(message.Reason), P.Text(message.EffectKey),
            P.Uuid(time.NewId()), P.Small(lane), P.Time(message.ValidUntil), P.Time(message.DueAt), P.Text(message.Supersedes), P.Bool(message.CanWait), P.Text(db.Cause),
            P.Bool(message.IsForCrew), P.Uuid(message.SiteVisit), P.Text(message.Purpose), P.Bool(message.CanResend),
            P.Text(message.Content.Template), P.Text(message.Content.Language)) == 1;

    private const string Supersede = """
        with over as (
            update fleet.outbound o
            set status = 'done'
            where o.tenant_id = $1
              and o.supersedes = $2
              and o.status in ('waiting', 'retrying')
            returning o.message_id
        ), noted as (
            insert into fleet.decisions (tenant_id, at, cause, kind, subject, outcome, message_id)
            select $1, $4, $5, 'superseded', $2, 'superseded', over.message_id
            from over
        )
        update fleet.message_logs m
        set status = 'expired', status_rank = $3, reason = m.reason || ':superseded'
        from over
        where m.tenant_id = $1
          and m.id = over.message_id
          and m.status = 'queued'
        """;

    private const string SupersedeAndName = $"{Supersede}\nreturning m.reason";

    /// <summary>A newer word on the same thing: what still waits to be sent about it is not sent any more.</summary>
    public static Task SupersedeAsync(TenantDb db, TimeProvider time, string about, CancellationToken ct) => db.WriteAsync(Supersede, ct, SupersedeParameters(db, time, about));

    /// <inheritdoc cref="SupersedeAsync"/>
    /// <returns>Reasons of the messages that it ended.</returns>
    public static Task<List<string>> SupersedeAndNameAsync(TenantDb db, TimeProvider time, string about, CancellationToken ct)
        => db.ListAsync(SupersedeAndName, row => row.GetString(0), ct, SupersedeParameters(db, time, about));

    private static Npgsql.NpgsqlParameter[] SupersedeParameters(TenantDb db, TimeProvider time, string about)
        => [P.Text(about), P.Small(DeliveryStatus.Rank(DeliveryStatus.Expired)), P.Time(time.GetUtcNow()), P.Text(db.Cause)];

    /// <summary>Of <c>fleet.message_logs m</c>: it was not sent, because somebody else drove by then.</summary>
    internal const string HasEnded = "m.status = 'expired' and m.reason like '%:driver_changed'";

    private const string FindEnded = $"""
        select true
        from fleet.message_logs m
        where m.tenant_id = $1
          and m.effect_key = any($2)
          and {HasEnded}
        limit 1
        """;

    /// <returns>Whether one of these messages was not sent, because somebody else drove by then.</returns>
    internal static Task<bool> HasEndedAsync(TenantDb db, string[] effectKeys, CancellationToken ct) => db.FindAsync(FindEnded, row => row.GetBoolean(0), ct, P.Texts(effectKeys));

    private const string Revive = $"""
        with restore as (
            select r.id
            from fleet.restores r
            where r.tenant_id = $1
              and r.ended_at is null
            for share
        ), again as (
            update fleet.message_logs m
            set status = 'queued', status_rank = 0, reason = $3
            where m.tenant_id = $1
              and m.effect_key = $2
              and {HasEnded}
            returning m.id
        )
        update fleet.outbound o
        set status = case when r.id is null then 'waiting' else 'doubt' end, due_at = case when r.id is null then greatest(o.due_at, $4) else 'infinity' end, restore_id = r.id
        from again
        left join restore r on true
        where o.tenant_id = $1
          and o.message_id = again.id
        """;

    /// <summary>Whom it was for drives again: it is sent after all.</summary>
    internal static async Task<bool> TryReviveAsync(TenantDb db, TimeProvider time, string effectKey, string reason, CancellationToken ct)
        => await db.ExecuteAsync(Revive, ct, P.Text(effectKey), P.Text(reason), P.Time(time.GetUtcNow())) > 0;

    public static short LaneOf(Guid conversation) => Lanes.Of(conversation.ToString("N"));
}
