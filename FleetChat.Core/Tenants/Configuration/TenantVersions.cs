using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Tenants.Configuration;

/// <summary>A change of a company's settings.</summary>
/// <param name="Changes">By path what it was and what it became; of secrets and people's details only that they were set.</param>
public sealed record TenantVersion(int Version, DateTimeOffset At, string Actor, JsonObject Changes);

/// <summary>Versions of a company's settings. Each is written in the transaction of its change, after it.</summary>
internal static class TenantVersions
{
    /// <summary>For a batch; parameters by <see cref="Parameters"/>.</summary>
    public const string Insert = """
        insert into fleet.tenant_versions (tenant_id, version, at, actor, changes)
        select c.tenant_id, c.version, $2, $3, $4::jsonb
        from fleet.tenant_configurations c
        where c.tenant_id = $1
        on conflict (tenant_id, version) do nothing
        """;

    /// <summary>For a batch, before <see cref="Insert"/>, with the time: what changes is none of the settings' own columns.</summary>
    public const string Count = """
        update fleet.tenant_configurations
        set version = version + 1, updated_at = $2
        where tenant_id = $1
        """;

    public static NpgsqlParameter[] Parameters(DateTimeOffset now, string actor, JsonObject changes) => [P.Time(now), P.Text(actor), P.Text(changes.ToJsonString())];
}

/// <summary>What was changed of the company's settings, the newest first.</summary>
public sealed class ListTenantVersions(TenantDbs dbs, Pages pages)
{
    public async Task<Result<Page<TenantVersion>>> HandleAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, "tenant_versions", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await dbs.For(tenant).ListAsync(List, Read, ct, P.Big(window.Value.After.Time.Ticks), window.Value.Rows);
        return window.Value.Page(rows, version => new(PlaceOf(version), Guid.Empty));
    }

    // A place in a list is a time: versions are counted in its smallest units.
    private static DateTimeOffset PlaceOf(TenantVersion version) => new(version.Version, TimeSpan.Zero);

    private const string List = """
        select version, at, actor, changes::text
        from fleet.tenant_versions
        where tenant_id = $1
          and version < $2
        order by version desc
        limit $3
        """;

    private static TenantVersion Read(NpgsqlDataReader row) => new(row.GetInt32(0), row.Time(1), row.GetString(2), JsonNode.Parse(row.GetString(3))!.AsObject());
}
