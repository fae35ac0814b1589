using FleetChat.Core.Data;
using FleetChat.Core.Messaging;

namespace FleetChat.Core.Monitoring;

/// <summary>So much work of a tenant is stuck.</summary>
/// <param name="Since">The oldest one's time.</param>
public sealed record StuckWork(string TenantId, long Count, DateTimeOffset Since);

/// <summary>A lane whose flag says that there is work, and that nobody comes to.</summary>
public sealed record ForgottenLane(string TenantId, string Stage, short Lane, TimeSpan FlagAge);

/// <summary>An alert about the platform as a whole.</summary>
public sealed record PlatformAlert(string Code, string Severity, int Count, DateTimeOffset LastAt);

/// <summary>Work that rests although it should not, of all tenants: ids, states and times, never what it is about.</summary>
public sealed class FindStuckWork(SystemDb db)
{
    private const string Parked = """
        select tenant_id, count(*), min(due_at)
        from fleet.inbox
        where status = 'parked'
        group by tenant_id
        order by tenant_id
        """;

    /// <summary>Events that failed too often and were put aside.</summary>
    public Task<List<StuckWork>> ListParkedAsync(CancellationToken ct) => db.ListAsync(Parked, Read, ct);

    private const string LateEvents = """
        select tenant_id, count(*), min(due_at)
        from fleet.inbox
        where status = 'pending'
          and due_at < $1
        group by tenant_id
        order by tenant_id
        """;

    /// <param name="before">Business time.</param>
    public Task<List<StuckWork>> ListLateEventsAsync(DateTimeOffset before, CancellationToken ct) => db.ListAsync(LateEvents, Read, ct, P.Time(before));

    // A company that is not in service is not sent for, and what is held rests as it should: after that it has as long as what is due then.
    private const string LateMessages = $"""
        select o.tenant_id, count(*), min(o.due_at)
        from fleet.outbound o
        join directory.tenants t on t.tenant_id = o.tenant_id and t.status = 'active'
        left join (
            {SendingHoldSql.HeldUntil}) h on h.tenant_id = o.tenant_id
        where o.status in ('waiting', 'doubt', 'sending', 'retrying')
          and o.due_at < $1
          and (o.status = 'sending' or h.until is null or h.until < $1)
        group by o.tenant_id
        order by o.tenant_id
        """;

    /// <param name="before">Business time.</param>
    public Task<List<StuckWork>> ListLateMessagesAsync(DateTimeOffset before, CancellationToken ct) => db.ListAsync(LateMessages, Read, ct, P.Time(before));

    private const string ForgottenLanes = """
        select tenant_id, stage, lane, now() - nudged_at
        from fleet.lanes
        where nudged
          and nudged_at < now() - $1
        order by nudged_at
        """;

    /// <param name="age">By the database's clock: longer than any nudge waits for its worker.</param>
    public Task<List<ForgottenLane>> ListForgottenLanesAsync(TimeSpan age, CancellationToken ct)
        => db.ListAsync(ForgottenLanes, row => new ForgottenLane(row.GetString(0), row.GetString(1), row.GetInt16(2), row.GetTimeSpan(3)), ct, P.Span(age));

    private const string PlatformAlerts = """
        select code, severity, count, last_at
        from fleet.platform_alerts
        where closed_at is null
        order by last_at desc
        """;

    public Task<List<PlatformAlert>> ListPlatformAlertsAsync(CancellationToken ct)
        => db.ListAsync(PlatformAlerts, row => new PlatformAlert(row.GetString(0), row.GetString(1), row.GetInt32(2), row.Time(3)), ct);

    private const string UnpreparedDays = """
        select d.day::date
        from generate_series($1, $2, interval '1 day') as d (day)
        where to_regclass(format('fleet.inbox_%s', to_char(d.day, 'YYYYMMDD'))) is null
        order by 1
        """;

    /// <returns>Days whose events would have no table of their own.</returns>
    public Task<List<DateOnly>> ListUnpreparedDaysAsync(DateOnly first, DateOnly last, CancellationToken ct)
        => db.ListAsync(UnpreparedDays, row => row.Day(0), ct, P.Day(first), P.Day(last));

    private static StuckWork Read(Npgsql.NpgsqlDataReader row) => new(row.GetString(0), row.GetInt64(1), row.Time(2));
}
