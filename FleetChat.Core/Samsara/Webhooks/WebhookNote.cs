using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;

namespace FleetChat.Core.Samsara.Webhooks;

/// <summary>Which webhook of Samsara's is a company's. Of several who note one, the first has his way.</summary>
public sealed class WebhookNote(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    private const string Replace = """
        update fleet.tenant_configurations
        set samsara_org_id = $2, samsara_webhook_id = $3, samsara_webhook_secret = $4, secret_notes = secret_notes - 'samsara_webhook_secret', version = version + 1, updated_at = $5
        where tenant_id = $1
          and samsara_webhook_id is not distinct from $6
          and samsara_org_id is not distinct from $7
        """;

    private const string Find = """
        select samsara_webhook_id
        from fleet.tenant_configurations
        where tenant_id = $1
        """;

    /// <param name="seen">The company as it was before anything was done: if another webhook is noted meanwhile, that one stays.</param>
    /// <param name="webhook">Null: there is none any more.</param>
    /// <returns>The one that is noted.</returns>
    internal async Task<string?> ReplaceAsync(SamsaraWebhookInput input, TenantSettings seen, string? org, SamsaraWebhook? webhook, CancellationToken ct)
    {
        if ((seen.SamsaraOrgId, seen.SamsaraWebhookId, seen.SamsaraWebhookSecret) != (org, webhook?.Id, webhook?.Secret))
        {
            var secret = webhook is null ? null : (await keys.GetAsync(input.Tenant, ct)).Encrypt(EncryptedColumns.SamsaraWebhookSecret, input.Tenant.Value, Encoding.UTF8.GetBytes(webhook.Secret!));
            await using var db = await dbs.BeginAsync(input.Tenant, ct);
            if (await db.ExecuteAsync(Replace, ct, P.Text(org), P.Text(webhook?.Id), P.Bytes(secret), P.Time(time.GetUtcNow()), P.Text(seen.SamsaraWebhookId), P.Text(seen.SamsaraOrgId)) > 0)
            {
                var action = webhook is null ? "samsara.webhook_removed" : "samsara.webhook_set";
                await db.WriteAsync(TenantVersions.Insert, ct, TenantVersions.Parameters(
                    time.GetUtcNow(), input.Actor, SettingChanges.Of("samsara_connection.webhook_id", seen.SamsaraWebhookId, webhook?.Id)));
                db.Audit(time, input.Actor, action, webhook?.Id ?? seen.SamsaraWebhookId ?? "");
                await db.CommitAsync(ct);
            }
        }
        await settings.ReadAsync(input.Tenant, ct);
        return await dbs.For(input.Tenant).FindAsync(Find, row => row.TextOrNull(0), ct);
    }
}
