using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.DurableTask;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>A failure as it is stored. Its exception is gone; what is kept is what the API can show of it.</summary>
internal sealed record TaskFailure
{
    [JsonPropertyName("type")]
    public required string Type { get; init; }

    [JsonPropertyName("message")]
    public required string Message { get; init; }

    [JsonPropertyName("stack")]
    public string? Stack { get; init; }

    [JsonPropertyName("inner")]
    public TaskFailure? Inner { get; init; }

    [JsonPropertyName("properties")]
    public IReadOnlyDictionary<string, JsonElement>? Properties { get; init; }

    /// <summary>Trying again can't help: there is no such task.</summary>
    [JsonPropertyName("final")]
    public bool? IsFinal { get; init; }

    public static TaskFailure Of(TaskFailureDetails details) => new()
    {
        Type = details.ErrorType,
        Message = details.ErrorMessage,
        Stack = details.StackTrace,
        Inner = details.InnerFailure is { } inner ? Of(inner) : null,
        Properties = details.Properties?.ToDictionary(p => p.Key, p => FailureProperty.Write(p.Value)),
    };

    public TaskFailureDetails ToDetails()
        => new(Type, Message, Stack, Inner?.ToDetails(), Properties?.ToDictionary(p => p.Key, p => FailureProperty.Read(p.Value)));

    /// <summary>What the Functions host shows as the output of a failed instance.</summary>
    public string ToText() => Type.Length == 0 ? Message : $"{Type}: {Message}";
}
