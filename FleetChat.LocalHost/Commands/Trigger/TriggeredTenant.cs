using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Commands.Trigger;

/// <summary>The company that an event is for, with what Samsara knows of it.</summary>
internal sealed record TriggeredTenant(TenantId Id, long OrgId, string WebhookId, string WebhookSecret, TenantDb Db, DataKey Key)
{
    // A record's own text would print the secret.
    public override string ToString() => Id.Value;

    /// <param name="named">Null: the only one that there is.</param>
    /// <exception cref="StartRefusedException">There is none, several, or it has no webhook.</exception>
    public static async Task<TriggeredTenant> FindAsync(DatabaseViews views, string secretsFolder, string? named, CancellationToken ct)
    {
        var companies = await FoundCompanies.InAsync(views, secretsFolder, ct);
        var id = named ?? (companies.All is [var only] ? only.Value : throw new StartRefusedException(companies.All.Count == 0 ? FoundCompanies.None : $"Say for which company: --tenant {string.Join(" or ", companies.All)}."));
        var tenant = companies.Named(id).Single();
        return await companies.OpenAsync<TriggeredTenant>(tenant, async () =>
        {
            var settings = await new TenantSettingsCache(companies.Dbs, companies.Keys).ReadAsync(tenant, ct);
            return settings is { SamsaraWebhookSecret: { } secret, SamsaraOrgId: { } org, SamsaraWebhookId: { } webhook } && long.TryParse(org, NumberStyles.None, CultureInfo.InvariantCulture, out var orgId)
                ? new(tenant, orgId, webhook, secret, companies.Dbs.For(tenant), await companies.Keys.GetAsync(tenant, ct))
                : throw new StartRefusedException($"'{id}' has no Samsara webhook: nothing of Samsara's reaches it.");
        });
    }
}
