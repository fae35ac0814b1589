using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>Rows of orchestrations as the engine writes them.</summary>
internal static class InstanceRows
{
    private const string Add = """
        insert into localhost.inbox (instance, generation, visible_at, kind, task, body)
        select i.key, i.generation, case when $4::text is null then '-infinity'::timestamptz else i.updated_at + $4::interval end, $2, $3, $5
        from localhost.instances i
        where i.id = $1
        """;

    /// <param name="dueIn">An interval from the instance's last change; null: at once.</param>
    public static Task AddMessageAsync(TestDatabase database, string instance, short kind, int? task = null, string? dueIn = null, string? body = null)
        => database.ExecuteAsAdminAsync(Add,
            new NpgsqlParameter<string> { TypedValue = instance }, new NpgsqlParameter<short> { TypedValue = kind },
            new NpgsqlParameter { Value = (object?)task ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer }, Text(dueIn), Text(body));

    private static NpgsqlParameter Text(string? text) => new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };
}
