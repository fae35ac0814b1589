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
        var known = await ListAsync(new SystemDb(views.System), ct);
        var id = named ?? (known is [var only] ? only : throw new StartRefusedException(known.Count == 0 ? "There is no company yet." : $"Say for which company: --tenant {string.Join(" or ", known)}."));
        if (!known.Contains(id)) throw new StartRefusedException($"There is no company '{id}'{(known.Count == 0 ? "" : $", only {string.Join(", ", known)}")}.");
        var (dbs, tenant) = (new TenantDbs(views.App), TenantId.Parse(id));
        var keys = new DataKeys(new FolderSecretStore(secretsFolder), dbs);
        try
        {
            var settings = await new TenantSettingsCache(dbs, keys).ReadAsync(tenant, ct);
            return settings is { SamsaraWebhookSecret: { } secret, SamsaraOrgId: { } org, SamsaraWebhookId: { } webhook } && long.TryParse(org, NumberStyles.None, CultureInfo.InvariantCulture, out var orgId)
                ? new(tenant, orgId, webhook, secret, dbs.For(tenant), await keys.GetAsync(tenant, ct))
                : throw new StartRefusedException($"'{id}' has no Samsara webhook: nothing of Samsara's reaches it.");
        }
        catch (Exception locked) when (locked is InvalidOperationException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new StartRefusedException($"The secrets in '{secretsFolder}' don't open '{id}': {locked.Message}", locked);
        }
    }

    private const string List = """
        select tenant_id
        from directory.tenants
        order by tenant_id
        limit 1000
        """;

    private static Task<List<string>> ListAsync(SystemDb db, CancellationToken ct) => db.ListAsync(List, row => row.GetString(0), ct);
}
