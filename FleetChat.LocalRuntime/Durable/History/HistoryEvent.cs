using System.Text.Json.Serialization;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>One entry of a history, or a message that will become one. Its JSON is what stands in Postgres.</summary>
internal sealed record HistoryEvent
{
    [JsonPropertyName("k")]
    public required EventKind Kind { get; init; }

    /// <summary>Business time, UTC.</summary>
    [JsonPropertyName("t")]
    public DateTime? Time { get; init; }

    /// <summary>The number of the action, counted from 0 in the order in which the orchestrator took them.</summary>
    [JsonPropertyName("id")]
    public int? Task { get; init; }

    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>The other instance: the child's, or the receiver of an event.</summary>
    [JsonPropertyName("instance")]
    public string? Instance { get; init; }

    [JsonPropertyName("input")]
    public string? Input { get; init; }

    [JsonPropertyName("result")]
    public string? Result { get; init; }

    [JsonPropertyName("failure")]
    public TaskFailure? Failure { get; init; }

    [JsonPropertyName("due")]
    public DateTime? Due { get; init; }

    [JsonPropertyName("reason")]
    public string? Reason { get; init; }

    /// <summary>Of a termination: that it goes for the children too.</summary>
    [JsonPropertyName("recursive")]
    public bool? Recursive { get; init; }
}
