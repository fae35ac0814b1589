using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using Npgsql;

namespace FleetChat.Core.Transports;

/// <summary>A transport as the API lists it.</summary>
/// <param name="DriverId">Null while no enrolled driver is assigned.</param>
/// <param name="SamsaraDriverId">Whom the route names; null if it is given to a vehicle.</param>
public sealed record TransportView(
    Guid Id, string SamsaraRouteId, string Name, string Status, DateTimeOffset StatusAt,
    Guid? DriverId, string? SamsaraDriverId, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>On board, and not at the wheel.</summary>
    public Guid? CoDriverId { get; init; }

    /// <summary>Why nobody is told at present: <c>unknown</c>, <c>nobody</c> or <c>too_many</c> are in the vehicle; null: somebody is.</summary>
    public string? CrewProblem { get; init; }

    /// <summary>As <see cref="Read"/> wants them.</summary>
    internal const string Columns = "id, samsara_route_id, name, status, status_at, driver_id, samsara_driver_id, created_at, updated_at, co_driver_id, crew_problem";

    internal static TransportView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.Time(4),
        row.GuidOrNull(5), row.TextOrNull(6), row.Time(7), row.Time(8)) { CoDriverId = row.GuidOrNull(9), CrewProblem = row.TextOrNull(10) };
}

/// <summary>A transport with its stops, in the order of the route, and all that happened, in the order of the facts' own times.</summary>
/// <param name="SamsaraDriverId">Whom the route names; null if it is given to a vehicle.</param>
public sealed record TransportDetail(
    Guid Id, string SamsaraRouteId, string Name, [OneOf(typeof(TransportStatus))] string Status, DateTimeOffset StatusAt,
    Guid? DriverId, string? SamsaraDriverId, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    DelayView? Delay, IReadOnlyList<StopView> Stops, IReadOnlyList<TimelineEntry> Timeline)
{
    /// <summary>On board, and not at the wheel.</summary>
    public Guid? CoDriverId { get; init; }

    /// <summary>Why nobody is told at present: <c>unknown</c>, <c>nobody</c> or <c>too_many</c> are in the vehicle; null: somebody is.</summary>
    [OneOf("unknown", "nobody", "too_many")]
    public string? CrewProblem { get; init; }
}

/// <param name="State">Ours. Samsara takes no stop's state from outside, so that its own may differ.</param>
/// <param name="SamsaraState">As Samsara told it last; null if it never did.</param>
public sealed record StopView(
    Guid Id, string SamsaraStopId, int Sequence, string Name, [OneOf(StopKind.Pickup, StopKind.Delivery, StopKind.Other)] string Kind, [OneOf(typeof(StopState))] string State, DateTimeOffset StateAt,
    DateTimeOffset? ScheduledAt, DateTimeOffset? Eta, DateTimeOffset? ArrivedAt, DateTimeOffset? DepartedAt, DateTimeOffset? DoneAt,
    string? SamsaraState, bool DiffersFromSamsara)
{
    internal static StopView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetString(4), row.GetString(5), row.Time(6),
        row.TimeOrNull(7), row.TimeOrNull(8), row.TimeOrNull(9), row.TimeOrNull(10), row.TimeOrNull(11),
        row.TextOrNull(12), row.TextOrNull(12) is { } theirs && theirs != row.GetString(5));
}

/// <summary>The transport runs late: a mark beside its status, until the stop that waits is reached.</summary>
/// <param name="Reason">As a code: <c>driver_said</c>.</param>
/// <param name="Eta">Of the stop, as it was known then.</param>
public sealed record DelayView(DateTimeOffset Since, string Reason, Guid? StopId, DateTimeOffset? Eta)
{
    internal static DelayView Read(NpgsqlDataReader row) => new(row.Time(0), row.GetString(1), row.GuidOrNull(2), row.TimeOrNull(3));
}

/// <summary>One thing that happened to a transport, or a message about it.</summary>
/// <param name="Type"><c>event</c> or <c>message</c>.</param>
/// <param name="What">An event's code; null for a message.</param>
/// <param name="Source">Where an event comes from: <c>samsara</c>, <c>driver</c>, <c>dispatcher</c> or <c>system</c>; null for a message.</param>
/// <param name="MessageId">Of an event: the message that it came with.</param>
/// <param name="Message">Null for an event.</param>
public sealed record TimelineEntry(
    DateTimeOffset At, [OneOf("event", "message")] string Type, Guid Id, string? What, string? Source, Guid? StopId, Guid? MessageId, MessageView? Message)
{
    internal static TimelineEntry ReadEvent(NpgsqlDataReader row) => new(
        row.Time(1), "event", row.GetGuid(0), row.GetString(2), row.GetString(3), row.GuidOrNull(4), row.GuidOrNull(5), null);

    internal static TimelineEntry Of(MessageView message) => new(
        message.Timestamp, "message", message.Id, null, null, message.StopId, message.Id, message);
}
