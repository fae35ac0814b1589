using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Transports;

/// <summary>
/// What happened at a stop and could not be told at once, because nobody could say who drives; and how a stop stands, for those who
/// have just taken over.
/// </summary>
public sealed class StopTold : IReminderHandler
{
    public const string Name = "stop_told";

    public string Kind => Name;

    /// <param name="at">The time that the fact gave itself.</param>
    public static string SubjectOf(Guid stop, string rule, DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{stop:N}:{rule}:{at.ToUnixTimeMilliseconds()}");

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        if (reminder.Subject.Split(':') is not [var first, var rule, var last] || !Guid.TryParseExact(first, "N", out var id) || !long.TryParse(last, CultureInfo.InvariantCulture, out var at))
            return new("ignored: no subject of ours");
        if (await TransportSql.FindOfStopAsync(processing.Db, id, ct) is not { } found) return new("ignored: no such stop");
        await CrewMembers.LockAsync(processing, found, ct);
        if (await TransportSql.LockAsync(processing.Db, found, ct) is not { } transport) return new("ignored: no such transport");
        var stops = await TransportSql.LockStopsAsync(processing.Db, found, ct);
        return stops.Find(s => s.Id == id) is { } stop
            ? await new StopProgress(processing, transport, stops).TellAgainAsync(rule, stop, DateTimeOffset.FromUnixTimeMilliseconds(at), ct)
            : new("ignored: no such stop");
    }

    private const string ListStops = """
        select id, state, coalesce(arrived_at, state_at), coalesce(eta, scheduled_at)
        from fleet.stops
        where tenant_id = $1
          and transport_id = $2
          and removed_at is null
          and state in ('scheduled', 'en_route', 'arrived')
        order by id
        """;

    /// <summary>How the stops stand is told to who drives now, as far as he was not told.</summary>
    public static async Task RemindAsync(Processing processing, Guid transport, DateTimeOffset dueAt, CancellationToken ct)
    {
        var (db, time, rules) = (processing.Db, processing.Time, processing.Settings.Rules);
        var stops = await db.ListAsync(ListStops, row => (Id: row.GetGuid(0), State: row.GetString(1), At: row.Time(2), ExpectedAt: row.TimeOrNull(3)), ct, P.Uuid(transport));
        foreach (var stop in stops)
        {
            // What waits already comes no later for that.
            if (stop.State == StopState.Arrived) await Reminders.Reminders.SetIfSoonerAsync(db, time, new(Name, SubjectOf(stop.Id, rules.StopArrived.Id, stop.At)), dueAt, ct);
            else if (rules.StopComingUp.IsOn && stop.ExpectedAt > time.GetUtcNow())
                await Reminders.Reminders.SetIfSoonerAsync(db, time, new(StopSoon.Name, stop.Id.ToString("N")), Later(dueAt, stop.ExpectedAt.Value - rules.StopComingUp.Lead), ct);
        }
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
