using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;

namespace FleetChat.Core.Privacy;

/// <param name="Medium">What came with it, and is still there.</param>
internal sealed record OldMessage(Guid Id, DateTimeOffset At, Guid? Medium);

internal static class RetentionSql
{
    private static readonly MessageContent Erased = new("");

    // All of one moment together, so that the mark never stands among them.
    private const string ListMessages = """
        select m.id, m.timestamp, f.id
        from fleet.message_logs m
        left join fleet.media f on f.tenant_id = $1 and f.message_id = m.id and f.state <> 'erased'
        where m.tenant_id = $1
          and m.timestamp > coalesce((select r.erased_until from fleet.retention_marks r where r.tenant_id = $1), '-infinity')
          and m.timestamp < $2
          and m.timestamp <= (
              select max(o.timestamp)
              from (
                  select s.timestamp
                  from fleet.message_logs s
                  where s.tenant_id = $1
                    and s.timestamp > coalesce((select r.erased_until from fleet.retention_marks r where r.tenant_id = $1), '-infinity')
                    and s.timestamp < $2
                  order by s.timestamp
                  limit $3) o)
        order by m.timestamp, m.id
        """;

    public static Task<List<OldMessage>> ListMessagesAsync(TenantDb db, DateTimeOffset before, int count, CancellationToken ct)
        => db.ListAsync(ListMessages, row => new OldMessage(row.GetGuid(0), row.Time(1), row.GuidOrNull(2)), ct, P.Time(before), P.Number(count));

    // WhatsApp's id holds the phone. What was never sent in all that time is not sent any more.
    private const string EraseMessages = """
        with unsent as (
            update fleet.outbound o
            set status = 'done'
            where o.tenant_id = $1
              and o.message_id = any($2)
              and o.status in ('waiting', 'doubt', 'retrying')
        )
        update fleet.message_logs m
        set content = e.content, wamid = null, status = case when m.status = 'queued' then 'expired' else m.status end,
            status_rank = case when m.status = 'queued' then $4 else m.status_rank end
        from unnest($2, $3) as e (id, content)
        where m.tenant_id = $1
          and m.id = e.id
        """;

    public static Task EraseMessagesAsync(TenantTransaction db, DataKey key, Guid[] messages, CancellationToken ct)
        => db.ExecuteAsync(EraseMessages, ct, P.Uuids(messages), P.ByteArrays([.. messages.Select(id => Erased.Seal(key, id))]), P.Small(DeliveryStatus.Rank(DeliveryStatus.Expired)));

    private const string NoteErased = """
        insert into fleet.retention_marks as r (tenant_id, erased_until)
        values ($1, $2)
        on conflict (tenant_id) do update
        set erased_until = greatest(r.erased_until, excluded.erased_until)
        """;

    public static Task NoteErasedAsync(TenantTransaction db, DateTimeOffset until, CancellationToken ct) => db.WriteAsync(NoteErased, ct, P.Time(until));

    /// <summary>Who left the roster so long ago keeps his name in the log, and no phone.</summary>
    public const string ForgetDrivers = """
        update fleet.drivers
        set whatsapp_number = null, roster = null
        where tenant_id = $1
          and status = 'deactivated'
          and updated_at < $2
          and (whatsapp_number is not null or roster is not null)
        """;

    private const string IsNobodysAndSilent = """
        c.forgotten_at is null
          and greatest(c.last_inbound_at, c.created_at) < $2
          and not exists (
              select
              from fleet.drivers d
              where d.tenant_id = $1
                and d.conversation_id = c.id
                and (d.status <> 'deactivated' or d.whatsapp_number is not null))
          and not exists (
              select
              from fleet.message_logs m
              where m.tenant_id = $1
                and m.conversation_id = c.id
                and m.timestamp >= $2)
        """;

    // As whoever takes a chat for a driver or writes in it does, only so that the two exclude each other. One that is at work is looked at the next time.
    private const string LockChats = $"""
        select c.id
        from fleet.conversations c
        where c.tenant_id = $1
          and {IsNobodysAndSilent}
        order by c.id
        limit $3
        for update of c skip locked
        """;

    // The lock does not look again at what else was committed meanwhile.
    private const string LookAgain = $"""
        select c.id
        from fleet.conversations c
        where c.tenant_id = $1
          and c.id = any($3)
          and {IsNobodysAndSilent}
        order by c.id
        """;

    /// <summary>Chats that nobody has any more and in which nothing was said since.</summary>
    /// <returns>Those, and how many were looked at.</returns>
    public static async Task<(List<Guid> Chats, int Looked)> LockChatsAsync(TenantTransaction db, DateTimeOffset before, int count, CancellationToken ct)
    {
        var locked = await db.ListAsync(LockChats, row => row.GetGuid(0), ct, P.Time(before), P.Number(count));
        return locked.Count == 0 ? ([], 0) : (await db.ListAsync(LookAgain, row => row.GetGuid(0), ct, P.Time(before), P.Uuids([.. locked])), locked.Count);
    }

    private const string ForgetChats = """
        update fleet.conversations c
        set identity = e.identity, forgotten_at = $4
        from unnest($2, $3) as e (id, identity)
        where c.tenant_id = $1
          and c.id = e.id
        """;

    public static Task ForgetChatsAsync(TenantTransaction db, DataKey key, IReadOnlyList<Guid> chats, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(ForgetChats, ct, P.Uuids([.. chats]), P.ByteArrays([.. chats.Select(id => key.Encrypt(EncryptedColumns.ConversationIdentity, id, ""))]), P.Time(now));
}
