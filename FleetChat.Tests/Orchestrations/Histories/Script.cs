using FleetChat.LocalRuntime.Durable;
using Microsoft.DurableTask.Converters;

namespace FleetChat.Tests.Orchestrations.Histories;

/// <summary>A run as it may come about: with what an orchestrator begins, and what comes in turn by turn.</summary>
/// <param name="Name">What happens in it.</param>
internal sealed record Script(string Orchestrator, string Name, string Instance, object Begins, params IReadOnlyList<Func<OpenActions, HistoryEvent>> Moves)
{
    public DateTime Begin { get; init; } = Day(2);

    public string Input => Write(Begins)!;

    /// <summary>Of March 2026.</summary>
    public static DateTime Day(int day, int hour = 8) => new(2026, 3, day, hour, 0, 0, DateTimeKind.Utc);

    public static Func<OpenActions, HistoryEvent> Answered(string activity, object? result) => open => new() { Kind = EventKind.ActivityCompleted, Task = open.Called(activity), Result = Write(result) };

    public static Func<OpenActions, HistoryEvent> Failed(string activity)
        => open => new() { Kind = EventKind.ActivityFailed, Task = open.Called(activity), Failure = new TaskFailure { Type = "Npgsql.NpgsqlException", Message = "the database is away" } };

    public static Func<OpenActions, HistoryEvent> ChildEnded(string instance) => open => new() { Kind = EventKind.ChildCompleted, Task = open.Called(instance) };

    public static Func<OpenActions, HistoryEvent> Due { get; } = open => new() { Kind = EventKind.TimerFired, Task = open.Timer() };

    public static Func<OpenActions, HistoryEvent> Told(string name) => _ => new() { Kind = EventKind.EventRaised, Name = name };

    public override string ToString() => $"{Orchestrator}, {Name}";

    private static string? Write(object? value) => JsonDataConverter.Default.Serialize(value);
}
