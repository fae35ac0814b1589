using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara;

namespace FleetChat.Core.Transports;

/// <summary>
/// Facts about routes and their stops, by webhook or by polling: the transport and its stops follow, and whoever has to be told is,
/// once, whatever way and however often the fact came.
/// </summary>
public sealed class RouteHandler : IInboxHandler
{
    public bool Handles(string source, string kind) => source == InboxSource.Samsara && kind is
        SamsaraEvents.StopArrival or SamsaraEvents.StopDeparture or SamsaraEvents.StopEtaUpdated or SamsaraEvents.StopEarlyLateArrival or SamsaraEvents.StopResequence
        or SamsaraEvents.RouteSeen or SamsaraEvents.RouteGone;

    public Concerns ConcernsOf(InboxRow row) => RouteFact.DriverIdOf(row.Payload) is { } driver ? new([driver], []) : Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (row.Kind == SamsaraEvents.RouteGone) return await CancelAsync(row, processing, ct);
        var fact = row.Kind switch
        {
            SamsaraEvents.RouteSeen => RouteFact.TryReadSeen(row.Payload, row.ReceivedAt),
            SamsaraEvents.StopResequence => RouteFact.TryReadRoute(row.Payload, row.ReceivedAt),
            _ => RouteFact.TryReadStop(row.Payload, row.ReceivedAt) ?? (row.Kind == SamsaraEvents.StopEtaUpdated ? RouteFact.TryReadRoute(row.Payload, row.ReceivedAt) : null),
        };
        if (fact is null) return "ignored: names no stop";
        fact = processing.Settings.StopKinds.Apply(fact, row.Payload);
        var db = processing.Db;
        var route = fact.RouteId ?? await TransportSql.FindRouteOfStopAsync(db, fact.StopId!, ct);
        if (route is null) return "ignored: names no route, and its stop is not known";

        var transport = await TransportSql.SaveRouteAsync(
            db, processing.Key, route, fact, [.. fact.Stops.Select(s => StateOfNew(s, fact))], processing.Settings.LoadReferenceKey, processing.Time, ct);
        var crew = await TransportCrews.AskAsync(processing, transport.Id, ct, seen: fact.SeenDriverId);
        // Given to somebody else, it is to be decided on anew.
        if (transport.Status is TransportStatus.Accepted or TransportStatus.Declined) transport = await TransportSql.LockAsync(db, transport.Id, ct) ?? transport;
        transport = transport with { DriverId = crew.Driver, CoDriverId = crew.CoDriver };
        var stops = await TransportSql.LockStopsAsync(db, transport.Id, ct);
        var outcome = fact.StopId is null
            ? await FollowAllAsync(processing, fact, transport, stops, ct)
            : await FollowOneAsync(row.Kind, processing, fact, transport, stops, ct);
        await RoutePlans.WatchAsync(processing, transport.Id, fact, ct);
        return outcome;
    }

    // A stop that we hear of for the first time in a fact about itself has not got there yet: that is what the rule does.
    private static string StateOfNew(StopOfRoute stop, RouteFact fact) => (stop.StopId == fact.StopId || fact.IsWhole) && !fact.IsFirstLook ? StopState.Scheduled : stop.State;

    private static async Task<string> FollowOneAsync(string kind, Processing processing, RouteFact fact, TransportRow transport, List<StopRow> stops, CancellationToken ct)
    {
        if (stops.Find(s => s.SamsaraStopId == fact.StopId) is not { } stop) return "ignored: the event's stop is on another route";
        var told = fact.Stops.First(s => s.StopId == fact.StopId);
        if (told.Eta is not null) await TransportSql.NoteEtaAsync(processing.Db, told, fact.At, ct);
        var progress = new StopProgress(processing, transport, stops, fact.SeenDriverId);
        return kind switch
        {
            SamsaraEvents.StopArrival => await progress.ArriveAsync(stop, fact.At, ct),
            SamsaraEvents.StopDeparture => await progress.DepartAsync(stop, told.ArrivedAt, fact.At, ct),
            SamsaraEvents.StopEarlyLateArrival => await progress.CompareAsync(stop, told, fact.At, ct),
            _ => "noted: ETA",
        };
    }

    // A list tells of each stop how far it is. What its own event told already has no second effect.
    private static async Task<string> FollowAllAsync(Processing processing, RouteFact fact, TransportRow transport, List<StopRow> stops, CancellationToken ct)
    {
        if (fact.IsWhole && transport.Status == TransportStatus.Cancelled && fact.At > transport.StatusAt) transport = await ReviveAsync(processing, fact, transport, stops, ct);
        if (!fact.IsWhole || fact.IsFirstLook) return fact.IsWhole ? "noted: first look" : "noted: route";
        foreach (var seen in fact.Stops)
        {
            if (stops.Find(s => s.SamsaraStopId == seen.StopId) is not { } stop) continue;
            var progress = new StopProgress(processing, transport, stops);
            if (seen is { State: StopState.Arrived, ArrivedAt: { } arrived }) await progress.ArriveAsync(stop, arrived, ct);
            else if (seen is { State: StopState.Done, DepartedAt: { } departed }) await progress.DepartAsync(stop, seen.ArrivedAt, departed, ct);
            else if (seen.State == StopState.Skipped) await progress.PassAsync(stop, StopState.Skipped, seen.SkippedAt ?? fact.At, ct);
            else if (seen.State == StopState.EnRoute) await progress.PassAsync(stop, StopState.EnRoute, seen.EnRouteAt ?? fact.At, ct);
            if (progress.HasMoved)
                (transport, stops) = (await TransportSql.LockAsync(processing.Db, transport.Id, ct) ?? transport, await TransportSql.LockStopsAsync(processing.Db, transport.Id, ct));
        }
        return "noted: route";
    }

    // It was away and is listed again: deleted and put back, or out of the company's tag for a while.
    private static async Task<TransportRow> ReviveAsync(Processing processing, RouteFact fact, TransportRow transport, List<StopRow> stops, CancellationToken ct)
    {
        var status = TransportStatus.Follow(TransportStatus.Assigned, [.. stops.Select(s => new StopFact(s.Kind, s.State, s.StateAt, s.IsListed))]);
        await TransportSql.SetStatusAsync(processing.Db, transport, status, fact.At, processing.Time, ct);
        await TransportSql.TryNoteAsync(processing.Db, new(transport.Id, null, fact.At, "listed_again", "samsara", $"route:{fact.RouteId}:listed_again:{fact.At.ToUnixTimeMilliseconds()}"), processing.Time, ct);
        await RoutePlans.RemindAllAsync(processing.Db, processing.Time, transport.Id, processing.Time.GetUtcNow() + processing.Settings.Rules.RouteAssigned.Settle, ct);
        return transport with { Status = status, StatusAt = fact.At };
    }

    private static async Task<string> CancelAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (row.Payload.Id("route_id") is not { } route) return "ignored: names no route";
        if (await TransportSql.FindByRouteAsync(processing.Db, route, ct) is not { } id) return "ignored: a route that we never saw";
        var transport = (await TransportSql.LockAsync(processing.Db, id, ct))!;
        if (!await TransportSql.TryCancelAsync(processing.Db, transport, processing.Time, ct)) return $"noted: the transport is {transport.Status}";
        var at = row.Payload.Time("seen_at") ?? row.ReceivedAt;
        await TransportSql.TryNoteAsync(processing.Db, new(id, null, at, "cancelled", "samsara", $"route:{route}:cancelled:{at.ToUnixTimeMilliseconds()}"), processing.Time, ct);
        await RoutePlans.RemindAllAsync(processing.Db, processing.Time, id, processing.Time.GetUtcNow() + processing.Settings.Rules.RouteCancelled.Settle, ct);
        return "noted: cancelled";
    }
}
