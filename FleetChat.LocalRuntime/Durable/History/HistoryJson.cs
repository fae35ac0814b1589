using System.Text.Json;
using System.Text.Json.Serialization;

namespace FleetChat.LocalRuntime.Durable;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HistoryEvent))]
[JsonSerializable(typeof(List<HistoryEvent>))]
[JsonSerializable(typeof(TaskFailure))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class HistoryJsonContext : JsonSerializerContext;

/// <summary>Histories as JSON text; the fields' names are part of the stored format.</summary>
internal static class HistoryJson
{
    public static string Write(List<HistoryEvent> events) => JsonSerializer.Serialize(events, HistoryJsonContext.Default.ListHistoryEvent);

    public static string Write(HistoryEvent one) => JsonSerializer.Serialize(one, HistoryJsonContext.Default.HistoryEvent);

    public static string? Write(TaskFailure? failure)
        => failure is null ? null : JsonSerializer.Serialize(failure, HistoryJsonContext.Default.TaskFailure);

    public static string? Write(IReadOnlyDictionary<string, string>? tags)
        => tags is { Count: > 0 } ? JsonSerializer.Serialize(new Dictionary<string, string>(tags), HistoryJsonContext.Default.DictionaryStringString) : null;

    public static string Write(IReadOnlyList<string> names) => JsonSerializer.Serialize(names, HistoryJsonContext.Default.IReadOnlyListString);

    public static List<HistoryEvent> ReadEvents(string json) => JsonSerializer.Deserialize(json, HistoryJsonContext.Default.ListHistoryEvent)!;

    public static HistoryEvent ReadEvent(string json) => JsonSerializer.Deserialize(json, HistoryJsonContext.Default.HistoryEvent)!;

    public static TaskFailure? ReadFailure(string? json)
        => json is null ? null : JsonSerializer.Deserialize(json, HistoryJsonContext.Default.TaskFailure);

    public static IReadOnlyDictionary<string, string>? ReadTags(string? json)
        => json is null ? null : JsonSerializer.Deserialize(json, HistoryJsonContext.Default.DictionaryStringString);
}
