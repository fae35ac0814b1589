using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Webhooks;

/// <param name="OverlapHours">So long the present secret signs beside the new one; null: a day. 0 after a leak.</param>
/// <param name="Actor">Who rotates it, for the audit trail.</param>
public sealed record RotateWebhookSecretInput(TenantId Tenant, Guid Id, int? OverlapHours, string Actor);

/// <summary>Gives an endpoint a new secret. Until the overlap has ended, every webhook bears both signatures.</summary>
public sealed class RotateWebhookSecret(TenantDbs dbs, DataKeys keys, TimeProvider time)
{
    private const int LongestOverlap = 24;

    public async Task<Result<WebhookEndpointWithSecret>> HandleAsync(RotateWebhookSecretInput input, CancellationToken ct)
    {
        if (input.OverlapHours is < 0 or > LongestOverlap) return WebhookErrors.OverlapInvalid;
        var (key, now) = (await keys.GetAsync(input.Tenant, ct), time.GetUtcNow());
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await EndpointSql.LockAsync(db, input.Id, ct) is not { } endpoint) return WebhookErrors.EndpointNotFound;
        var secrets = WebhookSecrets.Rotate(WebhookSecrets.Open(key, input.Id, endpoint.Secrets), now, TimeSpan.FromHours(input.OverlapHours ?? LongestOverlap));
        if (secrets.Count > WebhookSecrets.Most) return WebhookErrors.TooManySecrets;
        await EndpointSql.SetSecretsAsync(db, key, input.Id, secrets, now, ct);
        db.Audit(time, input.Actor, "webhook_endpoint.secret_rotated", input.Id.ToString());
        await db.CommitAsync(ct);
        return new WebhookEndpointWithSecret((await EndpointSql.FindAsync(dbs.For(input.Tenant), key, input.Id, ct))!, secrets[0].Reveal());
    }
}
