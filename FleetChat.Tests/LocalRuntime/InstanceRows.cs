using FleetChat.Tests.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>Rows of orchestrations as the engine writes them.</summary>
internal static class InstanceRows
{
    private const string AddInstance = """
        insert into localhost.instances (id, name, version, status, input, output, failure, created_at, updated_at, ended_at, owner, parent_key, parent_id)
        select $1, $2, $3, $4, $5, $6, $7, $8, $8, case when $4 in (1, 3, 5) then $8 end, $9,
            (select p.key from localhost.instances p where p.id = $10), $10
        """;

    public static Task AddInstanceAsync(
        TestDatabase database, string id, short status, string name = "Flow", string? version = null, string? input = null, string? output = null,
        string? failure = null, DateTimeOffset? at = null, long? owner = null, string? parent = null)
        => database.ExecuteAsAdminAsync(AddInstance,
            Text(id), Text(name), Text(version), new NpgsqlParameter<short> { TypedValue = status }, Text(input), Text(output), Text(failure),
            new NpgsqlParameter<DateTime> { TypedValue = (at ?? TimeProvider.System.GetUtcNow()).UtcDateTime }, Of(owner, NpgsqlDbType.Bigint), Text(parent));

    private const string AddTurn = """
        insert into localhost.history (instance, generation, turn, events)
        select i.key, i.generation, $2, $3
        from localhost.instances i
        where i.id = $1
        """;

    public static Task AddTurnAsync(TestDatabase database, string instance, int turn, string events)
        => database.ExecuteAsAdminAsync(AddTurn, Text(instance), Of(turn, NpgsqlDbType.Integer), Text(events));

    private const string AddMessage = """
        insert into localhost.inbox (instance, generation, visible_at, arrived_at, kind, task, body)
        select i.key, i.generation, case when $4::text is null then '-infinity'::timestamptz else i.updated_at + $4::interval end,
            i.updated_at + coalesce($4::interval, interval '0'), $2, $3, $5
        from localhost.instances i
        where i.id = $1
        """;

    /// <param name="kind">0 start, 1 timer, 2 an activity's answer, 3 a child's, 4 event, 5 control.</param>
    /// <param name="dueIn">An interval from the instance's last change; null: at once.</param>
    public static Task AddMessageAsync(TestDatabase database, string instance, short kind, int? task = null, string? dueIn = null, string? body = null)
        => database.ExecuteAsAdminAsync(AddMessage, Text(instance), new NpgsqlParameter<short> { TypedValue = kind }, Of(task, NpgsqlDbType.Integer), Text(dueIn), Text(body));

    private const string AddActivity = """
        insert into localhost.activities (instance, generation, task, name, owner)
        select i.key, i.generation, $2, $3, $4
        from localhost.instances i
        where i.id = $1
        """;

    public static Task AddActivityAsync(TestDatabase database, string instance, int task, string name, long? owner = null)
        => database.ExecuteAsAdminAsync(AddActivity, Text(instance), Of(task, NpgsqlDbType.Integer), Text(name), Of(owner, NpgsqlDbType.Bigint));

    private static NpgsqlParameter Text(string? text) => Of(text, NpgsqlDbType.Text);

    private static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
