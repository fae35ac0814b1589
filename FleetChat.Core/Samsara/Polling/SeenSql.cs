using FleetChat.Core.Data;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>A thing of Samsara's as the last look saw it.</summary>
/// <param name="Content">By <see cref="SeenContent"/>.</param>
/// <param name="IsOver">A route that is through: nothing more is to come of it.</param>
internal sealed record Seen(string Id, byte[] Content, DateTimeOffset? StartsAt, DateTimeOffset? EndsAt, bool IsOver, DateTimeOffset LookedAt);

internal static class SeenSql
{
    private const string List = """
        select object_id, content, starts_at, ends_at, is_over, looked_at
        from fleet.samsara_seen
        where tenant_id = $1
          and feed = $2
        """;

    public static async Task<Dictionary<string, Seen>> ListAsync(TenantDb db, string feed, CancellationToken ct)
        => (await db.ListAsync(List, row => new Seen(row.GetString(0), row.Bytes(1), row.TimeOrNull(2), row.TimeOrNull(3), row.GetBoolean(4), row.Time(5)), ct, P.Text(feed)))
            .ToDictionary(seen => seen.Id);

    private const string Put = """
        insert into fleet.samsara_seen (tenant_id, feed, object_id, content, starts_at, ends_at, is_over, looked_at)
        select $1, $2, g.object_id, g.content, g.starts_at, g.ends_at, g.is_over, g.looked_at
        from unnest($3, $4, $5, $6, $7, $8) as g (object_id, content, starts_at, ends_at, is_over, looked_at)
        on conflict (tenant_id, feed, object_id) do update
        set content = excluded.content, starts_at = excluded.starts_at, ends_at = excluded.ends_at, is_over = excluded.is_over, looked_at = excluded.looked_at
        """;

    private const string Forget = """
        delete from fleet.samsara_seen
        where tenant_id = $1
          and feed = $2
          and object_id = any($3)
        """;

    private const string ForgetAll = """
        delete from fleet.samsara_seen
        where tenant_id = $1
          and feed = $2
        """;

    /// <param name="isFirst">What was seen of another connection is forgotten.</param>
    public static async Task WriteAsync(TenantDb db, string feed, bool isFirst, IReadOnlyList<Seen> put, IReadOnlyList<string> forget, CancellationToken ct)
    {
        if (isFirst) await db.ExecuteAsync(ForgetAll, ct, P.Text(feed));
        await using var batch = db.Batch()
            .Add(Forget, P.Text(feed), P.Texts([.. forget]))
            .Add(Put, P.Text(feed), P.Texts([.. put.Select(s => s.Id)]), P.ByteArrays([.. put.Select(s => s.Content)]), P.Times([.. put.Select(s => s.StartsAt)]),
                P.Times([.. put.Select(s => s.EndsAt)]), P.Bools([.. put.Select(s => s.IsOver)]), P.Times([.. put.Select(s => (DateTimeOffset?)s.LookedAt)]));
        await batch.ExecuteAsync(ct);
    }
}
