using System.Text.Json;

namespace FleetChat.LocalRuntime;

/// <summary>Makes a timeline of stored turns. What it does not know, a newer host's kinds or fields, it passes on or over.</summary>
internal sealed class HistoryReader
{
    private const string Unreadable = "unreadable";
    private readonly Dictionary<(string Asked, int Task), (DateTimeOffset? Time, string? Name)> _asked = [];
    private readonly List<TimelineEvent> _events = [];
    private DateTimeOffset? _now;
    private DateTimeOffset? _started;

    /// <param name="turns">The present generation's, in order.</param>
    public static IReadOnlyList<TimelineEvent> Read(IEnumerable<(int Turn, string Events)> turns)
    {
        var reader = new HistoryReader();
        foreach (var (turn, events) in turns) reader.Add(turn, events);
        return reader._events;
    }

    private void Add(int turn, string events)
    {
        try
        {
            using var array = JsonDocument.Parse(events);
            foreach (var entry in array.RootElement.EnumerateArray()) Add(turn, entry);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            _events.Add(new(turn, Unreadable, Task: null, Name: null, _now, Duration: null, Due: null, Shortened(events), Failure: null));
        }
    }

    private void Add(int turn, JsonElement entry)
    {
        var kind = Text(entry, "k") ?? Unreadable;
        _now = Moment(entry, "t") ?? _now;
        _started ??= _now;
        var task = Number(entry, "id");
        var asked = task is { } number && AskedBy(kind) is { } asking ? Find(asking, number) : default;
        var name = (Text(entry, "name"), Text(entry, "instance")) is ({ } called, { } instance) ? $"{called} {instance}" : Text(entry, "name") ?? Text(entry, "instance") ?? asked?.Name;
        if (task is { } own && AskedBy(kind) is null) _asked[(kind, own)] = (_now, name);
        _events.Add(new(
            turn, kind, task, name, _now, _now - (IsEnd(kind) ? _started : asked?.Time), Moment(entry, "due"),
            Text(entry, "result") ?? Text(entry, "input") ?? Text(entry, "reason"), FailureText.Read(entry, "failure")));
    }

    private (DateTimeOffset? Time, string? Name)? Find(string asking, int task) => _asked.TryGetValue((asking, task), out var asked) ? asked : null;

    /// <returns>The kind of event that asked for what this kind of event answers; null: it answers nothing.</returns>
    private static string? AskedBy(string kind) => kind switch
    {
        "activity_completed" or "activity_failed" => "activity_scheduled",
        "child_completed" or "child_failed" => "child_scheduled",
        "timer_fired" => "timer_created",
        _ => null,
    };

    private static bool IsEnd(string kind) => kind is "completed" or "failed" or "continued" or "terminated";

    private static string Shortened(string text) => text.Length <= 200 ? text : text[..200] + "…";

    // A field of another type than expected is a newer host's.
    private static string? Text(JsonElement entry, string name) => !entry.TryGetProperty(name, out var value) ? null
        : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };

    private static int? Number(JsonElement entry, string name)
        => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static DateTimeOffset? Moment(JsonElement entry, string name)
        => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time) ? time.ToUniversalTime() : null;
}
