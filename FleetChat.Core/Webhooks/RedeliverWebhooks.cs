using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Webhooks;

/// <param name="Delivery">One delivery, whatever became of it; or else:</param>
/// <param name="Since">All that were noted since then and failed.</param>
/// <param name="IncludeDelivered">With <paramref name="Since"/>: also those that arrived.</param>
/// <param name="Actor">Who asks, for the audit trail.</param>
public sealed record RedeliverWebhooksInput(TenantId Tenant, Guid Endpoint, Guid? Delivery, DateTimeOffset? Since, bool IncludeDelivered, string Actor);

/// <param name="Redelivered">How many are sent again.</param>
/// <param name="Nudges">For the queue of the webhooks.</param>
public sealed record RedeliveredWebhooks(int Redelivered, IReadOnlyList<Nudge> Nudges);

/// <summary>Sends again, under the same ids and with the same bodies. Asked twice, a delivery that still waits is not doubled.</summary>
public sealed class RedeliverWebhooks(TenantDbs dbs, TimeProvider time)
{
    public async Task<Result<RedeliveredWebhooks>> HandleAsync(RedeliverWebhooksInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await EndpointSql.LockAsync(db, input.Endpoint, ct) is not { } endpoint) return WebhookErrors.EndpointNotFound;
        if (input.Delivery is null == input.Since is null) return WebhookErrors.RedeliverWhat;
        if (!endpoint.Enabled) return WebhookErrors.Disabled;
        var count = await ArmAsync(db, input, now, ct);
        if (count == 0 && input.Delivery is { } one && !await ExistsAsync(db, input.Endpoint, one, ct)) return WebhookErrors.DeliveryNotFound;
        db.Audit(time, input.Actor, "webhook_endpoint.redelivered", input.Endpoint.ToString(), $"count:{count}");
        var nudges = await OutgoingWebhooks.RaiseFlagsAsync(db, now, ct);
        await db.CommitAsync(ct);
        return new RedeliveredWebhooks(count, nudges);
    }

    private const string Arm = """
        update fleet.webhook_deliveries
        set status = 'waiting', attempts = 0, due_at = $6, armed_at = $6, finished_at = null
        where tenant_id = $1
          and endpoint_id = $2
          and (id = $3 or created_at >= $4)
          and (status = 'failed' or (status = 'delivered' and $5))
        """;

    private static Task<int> ArmAsync(TenantDb db, RedeliverWebhooksInput input, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Arm, ct, P.Uuid(input.Endpoint), P.Uuid(input.Delivery), P.Time(input.Since), P.Bool(input.IncludeDelivered || input.Delivery is not null), P.Time(now));

    private const string Exists = """
        select 1
        from fleet.webhook_deliveries
        where tenant_id = $1
          and endpoint_id = $2
          and id = $3
        """;

    private static async Task<bool> ExistsAsync(TenantDb db, Guid endpoint, Guid delivery, CancellationToken ct)
        => await db.FindAsync(Exists, row => row.GetInt32(0), ct, P.Uuid(endpoint), P.Uuid(delivery)) == 1;
}
