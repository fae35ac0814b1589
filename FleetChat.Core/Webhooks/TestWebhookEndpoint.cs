using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Webhooks;

/// <param name="DeliveryId">Its fate is among the endpoint's deliveries.</param>
/// <param name="Nudges">For the queue of the webhooks.</param>
public sealed record TestedWebhookEndpoint(Guid DeliveryId, IReadOnlyList<Nudge> Nudges);

/// <summary>Sends an endpoint an event of type <c>webhook.test</c>, the way that all others go.</summary>
public sealed class TestWebhookEndpoint(TenantDbs dbs, TimeProvider time)
{
    public async Task<Result<TestedWebhookEndpoint>> HandleAsync(TenantId tenant, Guid endpoint, CancellationToken ct)
    {
        var (id, now) = (time.NewId(), time.GetUtcNow());
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (await EndpointSql.LockAsync(db, endpoint, ct) is not { } locked) return WebhookErrors.EndpointNotFound;
        if (!locked.Enabled) return WebhookErrors.Disabled;
        await db.ExecuteAsync(Insert, ct, P.Uuid(endpoint), P.Uuid(id), P.Text(WebhookEventTypes.Test), P.Time(now), P.Small(locked.Lane));
        var nudges = await OutgoingWebhooks.RaiseFlagsAsync(db, now, ct);
        await db.CommitAsync(ct);
        return new TestedWebhookEndpoint(id, nudges);
    }

    private const string Insert = """
        insert into fleet.webhook_deliveries (tenant_id, endpoint_id, id, type, subject_id, detail, occurred_at, lane, due_at, armed_at, created_at)
        values ($1, $2, $3, $4, $2, '', $5, $6, $5, $5, $5)
        """;
}
