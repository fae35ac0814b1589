using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Samsara.Webhooks;

/// <param name="Actor">Who has it done, for the audit trail.</param>
public sealed record SamsaraWebhookInput(TenantId Tenant, string Actor);

/// <summary>
/// Sees that Samsara tells a company's events here: by exactly one webhook, with all the types that are used. It may be repeated and run
/// side by side: a webhook is known by its address and shows its secret again, so that one whose maker died is adopted, and whoever finds
/// that another was noted before his own takes his own away.
/// </summary>
public sealed class EnsureSamsaraWebhook(ISamsaraClient samsara, WebhookNote note, TenantSettingsCache settings, IOptions<PlatformOptions> platform)
{
    /// <returns>Samsara's id of the webhook.</returns>
    public async Task<Result<string>> HandleAsync(SamsaraWebhookInput input, CancellationToken ct)
    {
        if (await settings.ReadAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        if (tenant.Samsara is not { } access) return SamsaraErrors.NoToken;
        try
        {
            return await EnsureAsync(input, tenant, access, ct);
        }
        catch (SamsaraException exception)
        {
            return SamsaraErrors.Of(exception, SamsaraErrors.WebhookScopes);
        }
    }

    private async Task<Result<string>> EnsureAsync(SamsaraWebhookInput input, TenantSettings tenant, SamsaraAccess access, CancellationToken ct)
    {
        var (org, doors) = (await samsara.GetOrgAsync(access, ct), WebhookDoors.Of(platform.Value.PublicBaseUrl!, input.Tenant));
        var usable = (await samsara.ListWebhooksAsync(access, ct)).Where(w => doors.IsOurs(w) && w.IsUsable).ToList();
        // The one that we know; else always the same, whoever looks.
        var adopted = usable.Find(w => w.Id == tenant.SamsaraWebhookId) ?? usable.MinBy(w => w.Id, StringComparer.Ordinal);
        var chosen = adopted ?? await samsara.CreateWebhookAsync(access, new($"FleetChat {input.Tenant}", doors.Url, SamsaraEvents.Wanted), ct);
        if (!chosen.HasSecret) return SamsaraErrors.Unreachable;

        var noted = await note.ReplaceAsync(input, tenant, org.Id, chosen, ct);
        if (noted == chosen.Id) await DeleteOthersAsync(access, doors, chosen.Id, tenant.SamsaraWebhookId, ct);
        else if (adopted is null) await samsara.DeleteWebhookAsync(access, chosen.Id, ct);
        return noted is null ? SamsaraErrors.WebhookBusy : noted;
    }

    // Looked for anew: what others make after this look they take away themselves. What we knew may have another address, of before a move.
    private async Task DeleteOthersAsync(SamsaraAccess access, WebhookDoors doors, string chosen, string? known, CancellationToken ct)
    {
        foreach (var other in await samsara.ListWebhooksAsync(access, ct))
        {
            if (other.Id != chosen && (doors.IsOurs(other) || other.Id == known)) await samsara.DeleteWebhookAsync(access, other.Id, ct);
        }
    }
}
