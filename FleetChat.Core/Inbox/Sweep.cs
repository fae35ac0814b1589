using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Inbox;

/// <summary>
/// Finds lanes whose work waits: a nudge was lost, a retry came due, a process died with a lease in its hand.
/// Sees ids, lanes, states and due times, of all tenants.
/// </summary>
public sealed class Sweep(SystemDb db, TimeProvider time)
{
    public async Task<LaneWork> HandleAsync(CancellationToken ct)
    {
        var lanes = await RaiseAsync(db, time.GetUtcNow(), ct);
        return new(Of(Lanes.ProcessStage), Of(Lanes.SendStage)) { Call = Of(Lanes.CallStage), Webhooks = Of(Lanes.WebhookStage), Orchestrate = Of(Lanes.OrchestrateStage) };

        IReadOnlyList<Nudge> Of(string stage) => [.. lanes.Where(l => l.Stage == stage).Select(l => l.Nudge)];
    }

    // A flag that is up has its nudge, unless it is so old that the nudge must be lost. A lane that somebody holds is being worked
    // on. Real time decides about no other: where the business clock is stepped, hours of it lie between two moments.
    // Lanes that somebody has locked are being told at this moment.
    private const string Raise = $"""
        with work as (
            select distinct tenant_id, 'process' as stage, lane
            from fleet.inbox
            where status = 'pending' and due_at <= $1
            union
            select tenant_id, 'process', lane
            from fleet.reminders
            where due_at <= $1
            union
            select c.tenant_id, 'call', c.lane
            from fleet.calls c
            {CallSql.JoinServed}
            where (c.status = 'waiting' and c.due_at <= $1)
               or (c.status = 'calling' and c.lease_until < now())
            union
            select tenant_id, 'orchestrate', lane
            from fleet.orchestration_commands
            where (status = 'waiting' and due_at <= $1)
               or (status = 'carrying' and lease_until < now())
            union
            select distinct o.tenant_id, 'send' as stage, o.lane
            from fleet.outbound o
            join directory.tenants t on t.tenant_id = o.tenant_id and t.status = 'active'
            left join (
                {SendingHoldSql.HeldUntil}) h on h.tenant_id = o.tenant_id
            where (o.status in ('waiting', 'doubt') and greatest(o.due_at, h.until) <= $1)
               or (o.status = 'retrying' and o.due_at <= $2)
               or (o.status = 'sending' and o.lease_until < now())
            union
            select distinct e.tenant_id, 'webhooks', e.lane
            from fleet.webhook_endpoints e
            join directory.tenants t on t.tenant_id = e.tenant_id and t.status in ('active', 'onboarding')
            where coalesce(e.paused_until, '-infinity') <= $1
              and exists (
                  select
                  from fleet.webhook_deliveries d
                  where d.tenant_id = e.tenant_id
                    and d.endpoint_id = e.id
                    and d.status in ('waiting', 'sending')
                    and ((d.status = 'waiting' and d.due_at <= $1) or (d.status = 'sending' and d.lease_until < now())))
        ), fresh as (
            -- A reminder or a call that is only due later has told no lane of itself.
            insert into fleet.lanes (tenant_id, stage, lane, nudged, nudged_at)
            select w.tenant_id, w.stage, w.lane, true, now()
            from work w
            where not exists (select from fleet.lanes l where l.tenant_id = w.tenant_id and l.stage = w.stage and l.lane = w.lane)
            order by w.tenant_id, w.stage, w.lane
            on conflict do nothing
            returning tenant_id, stage, lane
        ), idle as (
            select l.tenant_id, l.stage, l.lane
            from fleet.lanes l
            join work w on w.tenant_id = l.tenant_id and w.stage = l.stage and w.lane = l.lane
            where case when l.nudged then l.nudged_at < now() - interval '10 seconds' else coalesce(l.lease_until, '-infinity') < now() end
            order by l.tenant_id, l.stage, l.lane
            for no key update of l skip locked
        ), raised as (
            update fleet.lanes l
            set nudged = true, nudged_at = now()
            from idle i
            where l.tenant_id = i.tenant_id and l.stage = i.stage and l.lane = i.lane
            returning l.tenant_id, l.stage, l.lane
        )
        select tenant_id, stage, lane from fresh
        union all
        select tenant_id, stage, lane from raised
        """;

    private static Task<List<(string Stage, Nudge Nudge)>> RaiseAsync(SystemDb db, DateTimeOffset now, CancellationToken ct)
        => db.ListAsync(Raise, row => (row.GetString(1), new Nudge(TenantId.Parse(row.GetString(0)), row.GetInt16(2))), ct, P.Time(now), P.Time(now - RetryMessage.LostAfter));
}
