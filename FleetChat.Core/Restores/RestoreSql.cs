using FleetChat.Core.Data;

namespace FleetChat.Core.Restores;

/// <param name="Pause">Of all sending.</param>
/// <param name="EndedAt">Null: it is open.</param>
/// <param name="LookedThroughAt">When all that can settle a doubt was looked through for the first time.</param>
internal sealed record OpenRestore(Guid Id, DateTimeOffset RestoredTo, DateTimeOffset BegunAt, Guid Pause, int NumbersLeft, DateTimeOffset? EndedAt, DateTimeOffset? LookedThroughAt);

internal static class RestoreSql
{
    private const string FindNewest = """
        select id, restored_to, begun_at, pause_id, numbers_left, ended_at, looked_through_at
        from fleet.platform_restores
        order by ended_at is null desc, begun_at desc
        limit 1
        """;

    /// <summary>The one that is open, else the last one.</summary>
    public static Task<OpenRestore?> FindNewestAsync(SystemDb db, CancellationToken ct)
        => db.FindAsync(FindNewest, row => new OpenRestore(row.GetGuid(0), row.Time(1), row.Time(2), row.GetGuid(3), row.GetInt32(4), row.TimeOrNull(5), row.TimeOrNull(6)), ct);

    /// <summary>For a statement of a company: whether its restore is open.</summary>
    public const string IsOpen = "exists (select from fleet.restores r where r.tenant_id = $1 and r.ended_at is null)";

    private const string FindOpen = $"select {IsOpen} where $1 <> ''";

    public static Task<bool> IsOpenAsync(TenantDb db, CancellationToken ct) => db.FindAsync(FindOpen, row => row.GetBoolean(0), ct);
}
