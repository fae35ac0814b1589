using System.Collections.Concurrent;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security;

/// <summary>Whom a request comes from.</summary>
public sealed record AuthenticatedKey(TenantId Tenant, string KeyId, IReadOnlyList<string> Scopes, string TenantStatus, string? SuspendedFor);

/// <summary>
/// Finds the tenant of an API key. The pointer from key id to tenant never changes and is kept in memory; the key itself
/// is read each time, in one round trip, so that revoking it holds at once.
/// </summary>
public sealed class AuthenticateApiKey(SystemDb system, TenantDbs dbs, IOptions<PlatformOptions> platform, TimeProvider time)
{
    // Only keys that exist get in, so that made-up ones cannot push them out; a full cache begins anew.
    private const int MostPointers = 50_000;
    private readonly ConcurrentDictionary<string, TenantId> _pointers = new();

    /// <param name="authorization">The header's value.</param>
    /// <returns>Null if the key is missing, malformed, another installation's, unknown, wrong, expired or revoked: all alike.</returns>
    public async Task<AuthenticatedKey?> HandleAsync(string? authorization, CancellationToken ct)
    {
        if (!Bearer.TryRead(authorization, out var text) || !ApiKeyToken.TryParse(text, out var token)) return null;
        if (token.Environment != platform.Value.Environment) return null;
        if (await FindTenantAsync(token.KeyId, ct) is not { } tenant) return null;
        if (await FindKeyAsync(dbs.For(tenant), token.KeyId, time.GetUtcNow(), ct) is not { } key) return null;
        if (!token.Matches(key.SecretHash)) return null;
        return new(tenant, token.KeyId, key.Scopes, key.TenantStatus, key.SuspendedFor);
    }

    private async Task<TenantId?> FindTenantAsync(string keyId, CancellationToken ct)
    {
        if (_pointers.TryGetValue(keyId, out var known)) return known;
        if (await FindPointerAsync(keyId, ct) is not { } tenant) return null;
        if (_pointers.Count >= MostPointers) _pointers.Clear();
        _pointers[keyId] = tenant;
        return tenant;
    }

    private const string FindPointer = """
        select tenant_id
        from directory.api_keys
        where key_id = $1
        """;

    private Task<TenantId?> FindPointerAsync(string keyId, CancellationToken ct)
        => system.FindAsync<TenantId?>(FindPointer, row => TenantId.Parse(row.GetString(0)), ct, P.Text(keyId));

    private const string FindKey = """
        select k.secret_hash, k.scopes, t.status, t.suspended_for
        from fleet.api_keys k
        join fleet.tenants t on t.tenant_id = k.tenant_id
        where k.tenant_id = $1
          and k.key_id = $2
          and k.revoked_at is null
          and (k.expires_at is null or k.expires_at > $3)
        """;

    private static Task<KeyRow?> FindKeyAsync(TenantDb db, string keyId, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync(FindKey, row => new KeyRow(row.Bytes(0), row.GetFieldValue<string[]>(1), row.GetString(2), row.TextOrNull(3)), ct, P.Text(keyId), P.Time(now));

    private sealed record KeyRow(byte[] SecretHash, string[] Scopes, string TenantStatus, string? SuspendedFor);
}
