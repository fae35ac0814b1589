using System.ComponentModel.DataAnnotations;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Messaging.Pauses;

/// <param name="Scope"><c>platform</c>, <c>number</c> or <c>tenant</c>.</param>
/// <param name="Subject">Meta's phone_number_id, or a company's id.</param>
/// <param name="Reason">Left out: other.</param>
/// <param name="From">Left out: now.</param>
/// <param name="Until">Left out: until somebody ends it.</param>
public sealed record PlatformPauseWanted(
    [OneOf(Pause.OfPlatform, Pause.OfNumber, Pause.OfTenant), Required] string? Scope = null,
    string? Subject = null,
    [OneOf(typeof(PauseWanted), nameof(PauseWanted.Reasons))] string? Reason = null,
    DateTimeOffset? From = null,
    DateTimeOffset? Until = null);

/// <summary>
/// Pauses by FleetChat's operators: of all sending, of a number whoever has it, and of a company. The first two are asked for before each look
/// at a lane, so what this process knows is at most a second old; real time, because it is the load that is spared.
/// </summary>
public sealed class PlatformPauses(SystemDb system, TenantPauses ofTenants, TimeProvider time)
{
    private static readonly long Fresh = (long)TimeSpan.FromSeconds(1).TotalMilliseconds;

    // Replaced whole: many senders read it at once.
    private Known? _known;

    public async Task<Result<Pause>> PauseAsync(PlatformPauseWanted wanted, string actor, CancellationToken ct)
    {
        PauseWanted times = new(wanted.Reason, wanted.From, wanted.Until);
        if (wanted.Scope is not (Pause.OfPlatform or Pause.OfNumber or Pause.OfTenant)) return PauseErrors.ScopeUnknown;
        if ((wanted.Scope == Pause.OfPlatform) != (wanted.Subject is null or "")) return PauseErrors.SubjectUnknown;
        if (wanted.Scope == Pause.OfTenant)
            return TenantId.TryParse(wanted.Subject!, out var tenant) ? await ofTenants.PauseAsync(new(tenant, times, ByPlatform: true, actor), ct) : GetTenant.NotFound;
        if (wanted.Scope == Pause.OfNumber && !IsNumber(wanted.Subject!)) return PauseErrors.SubjectUnknown;
        var now = time.GetUtcNow();
        if (times.FindFault(now) is { } fault) return fault;

        var pause = times.Of(time, wanted.Scope, wanted.Subject ?? "", isPlatforms: true, actor);
        var open = await ReadOpenAsync(ct);
        if (open.FirstOrDefault(p => p.IsSame(pause, now)) is { } same) return same;
        if (open.Count >= TenantPauses.Most) return PauseErrors.TooMany;
        var entry = AuditEntry.Of(time, actor, "sending.paused", pause.Id.ToString(), $"{pause.Scope} {pause.Reason}", new(null, new { pause.From, pause.Until }));
        await system.ActAsync(entry, Insert, ct, [P.Uuid(pause.Id), P.Text(pause.Scope), P.Text(pause.Subject), .. pause.Times]);
        await ReadOpenAsync(ct);
        return pause;
    }

    public async Task<Result<Pause>> EndAsync(Guid id, string actor, CancellationToken ct)
    {
        if (await FindAsync(id, ct) is not { } pause) return PauseErrors.NotFound;
        if (!pause.IsOpen(time.GetUtcNow())) return pause;
        if (await system.FindAsync(FindRestore, row => row.GetBoolean(0), ct, P.Uuid(id))) return PauseErrors.OfRestore;
        await system.ActAsync(AuditEntry.Of(time, actor, "sending.resumed", id.ToString(), pause.Scope, change: null), End, ct, P.Uuid(id), P.Time(time.GetUtcNow()), P.Text(actor));
        await ReadOpenAsync(ct);
        return (await FindAsync(id, ct))!;
    }

    /// <summary>Of all and of numbers, the newest first; a company's are listed with it.</summary>
    public async Task<PauseList> ListAsync(CancellationToken ct) => new(await system.ListAsync(List, Read, ct));

    /// <returns>The one that ends last of those that hold what this number sends; null: none does.</returns>
    internal async Task<Pause?> FindRunningAsync(string? phoneNumberId, DateTimeOffset now, CancellationToken ct)
    {
        var open = _known is { } known && Environment.TickCount64 - known.ReadAt < Fresh ? known.Open : await ReadOpenAsync(ct);
        return open.Where(pause => pause.IsRunning(now) && (pause.Scope == Pause.OfPlatform || pause.Subject == phoneNumberId)).MaxBy(pause => pause.Until ?? DateTimeOffset.MaxValue);
    }

    private static bool IsNumber(string text) => text.Length is > 0 and <= 30 && text.All(char.IsAsciiDigit);

    private async Task<IReadOnlyList<Pause>> ReadOpenAsync(CancellationToken ct)
    {
        var open = await system.ListAsync(ListOpen, Read, ct, P.Time(time.GetUtcNow()));
        _known = new(open, Environment.TickCount64);
        return open;
    }

    private const string Columns = "id, scope, subject, reason, begins_at, ends_at, set_by, set_at, ended_at, ended_by";

    private const string ListOpen = $"""
        select {Columns}
        from fleet.platform_pauses
        where ended_at is null
          and (ends_at is null or ends_at > $1)
        """;

    private const string List = $"""
        select {Columns}
        from fleet.platform_pauses
        order by coalesce(ended_at, ends_at) desc nulls first, set_at desc, id desc
        limit 200
        """;

    private const string Find = $"""
        select {Columns}
        from fleet.platform_pauses
        where id = $1
        """;

    private Task<Pause?> FindAsync(Guid id, CancellationToken ct) => system.FindAsync(Find, Read, ct, P.Uuid(id));

    private const string Insert = """
        insert into fleet.platform_pauses (id, scope, subject, reason, begins_at, ends_at, set_by, set_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string End = """
        update fleet.platform_pauses
        set ended_at = $2, ended_by = $3
        where id = $1
          and ended_at is null
        """;

    private const string FindRestore = """
        select true
        from fleet.platform_restores
        where pause_id = $1
          and ended_at is null
        """;

    private sealed record Known(IReadOnlyList<Pause> Open, long ReadAt);

    private static Pause Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), ByPlatform: true, row.GetString(3), row.Time(4), row.TimeOrNull(5), row.GetString(6), row.Time(7), row.TimeOrNull(8), row.TextOrNull(9));
}
