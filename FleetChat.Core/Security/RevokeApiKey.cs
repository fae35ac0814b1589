using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security;

/// <param name="Actor">Who revokes it, for the audit trail.</param>
public sealed record RevokeApiKeyInput(TenantId Tenant, string KeyId, string Actor);

/// <param name="RevokedAt">When it was revoked first.</param>
public sealed record RevokedApiKey(string KeyId, DateTimeOffset RevokedAt);

/// <summary>Ends an API key at once: the next request that shows it is refused.</summary>
public sealed class RevokeApiKey(TenantDbs dbs, TimeProvider time)
{
    public async Task<Result<RevokedApiKey>> HandleAsync(RevokeApiKeyInput input, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await RevokeAsync(db, input.KeyId, time.GetUtcNow(), ct) is not { } revokedAt) return ApiKeyErrors.KeyNotFound;
        db.Audit(time, input.Actor, "api_key.revoked", input.KeyId);
        await db.CommitAsync(ct);
        return new RevokedApiKey(input.KeyId, revokedAt);
    }

    private const string Revoke = """
        update fleet.api_keys
        set revoked_at = coalesce(revoked_at, $3)
        where tenant_id = $1
          and key_id = $2
        returning revoked_at
        """;

    private static Task<DateTimeOffset?> RevokeAsync(TenantDb db, string keyId, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync<DateTimeOffset?>(Revoke, row => row.Time(0), ct, P.Text(keyId), P.Time(now));
}
