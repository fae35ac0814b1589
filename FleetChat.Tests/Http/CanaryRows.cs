using FleetChat.Tests.Data;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Http;

/// <summary>
/// Rows of a company in every tenant table, each column that may hold words with one that names the company, the table and the column.
/// Ids are <see cref="IdOf"/> everywhere, so that whatever a route is about, there is one of the company's with that id.
/// </summary>
internal static class CanaryRows
{
    /// <summary>In each of the words, and nowhere else.</summary>
    public const string Word = "canary-7d3f";

    /// <summary>Tables of ids, codes and hashes alone, which a check or a key keeps as they are.</summary>
    private static readonly HashSet<string> WithoutWords =
    [
        "directory.api_keys", "directory.user_tenants", "fleet.audit_heads", "fleet.billing_state", "fleet.collections", "fleet.echoes", "fleet.holds", "fleet.idempotency_keys", "fleet.identities", "fleet.inbox_keys", "fleet.invoice_statements", "fleet.lanes",
        "fleet.paper_pages", "fleet.papers", "fleet.payer_terms", "fleet.restores", "fleet.retention_marks", "fleet.samsara_scope", "fleet.service_terms", "fleet.usage_counters", "fleet.wheel_looks",
    ];

    public static Guid IdOf(string tenant) => new(Convert.ToHexStringLower(Md5(tenant)));

    /// <returns>Tables of words in which there is a row without one.</returns>
    public static async Task<IReadOnlyList<string>> FillAsync(TestDatabase database, IReadOnlyCollection<string> tenants)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Admin) { Pooling = false }.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        var (full, least) = (await ProbeRows.TablesAsync(source, everything: true), await ProbeRows.TablesAsync(source));
        foreach (var table in full.Where(table => !table.IsPartition))
        {
            var few = least.Single(other => other.Name == table.Name);
            foreach (var tenant in tenants)
            {
                if (!await TryAsync(connection, $"{table.Insert(tenant)} on conflict do nothing")) await TryAsync(connection, $"{few.Insert(tenant)} on conflict do nothing");
            }
        }
        await using (var overwrite = new NpgsqlCommand(Overwrite.Replace("tenants", string.Join(',', tenants), StringComparison.Ordinal), connection)) await overwrite.ExecuteNonQueryAsync();
        return await WithoutWordAsync(connection, least.Where(table => !table.IsPartition && !WithoutWords.Contains(table.Name)), tenants);
    }

    // Whatever a check, a key or a trigger forbids stays as it is, and what the host's own work reads. What is due is due in 2100, so that nobody works on it.
    private const string Overwrite = $$"""
        do $do$
        declare
            place record;
        begin
            for place in
                select c.oid::regclass::text as name, a.attname::text as field, format_type(a.atttypid, null) as type
                from pg_catalog.pg_class c
                join pg_catalog.pg_attribute a on a.attrelid = c.oid
                where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
                  and c.relkind in ('r', 'p')
                  and not c.relispartition
                  and a.attnum > 0
                  and not a.attisdropped
                  and a.attname not in ('tenant_id', 'key_secret_name', 'time_zone', 'samsara_base_url')
                  and c.oid <> 'fleet.idempotency_keys'::regclass
                  and exists (select from pg_catalog.pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')
                  and not exists (
                      select from pg_catalog.pg_constraint f
                      where f.contype = 'f'
                        and (f.conrelid = c.oid and a.attnum = any (f.conkey) or f.confrelid = c.oid and a.attnum = any (f.confkey))
                  )
            loop
                begin
                    execute format(
                        case place.type
                            when 'text' then 'update %1$s set %2$I = %3$L || tenant_id || %4$L || left(md5(random()::text), 6) where tenant_id = any (%5$L)'
                            when 'text[]' then 'update %1$s set %2$I = array[%3$L || tenant_id || %4$L] where tenant_id = any (%5$L)'
                            when 'bytea' then 'update %1$s set %2$I = convert_to(%3$L || tenant_id || %4$L || left(md5(random()::text), 6), ''UTF8'') where tenant_id = any (%5$L)'
                            when 'jsonb' then 'update %1$s set %2$I = jsonb_build_object(''word'', %3$L || tenant_id || %4$L) where tenant_id = any (%5$L)'
                            when 'timestamp with time zone' then 'update %1$s set %2$I = ''2100-01-01Z'' where tenant_id = any (%5$L)'
                            else 'select'
                        end,
                        place.name, place.field, '{{Word}} ', format(' %s.%s ', place.name, place.field), '{tenants}');
                exception when others then
                    null;
                end;
            end loop;
        end
        $do$
        """;

    private static async Task<List<string>> WithoutWordAsync(NpgsqlConnection connection, IEnumerable<ProbeTable> tables, IReadOnlyCollection<string> tenants)
    {
        var found = new List<string>();
        foreach (var table in tables)
        {
            foreach (var tenant in tenants)
            {
                var words = $"select count(*), count(*) filter (where t::text like '%{Word}%' or t::text like '%' || encode('{Word}', 'hex') || '%') from {table.Name} t where tenant_id = '{tenant}'";
                await using var command = new NpgsqlCommand(words, connection);
                await using var reader = await command.ExecuteReaderAsync();
                await reader.ReadAsync();
                if (reader.GetInt64(0) == 0) found.Add($"{table.Name}: no row");
                else if (reader.GetInt64(1) < reader.GetInt64(0)) found.Add($"{table.Name}: {reader.GetInt64(0) - reader.GetInt64(1)} of {reader.GetInt64(0)} rows without a word. If it has none but ids, codes and hashes, say so in CanaryRows.WithoutWords.");
            }
        }
        return [.. found.Distinct()];
    }

    private static async Task<bool> TryAsync(NpgsqlConnection connection, string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

#pragma warning disable CA5351 // As Postgres makes them of the tenant's name; nothing is kept secret by it.
    private static byte[] Md5(string text) => System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5351
}
