using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;

namespace FleetChat.Core.Transports;

/// <summary>
/// Keeps who drives each transport: looked up before a message is made, after a fact about the route, and when others are on board.
/// Decided from the present state alone, so neither the order of facts nor their number matters.
/// </summary>
internal static class TransportCrews
{
    private static readonly Dictionary<CrewProblem, string> Codes = new()
    {
        [CrewProblem.Unknown] = AlertCodes.TransportCrewUnknown,
        [CrewProblem.Nobody] = AlertCodes.TransportCrewNobody,
        [CrewProblem.TooMany] = AlertCodes.TransportCrewTooMany,
    };

    /// <summary>A trip that should have begun so long ago was forgotten, and is not under way.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(2);

    private const string Find = """
        select samsara_driver_id, samsara_vehicle_id, crew_vehicle_id, driver_id, co_driver_id, crew_problem, crew_problem_at, status, starts_at
        from fleet.transports
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    private const string ListEnrolled = """
        select samsara_driver_id, id
        from fleet.drivers
        where tenant_id = $1
          and samsara_driver_id = any($2)
        """;

    private const string Save = """
        update fleet.transports
        set driver_id = $3, co_driver_id = $4, crew_vehicle_id = $5, crew_problem = $6, crew_problem_at = $7
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>Who it belongs to now. If nobody can say, Samsara is asked, and the transport is looked at again. Locks the transport.</summary>
    /// <param name="happenedAt">Of the fact that is to be told: who left since is the one it happened to, if nobody came after him.</param>
    /// <param name="seen">Samsara's id of who was at the wheel then, as the fact itself says; for companies whose Samsara we may not ask.</param>
    public static async Task<TransportCrew> AskAsync(Processing processing, Guid transport, CancellationToken ct, DateTimeOffset? happenedAt = null, string? seen = null)
    {
        var (crew, nextLook) = await LookAsync(processing, transport, ct, happenedAt, seen);
        if (nextLook is not { } next) return crew;
        var reminder = new Reminders.Reminder(CrewReminder.Name, transport.ToString("N"));
        await (crew.Problem == CrewProblem.Unknown
            ? Reminders.Reminders.SetIfSoonerAsync(processing.Db, processing.Time, reminder, next, ct)
            : Reminders.Reminders.SetManyAsync(processing.Db, processing.Time, reminder.Kind, [(reminder.Subject, next)], ct));
        return crew;
    }

    /// <returns>Also when it has to be looked at again without any fact; null: not.</returns>
    public static async Task<(TransportCrew Crew, DateTimeOffset? NextLook)> LookAsync(
        Processing processing, Guid transport, CancellationToken ct, DateTimeOffset? happenedAt = null, string? seen = null)
    {
        var (db, now) = (processing.Db, processing.Time.GetUtcNow());
        if (await db.FindAsync(Find, Read, ct, P.Uuid(transport)) is not { } facts) return (new(null, null), null);
        // What is over stays with those who drove it.
        if (!facts.IsOpen && facts.Named is null) return (facts.Held, null);
        // Without a token nobody can be asked: it stays with those who have it, or goes to whom the fact names.
        var crew = facts.Asks(now) && (processing.Settings.Samsara is not null || seen is not null) ? await FindCrewAsync(processing, facts, happenedAt, seen, ct) : null;
        var decided = CrewRules.Decide(facts, crew, await FindEnrolledAsync(db, [facts.Named, crew?.Driver, crew?.CoDriver], ct));
        if (decided.Problem != CrewProblem.None) decided = decided with { Since = decided.Problem == facts.Held.Problem ? facts.Held.Since : now };
        if (decided.Problem == CrewProblem.Unknown) await VehicleCrew.RequestAsync(processing, facts.Vehicle!, ct);

        var crewVehicle = crew is null or { Problem: not CrewProblem.None } ? facts.CrewVehicle == facts.Vehicle ? facts.CrewVehicle : null : facts.Vehicle;
        if (decided != facts.Held || crewVehicle != facts.CrewVehicle)
            await db.WriteAsync(Save, ct, P.Uuid(transport), P.Uuid(decided.Driver), P.Uuid(decided.CoDriver), P.Text(crewVehicle), P.Text(NameOf(decided.Problem)), P.Time(decided.Since));
        if (await IsToBeDecidedAnewAsync(db, transport, facts, decided, ct)) await ReopenAsync(processing, transport, now, ct);
        await FollowAsync(processing, transport, facts.Held, decided, ct);
        return (decided, await NextLookAsync(db, facts, decided, now, ct));
    }

    private const string FindDecliner = """
        select m.driver_id
        from fleet.transport_events e
        join fleet.message_logs m on m.tenant_id = e.tenant_id and m.id = e.message_id
        where e.tenant_id = $1
          and e.transport_id = $2
          and e.what = 'declined'
        order by e.happened_at desc
        limit 1
        """;

    // What somebody answered who has it no more is nobody's answer. Given to him once more, it is to be answered once more.
    private static async Task<bool> IsToBeDecidedAnewAsync(TenantDb db, Guid transport, CrewFacts facts, TransportCrew crew, CancellationToken ct) => facts.Status switch
    {
        TransportStatus.Accepted => !facts.Held.IsEmpty && !crew.SharesAnybodyWith(facts.Held),
        TransportStatus.Declined when crew.IsEmpty => false,
        TransportStatus.Declined => await db.FindAsync(FindDecliner, row => row.GuidOrNull(0), ct, P.Uuid(transport)) is { } decliner
            ? !crew.Includes(decliner) || !facts.Held.Includes(decliner)
            : !crew.SharesAnybodyWith(facts.Held),
        _ => false,
    };

    private static async Task ReopenAsync(Processing processing, Guid id, DateTimeOffset now, CancellationToken ct)
    {
        if (await TransportSql.LockAsync(processing.Db, id, ct) is not { } transport) return;
        await TransportSql.SetStatusAsync(processing.Db, transport, TransportStatus.Assigned, now, processing.Time, ct);
        await TransportSql.TryNoteAsync(processing.Db, new(id, null, now, "assigned_again", "system", $"transport:{id:N}:assigned_again:{transport.StatusAt.ToUnixTimeMilliseconds()}"), processing.Time, ct);
    }

    private const string FindVehicle = """
        select samsara_vehicle_id
        from fleet.transports
        where tenant_id = $1
          and id = $2
          and crew_vehicle_id = samsara_vehicle_id
        """;

    /// <summary>Whether none of those who were on board then is now.</summary>
    public static async Task<bool> HasChangedHandsAsync(Processing processing, Guid transport, TransportCrew crew, DateTimeOffset then, CancellationToken ct)
    {
        if (crew.IsEmpty || await processing.Db.FindAsync(FindVehicle, row => row.GetString(0), ct, P.Uuid(transport)) is not { } vehicle) return false;
        var before = await VehicleCrew.FindAsync(processing.Db, vehicle, then, processing.Time.GetUtcNow(), ct);
        if (before.Problem != CrewProblem.None) return false;
        var enrolled = await FindEnrolledAsync(processing.Db, [before.Driver, before.CoDriver], ct);
        return enrolled.Count > 0 && !enrolled.Values.Any(crew.Includes);
    }

    /// <summary>A dispatcher has to say who drives.</summary>
    /// <returns>The alert's code.</returns>
    public static async Task<string> TellDispatcherAsync(Processing processing, Guid transport, CrewProblem problem, CancellationToken ct)
    {
        await Alerts.RaiseAsync(processing.Db, processing.Time, Codes[problem], Alerts.Warning, transport.ToString(), ct);
        return Codes[problem];
    }

    private static async Task<Crew> FindCrewAsync(Processing processing, CrewFacts facts, DateTimeOffset? happenedAt, string? seen, CancellationToken ct)
    {
        var now = processing.Time.GetUtcNow();
        var crew = await VehicleCrew.FindAsync(processing.Db, facts.Vehicle!, facts.Moment(now), now, ct);
        if (crew.Problem == CrewProblem.Unknown && processing.Settings.Samsara is null && seen is not null) return new(seen, null, CrewProblem.None, now);
        if (crew.Problem != CrewProblem.Nobody || happenedAt is not { } then) return crew;
        return await VehicleCrew.FindAsync(processing.Db, facts.Vehicle!, then, now, ct) is { Problem: CrewProblem.None } before ? before : crew;
    }

    // Whoever else has it now is told how it stands; who had it, that it is not his any more; and what was not told for want of a driver is.
    private static async Task FollowAsync(Processing processing, Guid transport, TransportCrew before, TransportCrew crew, CancellationToken ct)
    {
        if (before.Problem != CrewProblem.None && before.Problem != crew.Problem)
            await Alerts.CloseAsync(processing.Db, processing.Time, Codes[before.Problem], transport.ToString(), ct);
        var isSolved = before.Problem != CrewProblem.None && crew.Problem == CrewProblem.None;
        if (crew.HasSamePeopleAs(before) && !isSolved) return;
        var now = processing.Time.GetUtcNow();
        // Signing in and out is an edit like any other: it settles.
        var dueAt = crew.HasSamePeopleAs(before) ? now : now + processing.Settings.Rules.RouteAssigned.Settle;
        await RoutePlans.RemindAllAsync(processing.Db, processing.Time, transport, dueAt, ct);
        // Who comes first to what we have just heard of has seen it all.
        if (!before.IsEmpty || (before.Problem != CrewProblem.None && !before.MustWait(now))) await StopTold.RemindAsync(processing, transport, dueAt, ct);
    }

    private const string FindNextChange = """
        select min(c.at)
        from fleet.vehicle_assignments a
        cross join lateral (values (a.starts_at), (a.ends_at)) as c (at)
        where a.tenant_id = $1
          and a.samsara_vehicle_id = $2
          and c.at > $3
        """;

    // Who is planned to take over is at the wheel then, and no fact says so.
    private static async Task<DateTimeOffset?> NextLookAsync(TenantDb db, CrewFacts facts, TransportCrew crew, DateTimeOffset now, CancellationToken ct)
    {
        if (facts.AsksFrom is not { } from) return null;
        if (from > now) return from;
        if (crew.Problem == CrewProblem.Unknown) return crew.MustWait(now) ? now + TransportCrew.AskAgain : facts.StartsAt < now - Forgotten ? null : now + Slower(now - crew.Since);
        return await db.FindAsync(FindNextChange, row => row.TimeOrNull(0), ct, P.Text(facts.Vehicle), P.Time(now));
    }

    // What could not be told for long is asked ever less often.
    private static TimeSpan Slower(TimeSpan? since) => TimeSpan.FromMinutes(Math.Clamp((since ?? TimeSpan.Zero).TotalMinutes / 10, 1, 60));

    /// <returns>Ids of ours, by Samsara's: those whom we know.</returns>
    public static async Task<Dictionary<string, Guid>> FindEnrolledAsync(TenantDb db, IEnumerable<string?> samsaraIds, CancellationToken ct)
    {
        string?[] asked = [.. samsaraIds.Where(id => id is not null).Distinct()];
        return asked.Length == 0 ? [] : (await db.ListAsync(ListEnrolled, row => (SamsaraId: row.GetString(0), Id: row.GetGuid(1)), ct, P.Texts(asked))).ToDictionary(row => row.SamsaraId, row => row.Id);
    }

    private static CrewFacts Read(Npgsql.NpgsqlDataReader row)
        => new(row.TextOrNull(0), row.TextOrNull(1), row.TextOrNull(2), ReadCrew(row, 3), row.GetString(7), row.TimeOrNull(8));

    /// <summary>Reads <c>driver_id, co_driver_id, crew_problem, crew_problem_at</c>.</summary>
    public static TransportCrew ReadCrew(Npgsql.NpgsqlDataReader row, int first) => new(row.GuidOrNull(first), row.GuidOrNull(first + 1), row.TextOrNull(first + 2) switch
    {
        "unknown" => CrewProblem.Unknown,
        "nobody" => CrewProblem.Nobody,
        "too_many" => CrewProblem.TooMany,
        _ => CrewProblem.None,
    }, row.TimeOrNull(first + 3));

    private static string? NameOf(CrewProblem problem) => problem switch
    {
        CrewProblem.Unknown => "unknown",
        CrewProblem.Nobody => "nobody",
        CrewProblem.TooMany => "too_many",
        _ => null,
    };
}
