using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Webhooks;

/// <param name="Status">Null: all.</param>
public sealed record ListWebhookDeliveriesInput(TenantId Tenant, Guid Endpoint, string? Status, PageRequest Page);

/// <summary>What was sent to an endpoint in the last thirty days, or will be, the newest first.</summary>
public sealed class ListWebhookDeliveries(TenantDbs dbs, Pages pages)
{
    public async Task<Result<Page<WebhookDeliveryView>>> HandleAsync(ListWebhookDeliveriesInput input, CancellationToken ct)
    {
        var db = dbs.For(input.Tenant);
        var window = await pages.OpenAsync(input.Tenant, $"webhook_deliveries:{input.Endpoint:N}:{input.Status}", Position.BeforeNewest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        if (await EndpointSql.FindAsync(db, window.Value.Key, input.Endpoint, ct) is null) return WebhookErrors.EndpointNotFound;
        var rows = await ListAsync(db, window.Value, input, ct);
        return window.Value.Page(rows, delivery => new(delivery.CreatedAt, delivery.Id));
    }

    private const string List = """
        select id, type, subject_id, status, attempts, last_code, outcome, occurred_at, attempted_at, due_at, finished_at, created_at
        from fleet.webhook_deliveries
        where tenant_id = $1
          and endpoint_id = $2
          and ($3 is null or status = $3)
          and (created_at, id) < ($4, $5)
        order by created_at desc, id desc
        limit $6
        """;

    private static Task<List<WebhookDeliveryView>> ListAsync(TenantDb db, PageWindow window, ListWebhookDeliveriesInput input, CancellationToken ct)
        => db.ListAsync(List, WebhookDeliveryView.Read, ct, P.Uuid(input.Endpoint), P.Text(input.Status), P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);
}
