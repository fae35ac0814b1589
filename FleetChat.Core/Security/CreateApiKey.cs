using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security;

/// <param name="Scopes">Of <see cref="ApiScopes"/>.</param>
/// <param name="ExpiresAt">Null: until it is revoked.</param>
/// <param name="Actor">Who makes it, for the audit trail.</param>
public sealed record CreateApiKeyInput(TenantId Tenant, string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, string Actor)
{
    /// <summary>Repeated, it makes no second one.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <param name="Token">The whole key. It cannot be shown again.</param>
public sealed record CreatedApiKey(string KeyId, string Token)
{
    // A record's own text would print the token.
    public override string ToString() => KeyId;
}

/// <summary>Makes an API key of one tenant.</summary>
public sealed class CreateApiKey(TenantDbs dbs, IOptions<PlatformOptions> platform, TimeProvider time)
{
    public const int MostKeys = 100;

    public async Task<Result<CreatedApiKey>> HandleAsync(CreateApiKeyInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (input.Name.Length is 0 or > 100) return ApiKeyErrors.NameInvalid;
        if (input.Scopes.Count == 0 || input.Scopes.Any(scope => !ApiScopes.All.Contains(scope))) return ApiKeyErrors.ScopesInvalid;
        if (input.ExpiresAt <= now) return ApiKeyErrors.ExpiryInvalid;

        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await TenantLock.TakeAsync(db, ct) is null) return ApiKeyErrors.TenantNotFound;
        var token = await ApiKeySql.FindMadeAsync(db, platform.Value.Environment, input.IdempotencyKey, ct);
        if (token is null)
        {
            if (await CountAsync(db, now, ct) >= MostKeys) return ApiKeyErrors.TooMany;
            token = ApiKeyToken.Create(platform.Value.Environment);
            await ApiKeySql.InsertAsync(db, token, input.Name, input.Scopes, now, input.ExpiresAt, input.IdempotencyKey, ct);
            db.Audit(time, input.Actor, "api_key.created", token.KeyId);
        }
        await db.CommitAsync(ct);
        return new CreatedApiKey(token.KeyId, token.Reveal());
    }

    private const string Count = """
        select count(*)
        from fleet.api_keys
        where tenant_id = $1
          and revoked_at is null
          and (expires_at is null or expires_at > $2)
        """;

    private static Task<long> CountAsync(TenantTransaction db, DateTimeOffset now, CancellationToken ct) => db.FindAsync(Count, row => row.GetInt64(0), ct, P.Time(now));
}
