using System.Text.Json;
using System.Text.Json.Serialization;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>What can stand in an orchestration's history. The names are stored, and must stay.</summary>
[JsonConverter(typeof(EventKindConverter))]
internal enum EventKind
{
    /// <summary>A turn began: the orchestrator's time until the next one.</summary>
    TurnStarted,
    Started,
    ActivityScheduled,
    ActivityCompleted,
    ActivityFailed,
    ChildScheduled,
    ChildCompleted,
    ChildFailed,
    TimerCreated,
    TimerFired,
    EventSent,
    EventRaised,
    Suspended,
    Resumed,
    Terminated,
    Completed,
    Failed,
    Continued,
}

internal sealed class EventKindConverter() : JsonStringEnumConverter<EventKind>(JsonNamingPolicy.SnakeCaseLower);
