using Npgsql;

namespace FleetChat.LocalRuntime.Clock;

internal static class ClockRow
{
    private const string ReadSql = """
        select offset_microseconds, frozen_at, version, probe
        from localhost.clock
        """;

    public static async Task<ClockState> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(ReadSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new(
            TimeSpan.FromMicroseconds(reader.GetInt64(0)),
            reader.IsDBNull(1) ? null : new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero),
            reader.GetInt64(2),
            reader.GetInt64(3));
    }
}
