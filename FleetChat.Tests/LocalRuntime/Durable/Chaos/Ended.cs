using FleetChat.LocalRuntime.Durable;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>An ended instance and the turns of its last generation, as they are stored.</summary>
internal sealed record Ended(string Id, string Name, short Status, string Input, string? Output, string? Failure, List<List<HistoryEvent>> Turns)
{
    private const string ListSql = """
        select i.id, i.name, i.status, i.input, i.output, i.failure, (
            select array_agg(h.events order by h.turn)
            from localhost.history h
            where h.instance = i.key
                and h.generation = i.generation)
        from localhost.instances i
        """;

    public static async Task<List<Ended>> ListAsync(NpgsqlDataSource database)
    {
        var found = new List<Ended>();
        await using var command = database.CreateCommand(ListSql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            found.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetInt16(2), reader.GetString(3), Text(4), Text(5),
                reader.IsDBNull(6) ? [] : [.. reader.GetFieldValue<string[]>(6).Select(HistoryJson.ReadEvents)]));
        }
        return found;

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}
