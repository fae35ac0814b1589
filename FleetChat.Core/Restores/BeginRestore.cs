using FleetChat.Core.Data;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Restores;

/// <param name="RestoredTo">The last moment that the database knows of.</param>
/// <param name="NumbersLeft">So many numbers of each series are not given: more than can have been after that moment.</param>
public sealed record BeginRestoreInput(DateTimeOffset RestoredTo, int NumbersLeft, string Actor);

/// <summary>
/// Marks a database that was put back to an earlier moment, before any host works on it. From now on nothing is sent; what waited to be sent is doubtful, as is
/// what comes to be sent until the restore ends; numbers of invoices go on behind those that may have been given; and each audit trail says what it lost.
/// Whoever dies in between does it again.
/// </summary>
public sealed class BeginRestore(SystemDb system, TenantDbs dbs, IAnchorStore anchors, TimeProvider time)
{
    /// <returns>The restore's id.</returns>
    public async Task<Guid> HandleAsync(BeginRestoreInput input, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (restoredTo, now) = (input.RestoredTo.Kept(), time.GetUtcNow().Kept());
        ArgumentOutOfRangeException.ThrowIfGreaterThan(restoredTo, now);
        ArgumentOutOfRangeException.ThrowIfNegative(input.NumbersLeft);
        var ends = await ListAnchoredAsync(ct);
        var tenants = await AllTenants.ListAsync(system, ct);
        var open = await RestoreSql.FindNewestAsync(system, ct);
        if (open is not { EndedAt: null } || open.RestoredTo != restoredTo) open = await BeginAsync(input with { RestoredTo = restoredTo }, now, ends, tenants, ct);
        await system.ExecuteAsync(LeaveNumbers, ct, P.Uuid(open.Id));
        foreach (var tenant in tenants) await MarkAsync(tenant, open, input.Actor, ends.GetValueOrDefault(tenant.Value), ct);
        return open.Id;
    }

    /// <summary>By chain, the last number that an anchor has seen.</summary>
    private async Task<Dictionary<string, long>> ListAnchoredAsync(CancellationToken ct)
    {
        Dictionary<string, long> ends = [];
        await foreach (var anchor in anchors.ReadAsync(ct).Select(line => line.Anchor).OfType<Anchor>()) ends[anchor.Chain] = Math.Max(anchor.Seq, ends.GetValueOrDefault(anchor.Chain));
        return ends;
    }

    // The database was restored once more, to a moment at which a restore was open.
    private const string EndEarlier = """
        update fleet.platform_restores
        set ended_at = $1, ended_by = $2
        where ended_at is null
        """;

    private const string Begin = """
        with paused as (
            insert into fleet.platform_pauses (id, scope, subject, reason, begins_at, set_by, set_at)
            values ($5, 'platform', '', 'incident', $3, $4, $3)
        )
        insert into fleet.platform_restores (id, restored_to, begun_at, begun_by, pause_id, numbers_left)
        values ($1, $2, $3, $4, $5, $6)
        """;

    private const string LeaveNumbers = """
        select fleet.leave_numbers($1)
        """;

    private async Task<OpenRestore> BeginAsync(BeginRestoreInput input, DateTimeOffset now, Dictionary<string, long> ends, IReadOnlyList<TenantId> tenants, CancellationToken ct)
    {
        await system.ExecuteAsync(EndEarlier, ct, P.Time(now), P.Text(input.Actor));
        var restore = new OpenRestore(time.NewId(), input.RestoredTo, now, time.NewId(), null);
        string[] lost = [.. ends.Keys.Except(tenants.Select(tenant => tenant.Value)).Where(chain => chain != AuditChain.Platform).Order(StringComparer.Ordinal)];
        var entry = AuditEntry.Of(time, input.Actor, AuditChain.Restored, restore.Id.ToString(), AuditChain.RestoredDetail(input.RestoredTo, lost), change: null);
        await system.ActBehindAsync(ends.GetValueOrDefault(AuditChain.Platform), entry, Begin, ct,
            P.Uuid(restore.Id), P.Time(restore.RestoredTo), P.Time(now), P.Text(input.Actor), P.Uuid(restore.Pause), P.Number(input.NumbersLeft));
        return restore;
    }

    private const string EndEarlierOfTenant = """
        update fleet.restores
        set ended_at = $3
        where tenant_id = $1
          and id <> $2
          and ended_at is null
        """;

    private const string Mark = """
        insert into fleet.restores (tenant_id, id, begun_at)
        select t.tenant_id, $2, $3
        from fleet.tenants t
        where t.tenant_id = $1
        on conflict (tenant_id, id) do nothing
        """;

    // Also what was not due yet at that moment: it may have been made due afterwards.
    private const string Doubt = """
        update fleet.outbound
        set status = 'doubt', due_at = 'infinity', restore_id = $2, lease_token = null, lease_until = null, template_held_at = null
        where tenant_id = $1
          and status <> 'done'
        """;

    // Orchestrations may be kept elsewhere, and be newer than the database, or gone. One that is there goes on; one that is about nothing ends at its first look.
    private const string BeginFlowsAgain = """
        update fleet.orchestration_commands
        set status = 'waiting', due_at = $2, outcome = null, finished_at = null, lease_token = null, lease_until = null
        where tenant_id = $1
          and kind = 'start'
          and status <> 'waiting'
        """;

    private async Task MarkAsync(TenantId tenant, OpenRestore restore, string actor, long anchored, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(tenant, ct);
        await db.ExecuteAsync(EndEarlierOfTenant, ct, P.Uuid(restore.Id), P.Time(restore.BegunAt));
        if (await db.ExecuteAsync(Mark, ct, P.Uuid(restore.Id), P.Time(restore.BegunAt)) == 0) return;
        await db.ExecuteAsync(Doubt, ct, P.Uuid(restore.Id));
        await db.ExecuteAsync(BeginFlowsAgain, ct, P.Time(restore.BegunAt));
        db.AuditBehind(anchored, AuditEntry.Of(time, actor, AuditChain.Restored, restore.Id.ToString(), AuditChain.RestoredDetail(restore.RestoredTo, []), change: null));
        await db.CommitAsync(ct);
    }
}
