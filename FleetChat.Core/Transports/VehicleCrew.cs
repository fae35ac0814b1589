using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Transports;

/// <summary>Why nobody can say who drives: then a dispatcher has to.</summary>
public enum CrewProblem
{
    None,

    /// <summary>Nothing fresh enough was seen.</summary>
    Unknown,

    /// <summary>Nobody is at the wheel.</summary>
    Nobody,

    /// <summary>More than two are assigned.</summary>
    TooMany,
}

/// <summary>Who is in a vehicle, by Samsara's ids.</summary>
/// <param name="Driver">At the wheel; null where there is a problem.</param>
/// <param name="SeenAt">When Samsara said so; null: never.</param>
public sealed record Crew(string? Driver, string? CoDriver, CrewProblem Problem, DateTimeOffset? SeenAt)
{
    public static Crew With(CrewProblem problem, DateTimeOffset? seenAt) => new(null, null, problem, seenAt);
}

/// <param name="EndsAt">Null: until further notice.</param>
/// <param name="IsPassenger">On board, and not at the wheel.</param>
public sealed record CrewMember(string Driver, DateTimeOffset StartsAt, DateTimeOffset? EndsAt, bool IsPassenger);

/// <summary>Tells who drives a vehicle, from what was last seen of its assignments.</summary>
public static class VehicleCrew
{
    /// <summary>Five looks long: trucks are swapped within minutes, and a message must not go by an older answer.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    /// <summary>So long after somebody asked for it a vehicle is looked at with the others.</summary>
    private static readonly TimeSpan Wanted = TimeSpan.FromHours(24);

    private const string Find = """
        select l.looked_at, a.samsara_driver_id, a.starts_at, a.ends_at, a.is_passenger
        from fleet.vehicle_looks l
        left join fleet.vehicle_assignments a
          on a.tenant_id = l.tenant_id
         and a.samsara_vehicle_id = l.samsara_vehicle_id
         and a.starts_at <= $3
         and (a.ends_at is null or a.ends_at > $3)
        where l.tenant_id = $1
          and l.samsara_vehicle_id = $2
          and l.looked_at is not null
        """;

    /// <param name="at">The moment that is asked about; it may lie ahead.</param>
    /// <param name="now">Business time.</param>
    public static async Task<Crew> FindAsync(TenantDb db, string vehicleId, DateTimeOffset at, DateTimeOffset now, CancellationToken ct)
    {
        var rows = await db.ListAsync(Find, row => (SeenAt: row.Time(0), Member: row.IsDBNull(1) ? null : new CrewMember(row.GetString(1), row.Time(2), row.TimeOrNull(3), row.GetBoolean(4))),
            ct, P.Text(vehicleId), P.Time(at));
        return Of([.. rows.Select(row => row.Member).OfType<CrewMember>()], rows.Count == 0 ? null : rows[0].SeenAt, now);
    }

    /// <param name="members">All who are assigned at the moment that is asked about.</param>
    public static Crew Of(IReadOnlyList<CrewMember> members, DateTimeOffset? seenAt, DateTimeOffset now)
    {
        if (seenAt is null || seenAt < now - Fresh) return Crew.With(CrewProblem.Unknown, seenAt);
        // Whoever took the wheel last has it: an app that was not signed out of leaves the one before there.
        var atTheWheel = members.Where(m => !m.IsPassenger).OrderByDescending(m => m.StartsAt).ThenBy(m => m.Driver, StringComparer.Ordinal).Select(m => m.Driver).Distinct().ToArray();
        var others = members.Where(m => m.IsPassenger).Select(m => m.Driver).Distinct().Except(atTheWheel).ToArray();
        if (atTheWheel.Length == 0) return Crew.With(CrewProblem.Nobody, seenAt);
        if (atTheWheel.Length + others.Length > 2) return Crew.With(CrewProblem.TooMany, seenAt);
        return new(atTheWheel[0], atTheWheel.Skip(1).Concat(others).FirstOrDefault(), CrewProblem.None, seenAt);
    }

    private const string Want = """
        insert into fleet.vehicle_looks as l (tenant_id, samsara_vehicle_id, wanted_until)
        values ($1, $2, $3)
        on conflict (tenant_id, samsara_vehicle_id) do update
        set wanted_until = greatest(l.wanted_until, excluded.wanted_until)
        """;

    private const string FindWaiting = """
        select true
        from fleet.calls
        where tenant_id = $1
          and lane = $2
          and status in ('waiting', 'calling')
          and kind = $3
          and starts_with(effect_key, $4)
        limit 1
        """;

    /// <summary>
    /// Has Samsara asked who drives the vehicle, once this has committed, and from then on with each look. If its crew is new or another
    /// one, the fact <c>crew.changed</c> says so. Requests of the same five seconds are one, and so are those that wait for Samsara.
    /// </summary>
    public static async Task RequestAsync(Processing processing, string vehicleId, CancellationToken ct)
    {
        var now = processing.Time.GetUtcNow();
        await processing.Db.ExecuteAsync(Want, ct, P.Text(vehicleId), P.Time(now + Wanted));
        if (await processing.Db.FindAsync(FindWaiting, row => row.GetBoolean(0), ct, P.Small(CallLanes.Samsara), P.Text(LookUpCrew.Kind), P.Text($"{LookUpCrew.Kind}:{vehicleId}:"))) return;
        var effect = string.Create(CultureInfo.InvariantCulture, $"{LookUpCrew.Kind}:{vehicleId}:{now.ToUnixTimeSeconds() / 5}");
        await processing.TryAddCallAsync(new(CallLanes.Samsara, LookUpCrew.Kind, effect, JsonSerializer.SerializeToElement(new { vehicle = vehicleId })), ct);
    }
}
