using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Webhooks;

namespace FleetChat.Core.Transports;

/// <summary>A transport as rules see it.</summary>
public sealed record TransportRow(Guid Id, string Name, string Status, DateTimeOffset StatusAt, Guid? DriverId, Guid? CoDriverId)
{
    /// <summary>Whether it is his: as driver or co-driver.</summary>
    public bool IsOf(Guid driver) => driver == DriverId || driver == CoDriverId;
}

/// <summary>A stop as rules see it.</summary>
/// <param name="ArrivedAt">Null if it was never arrived at, or if only its state was told.</param>
/// <param name="IsListed">False if no fact has told its place in the route yet.</param>
public sealed record StopRow(Guid Id, string SamsaraStopId, string Kind, string State, DateTimeOffset StateAt, string Name, DateTimeOffset? ArrivedAt, bool IsListed);

/// <param name="What">Code of what happened: <c>stop_arrived</c>.</param>
/// <param name="Source"><c>samsara</c>, <c>driver</c>, <c>dispatcher</c> or <c>system</c>.</param>
public sealed record TimelineFact(Guid Transport, Guid? Stop, DateTimeOffset At, string What, string Source, string EffectKey, Guid? Message = null);

internal static class TransportSql
{
    private const string FindOfStop = """
        select transport_id
        from fleet.stops
        where tenant_id = $1
          and id = $2
        """;

    /// <returns>The transport that the stop is on; null if there is no such stop any more.</returns>
    public static Task<Guid?> FindOfStopAsync(TenantDb db, Guid stop, CancellationToken ct) => db.FindAsync<Guid?>(FindOfStop, row => row.GetGuid(0), ct, P.Uuid(stop));

    private const string FindRouteOfStop = """
        select t.samsara_route_id
        from fleet.stops s
        join fleet.transports t on t.tenant_id = s.tenant_id and t.id = s.transport_id
        where s.tenant_id = $1
          and s.samsara_stop_id = $2
        """;

    /// <returns>Samsara's id of the route that the stop is on; null if we don't know the stop.</returns>
    public static Task<string?> FindRouteOfStopAsync(TenantDb db, string samsaraStopId, CancellationToken ct)
        => db.FindAsync(FindRouteOfStop, row => row.GetString(0), ct, P.Text(samsaraStopId));

    // An older fact's name or driver doesn't replace a newer one's, and what a fact doesn't say stays. The driver has an age of
    // his own, which only facts that name one raise: one without a driver must not shut out one that is older and newer than his.
    // Who drives it follows from that and from the vehicle's crew: TransportCrews.
    private const string Upsert = """
        insert into fleet.transports as t (tenant_id, id, samsara_route_id, samsara_driver_id, driver_id, name, status_at, route_at, driver_at,
                                           samsara_vehicle_id, starts_at, ends_at, time_zone, load_reference, notes, created_at, updated_at)
        values ($1, $2, $3, $4,
                (select d.id from fleet.drivers d where d.tenant_id = $1 and d.samsara_driver_id = $4),
                coalesce($5, $3), $6, $6, case when $4 is not null or $8 then $6 end, $9, $10, $11, $12, $13, $14, $7, $7)
        on conflict (tenant_id, samsara_route_id) do update
        set name = case when t.route_at <= excluded.route_at then coalesce($5, t.name) else t.name end,
            route_at = greatest(t.route_at, excluded.route_at),
            samsara_driver_id = case when coalesce(t.driver_at, '-infinity') <= excluded.driver_at then excluded.samsara_driver_id else t.samsara_driver_id end,
            driver_at = greatest(t.driver_at, excluded.driver_at),
            samsara_vehicle_id = case when t.route_at <= excluded.route_at and ($8 or $9 is not null) then $9 else coalesce(t.samsara_vehicle_id, $9) end,
            starts_at = case when t.route_at <= excluded.route_at then coalesce($10, t.starts_at) else coalesce(t.starts_at, $10) end,
            ends_at = case when t.route_at <= excluded.route_at then coalesce($11, t.ends_at) else coalesce(t.ends_at, $11) end,
            time_zone = case when t.route_at <= excluded.route_at then coalesce($12, t.time_zone) else coalesce(t.time_zone, $12) end,
            load_reference = case when t.route_at <= excluded.route_at then coalesce($13, t.load_reference) else coalesce(t.load_reference, $13) end,
            notes = case when t.route_at <= excluded.route_at and ($8 or $14 is not null) then $14 else coalesce(t.notes, $14) end,
            updated_at = excluded.updated_at
        returning t.id, t.name, t.status, t.status_at, t.driver_id, t.co_driver_id
        """;

    // "Stop 2" is what we call a stop that nobody has named. A stop of which only a fragment is known (described_at is null)
    // stands at the route's end until a fact lists it; a fragment describes no stop that is known.
    private const string UpsertStops = """
        insert into fleet.stops as s (tenant_id, id, transport_id, samsara_stop_id, sequence, kind, state, state_at, name,
                                      scheduled_at, eta, arrived_at, departed_at, done_at, described_at, departs_at, latitude, longitude, address, notes, samsara_address_id)
        select $1, g.id, $2, g.samsara_stop_id, place.sequence, g.kind, g.state, g.state_at, coalesce(g.name, 'Stop ' || (place.sequence + 1)),
               g.scheduled_at, g.eta, g.arrived_at, g.departed_at, case when g.state = 'done' then coalesce(g.departed_at, $3) end, g.described_at,
               g.departs_at, g.latitude, g.longitude, g.address, g.notes, g.address_id
        from unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
             as g (id, samsara_stop_id, sequence, kind, name, state, scheduled_at, eta, arrived_at, departed_at, described_at, departs_at, latitude, longitude, address, notes, address_id,
                   state_at)
        cross join lateral (
            select case when g.described_at is not null then g.sequence
                        else greatest(g.sequence, (select max(k.sequence) + 1 from fleet.stops k where k.tenant_id = $1 and k.transport_id = $2)) end as sequence
        ) place
        order by g.samsara_stop_id
        on conflict (tenant_id, samsara_stop_id) do update
        set name = case when excluded.name = 'Stop ' || (excluded.sequence + 1) then s.name else excluded.name end,
            sequence = excluded.sequence, kind = excluded.kind,
            scheduled_at = coalesce(excluded.scheduled_at, s.scheduled_at), eta = case when coalesce(s.eta_at, '-infinity') <= excluded.described_at then excluded.eta else s.eta end, described_at = excluded.described_at,
            departs_at = coalesce(excluded.departs_at, s.departs_at), latitude = coalesce(excluded.latitude, s.latitude), longitude = coalesce(excluded.longitude, s.longitude),
            address = coalesce(excluded.address, s.address), notes = coalesce(excluded.notes, s.notes), samsara_address_id = coalesce(excluded.samsara_address_id, s.samsara_address_id),
            removed_at = null
        where s.transport_id = excluded.transport_id
          and coalesce(s.described_at, '-infinity') <= excluded.described_at
        """;

    /// <summary>What the event says of the route, stored: the transport and its stops. Stops that are new come with the state the event gives them.</summary>
    /// <param name="newStates">State of each of the fact's stops, if it is new to us.</param>
    /// <param name="loadReferenceKey">Key of the fact's external ids.</param>
    public static async Task<TransportRow> SaveRouteAsync(
        TenantDb db, DataKey key, string routeId, RouteFact fact, IReadOnlyList<string> newStates, string loadReferenceKey, TimeProvider time, CancellationToken ct)
    {
        var stops = fact.Stops.ToArray();
        var transport = await db.FindAsync(Upsert, ReadTransport, ct,
            P.Uuid(time.NewId()), P.Text(routeId), P.Text(fact.SamsaraDriverId), P.Text(fact.RouteName), P.Time(fact.At), P.Time(time.GetUtcNow()),
            P.Bool(fact.IsWhole), P.Text(fact.VehicleId), P.Time(fact.StartsAt), P.Time(fact.EndsAt), P.Text(fact.TimeZone), P.Text(fact.ExternalIds.Text(loadReferenceKey)),
            Seal(EncryptedColumns.TransportNotes, routeId, fact.Notes));
        await db.WriteAsync(UpsertStops, ct, P.Uuid(transport!.Id), P.Time(fact.At),
            P.Uuids(Array.ConvertAll(stops, _ => time.NewId())), P.Texts(Array.ConvertAll(stops, s => s.StopId)),
            P.Numbers(Array.ConvertAll(stops, s => s.Sequence)), P.Texts(Array.ConvertAll(stops, s => s.Kind)), P.Texts(Array.ConvertAll(stops, s => s.Name)),
            P.Texts([.. newStates]), P.Times(Array.ConvertAll(stops, s => s.ScheduledAt)), P.Times(Array.ConvertAll(stops, s => s.Eta)),
            P.Times(Array.ConvertAll(stops, s => s.ArrivedAt)), P.Times(Array.ConvertAll(stops, s => s.DepartedAt)),
            P.Times(Array.ConvertAll(stops, s => s.IsListed ? fact.At : (DateTimeOffset?)null)),
            P.Times(Array.ConvertAll(stops, s => s.DepartsAt)), P.Doubles(Array.ConvertAll(stops, s => s.Latitude)), P.Doubles(Array.ConvertAll(stops, s => s.Longitude)),
            P.ByteArrays(Array.ConvertAll(stops, s => s.Address is { } a ? Sealed(EncryptedColumns.StopAddress, s.StopId, a) : null)),
            P.ByteArrays(Array.ConvertAll(stops, s => s.Notes is { } n ? Sealed(EncryptedColumns.StopNotes, s.StopId, n) : null)),
            P.Texts(Array.ConvertAll(stops, s => s.AddressId)), P.Times([.. stops.Select((s, i) => (DateTimeOffset?)StateAt(s, newStates[i]))]));
        if (fact.IsWhole) await db.WriteAsync(RemoveStops, ct, P.Uuid(transport.Id), P.Texts(Array.ConvertAll(stops, s => s.StopId)), P.Time(fact.At));
        await db.WriteAsync(NoteSamsaraStates, ct, P.Time(fact.At), P.Texts(Array.ConvertAll(stops, s => s.StopId)), P.Texts(Array.ConvertAll(stops, s => s.State)));
        return transport;

        // A list that shows a stop for the first time shows what happened there before anybody looked: a stop that begins as scheduled is no younger than that.
        DateTimeOffset StateAt(StopOfRoute stop, string state)
            => fact.IsWhole && state == StopState.Scheduled
                ? new[] { fact.At, stop.EnRouteAt, stop.ArrivedAt, stop.DepartedAt, stop.SkippedAt }.OfType<DateTimeOffset>().Min()
                : fact.At;

        Npgsql.NpgsqlParameter Seal(Column column, string row, string? text) => P.Bytes(text is null ? null : Sealed(column, row, text));

        // By Samsara's id, which is the row's own before it has one of ours.
        byte[] Sealed(Column column, string row, string text) => key.Encrypt(column, row, System.Text.Encoding.UTF8.GetBytes(text));
    }

    private const string NoteEta = """
        update fleet.stops
        set eta = $3, eta_at = $4
        where tenant_id = $1
          and samsara_stop_id = $2
          and coalesce(eta_at, '-infinity') <= $4
          and coalesce(described_at, '-infinity') <= $4
        """;

    /// <summary>An event's own stop is known by its id alone, whether the event lists the route or not.</summary>
    public static Task NoteEtaAsync(TenantDb db, StopOfRoute stop, DateTimeOffset at, CancellationToken ct)
        => db.WriteAsync(NoteEta, ct, P.Text(stop.StopId), P.Time(stop.Eta), P.Time(at));

    // What happened at a stop is not undone: only one that lay ahead goes with the list it is missing from.
    private const string RemoveStops = """
        update fleet.stops
        set removed_at = $4
        where tenant_id = $1
          and transport_id = $2
          and samsara_stop_id <> all($3)
          and state in ('scheduled', 'en_route')
          and removed_at is null
          and coalesce(described_at, '-infinity') <= $4
        """;

    private const string FindByRoute = """
        select id
        from fleet.transports
        where tenant_id = $1
          and samsara_route_id = $2
        """;

    public static Task<Guid?> FindByRouteAsync(TenantDb db, string route, CancellationToken ct) => db.FindAsync<Guid?>(FindByRoute, row => row.GetGuid(0), ct, P.Text(route));

    /// <returns>False if it is over already.</returns>
    public static async Task<bool> TryCancelAsync(TenantDb db, TransportRow transport, TimeProvider time, CancellationToken ct)
    {
        if (transport.Status is TransportStatus.Cancelled or TransportStatus.Completed or TransportStatus.Delivered) return false;
        await SetStatusAsync(db, transport, TransportStatus.Cancelled, time.GetUtcNow(), time, ct);
        return true;
    }

    private const string ListStops = """
        select id, samsara_stop_id, coalesce(said_kind, kind), state, state_at, name, arrived_at, described_at is not null
        from fleet.stops
        where tenant_id = $1
          and transport_id = $2
          and removed_at is null
        order by sequence, id
        for no key update
        """;

    /// <summary>Locks them too: the caller is about to move one.</summary>
    public static Task<List<StopRow>> LockStopsAsync(TenantDb db, Guid transport, CancellationToken ct)
        => db.ListAsync(ListStops, row => new StopRow(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.Time(4), row.GetString(5),
            row.TimeOrNull(6), row.GetBoolean(7)), ct, P.Uuid(transport));

    private const string Lock = """
        select id, name, status, status_at, driver_id, co_driver_id
        from fleet.transports
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    public static Task<TransportRow?> LockAsync(TenantDb db, Guid transport, CancellationToken ct)
        => db.FindAsync(Lock, ReadTransport, ct, P.Uuid(transport));

    private static TransportRow ReadTransport(Npgsql.NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1), row.GetString(2), row.Time(3), row.GuidOrNull(4), row.GuidOrNull(5));

    private const string MoveStop = """
        update fleet.stops
        set state = $3, state_at = $4,
            arrived_at = case when $3 = 'arrived' then $4 else arrived_at end,
            departed_at = case when $5 then $4 else departed_at end,
            done_at = case when $3 = 'done' then $4 else done_at end
        where tenant_id = $1
          and id = $2
        """;

    private const string SetStatus = $"""
        with before as (
            select status
            from fleet.transports
            where tenant_id = $1
              and id = $2
        ), moved as (
            update fleet.transports
            set status = $3, status_at = greatest(status_at, $4), updated_at = $5
            where tenant_id = $1
              and id = $2
            returning id, status, status_at
        ), cause as (
            select $6 as id, '{WebhookEventTypes.TransportStatus}' as type, m.id as subject_id, b.status || '>' || m.status as detail, m.status_at as at, $5 as now
            from moved m
            join before b on b.status <> m.status
        )
        {OutgoingWebhooks.Add}
        """;

    private const string InsertTimelineFact = """
        with noted as (
            insert into fleet.transport_events (tenant_id, id, transport_id, stop_id, happened_at, what, source, message_id, effect_key, recorded_at, cause)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            on conflict (tenant_id, effect_key) do nothing
            returning id
        ), known as (
            insert into fleet.decisions (tenant_id, at, cause, kind, subject, outcome, transport_id, stop_id)
            select $1, $10, $11, 'known', $9, 'known already', $3, $4
            where not exists (select from noted)
        )
        select id
        from noted
        """;

    /// <summary>Notes a fact.</summary>
    /// <returns>False if it is known already, whatever way it came.</returns>
    public static async Task<bool> TryNoteAsync(TenantDb db, TimelineFact entry, TimeProvider time, CancellationToken ct)
        => await db.FindAsync<Guid?>(InsertTimelineFact, row => row.GetGuid(0), ct,
            P.Uuid(time.NewId()), P.Uuid(entry.Transport), P.Uuid(entry.Stop), P.Time(entry.At), P.Text(entry.What), P.Text(entry.Source),
            P.Uuid(entry.Message), P.Text(entry.EffectKey), P.Time(time.GetUtcNow()), P.Text(db.Cause)) is not null;

    /// <summary>Sets a status that the stops do not give: the caller has seen that it is legal.</summary>
    public static Task SetStatusAsync(TenantDb db, TransportRow transport, string status, DateTimeOffset at, TimeProvider time, CancellationToken ct)
        => db.ExecuteAsync(SetStatus, ct, P.Uuid(transport.Id), P.Text(status), P.Time(at), P.Time(time.GetUtcNow()), P.Uuid(time.NewId()));

    private const string NoteSamsaraStates = """
        update fleet.stops s
        set samsara_state = g.state, samsara_state_at = $2
        from unnest($3, $4) as g (samsara_stop_id, state)
        where s.tenant_id = $1
          and s.samsara_stop_id = g.samsara_stop_id
          and coalesce(s.samsara_state_at, '-infinity') <= $2
        """;

    /// <summary>Moves a stop, and its transport's status after it.</summary>
    public static async Task MoveAsync(TenantDb db, TransportRow transport, IReadOnlyList<StopRow> stops, StopRow stop, string state, DateTimeOffset at, TimeProvider time, CancellationToken ct,
        bool hasDeparted = false)
    {
        var facts = stops.Select(s => s.Id == stop.Id ? new StopFact(s.Kind, state, at, s.IsListed) : new StopFact(s.Kind, s.State, s.StateAt, s.IsListed)).ToArray();
        await db.WriteAsync(MoveStop, ct, P.Uuid(stop.Id), P.Text(state), P.Time(at), P.Bool(hasDeparted));
        await db.WriteAsync(SetStatus, ct, P.Uuid(transport.Id), P.Text(TransportStatus.Follow(transport.Status, facts)), P.Time(at), P.Time(time.GetUtcNow()), P.Uuid(time.NewId()));
    }
}
