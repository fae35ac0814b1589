using FleetChat.Core.Data;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Registration;

namespace FleetChat.Core.Restores;

/// <param name="RestoredTo">The last moment that the database knows of.</param>
/// <param name="NumbersLeft">So many numbers of each series are not given: more than can have been after that moment; null: by the number of companies.</param>
/// <param name="WithoutAnchors">Although no anchor is left that knows what was lost.</param>
public sealed record BeginRestoreInput(DateTimeOffset RestoredTo, int? NumbersLeft, string Actor, bool WithoutAnchors = false);

/// <summary>
/// Marks a database that was put back to an earlier moment, before any host works on it. From now on nothing is sent; what waited to be sent is doubtful, as is
/// what comes to be sent until the restore ends; numbers of invoices go on behind those that may have been given; and each audit trail says what it lost.
/// Whoever dies in between does it again.
/// </summary>
public sealed class BeginRestore(SystemDb system, TenantDbs dbs, IAnchorStore anchors, TimeProvider time)
{
    /// <summary>Of a small installation. A month is an invoice for each company, and credit notes are fewer: who has more companies leaves out twice as many.</summary>
    private const int LeastNumbers = 1000;

    /// <returns>The restore's id.</returns>
    public async Task<Result<Guid>> HandleAsync(BeginRestoreInput input, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(input);
        var (restoredTo, now) = (input.RestoredTo.Kept(), time.GetUtcNow().Kept());
        ArgumentOutOfRangeException.ThrowIfGreaterThan(restoredTo, now);
        var ends = await ListAnchoredAsync(ct);
        if (ends.Count == 0 && !input.WithoutAnchors && (await AnchorChains.ListAsync(system, ct)).Exists(chain => chain.Head.Seq > 0)) return RestoreErrors.AnchorsMissing;
        var tenants = await AllTenants.ListAsync(system, ct);
        var restore = await RestoreSql.FindNewestAsync(system, ct);
        if (restore?.RestoredTo == restoredTo)
        {
            if (restore.EndedAt is not null) return RestoreErrors.EndedAlready;
            if (input.NumbersLeft is { } wanted && wanted != restore.NumbersLeft) return RestoreErrors.NumbersDiffer(restore.NumbersLeft);
        }
        else
        {
            restore = await BeginAsync(input.Actor, new(time.NewId(), restoredTo, now, time.NewId(), input.NumbersLeft ?? Math.Max(LeastNumbers, 2 * tenants.Count), null, null), ends, tenants, ct);
        }
        await system.ExecuteAsync(LeaveNumbers, ct, P.Uuid(restore.Id));
        foreach (var tenant in tenants) await MarkAsync(tenant, restore, input.Actor, ends.GetValueOrDefault(tenant.Value), ct);
        return restore.Id;
    }

    /// <summary>By chain, the last number that an anchor has seen.</summary>
    private async Task<Dictionary<string, long>> ListAnchoredAsync(CancellationToken ct)
    {
        Dictionary<string, long> ends = [];
        await foreach (var anchor in anchors.ReadAsync(ct).Select(line => line.Anchor).OfType<Anchor>()) ends[anchor.Chain] = Math.Max(anchor.Seq, ends.GetValueOrDefault(anchor.Chain));
        return ends;
    }

    // One that is open was begun with another moment, or the database was restored once more to a moment at which it was: it ends with its pause.
    // Ids of companies that are gone are never given again.
    private const string Begin = """
        with earlier as (
            update fleet.platform_restores
            set ended_at = $3, ended_by = $4
            where ended_at is null
            returning pause_id
        ), resumed as (
            update fleet.platform_pauses p
            set ended_at = $3, ended_by = $4
            from earlier
            where p.id = earlier.pause_id
              and p.ended_at is null
        ), paused as (
            insert into fleet.platform_pauses (id, scope, subject, reason, begins_at, set_by, set_at)
            values ($5, 'platform', '', 'incident', $3, $4, $3)
        ), named as (
            insert into directory.tenant_names as n (stem, last_number)
            select g.stem, max(g.number)
            from unnest($7, $8) as g (stem, number)
            where g.number > 0
            group by g.stem
            order by g.stem
            on conflict (stem) do update
            set last_number = greatest(n.last_number, excluded.last_number)
        )
        insert into fleet.platform_restores (id, restored_to, begun_at, begun_by, pause_id, numbers_left)
        values ($1, $2, $3, $4, $5, $6)
        """;

    private const string LeaveNumbers = """
        select fleet.leave_numbers($1)
        """;

    private async Task<OpenRestore> BeginAsync(string actor, OpenRestore restore, Dictionary<string, long> ends, IReadOnlyList<TenantId> tenants, CancellationToken ct)
    {
        string[] lost = [.. ends.Keys.Except(tenants.Select(tenant => tenant.Value)).Where(chain => chain != AuditChain.Platform).Order(StringComparer.Ordinal)];
        var entry = AuditEntry.Of(time, actor, AuditChain.Restored, restore.Id.ToString(), AuditChain.RestoredDetail(restore.RestoredTo, lost), change: null);
        var given = lost.Select(CompanyNames.TryRead).OfType<GivenId>().ToList();
        await system.ActBehindAsync(ends.GetValueOrDefault(AuditChain.Platform), entry, Begin, ct,
            P.Uuid(restore.Id), P.Time(restore.RestoredTo), P.Time(restore.BegunAt), P.Text(actor), P.Uuid(restore.Pause), P.Number(restore.NumbersLeft),
            P.Texts([.. given.Select(id => id.Stem)]), P.Numbers([.. given.Select(id => id.Number)]));
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
