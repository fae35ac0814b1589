using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;

namespace FleetChat.Core.Transports;

/// <summary>A truck reached a stop: the stop and its transport move, and the driver is asked to say when he is done.</summary>
public sealed class StopArrivalHandler : IInboxHandler
{
    private static readonly MessageRule Rule = MessageRules.StopArrived;

    public bool Handles(string source, string kind) => source == InboxSource.Samsara && kind == Rule.EventType;

    public Concerns ConcernsOf(InboxRow row) => RouteFact.DriverIdOf(row.Payload) is { } driver ? new([driver], []) : Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (RouteFact.TryReadStop(row.Payload, row.ReceivedAt) is not { } fact) return "ignored: names no stop";
        var (db, time) = (processing.Db, processing.Time);
        var route = fact.RouteId ?? await TransportSql.FindRouteOfStopAsync(db, fact.StopId, ct);
        if (route is null) return "ignored: names no route, and its stop is not known";
        var transport = await TransportSql.SaveRouteAsync(db, route, fact, [.. fact.Stops.Select(s => StateOfNew(s, fact))], time, ct);
        var stops = await TransportSql.LockStopsAsync(db, transport.Id, ct);
        if (stops.Find(s => s.SamsaraStopId == fact.StopId) is not { } stop) return "ignored: the event's stop is on another route";

        var effect = string.Create(CultureInfo.InvariantCulture, $"stop:{fact.StopId}:arrived:{fact.At.ToUniversalTime():yyyyMMdd'T'HHmmss.fff}");
        if (!await TransportSql.TryNoteAsync(db, new(transport.Id, stop.Id, fact.At, "stop_arrived", "samsara", effect), time, ct)) return "known already";
        if (StopState.CanMove(stop.State, StopState.Arrived) && fact.At >= stop.StateAt)
            await TransportSql.MoveAsync(db, transport, stops, stop, StopState.Arrived, fact.At, time, ct);
        else if (stop.State != StopState.Arrived || await IsToldAsync(db, transport, stop, ct))
            return $"noted: the stop is {stop.State} already";
        return await TellDriverAsync(processing, fact, transport, stop, effect, ct);
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
    private static Task<bool> IsToldAsync(TenantDb db, TransportRow transport, StopRow stop, CancellationToken ct)
        => db.FindAsync(FindTold, row => row.GetBoolean(0), ct,
            P.Uuid(transport.Id), P.Time((stop.ArrivedAt ?? stop.StateAt) - RouteFact.MostAhead), P.Uuid(stop.Id), P.Text(Rule.EventType));

    // A stop that we hear of for the first time in its own arrival's event has not arrived yet: that is what the rule does.
    private static string StateOfNew(StopOfRoute stop, RouteFact fact) => stop.StopId == fact.StopId ? StopState.Scheduled : stop.State;

    private static async Task<string> TellDriverAsync(Processing processing, RouteFact fact, TransportRow transport, StopRow stop, string effect, CancellationToken ct)
    {
        var driver = transport.DriverId is { } id ? await DriverSql.FindAsync(processing.Db, processing.Key, id, ct) : null;
        if (driver is not { MayBeWritten: true })
        {
            var code = driver switch
            {
                null => AlertCodes.TransportNoDriver,
                { Conversation: null } => AlertCodes.DriverNoPhone,
                { Status: not "active" } => AlertCodes.DriverDeactivated,
                _ => AlertCodes.DriverNoConsent,
            };
            await Alerts.RaiseAsync(processing.Db, processing.Time, code, Alerts.Warning, driver?.Id.ToString() ?? transport.Id.ToString(), ct);
            return $"noted: {code}";
        }

        var message = new NewMessage(processing.Time.NewId(), driver.Conversation!.Value, driver.Id, MessageKind.Template, Content(driver.Language ?? processing.Settings.DefaultLanguage), Rule.EventType, $"{effect}:{driver.Id:N}")
        {
            Transport = transport.Id,
            Stop = stop.Id,
            ValidUntil = fact.At + Rule.ValidFor,
        };
        var lane = processing.SendLaneOf(driver.Conversation.Value);
        if (!await Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, lane, ct)) return "known already";
        await FirstMessage.AddBesideAsync(processing.Db, processing.Key, processing.Time, driver, processing.Settings.DefaultLanguage, message, Content, ct);
        return $"message: {Rule.Template}";

        MessageContent Content(string language) => TemplateMessages.Make(
            TemplateSet.Get(processing.Settings.TemplateSet), Rule.Template, language, Rule.Buttons, driver.Name, stop.Name, transport.Name);
    }
}
