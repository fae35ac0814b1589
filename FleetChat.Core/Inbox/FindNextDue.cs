using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;

namespace FleetChat.Core.Inbox;

/// <summary>
/// When the next thing of all tenants is due that <see cref="Sweep"/> would find then: it is for a clock that is stepped, which has to
/// stop there. A dead process's leases are not among it, because they run out by the database's clock.
/// </summary>
public sealed class FindNextDue(SystemDb db)
{
    /// <param name="now">Business time: pauses that have not begun hold nothing yet.</param>
    /// <param name="withPolls">Whether looks at what no webhook tells count too; they come round for ever.</param>
    /// <returns>Business time, which may be past; null if nothing is ever due.</returns>
    public Task<DateTimeOffset?> HandleAsync(DateTimeOffset now, bool withPolls, CancellationToken ct)
        => db.FindAsync(Next, row => row.TimeOrNull(0), ct, P.Time(now), P.Bool(withPolls), P.Span(RetryMessage.LostAfter));

    // Of open rows alone, by the indexes that hold nothing else. What failed too often is due at infinity.
    private const string Next = $"""
        select min(due_at)
        from (
            select min(due_at) as due_at
            from fleet.inbox
            where status = 'pending'
            union all
            select min(due_at)
            from fleet.reminders
            where due_at < 'infinity'
            union all
            select min(due_at)
            from fleet.orchestration_commands
            where status = 'waiting'
            union all
            select min(c.due_at)
            from fleet.calls c
            {CallSql.JoinServed}
            where c.status = 'waiting'
              and ($2 or c.kind not like 'poll:%')
            union all
            select min(case when o.status = 'retrying' then o.due_at + $3 else greatest(o.due_at, h.until) end)
            from fleet.outbound o
            join directory.tenants t on t.tenant_id = o.tenant_id and t.status = 'active'
            left join (
                {SendingHoldSql.HeldUntil}) h on h.tenant_id = o.tenant_id
            where o.status in ('waiting', 'doubt', 'retrying')
            union all
            select min(greatest(d.due_at, e.paused_until))
            from fleet.webhook_deliveries d
            join fleet.webhook_endpoints e on e.tenant_id = d.tenant_id and e.id = d.endpoint_id
            join directory.tenants t on t.tenant_id = d.tenant_id and t.status in ('active', 'onboarding')
            where d.status = 'waiting'
        ) due
        where due_at < 'infinity'
        """;
}
