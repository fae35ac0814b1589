using FleetChat.Core.Data;

namespace FleetChat.Core.Messaging.Rates;

/// <summary>What a number may send at this moment.</summary>
/// <param name="Free">So many messages.</param>
/// <param name="FullUntil">If as many are sent: when there is room for the next ones.</param>
public sealed record NumberRoom(int Free, DateTimeOffset FullUntil)
{
    /// <summary>Nothing was sent by it before.</summary>
    public bool IsNew { get; init; }
}

/// <summary>
/// How fast a number may send: so many messages a second, in and out together (130429). What was sent and received in the last second
/// is counted where it lies, with the number's row locked, so that all processes keep one measure and none that dies loses it.
/// </summary>
public static class NumberRate
{
    /// <summary>Meta's throughput level STANDARD.</summary>
    public const int Standard = 80;

    /// <summary>Meta's throughput level HIGH.</summary>
    public const int High = 1000;

    /// <summary>Meta's error for what came too fast from one number.</summary>
    internal const int TooFast = 130429;

    /// <summary>A little more than Meta's second, because calls overtake each other on the way.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(1040);

    /// <summary>A number that is full is looked at again when a few may go, and not for each one.</summary>
    private const int AtOnce = 8;

    /// <param name="passed">When messages went out or came in within the <see cref="Window"/>, in order.</param>
    public static NumberRoom Of(int perSecond, IReadOnlyList<DateTimeOffset> passed, DateTimeOffset now)
    {
        var free = Math.Max(0, perSecond - passed.Count);
        // The messages whose leaving the window makes room; those that go now are the last of them.
        var leaving = Math.Min(Math.Max(0, passed.Count - perSecond) + Math.Min(AtOnce, perSecond) - 1, passed.Count + free - 1);
        return new(free, (leaving < passed.Count ? passed[leaving] : now) + Window);
    }

    private const string Lock = """
        select per_second
        from fleet.number_rates
        where tenant_id = $1
          and phone_number_id = $2
        for no key update
        """;

    private const string ListPassed = """
        select started_at
        from fleet.attempts
        where tenant_id = $1
          and started_at > $2
        union all
        select created_at
        from fleet.message_logs
        where tenant_id = $1
          and direction = 'inbound'
          and created_at > $2
        order by 1
        """;

    private const string Insert = """
        insert into fleet.number_rates (tenant_id, phone_number_id, per_second)
        values ($1, $2, $3)
        on conflict (tenant_id, phone_number_id) do nothing
        """;

    /// <summary>Holds the number until the transaction ends: what it sends by then is counted for whoever comes next.</summary>
    internal static async Task<(NumberRoom Room, DateTimeOffset Now)> LockAsync(TenantTransaction db, string phoneNumberId, TimeProvider time, CancellationToken ct)
    {
        for (var isNew = false; ; isNew = true)
        {
            await using (var batch = db.Batch().Add(Lock, P.Text(phoneNumberId)).Add(ListPassed, P.Time(time.GetUtcNow() - Window)))
            {
                await using var reader = await batch.ReadAsync(ct);
                var perSecond = await reader.ListAsync(row => row.GetInt32(0), ct);
                var passed = await reader.ListAsync(row => row.Time(0), ct);
                // Somebody may have been waited for.
                var now = time.GetUtcNow();
                if (perSecond is [var most]) return (Of(most, [.. passed.SkipWhile(at => at <= now - Window)], now) with { IsNew = isNew }, now);
            }
            await db.ExecuteAsync(Insert, ct, P.Text(phoneNumberId), P.Number(Standard));
        }
    }

    private const string SetRate = """
        insert into fleet.number_rates as r (tenant_id, phone_number_id, per_second)
        values ($1, $2, $3)
        on conflict (tenant_id, phone_number_id) do update
        set per_second = excluded.per_second
        where r.per_second <> excluded.per_second
        """;

    internal static Task SetAsync(TenantDb db, string phoneNumberId, int perSecond, CancellationToken ct) => db.ExecuteAsync(SetRate, ct, P.Text(phoneNumberId), P.Number(perSecond));
}
