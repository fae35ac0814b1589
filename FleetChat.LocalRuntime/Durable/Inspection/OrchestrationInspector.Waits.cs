using System.Text.Json;
using Npgsql;

namespace FleetChat.LocalRuntime;

public sealed partial class OrchestrationInspector
{
    private async Task<IReadOnlyList<InstanceWait>> ListWaitsAsync(long key, int generation, IReadOnlyList<TimelineEvent> history, CancellationToken cancellation) =>
    [
        .. await ListActivitiesAsync(key, generation, history, cancellation),
        .. await ListMessagesAsync(key, generation, history, cancellation),
        .. await ListChildrenAsync(key, cancellation),
    ];

    private const string ActivitiesSql = """
        select a.task, a.name, a.owner, a.owner is not null and a.owner not in (select l.id from localhost.living_hosts l),
            exists (select from localhost.inbox m where m.instance = a.instance and m.generation = a.generation and m.task = a.task and m.kind = 2)
        from localhost.activities a
        where a.instance = $1
            and a.generation = $2
        order by a.task
        """;

    private Task<List<InstanceWait>> ListActivitiesAsync(long key, int generation, IReadOnlyList<TimelineEvent> history, CancellationToken cancellation)
        => database.ListAsync(
            ActivitiesSql,
            row => new InstanceWait("activity", row.GetString(1), ActivityState(row), TimeOf(history, "activity_scheduled", row.GetInt32(0)), Due: null),
            cancellation, new NpgsqlParameter<long> { TypedValue = key }, new NpgsqlParameter<int> { TypedValue = generation });

    private static string ActivityState(NpgsqlDataReader row)
        => row.GetBoolean(4) ? "done, and its result is not taken yet"
            : row.IsDBNull(2) ? "waits for a host"
            : row.GetBoolean(3) ? $"was run by host {row.GetInt64(2)}, which is dead"
            : $"run by host {row.GetInt64(2)}";

    // The answer of an activity is told with the activity.
    private const string MessagesSql = """
        select m.kind, m.task, nullif(m.visible_at, '-infinity'), m.body
        from localhost.inbox m
        where m.instance = $1
            and (m.generation is null or m.generation = $2)
            and m.kind <> 2
        order by m.visible_at, m.id
        """;

    private Task<List<InstanceWait>> ListMessagesAsync(long key, int generation, IReadOnlyList<TimelineEvent> history, CancellationToken cancellation)
        => database.ListAsync(
            MessagesSql,
            row => MessageOf(row.GetInt16(0), row.IsDBNull(1) ? null : row.GetInt32(1), row.TimeOrNull(2), row.TextOrNull(3), history),
            cancellation, new NpgsqlParameter<long> { TypedValue = key }, new NpgsqlParameter<int> { TypedValue = generation });

    private static InstanceWait MessageOf(short kind, int? task, DateTimeOffset? due, string? body, IReadOnlyList<TimelineEvent> history) => kind switch
    {
        0 => new("start", "", "not begun", Since: null, due),
        1 => new("timer", "", "runs", TimeOf(history, "timer_created", task), due),
        3 => new("answer", NameOf(history, "child_scheduled", task), "of a child; not taken yet", Since: null, Due: null),
        4 => new("event", FieldOf(body, "name"), "has come, and is not taken yet", Since: null, Due: null),
        _ => new("control", FieldOf(body, "k"), "not taken yet", Since: null, Due: null),
    };

    private const string ChildrenSql = """
        select c.id, c.name, c.status, c.created_at
        from localhost.instances c
        where c.parent_key = $1
            and c.ended_at is null
        order by c.created_at, c.id
        """;

    private Task<List<InstanceWait>> ListChildrenAsync(long key, CancellationToken cancellation)
        => database.ListAsync(
            ChildrenSql, row => new InstanceWait("child", $"{row.GetString(1)} {row.GetString(0)}", StatusNames.Of(row.GetInt16(2)), row.Time(3), Due: null),
            cancellation, new NpgsqlParameter<long> { TypedValue = key });

    private static IEnumerable<InstanceWait> EventsOf(string? waitsFor, DateTimeOffset since)
        => (JsonSerializer.Deserialize<string[]>(waitsFor ?? "[]") ?? []).Select(name => new InstanceWait("event", name, "somebody has to raise it", since, Due: null));

    private static DateTimeOffset? TimeOf(IReadOnlyList<TimelineEvent> history, string kind, int? task) => Of(history, kind, task)?.Time;

    private static string NameOf(IReadOnlyList<TimelineEvent> history, string kind, int? task) => Of(history, kind, task)?.Name ?? "";

    private static TimelineEvent? Of(IReadOnlyList<TimelineEvent> history, string kind, int? task) => history.FirstOrDefault(entry => entry.Kind == kind && entry.Task == task);

    private static string FieldOf(string? body, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(body ?? "null");
            return document.RootElement is { ValueKind: JsonValueKind.Object } entry && entry.TryGetProperty(name, out var value) ? value.ToString() : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
