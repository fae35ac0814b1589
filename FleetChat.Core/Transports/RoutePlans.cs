using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Reminders;
using FleetChat.Core.Security;

namespace FleetChat.Core.Transports;

/// <summary>A transport with all that its messages need.</summary>
public sealed record PlannedTransport(
    Guid Id, string SamsaraRouteId, string Name, string Status, TransportCrew Crew, string? SamsaraDriverId, string? VehicleId, DateTimeOffset? StartsAt, DateTimeOffset? EndsAt,
    TimeZoneInfo? Zone, string? LoadReference, string? Notes, byte[]? Hash, IReadOnlyList<TransportStop> Stops)
{
    public bool IsOpen => !TransportStatus.IsOver(Status);

    /// <summary>It was there, or had begun, when we first heard of it: the first who drives it knows of it.</summary>
    public bool IsKnownAtFirst { get; init; }

    /// <summary>Whether a truck has been at one of its stops.</summary>
    public bool HasBegun => Stops.Any(s => s.State is StopState.Arrived or StopState.Done);

    /// <summary>Of what lies ahead.</summary>
    public RoutePlan Plan => new(StartsAt, [.. Stops.Where(s => s.State is StopState.Scheduled or StopState.EnRoute).Select(s => new PlannedStop(s.SamsaraStopId, s.Name, s.ScheduledAt))]);

    /// <summary>When it starts: by its schedule, else at its first stop.</summary>
    public DateTimeOffset? Begins => StartsAt ?? Stops.Select(s => s.ScheduledAt).FirstOrDefault(t => t is not null);

    /// <summary>After that nothing about it is worth telling.</summary>
    public DateTimeOffset? Ends => EndsAt ?? Stops.Max(s => s.ScheduledAt);
}

public sealed record TransportStop(
    Guid Id, string SamsaraStopId, string Name, string Kind, string State, DateTimeOffset? ScheduledAt, DateTimeOffset? DepartsAt, DateTimeOffset? Eta, DateTimeOffset? ToldEta,
    DateTimeOffset? DocumentAt, string? Address, string? Notes, double? Latitude, double? Longitude)
{
    public DateTimeOffset? ExpectedAt => Eta ?? ScheduledAt;
}

/// <summary>Watches what drivers are told of transports, and has it looked at again where it changed.</summary>
internal static class RoutePlans
{
    private const string Find = """
        select id, samsara_route_id, name, status, samsara_driver_id, samsara_vehicle_id, starts_at, ends_at, time_zone, load_reference, notes, plan_hash,
               driver_id, co_driver_id, crew_problem, crew_problem_at, known_at_first
        from fleet.transports
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    private const string ListStops = """
        select id, samsara_stop_id, name, kind, state, scheduled_at, departs_at, eta, told_eta, document_at, address, notes, latitude, longitude
        from fleet.stops
        where tenant_id = $1
          and transport_id = $2
          and removed_at is null
        order by sequence, id
        """;

    /// <summary>Locks the transport.</summary>
    public static async Task<PlannedTransport?> LockAsync(TenantDb db, DataKey key, Guid transport, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(Find, P.Uuid(transport)).Add(ListStops, P.Uuid(transport));
        await using var reader = await batch.ReadAsync(ct);
        var found = await reader.ListAsync(row => Read(row, key), ct);
        var stops = await reader.ListAsync(row => ReadStop(row, key), ct);
        return found is [var only] ? only with { Stops = stops } : null;
    }

    private const string SetHash = """
        update fleet.transports
        set plan_hash = $3, known_at_first = known_at_first or $4
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>After a fact about the route: whoever has to be told of a change is, once it has settled.</summary>
    public static async Task WatchAsync(Processing processing, Guid transport, RouteFact fact, CancellationToken ct)
    {
        var (db, now) = (processing.Db, processing.Time.GetUtcNow());
        if (await LockAsync(db, processing.Key, transport, ct) is not { } plan) return;
        var hash = plan.Plan.Hash(plan.SamsaraDriverId, plan.VehicleId, plan.Status);
        await WatchStopsAsync(processing, plan, now, ct);
        if (plan.Hash is { } old && old.AsSpan().SequenceEqual(hash)) return;
        // What was there when we first looked, or has begun before we heard of it, is known to who drives it.
        var isKnown = plan.Hash is null && (fact.IsFirstLook || plan.HasBegun);
        await db.WriteAsync(SetHash, ct, P.Uuid(transport), P.Bytes(hash), P.Bool(isKnown));
        if (isKnown) await TellingSql.RecordKnownAsync(processing, plan, ct);
        else await RemindAllAsync(db, processing.Time, transport, now + processing.Settings.Rules.RouteAssigned.Settle, ct);
    }

    private const string Adopt = """
        update fleet.transports t
        set driver_id = d.id
        from fleet.drivers d
        where t.tenant_id = $1
          and d.tenant_id = $1
          and d.id = $2
          and t.samsara_driver_id = d.samsara_driver_id
          and t.driver_id is null
          and t.status in ('assigned', 'accepted', 'en_route', 'arrived', 'loaded')
        returning t.id
        """;

    private const string ListOnBoard = """
        select distinct t.id
        from fleet.drivers d
        join fleet.vehicle_assignments a on a.tenant_id = $1 and a.samsara_driver_id = d.samsara_driver_id
        join fleet.transports t on t.tenant_id = $1 and t.samsara_vehicle_id = a.samsara_vehicle_id
        where d.tenant_id = $1
          and d.id = $2
          and t.status in ('assigned', 'accepted', 'en_route', 'arrived', 'loaded')
        """;

    /// <summary>A driver was enrolled whose routes were here before him: they are his from now on, and he is told of them.</summary>
    public static async Task AdoptAsync(TenantDb db, TimeProvider time, RuleBook rules, Guid driver, CancellationToken ct)
    {
        foreach (var transport in await db.ListAsync(Adopt, row => row.GetGuid(0), ct, P.Uuid(driver)))
            await RemindAllAsync(db, time, transport, time.GetUtcNow() + rules.RouteAssigned.Settle, ct);
        var onBoard = await db.ListAsync(ListOnBoard, row => row.GetGuid(0), ct, P.Uuid(driver));
        await Reminders.Reminders.SetManyAsync(db, time, CrewReminder.Name, onBoard.ConvertAll(t => (t.ToString("N"), time.GetUtcNow())), ct);
    }

    private const string ListAwaited = """
        select d.id
        from fleet.drivers d
        where d.tenant_id = $1
          and d.id = any($2)
          and (d.samsara_driver_id in (
                  select t.samsara_driver_id
                  from fleet.transports t
                  where t.tenant_id = $1
                    and t.driver_id is null
                    and t.status in ('assigned', 'accepted', 'en_route', 'arrived', 'loaded'))
               or exists (select from fleet.vehicle_assignments a where a.tenant_id = $1 and a.samsara_driver_id = d.samsara_driver_id))
        order by d.samsara_driver_id
        """;

    /// <summary>As <see cref="AdoptAsync"/>, for many: most of them have nothing that waits for them.</summary>
    public static async Task AdoptManyAsync(TenantDb db, TimeProvider time, RuleBook rules, Guid[] drivers, CancellationToken ct)
    {
        foreach (var driver in await db.ListAsync(ListAwaited, row => row.GetGuid(0), ct, P.Uuids(drivers))) await AdoptAsync(db, time, rules, driver, ct);
    }

    private const string ListConcerned = """
        select m.id
        from fleet.transports t
        cross join lateral (values (t.driver_id), (t.co_driver_id)) as m (id)
        where t.tenant_id = $1
          and t.id = $2
          and m.id is not null
        union
        select driver_id
        from fleet.tellings
        where tenant_id = $1
          and transport_id = $2
          and ended_at is null
        """;

    /// <summary>All who drive it or were told of it.</summary>
    public static async Task RemindAllAsync(TenantDb db, TimeProvider time, Guid transport, DateTimeOffset dueAt, CancellationToken ct)
    {
        var drivers = await db.ListAsync(ListConcerned, row => row.GetGuid(0), ct, P.Uuid(transport));
        await Reminders.Reminders.SetManyAsync(db, time, RouteNotice.Name, drivers.ConvertAll(driver => (RouteNotice.SubjectOf(transport, driver), dueAt)), ct);
    }

    // An ETA moves often, and a reminder with it; only those whose time is another one by now are written.
    private static async Task WatchStopsAsync(Processing processing, PlannedTransport plan, DateTimeOffset now, CancellationToken ct)
    {
        if (!plan.IsOpen) return;
        var rules = processing.Settings.Rules;
        var ahead = plan.Stops.Where(s => s.State is StopState.Scheduled or StopState.EnRoute && s.ExpectedAt > now).ToList();
        if (rules.StopComingUp.IsOn)
            await Reminders.Reminders.SetManyAsync(processing.Db, processing.Time, StopSoon.Name, ahead.ConvertAll(s => (s.Id.ToString("N"), s.ExpectedAt!.Value - rules.StopComingUp.Lead)), ct);
        foreach (var slipped in ahead.Where(s => rules.EtaSlipped.IsOn && EtaNotice.IsSlipped(s, rules.EtaSlipped.Threshold)))
            await Reminders.Reminders.SetIfSoonerAsync(processing.Db, processing.Time, new(EtaNotice.Name, slipped.Id.ToString("N")), now + rules.EtaSlipped.Settle, ct);
    }

    private static PlannedTransport Read(Npgsql.NpgsqlDataReader row, DataKey key)
    {
        var route = row.GetString(1);
        var zone = row.TextOrNull(8) is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : null;
        return new(row.GetGuid(0), route, row.GetString(2), row.GetString(3), TransportCrews.ReadCrew(row, 12), row.TextOrNull(4), row.TextOrNull(5), row.TimeOrNull(6), row.TimeOrNull(7),
            zone, row.TextOrNull(9), Open(key, EncryptedColumns.TransportNotes, route, row.BytesOrNull(10)), row.BytesOrNull(11), []) { IsKnownAtFirst = row.GetBoolean(16) };
    }

    private static TransportStop ReadStop(Npgsql.NpgsqlDataReader row, DataKey key)
    {
        var id = row.GetString(1);
        return new(row.GetGuid(0), id, row.GetString(2), row.GetString(3), row.GetString(4), row.TimeOrNull(5), row.TimeOrNull(6), row.TimeOrNull(7), row.TimeOrNull(8), row.TimeOrNull(9),
            Open(key, EncryptedColumns.StopAddress, id, row.BytesOrNull(10)), Open(key, EncryptedColumns.StopNotes, id, row.BytesOrNull(11)),
            row.IsDBNull(12) ? null : row.GetDouble(12), row.IsDBNull(13) ? null : row.GetDouble(13));
    }

    private static string? Open(DataKey key, Column column, string row, byte[]? value) => value is null ? null : System.Text.Encoding.UTF8.GetString(key.Decrypt(column, row, value));
}
