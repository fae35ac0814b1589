using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FleetChat.LocalRuntime.Durable;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Orchestrations.Histories;

/// <summary>Histories that one version of an orchestrator has written, in the form in which LocalRuntime stores them.</summary>
/// <param name="Orchestrator">Its function.</param>
/// <param name="Recorded">On which day; nothing in it is changed afterwards.</param>
internal sealed record RecordedSet(string Orchestrator, DateOnly Recorded, IReadOnlyList<RecordedRun> Runs)
{
    private const string Folder = "FleetChat.Tests/Orchestrations/Histories/data";

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyList<RecordedSet> All { get; } = [.. Sources.Files(Folder, ".json").Select(file => JsonSerializer.Deserialize<RecordedSet>(Sources.Read(file), s_json)!)];

    public RecordedRun Run(string name) => Runs.Single(r => r.Name == name);

    /// <returns>False: there is one, and it stays as it is.</returns>
    public async Task<bool> TryWriteAsync()
    {
        var file = Path.Combine(Sources.Root, Folder, $"{Orchestrator}.json");
        if (File.Exists(file)) return false;
        await File.WriteAllTextAsync(file, Text());
        return true;
    }

    // A line a turn, as people read it.
    private string Text()
    {
        var text = new StringBuilder($$"""
            {
              "orchestrator": {{Json(Orchestrator)}},
              "recorded": {{Json(Recorded)}},
              "runs": [

            """);
        text.AppendJoin(",\n", Runs.Select(run => $$"""
                {
                  "name": {{Json(run.Name)}},
                  "instance": {{Json(run.Instance)}},
                  "input": {{Json(run.Input)}},
                  "ending": {{Json(run.Ending)}},
                  "next_input": {{Json(run.NextInput)}},
                  "turns": [
                    {{string.Join(",\n        ", run.Turns)}}
                  ]
                }
            """));
        return text.Append("\n  ]\n}\n").ToString();
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, s_json);
}

/// <param name="Name">What happens in it.</param>
/// <param name="Turns">Each as the JSON array that is stored.</param>
/// <param name="Ending">How the last turn ended; a run that goes on as a new generation ends with that.</param>
/// <param name="NextInput">Of the new generation.</param>
internal sealed record RecordedRun(
    string Name, string Instance, string Input, [property: JsonConverter(typeof(RawTurns))] IReadOnlyList<string> Turns, string Ending, string? NextInput)
{
    public IReadOnlyList<List<HistoryEvent>> Read() => [.. Turns.Select(HistoryJson.ReadEvents)];

    /// <summary>As Durable Task Scheduler counts its actions: the start, an activity or child twice, timers that went off, events that came.</summary>
    public int Actions() => 1 + Read().SelectMany(turn => turn).Sum(e => e.Kind switch
    {
        EventKind.ActivityScheduled or EventKind.ChildScheduled => 2,
        EventKind.TimerFired or EventKind.EventRaised => 1,
        _ => 0,
    });
}

internal sealed class RawTurns : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var turns = JsonDocument.ParseValue(ref reader);
        return [.. turns.RootElement.EnumerateArray().Select(turn => turn.GetRawText())];
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var turn in value) writer.WriteRawValue(turn);
        writer.WriteEndArray();
    }
}
