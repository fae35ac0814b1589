using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using Npgsql;

namespace FleetChat.Core.Webhooks;

/// <summary>
/// Notes in a cause's own statement that endpoints want to hear of it: so it is never told without having happened, nor the
/// other way round, and a company without endpoints pays one look at an index. The body is made later, from what committed.
/// </summary>
internal static class OutgoingWebhooks
{
    /// <summary>
    /// The end of a statement that has a CTE <c>cause (id, type, subject_id, detail, at, now)</c>. The id is the event's and has to be new;
    /// the detail holds codes that the subject will not show any more, else nothing.
    /// </summary>
    public const string Add = """
        insert into fleet.webhook_deliveries (tenant_id, endpoint_id, id, type, subject_id, detail, occurred_at, lane, due_at, armed_at, created_at)
        select $1, e.id, cause.id, cause.type, cause.subject_id, cause.detail, cause.at, e.lane, cause.now, cause.now, cause.now
        from cause
        join fleet.webhook_endpoints e on e.tenant_id = $1 and e.disabled_at is null and cause.type = any(e.types)
        """;

    // As LaneSql.RaiseFlags, for the lanes that have something to send: looked at by endpoint, of which there are few or none.
    public const string RaiseFlags = """
        insert into fleet.lanes as l (tenant_id, stage, lane, nudged, nudged_at)
        select $1, 'webhooks', busy.lane, true, now()
        from (
            select distinct e.lane
            from fleet.webhook_endpoints e
            where e.tenant_id = $1
              and coalesce(e.paused_until, '-infinity') <= $2
              and exists (
                  select
                  from fleet.webhook_deliveries d
                  where d.tenant_id = $1
                    and d.endpoint_id = e.id
                    and d.status = 'waiting'
                    and d.due_at <= $2)
        ) busy
        order by busy.lane
        on conflict (tenant_id, stage, lane) do update
        set nudged = true, nudged_at = now()
        where not l.nudged or l.nudged_at < now() - interval '10 seconds'
        returning l.lane
        """;

    public static NpgsqlParameter[] RaiseParameters(DateTimeOffset now) => [P.Time(now)];

    /// <returns>The lanes to nudge when it has committed.</returns>
    public static async Task<IReadOnlyList<Nudge>> RaiseFlagsAsync(TenantDb db, DateTimeOffset now, CancellationToken ct)
        => await db.ListAsync(RaiseFlags, row => new Nudge(db.Tenant, row.GetInt16(0)), ct, RaiseParameters(now));
}
