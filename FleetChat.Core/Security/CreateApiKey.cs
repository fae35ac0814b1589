using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.Core.Security;

/// <param name="Scopes">Of <see cref="ApiScopes"/>.</param>
/// <param name="ExpiresAt">Null: until it is revoked.</param>
/// <param name="Actor">Who makes it, for the audit trail.</param>
public sealed record CreateApiKeyInput(TenantId Tenant, string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, string Actor);

/// <param name="Token">The whole key. It cannot be shown again.</param>
public sealed record CreatedApiKey(string KeyId, string Token)
{
    // A record's own text would print the token.
    public override string ToString() => KeyId;
}

/// <summary>Makes an API key of one tenant.</summary>
public sealed class CreateApiKey(TenantDbs dbs, IOptions<PlatformOptions> platform, TimeProvider time)
{
    public async Task<Result<CreatedApiKey>> HandleAsync(CreateApiKeyInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (input.Name.Length is 0 or > 100) return ApiKeyErrors.NameInvalid;
        if (input.Scopes.Count == 0 || input.Scopes.Any(scope => !ApiScopes.All.Contains(scope))) return ApiKeyErrors.ScopesInvalid;
        if (input.ExpiresAt <= now) return ApiKeyErrors.ExpiryInvalid;

        var token = ApiKeyToken.Create(platform.Value.Environment);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        try
        {
            await InsertAsync(db, token, input, now, ct);
        }
        catch (PostgresException exception) when (exception.ConstraintName == "api_keys_tenant_id_fkey")
        {
            return ApiKeyErrors.TenantNotFound;
        }
        await db.CommitAsync(ct);
        return new CreatedApiKey(token.KeyId, token.Reveal());
    }

    private const string InsertPointer = """
        insert into directory.api_keys (key_id, tenant_id, created_at)
        values ($2, $1, $3)
        """;

    private const string InsertKey = """
        insert into fleet.api_keys (tenant_id, key_id, name, secret_hash, scopes, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """;

    private async Task InsertAsync(TenantDb db, ApiKeyToken token, CreateApiKeyInput input, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(InsertPointer, P.Text(token.KeyId), P.Time(now))
            .Add(InsertKey, P.Text(token.KeyId), P.Text(input.Name), P.Bytes(token.SecretHash()),
                P.Texts([.. input.Scopes.Distinct().Order()]), P.Time(now), P.Time(input.ExpiresAt))
            .Add(AuditTrail.Insert, AuditTrail.Parameters(time, input.Actor, "api_key.created", token.KeyId));
        await batch.ExecuteAsync(ct);
    }
}
