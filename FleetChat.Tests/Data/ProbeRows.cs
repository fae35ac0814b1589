using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Tests.Data;

/// <param name="Allowed">What its CHECK lists; empty: anything.</param>
/// <param name="IsReference">It names a row of another table.</param>
internal sealed record ProbeColumn(string Name, string Type, string[] Allowed, bool IsReference);

/// <param name="IsPartition">Its rows are its table's rows.</param>
internal sealed record ProbeTable(string Name, bool IsPartition, IReadOnlyList<ProbeColumn> Columns)
{
    /// <summary>Columns whose CHECK is a pattern or a sentence; for the rest the catalog is enough.</summary>
    private static readonly Dictionary<string, string> Given = new()
    {
        ["fleet.tenants.country"] = "US",
        ["fleet.tenants.currency"] = "USD",
        ["fleet.message_logs.status"] = "received",
        ["fleet.consent_records.language"] = "es",
        ["fleet.message_templates.status"] = "APPROVED",
        ["fleet.message_templates.category"] = "UTILITY",
        ["fleet.sending_pauses.ends_at"] = "2026-03-02 16:00:00Z",
        // So that a host that runs beside leaves it alone.
        ["fleet.reminders.due_at"] = "2100-01-01 00:00:00Z",
        ["fleet.usage_facts.period"] = "2026-03-01",
        ["fleet.usage_facts.billed_in"] = "2026-03-01",
        ["fleet.billing_state.closed_through"] = "2026-02-01",
        ["fleet.billing_state.next_period"] = "2026-03-01",
        ["fleet.billing_state.drafted"] = "2026-02-01",
        // So that a host that runs beside leaves it alone.
        ["fleet.billing_state.ends_at"] = "2100-01-01 00:00:00Z",
        ["fleet.agreements.valid_from"] = "2026-03-01",
        ["fleet.agreements.valid_until"] = "2026-03-01",
        ["fleet.rate_cards.valid_from"] = "2026-03-01",
        ["fleet.rate_cards.currency"] = "USD",
        ["fleet.invoices.period"] = "2026-03-01",
        ["fleet.invoices.currency"] = "USD",
        // So that the sum is right.
        ["fleet.invoices.adjustment_amount"] = "0",
        ["fleet.invoices.tax_amount"] = "0",
        ["fleet.payment_attempts.currency"] = "USD",
        ["fleet.payment_refunds.currency"] = "USD",
        ["fleet.invoices.paid_by"] = "parent_001",
        ["fleet.invoice_lines.company"] = "child_001",
        ["fleet.invoice_statements.child"] = "child_001",
        ["fleet.payer_terms.parent"] = "parent_001",
        ["fleet.invoice_adjustments.period"] = "2026-03-01",
        ["fleet.usage_counters.period"] = "2026-03-01",
    };

    /// <summary>A row with what it has to have. Every id in it is the tenant's own, so that references find their rows.</summary>
    /// <param name="row">Another of the same tenant's than 0: with other ids, and in another of the states that there are.</param>
    public string Insert(string tenant, int row = 0)
        => $"insert into {Name} ({string.Join(", ", Columns.Select(column => column.Name))}) values ({string.Join(", ", Columns.Select(column => Value(column, tenant, row)))})";

    /// <summary>The value that a row of the tenant has in columns of the type.</summary>
    public static string? ValueOf(string type, string tenant) => type switch
    {
        "text" => $"'{tenant}'",
        "uuid" => $"md5('{tenant}')::uuid",
        "bytea" => $"sha256('{tenant}')",
        "text[]" => $"array['{tenant}']",
        "uuid[]" => $"array[md5('{tenant}')::uuid]",
        "bytea[]" => $"array[sha256('{tenant}')]",
        "date" => "current_date",
        "timestamp with time zone" => $"timestamptz '{Time}'",
        "interval" => "interval '1 hour'",
        "boolean" => "false",
        "smallint" or "integer" or "bigint" or "numeric" or "double precision" => "1",
        "json" => "'{}'::json",
        "jsonb" => "'{}'::jsonb",
        _ => null,
    };

    /// <summary>When everything happens in these rows.</summary>
    public const string Time = "2026-03-02 15:00:00Z";

    private string Value(ProbeColumn column, string tenant, int row)
    {
        if (Given.TryGetValue($"{Name}.{column.Name}", out var given))
        {
            return $"'{given}'";
        }

        if (column.Allowed.Length > 0)
        {
            return $"'{column.Allowed[row % column.Allowed.Length]}'";
        }

        // An entry's number in its tenant's chain.
        if (column.Name == "seq") return $"{row + 1}";

        return ValueOf(column.Type, row == 0 || column.IsReference ? tenant : $"{tenant}-{row}")
            ?? throw new NotSupportedException($"{Name}.{column.Name} is {column.Type}: say in ProbeTable what such a column holds.");
    }
}

internal static class ProbeRows
{
    private const string Tables = """
        select c.oid::regclass::text, c.relispartition, a.attname::text, format_type(a.atttypid, a.atttypmod),
               coalesce((
                   select array_agg(word[1])
                   from pg_catalog.pg_constraint k
                   cross join lateral regexp_matches(pg_get_constraintdef(k.oid), '''([a-z0-9_]+)''::text', 'g') word
                   where k.conrelid = c.oid
                     and k.contype = 'c'
                     and k.conkey = array[a.attnum]
                     and pg_get_constraintdef(k.oid) ~ '= ANY \(ARRAY\['
               ), '{}'),
               a.attname = 'tenant_id' or exists (select from pg_catalog.pg_constraint f where f.contype = 'f' and f.conrelid = c.oid and a.attnum = any(f.conkey))
        from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid
        where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
          and c.relkind in ('r', 'p')
          and a.attnum > 0
          and not a.attisdropped
          and (a.attname = 'tenant_id' or a.attidentity = '' and ($1 or a.attnotnull and not a.atthasdef))
          and exists (select from pg_catalog.pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')
        order by c.oid, a.attnum
        """;

    private const string References = """
        select distinct f.conrelid::regclass::text, f.confrelid::regclass::text
        from pg_catalog.pg_constraint f
        where f.contype = 'f'
          and f.conrelid <> f.confrelid
        """;

    /// <returns>Every tenant table, those that others refer to first.</returns>
    /// <param name="everything">All columns, and not only those that a row cannot do without.</param>
    public static async Task<IReadOnlyList<ProbeTable>> TablesAsync(NpgsqlDataSource source, bool everything = false)
    {
        var columns = await ListAsync(source, Tables, row => (
            Table: row.GetString(0), IsPartition: row.GetBoolean(1), Column: new ProbeColumn(row.GetString(2), row.GetString(3), row.GetFieldValue<string[]>(4), row.GetBoolean(5))),
            P.Bool(everything));
        var references = await ListAsync(source, References, row => (From: row.GetString(0), To: row.GetString(1)));

        var waiting = columns.GroupBy(column => (column.Table, column.IsPartition))
            .Select(table => new ProbeTable(table.Key.Table, table.Key.IsPartition, [.. table.Select(column => column.Column)]))
            .ToList();
        var ordered = new List<ProbeTable>();
        while (waiting.Count > 0)
        {
            var names = waiting.Select(table => table.Name).ToHashSet();
            var next = waiting.Where(table => !references.Exists(reference => reference.From == table.Name && names.Contains(reference.To))).ToList();
            Assert.NotEmpty(next);
            ordered.AddRange(next);
            waiting.RemoveAll(next.Contains);
        }

        return ordered;
    }

    private static async Task<List<T>> ListAsync<T>(NpgsqlDataSource source, string sql, Func<NpgsqlDataReader, T> read, params NpgsqlParameter[] parameters)
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
