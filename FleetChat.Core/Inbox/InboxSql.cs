using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Inbox;

/// <summary>A row as it lies in the inbox, still encrypted.</summary>
internal sealed record SealedInboxRow(DateOnly Day, Guid Id, string Source, string Kind, byte[] Payload, DateTimeOffset ReceivedAt, short Attempts);

/// <param name="Attempts">How often the row failed, this time included.</param>
internal sealed record InboxResult(DateOnly Day, Guid Id, int Attempts, string Status, string Outcome, DateTimeOffset? RetryAt);

internal static class InboxSql
{
    // A row that another worker has is passed over: it is being processed, whoever holds the lane's lease by now.
    private const string Claim = """
        select received_on, id, source, kind, payload, received_at, attempts
        from fleet.inbox
        where tenant_id = $1
          and lane = $2
          and status = 'pending'
          and due_at <= $3
        order by urgency, id
        limit $4
        for update skip locked
        """;

    public static Task<List<SealedInboxRow>> ClaimAsync(TenantTransaction db, short lane, DateTimeOffset now, int limit, CancellationToken ct)
        => db.ListAsync(Claim, Read, ct, P.Small(lane), P.Time(now), P.Number(limit));

    private const string ClaimParked = """
        select received_on, id, source, kind, payload, received_at, attempts
        from fleet.inbox
        where tenant_id = $1
          and received_on = any($2)
          and id = $3
          and status = 'parked'
        for update skip locked
        """;

    public static Task<SealedInboxRow?> ClaimParkedAsync(TenantTransaction db, Guid id, CancellationToken ct)
        => db.FindAsync(ClaimParked, Read, ct, P.Days(InboxDays.Of([id])), P.Uuid(id));

    private const string LockDrivers = """
        select 1
        from fleet.drivers d
        where d.tenant_id = $1
          and d.id in (
              select k.id
              from fleet.drivers k
              where k.tenant_id = $1
                and k.samsara_driver_id = any($2)
              union
              select k.id
              from unnest($3, $4) as wanted (kind, index)
              join fleet.identities i on i.tenant_id = $1 and i.identity_kind = wanted.kind and i.identity_index = wanted.index
              join fleet.drivers k on k.tenant_id = $1 and k.conversation_id = i.conversation_id)
        order by d.id
        for no key update
        """;

    private const string LockConversations = """
        select 1
        from fleet.conversations c
        where c.tenant_id = $1
          and c.id in (
              select i.conversation_id
              from fleet.identities i
              join unnest($2, $3) as wanted (kind, index) on i.identity_kind = wanted.kind and i.identity_index = wanted.index
              where i.tenant_id = $1
              union all
              select d.conversation_id
              from fleet.drivers d
              where d.tenant_id = $1
                and d.samsara_driver_id = any($4))
        order by c.id
        for no key update
        """;

    public static async Task LockAsync(TenantTransaction db, string[] samsaraDriverIds, string[] kinds, byte[][] indexes, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(LockDrivers, P.Texts(samsaraDriverIds), P.Texts(kinds), P.ByteArrays(indexes))
            .Add(LockConversations, P.Texts(kinds), P.ByteArrays(indexes), P.Texts(samsaraDriverIds));
        await batch.ExecuteAsync(ct);
    }

    // Said twice, so that neither the other days nor the company's other rows are read for it.
    public const string Finish = """
        update fleet.inbox i
        set status = r.status, outcome = r.outcome, attempts = r.attempts,
            due_at = coalesce(r.retry_at, i.due_at),
            finished_at = case when r.status = 'done' then $8 end
        from unnest($2, $3, $4, $5, $6, $7) as r (day, id, status, outcome, attempts, retry_at)
        where i.tenant_id = $1
          and i.received_on = any($2)
          and i.id = any($3)
          and i.received_on = r.day
          and i.id = r.id
        """;

    public static NpgsqlParameter[] FinishParameters(IReadOnlyList<InboxResult> results, DateTimeOffset now) =>
    [
        P.Days([.. results.Select(r => r.Day)]), P.Uuids([.. results.Select(r => r.Id)]),
        P.Texts([.. results.Select(r => r.Status)]), P.Texts([.. results.Select(r => r.Outcome)]),
        P.Smalls([.. results.Select(r => (short)r.Attempts)]),
        P.Times([.. results.Select(r => r.RetryAt)]), P.Time(now),
    ];

    private static SealedInboxRow Read(NpgsqlDataReader row)
        => new(row.Day(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.Bytes(4), row.Time(5), row.GetInt16(6));
}
