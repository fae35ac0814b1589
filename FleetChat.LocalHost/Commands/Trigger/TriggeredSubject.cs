using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;

namespace FleetChat.LocalHost.Commands.Trigger;

/// <summary>Whom the event is about: drivers, routes and stops that the company really has, as far as nobody was named.</summary>
internal static class TriggeredSubject
{
    /// <exception cref="StartRefusedException">What was named does not exist.</exception>
    public static async Task<SampleSubject> FindAsync(TriggeredTenant tenant, TriggerOptions options, DateTimeOffset time, CancellationToken ct)
    {
        var made = new SampleSubject { Now = time, OrgId = tenant.OrgId };
        var route = await FindRouteAsync(tenant.Db, options.Route, options.Stop, options.Driver, ct);
        // A route or a stop that FleetChat has not heard of may be named: it may be the event that makes it known.
        var driver = await FindDriverAsync(tenant, options.Driver ?? route?.DriverId, ct);
        if (options.Driver is { } named && driver is null) throw new StartRefusedException($"'{tenant.Id}' has no driver {named}: --driver takes Samsara's id.");
        return made with
        {
            DriverId = driver?.Id ?? made.DriverId,
            DriverName = driver?.Name ?? made.DriverName,
            DriverPhone = driver?.Phone,
            VehicleId = options.Vehicle ?? made.VehicleId,
            RouteId = options.Route ?? route?.Id ?? made.RouteId,
            RouteName = route?.Name ?? made.RouteName,
            StopId = options.Stop ?? route?.StopId ?? made.StopId,
            StopName = route?.StopName ?? made.StopName,
            NextStopId = route?.NextStopId ?? made.NextStopId,
        };
    }

    private sealed record KnownDriver(string Id, string Name, string? Phone);

    private sealed record KnownRoute(string Id, string Name, string? DriverId, string? StopId, string? StopName, string? NextStopId);

    private const string FindDriver = """
        select id, samsara_driver_id, name, whatsapp_number
        from fleet.drivers
        where tenant_id = $1
          and samsara_driver_id = coalesce($2, samsara_driver_id)
          and status = 'active'
        order by created_at, id
        limit 1
        """;

    private static Task<KnownDriver?> FindDriverAsync(TriggeredTenant tenant, string? id, CancellationToken ct)
        => tenant.Db.FindAsync(
            FindDriver,
            row => new KnownDriver(
                row.GetString(1),
                tenant.Key.Decrypt(EncryptedColumns.DriverName, row.GetGuid(0), row.GetFieldValue<byte[]>(2)),
                row.BytesOrNull(3) is { } phone ? tenant.Key.Decrypt(EncryptedColumns.DriverNumber, row.GetGuid(0), phone) : null),
            ct,
            P.Text(id));

    private const string FindRoute = """
        select t.samsara_route_id, t.name, t.samsara_driver_id, s.samsara_stop_id, s.name, n.samsara_stop_id
        from fleet.transports t
        left join lateral (
            select samsara_stop_id, name, sequence
            from fleet.stops
            where tenant_id = $1
              and transport_id = t.id
              and samsara_stop_id = coalesce($3, samsara_stop_id)
            order by state in ('done', 'skipped'), sequence
            limit 1
        ) s on true
        left join lateral (
            select samsara_stop_id
            from fleet.stops
            where tenant_id = $1
              and transport_id = t.id
              and samsara_stop_id <> s.samsara_stop_id
            order by sequence <= s.sequence, sequence
            limit 1
        ) n on true
        where t.tenant_id = $1
          and t.samsara_route_id = coalesce($2, t.samsara_route_id)
          and ($3::text is null or s.samsara_stop_id is not null)
          and ($4::text is null or t.samsara_driver_id = $4)
        order by t.status in ('completed', 'cancelled', 'declined'), t.updated_at desc, t.id
        limit 1
        """;

    private static Task<KnownRoute?> FindRouteAsync(TenantDb db, string? route, string? stop, string? driver, CancellationToken ct)
        => db.FindAsync(
            FindRoute,
            row => new KnownRoute(row.GetString(0), row.GetString(1), row.TextOrNull(2), row.TextOrNull(3), row.TextOrNull(4), row.TextOrNull(5)),
            ct,
            P.Text(route),
            P.Text(stop),
            P.Text(driver));
}
