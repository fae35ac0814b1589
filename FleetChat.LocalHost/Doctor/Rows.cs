using Npgsql;

namespace FleetChat.LocalHost.Doctor;

internal static class Rows
{
    public static async Task<List<T>> ListAsync<T>(
        this NpgsqlDataSource view, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = view.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        return rows;
    }

    public static async Task<T> FindAsync<T>(
        this NpgsqlDataSource view, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params NpgsqlParameter[] parameters)
        => (await view.ListAsync(sql, read, ct, parameters)).Single();
}
