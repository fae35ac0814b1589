using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;

namespace FleetChat.Core.Webhooks;

/// <summary>An endpoint that has something due, still sealed.</summary>
/// <param name="Slowdowns">How often in a row it could not keep up.</param>
internal sealed record DueEndpoint(Guid Id, byte[] Url, byte[] Secrets, int Slowdowns);

/// <summary>A delivery whose attempt is committed.</summary>
/// <param name="Payload">Sealed; null before the first attempt.</param>
internal sealed record BegunDelivery(Guid Endpoint, Guid Id, WebhookEvent Event, int Attempts, DateTimeOffset ArmedAt, byte[]? Payload)
{
    /// <summary>As receivers know the event.</summary>
    public string WebhookId => WebhookIds.Of(Id);

    /// <summary>What its payload is bound to.</summary>
    public string Row => $"{Endpoint:N}{Id:N}";
}

internal static class WebhookIds
{
    public static string Of(Guid id) => $"msg_{id:N}";
}

internal static class DeliverySql
{
    // Lost by a process that died during the call: the receiver may have it, and knows it by its id when it comes again.
    private const string WaitLost = """
        update fleet.webhook_deliveries
        set status = 'waiting', outcome = 'lost', due_at = $3, lease_token = null, lease_until = null
        where tenant_id = $1
          and endpoint_id in (select e.id from fleet.webhook_endpoints e where e.tenant_id = $1 and e.lane = $2)
          and status = 'sending'
          and lease_until < now()
        """;

    // Its cause had not committed yet when the endpoint was switched off, or its call was under way.
    private const string EndStranded = """
        update fleet.webhook_deliveries
        set status = 'failed', outcome = 'endpoint_disabled', finished_at = $3
        where tenant_id = $1
          and endpoint_id in (select e.id from fleet.webhook_endpoints e where e.tenant_id = $1 and e.lane = $2 and e.disabled_at is not null)
          and status = 'waiting'
        """;

    public static async Task TidyAsync(TenantDb db, short lane, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(WaitLost, P.Small(lane), P.Time(now))
            .Add(EndStranded, P.Small(lane), P.Time(now));
        await batch.ExecuteAsync(ct);
    }

    // Endpoints before deliveries, here and wherever both are touched. The lock makes the count of calls under way a true one.
    private const string LockEndpoints = """
        select e.id, e.url, e.secrets, e.slowdowns
        from fleet.webhook_endpoints e
        where e.tenant_id = $1
          and e.lane = $2
          and e.disabled_at is null
          and coalesce(e.paused_until, '-infinity') <= $3
          and exists (
              select
              from fleet.webhook_deliveries d
              where d.tenant_id = $1
                and d.endpoint_id = e.id
                and d.status = 'waiting'
                and d.due_at <= $3)
        order by e.id
        for no key update of e
        """;

    public static Task<List<DueEndpoint>> LockEndpointsAsync(TenantTransaction db, short lane, DateTimeOffset now, CancellationToken ct)
        => db.ListAsync(LockEndpoints, row => new DueEndpoint(row.GetGuid(0), row.Bytes(1), row.Bytes(2), row.GetInt32(3)), ct, P.Small(lane), P.Time(now));

    private const string Begin = """
        with due as (
            select d.endpoint_id, d.id
            from unnest($2, $3) as e (id, most)
            cross join lateral (
                select w.endpoint_id, w.id, w.due_at
                from fleet.webhook_deliveries w
                where w.tenant_id = $1
                  and w.endpoint_id = e.id
                  and w.status = 'waiting'
                  and w.due_at <= $4
                order by w.due_at, w.id
                limit greatest(0, e.most - (
                    select count(*)
                    from fleet.webhook_deliveries s
                    where s.tenant_id = $1
                      and s.endpoint_id = e.id
                      and s.status = 'sending'))
            ) d
            order by d.due_at, d.id
            limit $5
        )
        update fleet.webhook_deliveries d
        set status = 'sending', attempts = d.attempts + 1, attempted_at = $4, lease_token = $6, lease_until = now() + $7
        from due
        where d.tenant_id = $1
          and d.endpoint_id = due.endpoint_id
          and d.id = due.id
          and d.status = 'waiting'
        returning d.endpoint_id, d.id, d.type, d.subject_id, d.detail, d.occurred_at, d.attempts, d.armed_at, d.payload
        """;

    /// <param name="most">Calls at once, by endpoint.</param>
    public static Task<List<BegunDelivery>> BeginAsync(TenantTransaction db, Guid[] endpoints, int[] most, DateTimeOffset now, int limit, Guid token, TimeSpan lease, CancellationToken ct)
        => db.ListAsync(Begin, row => new BegunDelivery(row.GetGuid(0), row.GetGuid(1), new(row.GetString(2), row.GetGuid(3), row.GetString(4), row.Time(5)),
            row.GetInt32(6), row.Time(7), row.BytesOrNull(8)), ct, P.Uuids(endpoints), P.Numbers(most), P.Time(now), P.Number(limit), P.Uuid(token), P.Span(lease));

    private const string SetPayload = """
        update fleet.webhook_deliveries
        set payload = $4
        where tenant_id = $1
          and endpoint_id = $2
          and id = $3
        """;

    public static Task SetPayloadAsync(TenantTransaction db, BegunDelivery delivery, byte[] payload, CancellationToken ct)
        => db.ExecuteAsync(SetPayload, ct, P.Uuid(delivery.Endpoint), P.Uuid(delivery.Id), P.Bytes(payload));

    private const string FinishDelivery = """
        update fleet.webhook_deliveries
        set status = $5, last_code = $6, outcome = $7, finished_at = $8, lease_token = null, lease_until = null
        where tenant_id = $1
          and endpoint_id = $2
          and id = $3
          and lease_token = $4
        """;

    // Only what says something new is written: most successes come after a success.
    private const string NoteSuccess = """
        update fleet.webhook_endpoints
        set failing_since = null, slowdowns = 0, paused_until = null
        where tenant_id = $1
          and id = $2
          and (failing_since is not null or slowdowns > 0 or paused_until is not null)
        """;

    public static async Task SucceedAsync(TenantDb db, BegunDelivery delivery, Guid token, int? code, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(NoteSuccess, P.Uuid(delivery.Endpoint))
            .Add(FinishDelivery, Finish(delivery, token, "delivered", code, "answered", now));
        await batch.ExecuteAsync(ct);
    }

    /// <summary>It is over, and did not arrive.</summary>
    public static Task FailAsync(TenantDb db, BegunDelivery delivery, Guid token, int? code, string outcome, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(FinishDelivery, ct, Finish(delivery, token, "failed", code, outcome, now));

    private static Npgsql.NpgsqlParameter[] Finish(BegunDelivery delivery, Guid token, string status, int? code, string outcome, DateTimeOffset now)
        => [P.Uuid(delivery.Endpoint), P.Uuid(delivery.Id), P.Uuid(token), P.Text(status), P.Number(code), P.Text(outcome), P.Time(now)];

    private const string Postpone = """
        update fleet.webhook_deliveries
        set status = 'waiting', last_code = $5, outcome = $6, due_at = $7, lease_token = null, lease_until = null
        where tenant_id = $1
          and endpoint_id = $2
          and id = $3
          and lease_token = $4
        """;

    public static Task PostponeAsync(TenantDb db, BegunDelivery delivery, Guid token, int? code, string outcome, DateTimeOffset dueAt, CancellationToken ct)
        => db.ExecuteAsync(Postpone, ct, P.Uuid(delivery.Endpoint), P.Uuid(delivery.Id), P.Uuid(token), P.Number(code), P.Text(outcome), P.Time(dueAt));

    private const string NoteFailure = """
        update fleet.webhook_endpoints
        set failing_since = coalesce(failing_since, $3)
        where tenant_id = $1
          and id = $2
        returning failing_since
        """;

    /// <returns>Since when nothing has succeeded; null if the endpoint is gone.</returns>
    public static Task<DateTimeOffset?> NoteFailureAsync(TenantDb db, Guid endpoint, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync<DateTimeOffset?>(NoteFailure, row => row.Time(0), ct, P.Uuid(endpoint), P.Time(now));

    // Calls that were slow side by side are one slowdown.
    private const string Pause = """
        update fleet.webhook_endpoints
        set slowdowns = greatest(slowdowns, $3), paused_until = greatest(paused_until, $4)
        where tenant_id = $1
          and id = $2
        """;

    public static Task PauseAsync(TenantDb db, Guid endpoint, int slowdowns, DateTimeOffset until, CancellationToken ct)
        => db.ExecuteAsync(Pause, ct, P.Uuid(endpoint), P.Number(slowdowns), P.Time(until));

    private const string TryDisable = """
        update fleet.webhook_endpoints
        set disabled_at = $3, disabled_reason = $4, updated_at = $3
        where tenant_id = $1
          and id = $2
          and disabled_at is null
        """;

    private const string EndWaiting = """
        update fleet.webhook_deliveries
        set status = 'failed', outcome = 'endpoint_disabled', finished_at = $3
        where tenant_id = $1
          and endpoint_id = $2
          and status = 'waiting'
        """;

    /// <summary>Switches an endpoint off. What waits for it ends; somebody may ask for it again.</summary>
    /// <returns>False if it was off already.</returns>
    public static async Task<bool> TryDisableAsync(TenantDb db, Guid endpoint, string reason, DateTimeOffset now, CancellationToken ct)
    {
        if (await db.ExecuteAsync(TryDisable, ct, P.Uuid(endpoint), P.Time(now), P.Text(reason)) == 0) return false;
        await db.ExecuteAsync(EndWaiting, ct, P.Uuid(endpoint), P.Time(now));
        return true;
    }

    /// <summary>For <see cref="TryDisableAsync"/> by the platform itself: tells the company, in its alerts and in its audit trail.</summary>
    public static async Task TellDisabledAsync(TenantTransaction db, TimeProvider time, Guid endpoint, string reason, CancellationToken ct)
    {
        await db.WriteAsync(Alerts.Raise, ct, Alerts.Parameters(time, reason == DisabledReasons.Gone ? AlertCodes.WebhookGone : AlertCodes.WebhookFailing, Alerts.Warning, endpoint.ToString()));
        db.Audit(time, "system", "webhook_endpoint.disabled", endpoint.ToString(), reason);
    }
}

/// <summary>Why an endpoint is off. Part of the API.</summary>
internal static class DisabledReasons
{
    public const string ByCompany = "by_company";

    /// <summary>The receiver answered 410.</summary>
    public const string Gone = "gone";

    public const string Failing = "failing";
}
