using System.Globalization;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

internal static class Rows
{
    /// <summary>Each row's columns with spaces between them.</summary>
    public static async Task<List<string>> ListAsync(NpgsqlDataSource source, string sql, params object[] values)
    {
        await using var command = CommandOf(source, sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        var found = new List<string>();
        while (await reader.ReadAsync()) found.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return found;
    }

    public static NpgsqlCommand CommandOf(NpgsqlDataSource source, string sql, object[] values)
    {
        var command = source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
