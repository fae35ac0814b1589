using FleetChat.Core.Data;

namespace FleetChat.Core.Security;

/// <summary>What making and rotating keys have in common.</summary>
internal static class ApiKeySql
{
    private const string FindMade = """
        select key_id
        from fleet.api_keys
        where tenant_id = $1
          and effect_key = $2
        """;

    private const string Renew = """
        update fleet.api_keys
        set secret_hash = $3
        where tenant_id = $1
          and key_id = $2
        """;

    /// <summary>A request that died after it had made its key comes again: nobody has seen the secret, and nobody can, so it gets another.</summary>
    /// <returns>Null if the request has made no key yet.</returns>
    public static async Task<ApiKeyToken?> FindMadeAsync(TenantTransaction db, string environment, string? effectKey, CancellationToken ct)
    {
        if (effectKey is null || await db.FindAsync(FindMade, row => row.GetString(0), ct, P.Text(effectKey)) is not { } keyId) return null;
        var token = ApiKeyToken.Create(environment, keyId);
        await db.ExecuteAsync(Renew, ct, P.Text(keyId), P.Bytes(token.SecretHash()));
        return token;
    }

    private const string InsertPointer = """
        insert into directory.api_keys (key_id, tenant_id, created_at)
        values ($2, $1, $3)
        """;

    private const string InsertKey = """
        insert into fleet.api_keys (tenant_id, key_id, name, secret_hash, scopes, created_at, expires_at, effect_key)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    public static async Task InsertAsync(
        TenantTransaction db, ApiKeyToken token, string name, IEnumerable<string> scopes, DateTimeOffset now, DateTimeOffset? expiresAt, string? effectKey, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(InsertPointer, P.Text(token.KeyId), P.Time(now))
            .Add(InsertKey, P.Text(token.KeyId), P.Text(name), P.Bytes(token.SecretHash()), P.Texts([.. scopes.Distinct().Order()]), P.Time(now), P.Time(expiresAt), P.Text(effectKey));
        await batch.ExecuteAsync(ct);
    }
}
