using FleetChat.Core.Data;
using FleetChat.Core.Transports;
using Npgsql;

namespace FleetChat.Core.Messaging.Holds;

/// <summary>A driver for whom something is held.</summary>
/// <param name="Vehicle">Samsara's id of the one whose wheel is his, as far as that is known.</param>
/// <param name="HeldAt">Since when the oldest of it waits.</param>
/// <param name="DroveAt">When he was seen driving last.</param>
internal sealed record WaitingDriver(Guid Id, string SamsaraId, string? Vehicle, DateTimeOffset HeldAt, DateTimeOffset? DroveAt);

internal static class HoldSql
{
    private const string Insert = """
        insert into fleet.holds (tenant_id, id, message_id, driver_id, held_at)
        select $1, g.id, o.message_id, o.driver_id, $4
        from unnest($2, $3) as g (id, outbound_id)
        join fleet.outbound o on o.tenant_id = $1 and o.id = g.outbound_id
        on conflict (tenant_id, message_id) where released_at is null do nothing
        """;

    // It is looked at again when it is worth nothing any more, and soon in any case, whatever became of whoever watches.
    private const string Postpone = """
        update fleet.outbound
        set due_at = least(valid_until + interval '1 millisecond', $3)
        where tenant_id = $1
          and id = any($2)
          and status = 'waiting'
        """;

    public static async Task HoldAsync(TenantDb db, TimeProvider time, Guid[] outbound, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(Insert, P.Uuids(Array.ConvertAll(outbound, _ => time.NewId())), P.Uuids(outbound), P.Time(now))
            .Add(Postpone, P.Uuids(outbound), P.Time(now + WatchWheel.LongestDoubt + WatchWheel.Interval));
        await batch.ExecuteAsync(ct);
    }

    private const string LetGo = """
        update fleet.holds
        set released_at = $3, release = 'unknown'
        where tenant_id = $1
          and message_id = any($2)
          and released_at is null
        """;

    /// <summary>They waited long enough for somebody to look.</summary>
    public static Task LetGoAsync(TenantDb db, Guid[] messages, DateTimeOffset now, CancellationToken ct) => db.ExecuteAsync(LetGo, ct, P.Uuids(messages), P.Time(now));

    // Whose truck it is: by what Samsara said of the wheel a moment ago, else by the trip he is on.
    private const string ListWaiting = """
        select d.id, d.samsara_driver_id,
               coalesce((
                   select a.samsara_vehicle_id
                   from fleet.vehicle_assignments a
                   join fleet.vehicle_looks l on l.tenant_id = $1 and l.samsara_vehicle_id = a.samsara_vehicle_id and l.looked_at >= $3
                   where a.tenant_id = $1
                     and a.samsara_driver_id = d.samsara_driver_id
                     and not a.is_passenger
                     and a.starts_at <= $2
                     and (a.ends_at is null or a.ends_at > $2)
                   order by a.starts_at desc, a.samsara_vehicle_id
                   limit 1), (
                   select t.samsara_vehicle_id
                   from fleet.transports t
                   where t.tenant_id = $1
                     and t.driver_id = d.id
                     and t.samsara_vehicle_id is not null
                     and t.status in ('en_route', 'arrived', 'loaded')
                   order by t.status_at desc, t.id
                   limit 1)),
               h.held_at, w.drove_at
        from (
            select driver_id, min(held_at) as held_at
            from fleet.holds
            where tenant_id = $1
              and released_at is null
            group by driver_id
        ) h
        join fleet.drivers d on d.tenant_id = $1 and d.id = h.driver_id
        left join fleet.wheel_looks w on w.tenant_id = $1 and w.driver_id = h.driver_id
        order by d.id
        """;

    public static Task<List<WaitingDriver>> ListWaitingAsync(TenantDb db, DateTimeOffset now, CancellationToken ct)
        => db.ListAsync(ListWaiting, row => new WaitingDriver(row.GetGuid(0), row.GetString(1), row.TextOrNull(2), row.Time(3), row.TimeOrNull(4)),
            ct, P.Time(now), P.Time(now - VehicleCrew.Fresh));

    private const string NoteLooks = """
        insert into fleet.wheel_looks as w (tenant_id, driver_id, looked_at, state, drove_at)
        select $1, g.driver_id, $4, g.state, case when g.state = 'driving' then $4 end
        from unnest($2, $3) as g (driver_id, state)
        order by g.driver_id
        on conflict (tenant_id, driver_id) do update
        set looked_at = excluded.looked_at, state = excluded.state, drove_at = coalesce(excluded.drove_at, w.drove_at)
        """;

    private const string NoteReasons = """
        update fleet.holds h
        set reason = g.source
        from unnest($2, $3) as g (driver_id, source)
        where h.tenant_id = $1
          and h.driver_id = g.driver_id
          and h.released_at is null
          and g.source is not null
        """;

    // What was held comes in the order in which it would have come.
    private const string Release = """
        with released as (
            update fleet.holds h
            set released_at = $4, release = g.state
            from unnest($2, $3) as g (driver_id, state)
            where h.tenant_id = $1
              and h.driver_id = g.driver_id
              and h.released_at is null
              and g.state <> 'driving'
            returning h.message_id, h.held_at
        )
        update fleet.outbound o
        set due_at = r.held_at
        from released r
        where o.tenant_id = $1
          and o.message_id = r.message_id
          and o.status = 'waiting'
        returning o.conversation_id
        """;

    private const string CloseOver = """
        update fleet.holds h
        set released_at = $2, release = 'over'
        where h.tenant_id = $1
          and h.released_at is null
          and not exists (
              select
              from fleet.outbound o
              where o.tenant_id = $1
                and o.message_id = h.message_id
                and o.status = 'waiting')
        """;

    private const string AnyOpen = """
        select exists (select from fleet.holds where tenant_id = $1 and released_at is null)
        """;

    /// <summary>Writes down what was seen, and lets go what need not wait any longer.</summary>
    /// <returns>Conversations that have something to be sent now, and whether anything still waits.</returns>
    public static async Task<(IReadOnlyList<Guid> Released, bool IsAnyHeld)> SettleAsync(
        TenantDb db, IReadOnlyList<(Guid Driver, Wheel Wheel)> seen, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(NoteLooks, Drivers(), States(), P.Time(now))
            .Add(NoteReasons, Drivers(), P.Texts([.. seen.Select(s => s.Wheel.State == WheelState.Driving ? s.Wheel.Source : null)]))
            .Add(Release, Drivers(), States(), P.Time(now))
            .Add(CloseOver, P.Time(now))
            .Add(AnyOpen);
        await using var reader = await batch.ReadAsync(ct);
        var released = await reader.ListAsync(row => row.GetGuid(0), ct);
        return (released, (await reader.ListAsync(row => row.GetBoolean(0), ct))[0]);

        NpgsqlParameter Drivers() => P.Uuids([.. seen.Select(s => s.Driver)]);

        NpgsqlParameter States() => P.Texts([.. seen.Select(s => s.Wheel.State)]);
    }
}
