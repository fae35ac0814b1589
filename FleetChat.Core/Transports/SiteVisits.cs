using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using Npgsql;

namespace FleetChat.Core.Transports;

/// <summary>A truck's last visit to a place.</summary>
/// <param name="EnteredAt">Null: nobody heard of it.</param>
/// <param name="LeftAt">Last; it may be before it came.</param>
/// <param name="UnknownSince">Since when its driver is to be told, and nobody can say who that is.</param>
internal sealed record SiteVisit(Guid Id, string Vehicle, string Address, string? Name, DateTimeOffset? EnteredAt, DateTimeOffset? LeftAt, DateTimeOffset? UnknownSince)
{
    /// <summary>Of alerts: Samsara's ids of the truck and the place.</summary>
    public string Subject => $"{Vehicle}:{Address}";
}

internal static class SiteVisits
{
    private const string Columns = "id, samsara_vehicle_id, samsara_address_id, name, entered_at, left_at, unknown_since";

    private const string Hear = $"""
        insert into fleet.site_visits as v (tenant_id, id, samsara_vehicle_id, samsara_address_id, name, heard_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant_id, samsara_vehicle_id, samsara_address_id) do update
        set name = coalesce(excluded.name, v.name), heard_at = excluded.heard_at
        returning {Columns}
        """;

    /// <summary>As it was known before the fact. Locks it.</summary>
    public static async Task<SiteVisit> HearAsync(TenantDb db, SiteFact fact, TimeProvider time, CancellationToken ct)
        => (await db.FindAsync(Hear, Read, ct, P.Uuid(time.NewId()), P.Text(fact.Vehicle), P.Text(fact.Address), P.Text(fact.Name), P.Time(time.GetUtcNow())))!;

    private const string SetEntered = """
        update fleet.site_visits
        set entered_at = greatest(entered_at, $3), unknown_since = case when entered_at > $3 then unknown_since end
        where tenant_id = $1
          and id = $2
        """;

    public static Task SetEnteredAsync(TenantDb db, Guid visit, DateTimeOffset at, CancellationToken ct) => db.ExecuteAsync(SetEntered, ct, P.Uuid(visit), P.Time(at));

    private const string SetLeft = """
        update fleet.site_visits
        set left_at = greatest(left_at, $3)
        where tenant_id = $1
          and id = $2
        """;

    public static Task SetLeftAsync(TenantDb db, Guid visit, DateTimeOffset at, CancellationToken ct) => db.ExecuteAsync(SetLeft, ct, P.Uuid(visit), P.Time(at));

    private const string SetUnknown = """
        update fleet.site_visits
        set unknown_since = $3
        where tenant_id = $1
          and id = $2
        """;

    public static Task SetUnknownAsync(TenantDb db, Guid visit, DateTimeOffset? since, CancellationToken ct) => db.ExecuteAsync(SetUnknown, ct, P.Uuid(visit), P.Time(since));

    private const string FindVehicle = """
        select samsara_vehicle_id
        from fleet.site_visits
        where tenant_id = $1
          and id = $2
        """;

    public static Task<string?> FindVehicleAsync(TenantDb db, Guid visit, CancellationToken ct) => db.FindAsync(FindVehicle, row => row.GetString(0), ct, P.Uuid(visit));

    private const string Lock = $"""
        select {Columns}
        from fleet.site_visits
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    public static Task<SiteVisit?> LockAsync(TenantDb db, Guid visit, CancellationToken ct) => db.FindAsync(Lock, Read, ct, P.Uuid(visit));

    // What was under way at that moment, or is to begin within half a day: its own events tell of its stops. Of what is over by now
    // it is known only since when.
    private const string FindStop = """
        select s.transport_id, s.id
        from fleet.stops s
        join fleet.transports t on t.tenant_id = s.tenant_id and t.id = s.transport_id
        where s.tenant_id = $1
          and s.samsara_address_id = $2
          and s.removed_at is null
          and (t.samsara_vehicle_id = $3 or t.driver_id = any($4) or t.co_driver_id = any($4))
          and t.status not in ('cancelled', 'declined')
          and (t.status not in ('delivered', 'completed') or t.status_at >= $5)
          and coalesce(t.starts_at, '-infinity') <= $5 + interval '12 hours'
        order by t.starts_at, s.id
        limit 1
        """;

    /// <summary>The stop at this place of the trip that the truck is on, or that one of these drivers is on.</summary>
    /// <param name="at">When it was there.</param>
    public static Task<(Guid Transport, Guid Stop)?> FindStopAsync(TenantDb db, SiteVisit visit, Guid[] drivers, DateTimeOffset at, CancellationToken ct)
        => db.FindAsync<(Guid, Guid)?>(FindStop, row => (row.GetGuid(0), row.GetGuid(1)), ct, P.Text(visit.Address), P.Text(visit.Vehicle), P.Uuids(drivers), P.Time(at));

    private const string ListWaiting = """
        select distinct supersedes
        from fleet.outbound
        where tenant_id = $1
          and site_visit_id = $2
          and status in ('waiting', 'retrying')
          and supersedes is not null
        order by supersedes
        """;

    /// <summary>It has left: what still waits to be sent of its coming is not sent any more.</summary>
    public static async Task SupersedeAsync(Processing processing, Guid visit, CancellationToken ct)
    {
        foreach (var about in await processing.Db.ListAsync(ListWaiting, row => row.GetString(0), ct, P.Uuid(visit)))
            await Outbox.SupersedeAsync(processing.Db, processing.Time, about, ct);
    }

    private static SiteVisit Read(NpgsqlDataReader row)
        => new(row.GetGuid(0), row.GetString(1), row.GetString(2), row.TextOrNull(3), row.TimeOrNull(4), row.TimeOrNull(5), row.TimeOrNull(6));
}
