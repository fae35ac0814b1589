using FleetChat.Core.Data;

namespace FleetChat.Core.Inbox;

/// <summary>Makes the inbox's days ahead, drops those that are over, and forgets old dedupe keys.</summary>
public sealed class KeepInbox(SystemDb db, TimeProvider time)
{
    private const int DaysAhead = 14;

    /// <summary>Senders redeliver for seven days at the most; four times that leaves room for a bad month.</summary>
    private const int DaysKept = 30;

    public async Task HandleAsync(CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        await PrepareAsync(db, today.AddDays(-1), today.AddDays(DaysAhead), ct);
        foreach (var day in await ListOverAsync(db, today.AddDays(-DaysKept), ct)) await DropAsync(db, day, ct);
        await ForgetKeysAsync(db, time.GetUtcNow().AddDays(-DaysKept), ct);
    }

    private const string Prepare = """
        select fleet.prepare_inbox($1, $2)
        """;

    private static Task PrepareAsync(SystemDb db, DateOnly first, DateOnly last, CancellationToken ct)
        => db.ExecuteAsync(Prepare, ct, P.Day(first), P.Day(last));

    // A day that still holds work stays, however old it is.
    private const string ListOver = """
        select i.received_on
        from fleet.inbox i
        where i.received_on < $1
        group by i.received_on
        having not bool_or(i.status = 'pending')
        order by i.received_on
        """;

    private static Task<List<DateOnly>> ListOverAsync(SystemDb db, DateOnly before, CancellationToken ct)
        => db.ListAsync(ListOver, row => row.GetFieldValue<DateOnly>(0), ct, P.Day(before));

    private const string Drop = """
        select fleet.drop_inbox_day($1)
        """;

    private static Task DropAsync(SystemDb db, DateOnly day, CancellationToken ct) => db.ExecuteAsync(Drop, ct, P.Day(day));

    private const string ForgetKeys = """
        delete from fleet.inbox_keys
        where received_at < $1
        """;

    private static Task ForgetKeysAsync(SystemDb db, DateTimeOffset before, CancellationToken ct) => db.ExecuteAsync(ForgetKeys, ct, P.Time(before));
}
