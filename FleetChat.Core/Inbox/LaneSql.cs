using FleetChat.Core.Data;

namespace FleetChat.Core.Inbox;

/// <summary>
/// Nudges coalesce on the lane's row: whoever stores work puts the flag up, and sends a nudge only if it was down, or so old
/// that its nudge must be lost. The worker puts it down, commits, and only then looks for work, so that a row which commits
/// meanwhile finds the flag down and nudges again. What a worker writes here may be lost with Postgres (<see cref="TenantDbs.LazilyFor"/>):
/// nothing rests on a lease, and a flag that is up again is old within seconds, or found by the sweep.
/// </summary>
public static class LaneSql
{
    // Conflicting rows are locked even where the condition then changes nothing: a worker that puts the flag down waits
    // for us to commit, and sees our rows afterwards.
    public const string RaiseFlags = """
        insert into fleet.lanes as l (tenant_id, stage, lane, nudged, nudged_at)
        select $1, $2, wanted.lane, true, now()
        from (select distinct lane from unnest($3) as given (lane)) wanted
        order by wanted.lane
        on conflict (tenant_id, stage, lane) do update
        set nudged = true, nudged_at = now()
        where not l.nudged or l.nudged_at < now() - interval '10 seconds'
        returning l.lane
        """;

    public const string LowerFlag = """
        update fleet.lanes
        set nudged = false
        where tenant_id = $1 and stage = $2 and lane = $3
        """;

    public static Task LowerFlagAsync(TenantDb db, string stage, short lane, CancellationToken ct)
        => db.ExecuteAsync(LowerFlag, ct, P.Text(stage), P.Small(lane));

    // The flag goes down as the lane is taken. Where another worker holds it, he may have looked for the last time already: the flag
    // stays up, or goes up, and he looks again.
    private const string TryTake = """
        update fleet.lanes
        set nudged = coalesce(lease_until >= now(), false),
            nudged_at = case when lease_until >= now() then now() else nudged_at end,
            lease_token = case when lease_until >= now() then lease_token else $4 end,
            lease_until = case when lease_until >= now() then lease_until else now() + $5 end
        where tenant_id = $1 and stage = $2 and lane = $3
        returning lease_token = $4
        """;

    /// <summary>Puts the flag down and takes the lane, or asks who holds it to look again.</summary>
    public static Task<bool> TryTakeAsync(TenantDb db, string stage, short lane, Guid token, TimeSpan length, CancellationToken ct)
        => db.FindAsync(TryTake, row => row.GetBoolean(0), ct, P.Text(stage), P.Small(lane), P.Uuid(token), P.Span(length));

    private const string TryRelease = """
        update fleet.lanes
        set lease_token = null, lease_until = null
        where tenant_id = $1 and stage = $2 and lane = $3 and lease_token = $4 and not nudged
        """;

    private const string TryKeep = """
        update fleet.lanes
        set nudged = false, lease_until = now() + $5
        where tenant_id = $1 and stage = $2 and lane = $3 and lease_token = $4
        """;

    /// <returns>True if somebody asked for another look meanwhile: then the lease is still ours, and longer.</returns>
    public static async Task<bool> MustLookAgainAsync(TenantDb db, string stage, short lane, Guid token, TimeSpan length, CancellationToken ct)
    {
        if (await db.ExecuteAsync(TryRelease, ct, P.Text(stage), P.Small(lane), P.Uuid(token)) == 1) return false;
        // Neither released nor kept: the lease ran out and another worker has the lane. It does the looking.
        return await db.ExecuteAsync(TryKeep, ct, P.Text(stage), P.Small(lane), P.Uuid(token), P.Span(length)) == 1;
    }

    private const string TryExtend = """
        update fleet.lanes
        set lease_until = now() + $5
        where tenant_id = $1 and stage = $2 and lane = $3 and lease_token = $4
        """;

    public static async Task<bool> TryExtendAsync(TenantDb db, string stage, short lane, Guid token, TimeSpan length, CancellationToken ct)
        => await db.ExecuteAsync(TryExtend, ct, P.Text(stage), P.Small(lane), P.Uuid(token), P.Span(length)) == 1;

    private const string Release = """
        update fleet.lanes
        set lease_token = null, lease_until = null
        where tenant_id = $1 and stage = $2 and lane = $3 and lease_token = $4
        """;

    public static Task ReleaseAsync(TenantDb db, string stage, short lane, Guid token, CancellationToken ct)
        => db.ExecuteAsync(Release, ct, P.Text(stage), P.Small(lane), P.Uuid(token));
}
