using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Webhooks;

/// <param name="Actor">Who deletes it, for the audit trail.</param>
public sealed record DeleteWebhookEndpointInput(TenantId Tenant, Guid Id, string Actor);

public sealed record DeletedWebhookEndpoint(Guid Id);

/// <summary>Deletes an endpoint with its secrets and deliveries. A call that is under way may still arrive.</summary>
public sealed class DeleteWebhookEndpoint(TenantDbs dbs, TimeProvider time)
{
    public async Task<Result<DeletedWebhookEndpoint>> HandleAsync(DeleteWebhookEndpointInput input, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await db.ExecuteAsync(Delete, ct, P.Uuid(input.Id)) == 0) return WebhookErrors.EndpointNotFound;
        db.Audit(time, input.Actor, "webhook_endpoint.deleted", input.Id.ToString());
        await db.CommitAsync(ct);
        return new DeletedWebhookEndpoint(input.Id);
    }

    private const string Delete = """
        delete from fleet.webhook_endpoints
        where tenant_id = $1
          and id = $2
        """;
}
