using Npgsql;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>Brings the schema localhost up to date: numbered scripts, each once, whoever comes first.</summary>
internal static class LocalSchema
{
    internal const string ScriptPrefix = "FleetChat.LocalRuntime.Hosting.Schema.";

    public static async Task UpgradeAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await PrepareAsync(connection, cancellation);
        var done = await VersionsAsync(connection, cancellation);
        foreach (var name in ScriptNames().Where(n => !done.Contains(n)))
        {
            await RunScriptAsync(connection, name, cancellation);
            await RecordAsync(connection, name, cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }

    internal static IEnumerable<string> ScriptNames() => typeof(LocalSchema).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(ScriptPrefix, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>The schema is only created where it is missing: a login may own it without being allowed to create others.</summary>
    private const string PrepareSql = """
        select pg_advisory_xact_lock(1279869001);
        do $$
        begin
            if to_regnamespace('localhost') is null then
                create schema localhost;
            end if;
        end
        $$;
        create table if not exists localhost.schema_versions (
            name text primary key,
            applied_at timestamptz not null default now()
        )
        """;

    private static async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(PrepareSql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string VersionsSql = """
        select name
        from localhost.schema_versions
        """;

    private static async Task<HashSet<string>> VersionsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(VersionsSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation)) names.Add(reader.GetString(0));
        return names;
    }

    private static async Task RunScriptAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        using var text = new StreamReader(typeof(LocalSchema).Assembly.GetManifestResourceStream(name)!);
        await using var command = new NpgsqlCommand(await text.ReadToEndAsync(cancellation), connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private const string RecordSql = """
        insert into localhost.schema_versions (name)
        values ($1)
        """;

    private static async Task RecordAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(RecordSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
