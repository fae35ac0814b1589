using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Webhooks;

internal static class EndpointSql
{
    private const string Find = $"""
        select {WebhookEndpointView.Columns}
        from fleet.webhook_endpoints
        where tenant_id = $1
          and id = $2
        """;

    public static Task<WebhookEndpointView?> FindAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct)
        => db.FindAsync(Find, row => WebhookEndpointView.Read(row, new(key)), ct, P.Uuid(id));

    private const string LockEndpoint = """
        select lane, disabled_at is null, secrets
        from fleet.webhook_endpoints
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    /// <summary>For a change: nobody else changes it, and nothing of it begins, until the commit.</summary>
    public static Task<LockedEndpoint?> LockAsync(TenantTransaction db, Guid id, CancellationToken ct)
        => db.FindAsync(LockEndpoint, row => new LockedEndpoint(row.GetInt16(0), row.GetBoolean(1), row.Bytes(2)), ct, P.Uuid(id));

    private const string SetSecrets = """
        update fleet.webhook_endpoints
        set secrets = $3, updated_at = $4
        where tenant_id = $1
          and id = $2
        """;

    public static Task SetSecretsAsync(TenantTransaction db, DataKey key, Guid id, IReadOnlyList<WebhookSecret> secrets, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(SetSecrets, ct, P.Uuid(id), P.Bytes(WebhookSecrets.Seal(key, id, secrets)), P.Time(now));
}

/// <param name="Secrets">Sealed.</param>
internal sealed record LockedEndpoint(short Lane, bool Enabled, byte[] Secrets);
