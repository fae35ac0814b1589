using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Inbox.Replay;

/// <summary>What parked work would lead to, if it were done now.</summary>
/// <param name="Outcome">The decision and its reason, or why it would fail again.</param>
/// <param name="Messages">That would be made.</param>
/// <param name="Calls">Kinds of the calls that would be asked for.</param>
public sealed record DryRun(string Outcome, bool Fails, IReadOnlyList<DryMessage> Messages, IReadOnlyList<string> Calls)
{
    private const string ListMessages = """
        select reason, kind, driver_id
        from fleet.message_logs
        where tenant_id = $1
          and cause = $2
          and direction = 'outbound'
          and created_at >= $3
        order by created_at, id
        """;

    private const string ListCalls = """
        select kind
        from fleet.calls
        where tenant_id = $1
          and cause = $2
          and created_at >= $3
        order by created_at, id
        """;

    /// <summary>In the transaction that did the work, before it is rolled back.</summary>
    internal static async Task<DryRun> ReadAsync(TenantTransaction db, string outcome, DateTimeOffset begunAt, CancellationToken ct) => new(
        outcome, Fails: false,
        await db.ListAsync(ListMessages, row => new DryMessage(row.GetString(0), row.GetString(1), row.GuidOrNull(2)), ct, P.Text(db.Cause), P.Time(begunAt)),
        await db.ListAsync(ListCalls, row => row.GetString(0), ct, P.Text(db.Cause), P.Time(begunAt)));

    internal static DryRun Failing(string reason) => new(reason, Fails: true, [], []);
}

/// <param name="Reason">The rule.</param>
public sealed record DryMessage(string Reason, string Kind, Guid? DriverId);

/// <summary>Does parked work in a transaction that is rolled back.</summary>
public sealed class TryParked(ProcessLane events, HandleReminders reminders)
{
    /// <returns>Null: it is not parked any more, or somebody has it at this moment.</returns>
    public async Task<DryRun?> HandleAsync(ParkedItem item, CancellationToken ct)
    {
        var id = item.Ref[(item.Ref.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (item.Ref.StartsWith(Causes.EventPrefix, StringComparison.Ordinal)) return await events.TryAsync(item.TenantId, Guid.Parse(id), ct);
        if (Causes.ReminderIn(item.Ref) is { } subject && subject.Split(':', 2) is [var kind, var about]) return await reminders.TryAsync(item.TenantId, new(kind, about), ct);
        // Nobody outside is asked for a trial.
        return item.CanReplay ? new("would be asked of the outside again", Fails: false, [], []) : DryRun.Failing("can't be given back");
    }
}
