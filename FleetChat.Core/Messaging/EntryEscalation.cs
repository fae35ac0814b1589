using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Messaging;

/// <summary>
/// Something waits for a dispatcher and nobody takes it: people are alerted when the company's time for it is over, and once more an
/// hour later. What was taken or handled meanwhile is left alone.
/// </summary>
public sealed class EntryEscalation : IReminderHandler
{
    /// <summary>Of the reminders; lies in rows, so it never changes.</summary>
    public const string Name = "dispatcher_entry";

    private const int MostAlerts = 2;
    private static readonly TimeSpan UntilAgain = TimeSpan.FromHours(1);

    public string Kind => Name;

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        var (db, time) = (processing.Db, processing.Time);
        if (await TryEscalateAsync(db, Guid.ParseExact(reminder.Subject, "N"), ct) is not { } escalated) return new("taken or handled");
        await Alerts.RaiseAsync(db, time, AlertCodes.DispatcherWaiting, Alerts.Warning, escalated.Conversation.ToString(), ct);
        return new("alerted", escalated.Alerts < MostAlerts ? time.GetUtcNow() + UntilAgain : null);
    }

    private const string TryEscalate = """
        update fleet.dispatcher_entries
        set escalations = escalations + 1
        where tenant_id = $1
          and id = $2
          and handled_at is null
          and taken_at is null
        returning conversation_id, escalations
        """;

    private static Task<(Guid Conversation, short Alerts)?> TryEscalateAsync(TenantDb db, Guid entry, CancellationToken ct)
        => db.FindAsync<(Guid, short)?>(TryEscalate, row => (row.GetGuid(0), row.GetInt16(1)), ct, P.Uuid(entry));
}
