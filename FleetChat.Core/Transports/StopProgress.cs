using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;

namespace FleetChat.Core.Transports;

/// <summary>Moves a stop by what Samsara saw of it, and tells whom the rules name.</summary>
internal sealed class StopProgress(Processing processing, TransportRow transport, IReadOnlyList<StopRow> stops)
{
    private readonly RuleBook _rules = processing.Settings.Rules;

    private TenantTransaction Db => processing.Db;

    private TimeProvider Time => processing.Time;

    /// <summary>Whether the stops and the transport are others now than those that were given.</summary>
    public bool HasMoved { get; private set; }

    public async Task<string> ArriveAsync(StopRow stop, DateTimeOffset at, CancellationToken ct)
    {
        var effect = Effect(stop, "arrived", at);
        if (!await TransportSql.TryNoteAsync(Db, new(transport.Id, stop.Id, at, "stop_arrived", "samsara", effect), Time, ct)) return "known already";
        if (StopState.CanMove(stop.State, StopState.Arrived) && at >= stop.StateAt) await MoveAsync(stops, stop, StopState.Arrived, at, ct);
        else if (stop.State != StopState.Arrived || await IsToldAsync(stop, _rules.StopArrived, ct)) return $"noted: the stop is {stop.State} already";
        return await TellAsync(_rules.StopArrived, stop, at, effect, [stop.Name, transport.Name], ct);
    }

    // Nobody is told of an arrival that is over; the departure's own time ends the stop, whether its arrival was seen or not.
    public async Task<string> DepartAsync(StopRow stop, DateTimeOffset? arrivedAt, DateTimeOffset at, CancellationToken ct)
    {
        var effect = Effect(stop, "departed", at);
        if (!await TransportSql.TryNoteAsync(Db, new(transport.Id, stop.Id, at, "stop_departed", "samsara", effect), Time, ct)) return "known already";
        await RemindOfDocumentAsync(stop, at, ct);
        if (stop.State == StopState.Done || at < stop.StateAt) return $"noted: the stop is {stop.State} already";
        var (moved, from) = (stop, stop);
        if (stop.State is StopState.Scheduled or StopState.EnRoute or StopState.Skipped)
        {
            var arrived = arrivedAt is { } seen && seen <= at && seen >= stop.StateAt ? seen : at;
            await MoveAsync(stops, stop, StopState.Arrived, arrived, ct);
            moved = stop with { State = StopState.Arrived, StateAt = arrived };
        }
        await MoveAsync([.. stops.Select(s => s.Id == from.Id ? moved : s)], moved, StopState.Done, at, ct, hasDeparted: true);
        await NoteCompletionAsync(stop, at, effect, ct);
        if (stops.FirstOrDefault(s => s.Id != stop.Id && s.State is StopState.Scheduled or StopState.EnRoute) is not { } next) return "noted: the last stop was left";
        return _rules.StopDeparted.IsOn ? await TellAsync(_rules.StopDeparted, stop, at, effect, [stop.Name, next.Name], ct) : "noted: rule stop_departed is off";
    }

    /// <summary>On the way, or passed by.</summary>
    public async Task PassAsync(StopRow stop, string state, DateTimeOffset at, CancellationToken ct)
    {
        if (!StopState.CanMove(stop.State, state) || at < stop.StateAt) return;
        if (!await TransportSql.TryNoteAsync(Db, new(transport.Id, stop.Id, at, $"stop_{state}", "samsara", Effect(stop, state, at)), Time, ct)) return;
        await MoveAsync(stops, stop, state, at, ct);
    }

    public async Task<string> CompareAsync(StopRow stop, StopOfRoute seen, DateTimeOffset at, CancellationToken ct)
    {
        var rule = _rules.EarlyOrLate;
        if (seen is not { ArrivedAt: { } arrived, ScheduledAt: { } scheduled }) return "noted: no times to compare";
        var off = arrived - scheduled;
        if (!await TransportSql.TryNoteAsync(Db, new(transport.Id, stop.Id, at, off < TimeSpan.Zero ? "stop_early" : "stop_late", "samsara", Effect(stop, "compared", arrived)), Time, ct)) return "known already";
        if (off.Duration() < rule.Threshold || !rule.Tells(Recipient.Dispatcher)) return "noted: within its time";
        await Alerts.RaiseAsync(Db, Time, AlertCodes.StopEarlyOrLate, Alerts.Warning, stop.Id.ToString(), ct);
        return $"alert: {AlertCodes.StopEarlyOrLate}";
    }

    private Task MoveAsync(IReadOnlyList<StopRow> among, StopRow stop, string state, DateTimeOffset at, CancellationToken ct, bool hasDeparted = false)
    {
        HasMoved = true;
        return TransportSql.MoveAsync(Db, transport, among, stop, state, at, Time, ct, hasDeparted);
    }

    // Another event's list of stops may have brought the arrival before its own event did: then nobody was told. And one visit
    // may come with several times, as Samsara corrects itself: then the driver was.
    private const string FindTold = """
        select true
        from fleet.message_logs
        where tenant_id = $1
          and transport_id = $2
          and timestamp >= $3
          and stop_id = $4
          and direction = 'outbound'
          and reason = $5
        limit 1
        """;

    // Samsara's clock may be ahead, so that the message's time, which is ours, seems to lie before the arrival.
    private Task<bool> IsToldAsync(StopRow stop, MessageRule rule, CancellationToken ct)
        => Db.FindAsync(FindTold, row => row.GetBoolean(0), ct,
            P.Uuid(transport.Id), P.Time((stop.ArrivedAt ?? stop.StateAt) - RouteFact.MostAhead), P.Uuid(stop.Id), P.Text(rule.Id));

    private async Task<string> TellAsync(MessageRule rule, StopRow stop, DateTimeOffset at, string effect, string[] parameters, CancellationToken ct)
    {
        var driver = transport.DriverId is { } id ? await DriverSql.FindAsync(Db, processing.Key, id, ct) : null;
        if (driver is null)
        {
            await Alerts.RaiseAsync(Db, Time, AlertCodes.TransportNoDriver, Alerts.Warning, transport.Id.ToString(), ct);
            return $"noted: {AlertCodes.TransportNoDriver}";
        }
        return await Teller.TellAsync(processing, rule, driver, _ => [driver.Name, .. parameters], new($"{effect}:{driver.Id:N}")
        {
            Transport = transport.Id,
            Stop = stop.Id,
            ValidUntil = at + rule.ValidFor,
            About = $"stop:{stop.Id:N}:{driver.Id:N}",
        }, ct);
    }

    private async Task NoteCompletionAsync(StopRow last, DateTimeOffset at, string effect, CancellationToken ct)
    {
        if (!_rules.RouteCompleted.IsOn || stops.Any(s => s.Id != last.Id && s.State is not (StopState.Done or StopState.Skipped))) return;
        await TellAsync(_rules.RouteCompleted, last, at, $"{effect}:completed", [transport.Name], ct);
    }

    private Task RemindOfDocumentAsync(StopRow stop, DateTimeOffset at, CancellationToken ct)
        => _rules.DocumentMissing.IsOn && stop.Kind != StopKind.Other
            ? Reminders.Reminders.SetIfSoonerAsync(Db, Time, new(DocumentMissing.Name, stop.Id.ToString("N")), at + _rules.DocumentMissing.Settle, ct)
            : Task.CompletedTask;

    private static string Effect(StopRow stop, string what, DateTimeOffset at)
        => string.Create(CultureInfo.InvariantCulture, $"stop:{stop.SamsaraStopId}:{what}:{at.ToUniversalTime():yyyyMMdd'T'HHmmss.fff}");
}
