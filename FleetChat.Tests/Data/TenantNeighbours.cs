using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Data;

/// <summary>
/// Two databases that differ in nothing but that another tenant's rows are in every table of the second one, seen by a
/// superuser, whom row-level security does not bind. Whatever a statement of the first tenant's does in both must be the same.
/// </summary>
internal sealed class TenantNeighbours : IAsyncDisposable
{
    public const string Own = "isolation1one";
    public const string Other = "isolation2other";
    private const int Rows = 8;
    private static readonly string[] s_times = ["1999-01-01 00:00:00Z", "2100-01-01 00:00:00Z"];

    /// <summary>Whose ids are asked for, and whether all that is has been or is to be.</summary>
    private static readonly (string Tenant, string Time)[] s_bindings = [.. new[] { Own, Other }.SelectMany(_ => s_times, (tenant, time) => (tenant, time))];

    private readonly TestDatabase[] _databases;
    private readonly NpgsqlConnection _alone;
    private readonly NpgsqlConnection _beside;
    private string _harm = "";
    private HashSet<string> _tables = [];
    private int _number;

    private TenantNeighbours(TestDatabase[] databases, NpgsqlConnection alone, NpgsqlConnection beside) => (_databases, _alone, _beside) = (databases, alone, beside);

    public static async Task<TenantNeighbours> CreateAsync()
    {
        TestDatabase[] databases = [await TestDatabase.CreateAsync("alone"), await TestDatabase.CreateAsync("beside")];
        var neighbours = new TenantNeighbours(databases, await OpenAsync(databases[0]), await OpenAsync(databases[1]));
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(databases[1].Admin) { Pooling = false }.ConnectionString);
        var (full, least) = (await ProbeRows.TablesAsync(source, everything: true), await ProbeRows.TablesAsync(source));
        await FillAsync(neighbours._alone, full, least, Own);
        await FillAsync(neighbours._beside, full, least, Own);
        await FillAsync(neighbours._beside, full, least, Other);
        neighbours._tables = least.Select(table => table.Name).ToHashSet();
        // Plans are made for any tenant, and once.
        await ExecuteAsync(neighbours._beside, "set plan_cache_mode = force_generic_plan");
        await ExecuteAsync(neighbours._alone, "set plan_cache_mode = force_generic_plan");
        neighbours._harm = await HarmAsync(neighbours._beside, least);
        return neighbours;
    }

    public async ValueTask DisposeAsync()
    {
        await _alone.DisposeAsync();
        await _beside.DisposeAsync();
        foreach (var database in _databases) await database.DisposeAsync();
    }

    /// <returns>Null if the statement does not reach the other tenant's rows, else what it did with them.</returns>
    /// <exception cref="InvalidOperationException">It could not be run at all.</exception>
    public async Task<string?> FindHarmAsync(Statement statement, IReadOnlyList<string>? explicitTypes)
    {
        var name = $"statement_{_number++}";
        var types = await PrepareAsync(name, statement, explicitTypes);
        if (await FindUnaskedAsync(Call(name, types, Own, s_times[0])) is [_, ..] unasked) return $"would read all tenants' rows of {string.Join(", ", unasked)}";
        var outcomes = new List<string>();
        foreach (var (tenant, time) in s_bindings)
        {
            var call = Call(name, types, tenant, time);
            var (expected, _) = await RunAsync(_alone, call, null);
            var (found, harm) = await RunAsync(_beside, call, statement.Writes ? _harm : null);
            if (harm is not null) return $"changes rows of another tenant: {harm}";
            if (found != expected) return $"does something else because of another tenant's rows:\n  alone:  {expected}\n  beside: {found}";
            outcomes.Add(found);
        }
        if (outcomes.TrueForAll(outcome => outcome.StartsWith("refused 42", StringComparison.Ordinal) || outcome.StartsWith("refused 22", StringComparison.Ordinal)))
            throw new InvalidOperationException($"{statement}: {outcomes[0]}");
        return null;
    }

    private async Task<IReadOnlyList<string>> FindUnaskedAsync(string call)
    {
        await using var command = new NpgsqlCommand($"explain (verbose, costs off, format json) {call}", _beside);
        return TenantPlan.ReadUnasked((string)(await command.ExecuteScalarAsync())!, _tables);
    }

    private async Task<IReadOnlyList<string>> PrepareAsync(string name, Statement statement, IReadOnlyList<string>? explicitTypes)
    {
        var types = explicitTypes
            ?? (statement.Given.Count == statement.Parameters ? statement.Given : statement.Given.Count == statement.Parameters - 1 ? ["text", .. statement.Given] : []);
        var prepare = $"prepare {name} {(types.Count == 0 ? "" : $"({string.Join(", ", types.Select(type => type.Split(" = ")[0]))})")} as {statement.Text}";
        try
        {
            await ExecuteAsync(_alone, prepare);
            await ExecuteAsync(_beside, prepare);
        }
        catch (PostgresException refused)
        {
            throw new InvalidOperationException($"{statement} ({statement.Parameters} parameters, of its method: {string.Join(", ", statement.Given)}): {refused.MessageText}", refused);
        }
        if (explicitTypes is not null) return explicitTypes;
        await using var command = new NpgsqlCommand("select parameter_types::text[] from pg_prepared_statements where name = $1", _beside) { Parameters = { new() { Value = name } } };
        return (string[])(await command.ExecuteScalarAsync())!;
    }

    private static string Call(string name, IReadOnlyList<string> types, string tenant, string time)
        => types.Count == 0 ? $"execute {name}" : $"execute {name}({string.Join(", ", types.Select((type, position) => Value(type, position == 0 ? Own : tenant, time)))})";

    private static string Value(string type, string tenant, string time) => type switch
    {
        "timestamp with time zone" => $"timestamptz '{time}'",
        "timestamp with time zone[]" => $"array[timestamptz '{time}', timestamptz '{time}']",
        "integer" => "100",
        _ when type.Split(" = ") is [_, var only] => only,
        // The same in each array, so that those that belong together do.
        _ when type.EndsWith("[]", StringComparison.Ordinal) => $"array[{Value(type[..^2], Own, time)}, {Value(type[..^2], tenant, time)}]::{type}",
        _ => ProbeTable.ValueOf(type, tenant) ?? throw new InvalidOperationException($"Say in ProbeTable what a parameter that is {type} holds."),
    };

    /// <returns>What came back, and what became of the other tenant's rows if that was looked for.</returns>
    private static async Task<(string Outcome, string? Harm)> RunAsync(NpgsqlConnection connection, string call, string? harm)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        try
        {
            string outcome;
            await using (var command = new NpgsqlCommand(call, connection, transaction))
            await using (var reader = await command.ExecuteReaderAsync())
            {
                var rows = new List<string>();
                while (await reader.ReadAsync()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(field => Shown(reader.GetValue(field)))));
                await reader.CloseAsync();
                outcome = $"{string.Join("; ", rows.Order(StringComparer.Ordinal))} ({reader.RecordsAffected})";
            }
            if (harm is null) return (outcome, null);
            await using var look = new NpgsqlCommand(harm, connection, transaction);
            return (outcome, await look.ExecuteScalarAsync() as string);
        }
        catch (PostgresException refused)
        {
            return ($"refused {refused.SqlState} {refused.ConstraintName}", null);
        }
    }

    private static string Shown(object value) => value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        Array items => string.Join(',', items.Cast<object>().Select(Shown)),
        _ => FormattableString.Invariant($"{value}"),
    };

    /// <summary>Every column that can be filled; where the table's rules forbid that, those that must be.</summary>
    private static async Task FillAsync(NpgsqlConnection connection, IReadOnlyList<ProbeTable> full, IReadOnlyList<ProbeTable> least, string tenant)
    {
        foreach (var table in full.Where(table => !table.IsPartition))
        {
            var few = least.Single(other => other.Name == table.Name);
            for (var row = 0; row < Rows; row++)
            {
                if (!await TryInsertAsync(connection, table.Insert(tenant, row)) && !await TryInsertAsync(connection, few.Insert(tenant, row)) && row == 0)
                    Assert.Fail($"{table.Name} took no row");
            }
        }
    }

    private static async Task<bool> TryInsertAsync(NpgsqlConnection connection, string insert)
    {
        try
        {
            await ExecuteAsync(connection, $"{insert} on conflict do nothing");
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    // Rows that the transaction wrote bear its number; those that it deleted are missing.
    private static async Task<string> HarmAsync(NpgsqlConnection connection, IReadOnlyList<ProbeTable> tables)
    {
        var looks = new List<string>();
        foreach (var table in tables.Where(table => !table.IsPartition))
        {
            await using var count = new NpgsqlCommand($"select count(*) from {table.Name} where tenant_id = '{Other}'", connection);
            looks.Add($"select '{table.Name}' as name where (select count(*) from {table.Name} where tenant_id = '{Other}' and xmin <> pg_current_xact_id()::xid) <> {await count.ExecuteScalarAsync()}"
                + $" or exists (select from {table.Name} where tenant_id = '{Other}' and xmin = pg_current_xact_id()::xid)");
        }
        await ExecuteAsync(connection, $"prepare harm as select string_agg(name, ', ') from ({string.Join(" union all ", looks)}) changed");
        return "execute harm";
    }

    private static async Task<NpgsqlConnection> OpenAsync(TestDatabase database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Admin) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
