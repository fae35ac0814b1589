using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>
/// An administrator's session. What he creates takes no parameters in Postgres, so the server itself puts names and
/// passwords into the statement, quoted by its own <c>format</c>; this is the only place that runs SQL which is not constant.
/// </summary>
internal sealed class AdministratorConnection : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private AdministratorConnection(NpgsqlConnection connection) => _connection = connection;

    /// <param name="database">Null for the one that the connection string names.</param>
    public static async Task<AdministratorConnection> OpenAsync(string connectionString, string? database, CancellationToken ct)
    {
        // Not pooled: an idle session would keep the database from being dropped or used as a template.
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        builder.Database = database ?? builder.Database;
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return new AdministratorConnection(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <param name="sql">As <c>format</c> wants it: %I for a name, %L for a text.</param>
    public async Task ExecuteAsync(string sql, CancellationToken ct, params string[] arguments)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = arguments.Length == 0 ? sql : await FormatAsync(sql, arguments, ct);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task<bool> IsAsync(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.AddRange(parameters);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private const string Format = "select format($1, variadic $2)";

    private async Task<string> FormatAsync(string sql, string[] arguments, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Format, _connection) { Parameters = { P.Text(sql), P.Texts(arguments) } };
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }
}
