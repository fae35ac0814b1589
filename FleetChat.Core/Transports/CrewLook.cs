using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara;
using FleetChat.Core.Samsara.Polling;
using FleetChat.Core.Samsara.Scope;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Transports;

/// <summary>What Samsara said of the assignments of some vehicles, to be written down: the newest look at a vehicle counts, whoever took it.</summary>
internal sealed class CrewLook
{
    /// <summary>Around now: who drove a shift ago and who is planned for the next.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromHours(12);

    private readonly string[] _vehicles;
    private readonly ILookup<string, CrewMember> _crews;
    private readonly DateTimeOffset _at;

    private CrewLook(string[] vehicles, ILookup<string, CrewMember> crews, DateTimeOffset at) => (_vehicles, _crews, _at) = (vehicles, crews, at);

    /// <exception cref="SamsaraException">Nothing was seen.</exception>
    public static async Task<CrewLook> LookAsync(
        ISamsaraClient samsara, SamsaraAccess access, TenantSettings tenant, TenantDb db, DataKey key, string[] vehicles, DateTimeOffset now, CancellationToken ct)
    {
        var found = await samsara.ListAssignmentsAsync(access, vehicles, now - Around, now + Around, ct);
        var strangers = await FindStrangersAsync(tenant, db, key, [.. found.Select(a => a.DriverId).Distinct()], now, ct);
        return new(vehicles, found.Where(a => vehicles.Contains(a.VehicleId)).DistinctBy(a => (a.VehicleId, a.DriverId, a.StartsAt, a.IsPassenger)).ToLookup(a => a.VehicleId,
            a => new CrewMember(strangers.Contains(a.DriverId) ? NameOfStranger(key, a.DriverId) : a.DriverId, a.StartsAt, a.EndsAt, a.IsPassenger)), now);
    }

    public async Task WriteAsync(Processing processing, CancellationToken ct)
    {
        var (db, from, to) = (processing.Db, _at - Around, _at + Around);
        await db.ExecuteAsync(AddMissing, ct, P.Texts(_vehicles), P.Time(_at));
        // One that somebody looked at later stays as he saw it.
        var looked = (await db.ListAsync(Lock, row => (Vehicle: row.GetString(0), Before: row.TimeOrNull(1)), ct, P.Texts(_vehicles))).FindAll(l => !(l.Before > _at));
        string[] vehicles = [.. looked.Select(l => l.Vehicle)];
        await db.ExecuteAsync(Note, ct, P.Texts(vehicles), P.Time(_at));
        var before = (await db.ListAsync(Take, row => (Vehicle: row.GetString(0), Member: new CrewMember(row.GetString(1), row.Time(2), row.TimeOrNull(3), row.GetBoolean(4))), ct,
            P.Texts(vehicles), P.Time(from), P.Time(to))).ToLookup(row => row.Vehicle, row => row.Member);
        await InsertAsync(db, [.. vehicles.SelectMany(v => _crews[v].Select(m => (v, m)))], ct);

        string[] changed = [.. looked.Where(l => l.Before is null || !before[l.Vehicle].ToHashSet().SetEquals(_crews[l.Vehicle])).Select(l => l.Vehicle)];
        var (look, at) = (processing.Time.NewId(), _at);
        await processing.StoreAsync([.. changed.Select(v => PolledFact.Of(SamsaraEvents.CrewChanged, look, v, v, isFirst: false, at, writer => writer.WriteString("vehicle_id", v)))], ct);
    }

    private const string AddMissing = """
        insert into fleet.vehicle_looks (tenant_id, samsara_vehicle_id, wanted_until)
        select $1, g.vehicle, $3
        from unnest($2) as g (vehicle)
        order by g.vehicle
        on conflict (tenant_id, samsara_vehicle_id) do nothing
        """;

    private const string Lock = """
        select samsara_vehicle_id, looked_at
        from fleet.vehicle_looks
        where tenant_id = $1
          and samsara_vehicle_id = any($2)
        order by samsara_vehicle_id
        for no key update
        """;

    private const string Note = """
        update fleet.vehicle_looks
        set looked_at = $3
        where tenant_id = $1
          and samsara_vehicle_id = any($2)
        """;

    private const string Take = """
        delete from fleet.vehicle_assignments
        where tenant_id = $1
          and samsara_vehicle_id = any($2)
          and starts_at <= $4
          and (ends_at is null or ends_at > $3)
        returning samsara_vehicle_id, samsara_driver_id, starts_at, ends_at, is_passenger
        """;

    private const string Insert = """
        insert into fleet.vehicle_assignments (tenant_id, samsara_vehicle_id, samsara_driver_id, starts_at, ends_at, is_passenger, seen_at)
        select $1, g.vehicle, g.driver, g.starts_at, g.ends_at, g.is_passenger, $7
        from unnest($2, $3, $4, $5, $6) as g (vehicle, driver, starts_at, ends_at, is_passenger)
        on conflict (tenant_id, samsara_vehicle_id, samsara_driver_id, starts_at, is_passenger) do update
        set ends_at = excluded.ends_at, seen_at = excluded.seen_at
        """;

    private Task InsertAsync(TenantDb db, (string Vehicle, CrewMember Member)[] rows, CancellationToken ct)
        => db.ExecuteAsync(Insert, ct,
            P.Texts(Array.ConvertAll(rows, r => (string?)r.Vehicle)), P.Texts(Array.ConvertAll(rows, r => (string?)r.Member.Driver)),
            P.Times(Array.ConvertAll(rows, r => (DateTimeOffset?)r.Member.StartsAt)), P.Times(Array.ConvertAll(rows, r => r.Member.EndsAt)),
            P.Bools(Array.ConvertAll(rows, r => r.Member.IsPassenger)), P.Time(_at));

    // Who is on board counts, also where he is none of the company's: but who he is, is none of its business.
    private static async Task<HashSet<string>> FindStrangersAsync(TenantSettings tenant, TenantDb db, DataKey key, string[] drivers, DateTimeOffset now, CancellationToken ct)
    {
        if (tenant.SamsaraGroupId.Length == 0 || drivers.Length == 0) return [];
        var enrolled = await db.ListAsync(ListEnrolled, row => row.GetString(0), ct, P.Texts(drivers));
        var known = await new ScopeCache(db, key, tenant.SamsaraGroupId).FindAsync(drivers.Select(d => new ScopeSubject(ScopeSubjects.Driver, d)), now, ct);
        return [.. drivers.Except(enrolled).Where(d => known[new(ScopeSubjects.Driver, d)].Verdict != ScopeVerdict.Inside)];
    }

    private const string ListEnrolled = """
        select samsara_driver_id
        from fleet.drivers
        where tenant_id = $1
          and samsara_driver_id = any($2)
        """;

    private static string NameOfStranger(DataKey key, string driver) => $"stranger-{Convert.ToHexStringLower(key.BlindIndex("stranger", driver).AsSpan(0, 8))}";
}
