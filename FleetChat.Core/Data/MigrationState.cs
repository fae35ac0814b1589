using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>How a database's migrations compare with those of this build.</summary>
/// <param name="Missing">That the database lacks.</param>
/// <param name="Newer">That it has, and this build does not know.</param>
public sealed record MigrationState(IReadOnlyList<string> Missing, IReadOnlyList<string> Newer)
{
    /// <summary>With any login that may read the journal.</summary>
    public static async Task<MigrationState> ReadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await ReadAsync(connection, ct);
    }

    /// <inheritdoc cref="ReadAsync(NpgsqlDataSource, CancellationToken)"/>
    public static async Task<MigrationState> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var run = await ListRunAsync(connection, ct);
        var known = Migration.All.Select(migration => migration.Name).ToList();
        return new([.. known.Except(run, StringComparer.Ordinal)], [.. run.Except(known, StringComparer.Ordinal)]);
    }

    private const string ListRun = """
        select scriptname
        from migration.journal
        """;

    private static async Task<List<string>> ListRunAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            await using var command = new NpgsqlCommand(ListRun, connection);
            await using var reader = await command.ExecuteReaderAsync(ct);
            var run = new List<string>();
            while (await reader.ReadAsync(ct)) run.Add(reader.GetString(0));
            return run;
        }
        catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.InsufficientPrivilege)
        {
            // Nothing was installed here, or the login is nobody's that may look.
            return [];
        }
    }
}
