using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security;

/// <param name="OldExpiresAt">How long the old one lives on; null: a day.</param>
/// <param name="Actor">Who rotates it, for the audit trail.</param>
public sealed record RotateApiKeyInput(TenantId Tenant, string KeyId, DateTimeOffset? OldExpiresAt, string Actor)
{
    /// <summary>Repeated, it makes no second successor.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <param name="OldExpiresAt">When the old one ends: sooner than was asked for if it ended sooner anyway.</param>
public sealed record RotatedApiKey(CreatedApiKey Successor, DateTimeOffset OldExpiresAt);

/// <summary>Makes a key's successor, with its name, scopes and length of life. Both work until the old one's end.</summary>
public sealed class RotateApiKey(TenantDbs dbs, IOptions<PlatformOptions> platform, TimeProvider time)
{
    private static readonly TimeSpan Overlap = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    public async Task<Result<RotatedApiKey>> HandleAsync(RotateApiKeyInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var until = input.OldExpiresAt ?? now + Overlap;
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        await TenantLock.TakeAsync(db, ct);
        if (await FindAsync(db, input.KeyId, ct) is not { } old) return ApiKeyErrors.KeyNotFound;
        var token = await ApiKeySql.FindMadeAsync(db, platform.Value.Environment, input.IdempotencyKey, ct);
        if (token is null)
        {
            if (old.RevokedAt is not null || old.ExpiresAt <= now) return ApiKeyErrors.KeyEnded;
            if (until < now || until > now + LongestOverlap) return ApiKeyErrors.OverlapInvalid;
            token = ApiKeyToken.Create(platform.Value.Environment);
            await ApiKeySql.InsertAsync(db, token, old.Name, old.Scopes, now, old.ExpiresAt is { } end ? now + (end - old.CreatedAt) : null, input.IdempotencyKey, ct);
            db.Audit(time, input.Actor, "api_key.rotated", input.KeyId, token.KeyId);
        }
        var ends = await LimitAsync(db, input.KeyId, until, ct);
        await db.CommitAsync(ct);
        return new RotatedApiKey(new(token.KeyId, token.Reveal()), ends);
    }

    private const string Find = """
        select name, scopes, created_at, expires_at, revoked_at
        from fleet.api_keys
        where tenant_id = $1
          and key_id = $2
        """;

    private static Task<OldKey?> FindAsync(TenantTransaction db, string keyId, CancellationToken ct)
        => db.FindAsync(Find, row => new OldKey(row.GetString(0), row.GetFieldValue<string[]>(1), row.Time(2), row.TimeOrNull(3), row.TimeOrNull(4)), ct, P.Text(keyId));

    private const string Limit = """
        update fleet.api_keys
        set expires_at = least(expires_at, $3)
        where tenant_id = $1
          and key_id = $2
        returning expires_at
        """;

    private static Task<DateTimeOffset> LimitAsync(TenantTransaction db, string keyId, DateTimeOffset until, CancellationToken ct)
        => db.FindAsync(Limit, row => row.Time(0), ct, P.Text(keyId), P.Time(until));

    private sealed record OldKey(string Name, string[] Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);
}
