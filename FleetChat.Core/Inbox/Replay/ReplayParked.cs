using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Inbox.Replay;

/// <param name="Items">Of <see cref="ListParked"/>.</param>
/// <param name="Actor">Who asks, for the audit trail.</param>
public sealed record ReplayParkedInput(TenantId Tenant, IReadOnlyList<ParkedItem> Items, string Actor);

/// <summary>Gives parked work back to its lanes with all its attempts before it; the sweep finds it within seconds. One that is at work again meanwhile is left alone.</summary>
public sealed class ReplayParked(TenantDbs dbs, TimeProvider time)
{
    /// <returns>Those that were given back.</returns>
    public async Task<IReadOnlyList<ParkedItem>> HandleAsync(ReplayParkedInput input, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        List<ParkedItem> given = [];
        foreach (var item in input.Items.Where(i => i.CanReplay && i.TenantId == input.Tenant))
        {
            if (!await TryGiveAsync(db, item, ct)) continue;
            db.Audit(time, input.Actor, "parked.replayed", item.Ref, item.Kind);
            given.Add(item);
        }
        await db.CommitAsync(ct);
        return given;
    }

    private async Task<bool> TryGiveAsync(TenantTransaction db, ParkedItem item, CancellationToken ct)
    {
        var (now, id) = (P.Time(time.GetUtcNow()), item.Ref[(item.Ref.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        if (item.Ref.StartsWith(Causes.EventPrefix, StringComparison.Ordinal))
            return await CloseAsync(AlertCodes.InboxParked, id, await db.ExecuteAsync(GiveEvent, ct, now, P.Uuid(Guid.Parse(id)), P.Days(InboxDays.Of([Guid.Parse(id)]))));
        if (item.Ref.StartsWith(Causes.CallPrefix, StringComparison.Ordinal)) return await db.ExecuteAsync(GiveCall, ct, now, P.Uuid(Guid.Parse(id))) == 1;
        if (item.Ref.StartsWith(ListParked.WebhookPrefix, StringComparison.Ordinal))
            return id.Split(':') is [var endpoint, var delivery] && await db.ExecuteAsync(GiveWebhook, ct, now, P.Uuid(Guid.Parse(endpoint)), P.Uuid(Guid.Parse(delivery))) == 1;
        if (!item.Ref.StartsWith(Causes.ReminderPrefix, StringComparison.Ordinal) || id.Split(':', 2) is not [var kind, var subject]) return false;
        return await CloseAsync(AlertCodes.ReminderParked, subject, await db.ExecuteAsync(GiveReminder, ct, now, P.Text(kind), P.Text(subject)));

        // What people were told of is being seen to; should it fail again, they are told again.
        async Task<bool> CloseAsync(string code, string about, int changed)
        {
            if (changed == 1) await Alerts.CloseAsync(db, time, code, about, ct);
            return changed == 1;
        }
    }

    private const string GiveEvent = """
        update fleet.inbox
        set status = 'pending', attempts = 0, due_at = $2
        where tenant_id = $1
          and id = $3
          and received_on = any($4)
          and status = 'parked'
        """;

    private const string GiveReminder = """
        update fleet.reminders
        set due_at = $2, attempts = 0
        where tenant_id = $1
          and kind = $3
          and subject = $4
          and due_at = 'infinity'
        """;

    private const string GiveCall = """
        update fleet.calls
        set status = 'waiting', attempts = 0, due_at = $2, finished_at = null
        where tenant_id = $1
          and id = $3
          and status = 'failed'
        """;

    private const string GiveWebhook = """
        update fleet.webhook_deliveries
        set status = 'waiting', attempts = 0, due_at = $2, armed_at = $2, finished_at = null
        where tenant_id = $1
          and endpoint_id = $3
          and id = $4
          and status = 'failed'
        """;
}
