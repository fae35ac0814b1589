using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Security;

/// <param name="Id">The part of the key that may be shown.</param>
/// <param name="Status"><c>active</c>, <c>expired</c> or <c>revoked</c>.</param>
public sealed record ApiKeyView(
    string Id,
    string Name,
    [OneOf(typeof(ApiScopes))] IReadOnlyList<string> Scopes,
    [OneOf("active", "expired", "revoked")] string Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    internal const string Columns = "key_id, name, scopes, created_at, expires_at, revoked_at";

    internal static ApiKeyView Read(NpgsqlDataReader row, DateTimeOffset now)
    {
        var (expiresAt, revokedAt) = (row.TimeOrNull(4), row.TimeOrNull(5));
        var status = revokedAt is not null ? "revoked" : expiresAt <= now ? "expired" : "active";
        return new(row.GetString(0), row.GetString(1), row.GetFieldValue<string[]>(2), status, row.Time(3), expiresAt, revokedAt);
    }
}

/// <summary>The tenant's API keys, the newest first, those that ended included.</summary>
public sealed class ListApiKeys(TenantDbs dbs, Pages pages, TimeProvider time)
{
    public async Task<Result<Page<ApiKeyView>>> HandleAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, "api_keys", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await ListAsync(dbs.For(tenant), window.Value, ct);
        return window.Value.Page(rows, key => new(key.CreatedAt, Place(key.Id)));
    }

    public async Task<ApiKeyView> GetAsync(TenantId tenant, string keyId, CancellationToken ct) => (await FindAsync(dbs.For(tenant), keyId, ct))!;

    // Key ids have sixteen letters and digits, as many bytes as a position's id.
    private static Guid Place(string keyId) => new(Encoding.ASCII.GetBytes(keyId), bigEndian: true);

    private static string KeyIdAt(Guid place) => place == Position.BeforeNewest.Id ? "" : Encoding.ASCII.GetString(place.ToByteArray(bigEndian: true));

    private const string List = $"""
        select {ApiKeyView.Columns}
        from fleet.api_keys
        where tenant_id = $1
          and (created_at, key_id) < ($2, $3)
        order by created_at desc, key_id desc
        limit $4
        """;

    private Task<List<ApiKeyView>> ListAsync(TenantDb db, PageWindow window, CancellationToken ct)
        => db.ListAsync(List, row => ApiKeyView.Read(row, time.GetUtcNow()), ct, P.Time(window.After.Time), P.Text(KeyIdAt(window.After.Id)), window.Rows);

    private const string Find = $"""
        select {ApiKeyView.Columns}
        from fleet.api_keys
        where tenant_id = $1
          and key_id = $2
        """;

    private Task<ApiKeyView?> FindAsync(TenantDb db, string keyId, CancellationToken ct)
        => db.FindAsync(Find, row => ApiKeyView.Read(row, time.GetUtcNow()), ct, P.Text(keyId));
}
