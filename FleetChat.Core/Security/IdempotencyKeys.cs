using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security;

/// <summary>What became of a request that shows an idempotency key.</summary>
public abstract record IdempotencyClaim
{
    /// <summary>It is the first one, or takes the place of one that died without an answer: do the work.</summary>
    /// <param name="EffectKey">For what the work writes, so that doing it twice writes it once.</param>
    public sealed record First(string EffectKey) : IdempotencyClaim;

    /// <summary>It was answered before: give the same answer.</summary>
    public sealed record Answered(int StatusCode, byte[] Response) : IdempotencyClaim;

    /// <summary>The first one is still at work.</summary>
    public sealed record Running : IdempotencyClaim;

    /// <summary>The key belongs to another request.</summary>
    public sealed record Reused : IdempotencyClaim;
}

/// <summary>
/// Remembers the answers to requests that show an idempotency key, encrypted, for a day.
/// Two requests may do the work after all (the first is slow, not dead): what they do has to be safe to do twice.
/// </summary>
public sealed class IdempotencyKeys(TenantDbs dbs, DataKeys keys)
{
    public const int MaxLength = 255;

    /// <summary>By the database's clock. A program that repeats a request does so within hours; after a day its key may come anew.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public static readonly Error Reused = Error.Unprocessable("idempotency.key_reused", "This Idempotency-Key belongs to another request. Use a new key for a new request.");

    /// <param name="request">What makes two requests the same: method, path and body.</param>
    public async Task<IdempotencyClaim> ClaimAsync(TenantId tenant, string key, byte[] request, CancellationToken ct)
    {
        var hash = SHA256.HashData(request);
        await using var batch = dbs.For(tenant).Batch()
            .Add(PurgeOld, P.Span(Kept))
            .Add(Claim, P.Text(key), P.Bytes(hash))
            .Add(Find, P.Text(key));
        await using var reader = await batch.ReadAsync(ct);
        if ((await reader.ListAsync(row => row.GetString(0), ct)).Count > 0) return new IdempotencyClaim.First(EffectKey(key, hash));
        var rows = await reader.ListAsync(row => (Hash: row.Bytes(0), Status: row.IntOrNull(1), Response: row.BytesOrNull(2)), ct);
        var (knownHash, status, response) = rows.Single();
        if (!hash.AsSpan().SequenceEqual(knownHash)) return new IdempotencyClaim.Reused();
        if (status is null || response is null) return new IdempotencyClaim.Running();
        var dataKey = await keys.GetAsync(tenant, ct);
        return new IdempotencyClaim.Answered(status.Value, dataKey.Decrypt(EncryptedColumns.IdempotentResponse, key, response));
    }

    public async Task AnswerAsync(TenantId tenant, string key, int statusCode, byte[] response, CancellationToken ct)
    {
        var dataKey = await keys.GetAsync(tenant, ct);
        await dbs.For(tenant).ExecuteAsync(Answer, ct,
            P.Text(key), P.Number(statusCode), P.Bytes(dataKey.Encrypt(EncryptedColumns.IdempotentResponse, key, response)));
    }

    // With the hash, because a key that was forgotten after a day may come again with another request. THE FORMAT NEVER CHANGES.
    private static string EffectKey(string key, byte[] hash) => $"{key}:{Convert.ToHexStringLower(hash.AsSpan(0, 8))}";

    private const string PurgeOld = """
        delete from fleet.idempotency_keys
        where tenant_id = $1
          and created_at < now() - $2
        """;

    // A claim that is older than a minute and has no answer is a dead one: no request is let run that long.
    private const string Claim = """
        insert into fleet.idempotency_keys as k (tenant_id, key, request_hash, created_at)
        values ($1, $2, $3, now())
        on conflict (tenant_id, key) do update
        set created_at = excluded.created_at
        where k.status_code is null
          and k.request_hash = excluded.request_hash
          and k.created_at < now() - interval '60 seconds'
        returning key
        """;

    private const string Find = """
        select request_hash, status_code, response
        from fleet.idempotency_keys
        where tenant_id = $1
          and key = $2
        """;

    private const string Answer = """
        update fleet.idempotency_keys
        set status_code = $3, response = $4
        where tenant_id = $1
          and key = $2
          and status_code is null
        """;
}
