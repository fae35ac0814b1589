using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Webhooks;

/// <param name="Actor">Who makes it, for the audit trail.</param>
public sealed record CreateWebhookEndpointInput(TenantId Tenant, string? Url, IReadOnlyList<string>? Types, string Actor)
{
    /// <summary>Repeated, it makes no second one.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>Makes an endpoint. What happens from now on is sent there.</summary>
public sealed class CreateWebhookEndpoint(TenantDbs dbs, DataKeys keys, WebhookAddresses addresses, TimeProvider time)
{
    public const int MostEndpoints = 10;

    public async Task<Result<WebhookEndpointWithSecret>> HandleAsync(CreateWebhookEndpointInput input, CancellationToken ct)
    {
        if (addresses.TryRead(input.Url) is not { } url) return WebhookErrors.UrlInvalid;
        if (input.Types is not { Count: > 0 } || input.Types.Except(WebhookEventTypes.Names).Any()) return WebhookErrors.TypesInvalid;

        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        await db.FindAsync(LockTenant, row => row.GetInt32(0), ct);
        var made = await FindMadeAsync(db, input.IdempotencyKey, ct);
        if (made is null)
        {
            if (await CountAsync(db, ct) >= MostEndpoints) return WebhookErrors.TooMany;
            made = await InsertAsync(db, key, input, url, ct);
            await db.CommitAsync(ct);
        }
        var secrets = WebhookSecrets.Open(key, made.Value.Id, made.Value.Secrets);
        return new WebhookEndpointWithSecret((await EndpointSql.FindAsync(dbs.For(input.Tenant), key, made.Value.Id, ct))!, secrets[0].Reveal());
    }

    // Two at once would both count nine.
    private const string LockTenant = """
        select 1
        from fleet.tenants
        where tenant_id = $1
        for no key update
        """;

    private const string FindMade = """
        select id, secrets
        from fleet.webhook_endpoints
        where tenant_id = $1
          and effect_key = $2
        """;

    private static Task<(Guid Id, byte[] Secrets)?> FindMadeAsync(TenantTransaction db, string? effectKey, CancellationToken ct)
        => db.FindAsync<(Guid, byte[])?>(FindMade, row => (row.GetGuid(0), row.Bytes(1)), ct, P.Text(effectKey));

    private const string Count = """
        select count(*)
        from fleet.webhook_endpoints
        where tenant_id = $1
        """;

    private static Task<long> CountAsync(TenantTransaction db, CancellationToken ct) => db.FindAsync(Count, row => row.GetInt64(0), ct);

    private const string Insert = """
        insert into fleet.webhook_endpoints (tenant_id, id, url, types, secrets, lane, effect_key, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        """;

    private async Task<(Guid Id, byte[] Secrets)> InsertAsync(TenantTransaction db, DataKey key, CreateWebhookEndpointInput input, Uri url, CancellationToken ct)
    {
        var id = time.NewId();
        var secrets = WebhookSecrets.Seal(key, id, WebhookSecrets.First());
        await db.ExecuteAsync(Insert, ct, P.Uuid(id), P.Bytes(key.Encrypt(EncryptedColumns.WebhookUrl, id, url.AbsoluteUri)), P.Texts([.. input.Types!.Distinct().Order(StringComparer.Ordinal)]),
            P.Bytes(secrets), P.Small(Lanes.Of(id.ToString("N"))), P.Text(input.IdempotencyKey), P.Time(time.GetUtcNow()));
        db.Audit(time, input.Actor, "webhook_endpoint.created", id.ToString());
        return (id, secrets);
    }
}
