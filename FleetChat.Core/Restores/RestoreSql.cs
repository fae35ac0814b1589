using FleetChat.Core.Data;

namespace FleetChat.Core.Restores;

/// <param name="Pause">Of all sending.</param>
/// <param name="EndedAt">Null: it is open.</param>
internal sealed record OpenRestore(Guid Id, DateTimeOffset RestoredTo, DateTimeOffset BegunAt, Guid Pause, DateTimeOffset? EndedAt);

internal static class RestoreSql
{
    private const string FindNewest = """
        select id, restored_to, begun_at, pause_id, ended_at
        from fleet.platform_restores
        order by ended_at is null desc, begun_at desc
        limit 1
        """;

    /// <summary>The one that is open, else the last one.</summary>
    public static Task<OpenRestore?> FindNewestAsync(SystemDb db, CancellationToken ct)
        => db.FindAsync(FindNewest, row => new OpenRestore(row.GetGuid(0), row.Time(1), row.Time(2), row.GetGuid(3), row.TimeOrNull(4)), ct);
}
