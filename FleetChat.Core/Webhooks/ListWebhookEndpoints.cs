using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Webhooks;

/// <summary>The tenant's endpoints, the newest first.</summary>
public sealed class ListWebhookEndpoints(TenantDbs dbs, Pages pages, UnreadableRows unreadable)
{
    public async Task<Result<Page<WebhookEndpointView>>> HandleAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, "webhook_endpoints", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await ListAsync(dbs.For(tenant), window.Value, opener, ct);
        await unreadable.TellAsync(tenant, opener, ct);
        return window.Value.Page(rows, endpoint => new(endpoint.CreatedAt, endpoint.Id));
    }

    private const string List = $"""
        select {WebhookEndpointView.Columns}
        from fleet.webhook_endpoints
        where tenant_id = $1
          and (created_at, id) < ($2, $3)
        order by created_at desc, id desc
        limit $4
        """;

    private static Task<List<WebhookEndpointView>> ListAsync(TenantDb db, PageWindow window, RowOpener opener, CancellationToken ct)
        => db.ListAsync(List, row => WebhookEndpointView.Read(row, opener), ct, P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);
}

/// <summary>One endpoint of the tenant.</summary>
public sealed class GetWebhookEndpoint(TenantDbs dbs, DataKeys keys)
{
    public async Task<Result<WebhookEndpointView>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
        => await EndpointSql.FindAsync(dbs.For(tenant), await keys.GetAsync(tenant, ct), id, ct) is { } endpoint ? endpoint : WebhookErrors.EndpointNotFound;
}
