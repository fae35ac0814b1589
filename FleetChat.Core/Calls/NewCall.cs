using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Calls;

/// <summary>Something to be asked of somebody outside, once the transaction that wants it has committed.</summary>
/// <param name="Lane">One of <see cref="CallLanes"/>.</param>
/// <param name="Kind">Finds the <see cref="ICallHandler"/>; kept in rows, so it never changes.</param>
/// <param name="EffectKey">One cause makes one call. Made of ids.</param>
/// <param name="Content">What the handler needs; kept encrypted.</param>
public sealed record NewCall(short Lane, string Kind, string EffectKey, JsonElement Content)
{
    /// <summary>Business time; null for at once.</summary>
    public DateTimeOffset? DueAt { get; init; }
}

/// <summary>One lane for each outside: a slow or refused one holds back no other.</summary>
public static class CallLanes
{
    public const short Samsara = 0;
    public const short Media = 1;
    public const short WhatsApp = 2;
    public const short Mail = 3;
    public const short Payments = 4;

    /// <summary>What is owed is asked for, and given back, whether the company is in service or not.</summary>
    public static bool OutlastsService(short lane) => lane is Mail or Payments;
}

internal static class CallSql
{
    /// <summary>Of calls c, those that are made as their company t stands: in service, or of a lane that <see cref="CallLanes.OutlastsService"/>.</summary>
    public const string JoinServed = "join directory.tenants t on t.tenant_id = c.tenant_id and (t.status in ('active', 'onboarding') or c.lane in (3, 4))";

    private const string Insert = """
        insert into fleet.calls (tenant_id, id, lane, kind, effect_key, content, due_at, created_at, cause)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id, effect_key) do nothing
        """;

    /// <returns>False if the call is there already.</returns>
    public static async Task<bool> TryInsertAsync(TenantDb db, DataKey key, TimeProvider time, NewCall call, CancellationToken ct)
        => await WriteAsync(db, Insert, key, time, call, ct) == 1;

    private const string Keep = """
        insert into fleet.calls as c (tenant_id, id, lane, kind, effect_key, content, due_at, created_at, cause)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id, effect_key) do update
        set status = 'waiting', due_at = excluded.due_at, attempts = 0, finished_at = null
        where c.status in ('done', 'failed')
        """;

    /// <summary>A call that comes round for ever: one that ended is begun again.</summary>
    public static Task KeepAsync(TenantDb db, DataKey key, TimeProvider time, NewCall call, CancellationToken ct) => WriteAsync(db, Keep, key, time, call, ct);

    private const string KeepSoon = """
        insert into fleet.calls as c (tenant_id, id, lane, kind, effect_key, content, due_at, created_at, cause)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id, effect_key) do update
        set status = 'waiting', due_at = excluded.due_at, attempts = 0, finished_at = null
        where c.status in ('done', 'failed')
           or c.status = 'waiting' and c.due_at > excluded.due_at
        """;

    /// <summary>As <see cref="KeepAsync"/>; one that waits for later is made by then.</summary>
    public static Task KeepSoonAsync(TenantDb db, DataKey key, TimeProvider time, NewCall call, CancellationToken ct) => WriteAsync(db, KeepSoon, key, time, call, ct);

    private static Task<int> WriteAsync(TenantDb db, string sql, DataKey key, TimeProvider time, NewCall call, CancellationToken ct)
    {
        var (id, now) = (time.NewId(), time.GetUtcNow());
        return db.ExecuteAsync(sql, ct, P.Uuid(id), P.Small(call.Lane), P.Text(call.Kind), P.Text(call.EffectKey),
            P.Bytes(key.Encrypt(EncryptedColumns.CallContent, id.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(call.Content))), P.Time(call.DueAt ?? now), P.Time(now), P.Text(db.Cause));
    }

    // Those of somebody who died are taken over: a call is made at least once. No more at a time than the lane may have.
    private const string Claim = """
        update fleet.calls c
        set status = 'calling', attempts = c.attempts + 1, lease_token = $4, lease_until = now() + $5
        where c.tenant_id = $1
          and c.id in (
              select d.id
              from fleet.calls d
              where d.tenant_id = $1
                and d.lane = $2
                and (d.status = 'waiting' and d.due_at <= $3
                     or d.status = 'calling' and d.lease_until < now())
              order by d.due_at, d.id
              limit greatest(0, $6 - (
                  select count(*)
                  from fleet.calls u
                  where u.tenant_id = $1
                    and u.lane = $2
                    and u.status = 'calling'
                    and u.lease_until >= now()))
              for update skip locked)
        returning c.id, c.kind, c.content, c.attempts, c.created_at
        """;

    public static Task<List<ClaimedCall>> ClaimAsync(TenantDb db, short lane, DateTimeOffset now, Guid token, TimeSpan lease, int atOnce, CancellationToken ct)
        => db.ListAsync(Claim, row => new ClaimedCall(row.GetGuid(0), row.GetString(1), row.Bytes(2), row.GetInt32(3), row.Time(4), token), ct,
            P.Small(lane), P.Time(now), P.Uuid(token), P.Span(lease), P.Number(atOnce));

    private const string End = """
        update fleet.calls
        set status = $4, outcome = $5, due_at = coalesce($6, due_at), finished_at = case when $4 in ('done', 'failed') then $7 end,
            attempts = case when $8 then 0 else attempts end, lease_token = null, lease_until = null
        where tenant_id = $1
          and id = $2
          and lease_token = $3
        """;

    /// <param name="dueAt">Null if it is over.</param>
    /// <param name="isFresh">Whether attempts are counted anew.</param>
    /// <returns>False if somebody else has the call by now: whatever was to be written with it is to be taken back.</returns>
    public static async Task<bool> TryEndAsync(
        TenantDb db, ClaimedCall call, string status, string outcome, DateTimeOffset? dueAt, bool isFresh, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(End, ct, P.Uuid(call.Id), P.Uuid(call.Token), P.Text(status), P.Text(outcome), P.Time(dueAt), P.Time(now), P.Bool(isFresh)) == 1;

    private const string Hold = """
        update fleet.calls
        set due_at = greatest(due_at, $3)
        where tenant_id = $1
          and lane = $2
          and status = 'waiting'
        """;

    /// <summary>The outside asked for quiet until then.</summary>
    public static Task HoldAsync(TenantDb db, short lane, DateTimeOffset until, CancellationToken ct) => db.ExecuteAsync(Hold, ct, P.Small(lane), P.Time(until));
}

internal sealed record ClaimedCall(Guid Id, string Kind, byte[] Content, int Attempts, DateTimeOffset CreatedAt, Guid Token);
