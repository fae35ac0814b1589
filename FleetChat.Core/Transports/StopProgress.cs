using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Transports;

/// <summary>Moves a stop by what Samsara saw of it, and tells whom the rules name.</summary>
/// <param name="seen">Samsara's id of who was at the wheel, as the fact itself says.</param>
internal sealed class StopProgress(Processing processing, TransportRow transport, IReadOnlyList<StopRow> stops, string? seen = null)
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
        else if (stop.State != StopState.Arrived || await IsToldAsync(stop, _rules.StopArrived, null, ct)) return $"noted: the stop is {stop.State} already";
        return await TellOrWaitAsync(_rules.StopArrived, stop, at, ct);
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
        await NoteCompletionAsync(stop, at, ct);
        if (NextAfter(stop) is null) return "noted: the last stop was left";
        return _rules.StopDeparted.IsOn ? await TellOrWaitAsync(_rules.StopDeparted, stop, at, ct) : "noted: rule stop_departed is off";
    }

    /// <summary>By <see cref="StopTold"/>: what could not be told at once, or whom it was told to does not drive any more.</summary>
    public async Task<ReminderResult> TellAgainAsync(string ruleId, StopRow stop, DateTimeOffset at, CancellationToken ct)
    {
        if (_rules.Find(ruleId) is not { } rule) return new("ignored: no such rule");
        if (rule.Id == _rules.StopArrived.Id && stop.State != StopState.Arrived) return new($"overtaken: the stop is {stop.State}");
        if (at + rule.ValidFor < Time.GetUtcNow()) return new("expired");
        var crew = await TransportCrews.AskAsync(processing, transport.Id, ct, at);
        if (crew.MustWait(Time.GetUtcNow())) return new("later: nobody can say yet who drives", Time.GetUtcNow() + TransportCrew.AskAgain);
        var members = await CrewMembers.FindAsync(processing, crew, ct);
        if (await IsToldAsync(stop, rule, members.Ids, ct)) return new("known already");
        return new(await TellAsync(rule, stop, at, crew, members, ct));
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
          and ($6 is null or driver_id = any($6))
        limit 1
        """;

    /// <param name="drivers">Null: anybody.</param>
    private Task<bool> IsToldAsync(StopRow stop, MessageRule rule, Guid[]? drivers, CancellationToken ct)
        // Samsara's clock may be ahead, so that the message's time, which is ours, seems to lie before the arrival.
        => Db.FindAsync(FindTold, row => row.GetBoolean(0), ct,
            P.Uuid(transport.Id), P.Time((stop.ArrivedAt ?? stop.StateAt) - RouteFact.MostAhead), P.Uuid(stop.Id), P.Text(rule.Id), P.UuidsOrNull(drivers));

    private async Task<string> TellOrWaitAsync(MessageRule rule, StopRow stop, DateTimeOffset at, CancellationToken ct)
    {
        if (!rule.IsOn) return await NoteOffAsync(rule, stop, at, ct);
        var crew = await TransportCrews.AskAsync(processing, transport.Id, ct, at, seen);
        if (crew.MustWait(Time.GetUtcNow()))
        {
            await Reminders.Reminders.SetAsync(Db, Time, new(StopTold.Name, StopTold.SubjectOf(stop.Id, rule.Id, at)), Time.GetUtcNow() + TransportCrew.AskAgain, ct);
            return "waits: nobody can say yet who drives";
        }
        // Who took over since is told how it stands when he does, and not what came late.
        if (await TransportCrews.HasChangedHandsAsync(processing, transport.Id, crew, at, ct)) return "overtaken: others drive by now";
        return await TellAsync(rule, stop, at, crew, await CrewMembers.FindAsync(processing, crew, ct), ct);
    }

    private async Task<string> NoteOffAsync(MessageRule rule, StopRow stop, DateTimeOffset at, CancellationToken ct)
    {
        var outcome = $"noted: rule {rule.Id} is off";
        await Decisions.NoteAsync(Db, Time, new(DecisionKind.Rule, rule.Id, outcome) { Transport = transport.Id, Stop = stop.Id, Driver = transport.DriverId, EffectKey = EffectOf(rule, stop, at) }, ct);
        return outcome;
    }

    private async Task<string> TellAsync(MessageRule rule, StopRow stop, DateTimeOffset at, TransportCrew crew, CrewMembers members, CancellationToken ct)
    {
        if (crew.Problem != CrewProblem.None) return $"noted: {await TransportCrews.TellDispatcherAsync(processing, transport.Id, crew.Problem, ct)}";
        if (members.Reader is not { } driver)
        {
            await Alerts.RaiseAsync(Db, Time, AlertCodes.TransportNoDriver, Alerts.Warning, transport.Id.ToString(), ct);
            return $"noted: {AlertCodes.TransportNoDriver}";
        }
        var effect = EffectOf(rule, stop, at);
        return await Teller.TellAsync(processing, rule.At(stop.Kind), driver, _ => [driver.Name, .. ParametersOf(rule, stop)], new($"{effect}:{driver.Id:N}")
        {
            Transport = transport.Id,
            Stop = stop.Id,
            ValidUntil = at + rule.ValidFor,
            About = $"stop:{stop.Id:N}:{driver.Id:N}",
            OthersKeys = [.. members.Ids.Where(id => id != driver.Id).Select(id => $"{effect}:{id:N}")],
        }, ct);
    }

    private string EffectOf(MessageRule rule, StopRow stop, DateTimeOffset at)
        => rule.Id == _rules.StopArrived.Id ? Effect(stop, "arrived", at)
            : rule.Id == _rules.RouteCompleted.Id ? $"{Effect(stop, "departed", at)}:completed"
            : Effect(stop, "departed", at);

    private string[] ParametersOf(MessageRule rule, StopRow stop)
        => rule.Id == _rules.StopArrived.Id ? [stop.Name, transport.Name]
            : rule.Id == _rules.RouteCompleted.Id ? [transport.Name]
            : [stop.Name, NextAfter(stop)?.Name ?? TemplateParameter.Nothing];

    private StopRow? NextAfter(StopRow stop) => stops.FirstOrDefault(s => s.Id != stop.Id && s.State is StopState.Scheduled or StopState.EnRoute);

    private async Task NoteCompletionAsync(StopRow last, DateTimeOffset at, CancellationToken ct)
    {
        if (!_rules.RouteCompleted.IsOn || stops.Any(s => s.Id != last.Id && s.State is not (StopState.Done or StopState.Skipped))) return;
        await TellOrWaitAsync(_rules.RouteCompleted, last, at, ct);
    }

    private Task RemindOfDocumentAsync(StopRow stop, DateTimeOffset at, CancellationToken ct)
        => _rules.DocumentMissing.IsOn && stop.Kind != StopKind.Other
            ? Reminders.Reminders.SetIfSoonerAsync(Db, Time, new(DocumentMissing.Name, stop.Id.ToString("N")), at + _rules.DocumentMissing.Settle, ct)
            : Task.CompletedTask;

    private static string Effect(StopRow stop, string what, DateTimeOffset at)
        => string.Create(CultureInfo.InvariantCulture, $"stop:{stop.SamsaraStopId}:{what}:{at.ToUniversalTime():yyyyMMdd'T'HHmmss.fff}");
}
