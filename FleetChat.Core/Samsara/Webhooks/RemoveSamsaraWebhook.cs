using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Samsara.Webhooks;

/// <summary>Takes a company's webhooks away from Samsara, those too that were never noted. It may be repeated.</summary>
public sealed class RemoveSamsaraWebhook(ISamsaraClient samsara, WebhookNote note, TenantSettingsCache settings, IOptions<PlatformOptions> platform)
{
    /// <returns>How many there were.</returns>
    public async Task<Result<int>> HandleAsync(SamsaraWebhookInput input, CancellationToken ct)
    {
        if (await settings.ReadAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        // Without a token none of ours was ever made.
        if (tenant.Samsara is not { } access) return 0;
        try
        {
            var doors = WebhookDoors.Of(platform.Value.PublicBaseUrl!, input.Tenant);
            var ours = (await samsara.ListWebhooksAsync(access, ct)).Where(w => doors.IsOurs(w) || w.Id == tenant.SamsaraWebhookId).ToList();
            foreach (var webhook in ours) await samsara.DeleteWebhookAsync(access, webhook.Id, ct);
            // Last: as long as it is noted it is known, whatever its address.
            return await note.ReplaceAsync(input, tenant, tenant.SamsaraOrgId, null, ct) is null ? ours.Count : SamsaraErrors.WebhookBusy;
        }
        catch (SamsaraException exception)
        {
            return SamsaraErrors.Of(exception, SamsaraErrors.WebhookScopes);
        }
    }
}
