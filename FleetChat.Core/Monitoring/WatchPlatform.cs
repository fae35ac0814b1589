using FleetChat.Core.Billing;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Monitoring;

/// <summary>How the platform stands at a moment, over all companies.</summary>
/// <param name="OldestWork">Of each stage, how long its oldest work has been due; zero where nothing waits.</param>
/// <param name="Alerts">About the platform, raised within the last hour: so many subjects each. What is over is seldom closed by anybody.</param>
/// <param name="LateInvoices">Months whose invoice should be there (<see cref="Promises.InvoiceFinal"/>).</param>
public sealed record PlatformState(IReadOnlyDictionary<string, TimeSpan> OldestWork, long ParkedEvents, IReadOnlyList<PlatformAlertCount> Alerts, long LateInvoices);

/// <param name="Count">Open ones of this code.</param>
public sealed record PlatformAlertCount(string Code, string Severity, long Count);

/// <summary>Looks once a minute at what no counter tells: work to which nobody comes. It is told as metrics, as ages and numbers.</summary>
public sealed class WatchPlatform(SystemDb db, IOptions<BillingOptions> billing, TimeProvider time)
{
    public async Task<PlatformState> HandleAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var oldest = await db.ListAsync(Oldest, row => (Stage: row.GetString(0), Due: row.TimeOrNull(1)), ct, P.Time(now), P.Time(now - RetryMessage.LostAfter));
        var alerts = await db.ListAsync(RecentAlerts, row => new PlatformAlertCount(row.GetString(0), row.GetString(1), row.GetInt64(2)), ct, P.Time(now - TimeSpan.FromHours(1)));
        var (parked, late) = await db.FindAsync(Numbers, row => (row.GetInt64(0), row.GetInt64(1)), ct, P.Time(now - billing.Value.Grace - Promises.InvoiceFinal));
        var state = new PlatformState(oldest.ToDictionary(o => o.Stage, o => o.Due is { } due && due < now ? now - due : TimeSpan.Zero), parked, alerts, late);
        FleetMetrics.Tell(state);
        return state;
    }

    // What the sweep would find, and what its lanes' workers should have begun: see Sweep. What rests because somebody holds it, or
    // because a company is not in service, is not late, and after the hold it has as long as what is due then.
    private const string Oldest = $"""
        select 'process', min(due_at)
        from fleet.inbox
        where status = 'pending' and due_at <= $1
        union all
        select 'remind', min(due_at)
        from fleet.reminders
        where due_at <= $1
        union all
        select 'call', min(c.due_at)
        from fleet.calls c
        {CallSql.JoinServed}
        where c.status = 'waiting' and c.due_at <= $1
        union all
        select 'orchestrate', min(due_at)
        from fleet.orchestration_commands
        where status = 'waiting' and due_at <= $1
        union all
        select 'send', min(greatest(o.due_at, h.until))
        from fleet.outbound o
        join directory.tenants t on t.tenant_id = o.tenant_id and t.status = 'active'
        left join (
            {SendingHoldSql.HeldUntil}) h on h.tenant_id = o.tenant_id
        where (o.status in ('waiting', 'doubt') and greatest(o.due_at, h.until) <= $1)
           or (o.status = 'retrying' and o.due_at <= $2)
        union all
        select 'webhooks', min(greatest(d.due_at, e.paused_until))
        from fleet.webhook_deliveries d
        join fleet.webhook_endpoints e on e.tenant_id = d.tenant_id and e.id = d.endpoint_id
        join directory.tenants t on t.tenant_id = d.tenant_id and t.status in ('active', 'onboarding')
        where d.status = 'waiting' and d.due_at <= $1 and coalesce(e.paused_until, '-infinity') <= $1
        """;

    private const string RecentAlerts = """
        select code, severity, count(*)
        from fleet.platform_alerts
        where closed_at is null
          and last_at > $1
        group by code, severity
        order by code, severity
        """;

    private const string Numbers = """
        select (select count(*) from fleet.inbox where status = 'parked'),
               (select count(*) from fleet.billing_state where ends_at <= $1)
        """;
}
