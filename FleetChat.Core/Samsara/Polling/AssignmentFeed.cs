using FleetChat.Core.Data;
using FleetChat.Core.Transports;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>Who drives the vehicles of open transports, and those that somebody asked for.</summary>
public sealed class AssignmentFeed(ISamsaraClient samsara, IOptions<PollingOptions> options) : ISamsaraFeed
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(2);

    /// <summary>A transport that begins later is asked about later; one that should have ended so long ago is forgotten, not under way.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromDays(1);

    public string Name => "assignments";

    public TimeSpan Interval => options.Value.Assignments;

    public async Task<Look> LookAsync(LookAt at, CancellationToken ct)
    {
        var vehicles = await at.Db.ListAsync(ListWanted, row => row.GetString(0), ct, P.Time(at.Time), P.Time(at.Time + Around), P.Time(at.Time - Around));
        var look = await CrewLook.LookAsync(samsara, at.Access, at.Tenant, at.Db, at.Key, [.. vehicles], at.Time, ct);
        return new($"vehicles: {vehicles.Count}", async (processing, token) =>
        {
            await look.WriteAsync(processing, token);
            await ForgetAsync(processing.Db, at.Time - Kept, token);
        });
    }

    private const string ListWanted = """
        select samsara_vehicle_id
        from fleet.vehicle_looks
        where tenant_id = $1
          and wanted_until > $2
        union
        select samsara_vehicle_id
        from fleet.transports
        where tenant_id = $1
          and samsara_vehicle_id is not null
          and status not in ('delivered', 'completed', 'cancelled')
          and starts_at < $3
          and coalesce(ends_at, starts_at) > $4
        """;

    private const string ForgetAssignments = """
        delete from fleet.vehicle_assignments a
        where a.tenant_id = $1
          and (a.ends_at < $2
               or not exists (
                   select
                   from fleet.vehicle_looks l
                   where l.tenant_id = $1
                     and l.samsara_vehicle_id = a.samsara_vehicle_id
                     and l.wanted_until >= $2))
        """;

    private const string ForgetLooks = """
        delete from fleet.vehicle_looks
        where tenant_id = $1
          and wanted_until < $2
        """;

    private static async Task ForgetAsync(TenantDb db, DateTimeOffset before, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(ForgetAssignments, P.Time(before)).Add(ForgetLooks, P.Time(before));
        await batch.ExecuteAsync(ct);
    }
}
