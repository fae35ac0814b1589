using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Messaging.Pauses;

/// <param name="ByPlatform">An operator does it; else the company itself.</param>
public sealed record PauseInput(TenantId Tenant, PauseWanted Wanted, bool ByPlatform, string Actor);

public sealed record EndPauseInput(TenantId Tenant, Guid Id, bool ByPlatform, string Actor);

public sealed record PauseList(IReadOnlyList<Pause> Data);

/// <summary>
/// Holds what a company sends, at once or in a window. Events are taken in meanwhile; afterwards what is still valid goes out, at the pace
/// of its number. What a pause outlasted expires.
/// </summary>
public sealed class TenantPauses(TenantDbs dbs, TimeProvider time)
{
    internal const int Most = 100;

    public async Task<Result<Pause>> PauseAsync(PauseInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (input.Wanted.FindFault(now) is { } fault) return fault;
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await TenantLock.TakeAsync(db, ct) is null) return GetTenant.NotFound;
        var wanted = input.Wanted.Of(time, Pause.OfTenant, input.Tenant.Value, input.ByPlatform, input.Actor);
        var open = (await ListAsync(db, ct)).FindAll(pause => pause.IsOpen(now));
        if (open.Find(pause => pause.IsSame(wanted, now)) is { } same) return same;
        if (open.Count >= Most) return PauseErrors.TooMany;
        await db.WriteAsync(Insert, ct, [P.Uuid(wanted.Id), P.Bool(wanted.ByPlatform), .. wanted.Times]);
        db.Audit(time, input.Actor, "sending.paused", wanted.Id.ToString(), wanted.Reason, new(null, new { wanted.From, wanted.Until }));
        await db.CommitAsync(ct);
        return wanted;
    }

    /// <summary>Ended twice, it ended the first time.</summary>
    public async Task<Result<Pause>> EndAsync(EndPauseInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await db.FindAsync(Lock, row => Read(row, input.Tenant), ct, P.Uuid(input.Id)) is not { } pause) return PauseErrors.NotFound;
        if (pause.ByPlatform && !input.ByPlatform) return PauseErrors.SetByPlatform;
        if (!pause.IsOpen(now)) return pause;
        await db.WriteAsync(End, ct, P.Uuid(pause.Id), P.Time(now), P.Text(input.Actor));
        db.Audit(time, input.Actor, "sending.resumed", pause.Id.ToString());
        await db.CommitAsync(ct);
        return pause with { EndedAt = now, EndedBy = input.Actor };
    }

    /// <summary>The newest first.</summary>
    public async Task<Result<PauseList>> ListAsync(TenantId tenant, CancellationToken ct) => new PauseList(await ListAsync(dbs.For(tenant), ct));

    private const string Columns = "id, is_platforms, reason, begins_at, ends_at, set_by, set_at, ended_at, ended_by";

    // Those that end last come first: what is open stands before all that is over.
    private const string List = $"""
        select {Columns}
        from fleet.sending_pauses
        where tenant_id = $1
        order by coalesce(ended_at, ends_at) desc nulls first, set_at desc, id desc
        limit 200
        """;

    private static Task<List<Pause>> ListAsync(TenantDb db, CancellationToken ct) => db.ListAsync(List, row => Read(row, db.Tenant), ct);

    private const string Lock = $"""
        select {Columns}
        from fleet.sending_pauses
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    private const string Insert = """
        insert into fleet.sending_pauses (tenant_id, id, is_platforms, reason, begins_at, ends_at, set_by, set_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string End = """
        update fleet.sending_pauses
        set ended_at = $3, ended_by = $4
        where tenant_id = $1
          and id = $2
          and ended_at is null
        """;

    private static Pause Read(NpgsqlDataReader row, TenantId tenant) => new(
        row.GetGuid(0), Pause.OfTenant, tenant.Value, row.GetBoolean(1), row.GetString(2), row.Time(3), row.TimeOrNull(4), row.GetString(5), row.Time(6), row.TimeOrNull(7), row.TextOrNull(8));
}
