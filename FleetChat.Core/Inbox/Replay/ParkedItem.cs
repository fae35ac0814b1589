using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Inbox.Replay;

/// <summary>Work that failed too often, and rests until somebody gives it back. Ids, codes and times; no contents.</summary>
/// <param name="Ref">Its kind and id: <c>event:…</c>, <c>reminder:…</c>, <c>call:…</c>, <c>webhook:…</c>, <c>set_aside:…</c>.</param>
/// <param name="Reason">The error of the last attempt, as a code.</param>
/// <param name="Since">The last attempt's time, as far as it is kept.</param>
/// <param name="ExternalId">Samsara's id of an event.</param>
/// <param name="CanReplay">What was set aside can't be given back: the sender has to mend it.</param>
public sealed record ParkedItem(TenantId TenantId, string Ref, string Kind, string Reason, int Attempts, DateTimeOffset Since, string? ExternalId = null, bool CanReplay = true)
{
    /// <summary>By its whole reference, its id, or the sender's id.</summary>
    public bool IsNamed(string id) => Ref == id || ExternalId == id || Ref.EndsWith($":{(Guid.TryParse(id, out var own) ? own.ToString() : id)}", StringComparison.Ordinal);
}

/// <summary>What rests of a company.</summary>
public sealed class ListParked(TenantDbs dbs, DataKeys keys)
{
    internal const string WebhookPrefix = "webhook:";
    internal const string SetAsidePrefix = "set_aside:";

    /// <summary>Of each kind: more than people read.</summary>
    private const int Most = 500;

    public async Task<IReadOnlyList<ParkedItem>> HandleAsync(TenantId tenant, CancellationToken ct)
    {
        var (db, opener) = (dbs.For(tenant), new RowOpener(await keys.GetAsync(tenant, ct)));
        List<ParkedItem> items =
        [
            .. await db.ListAsync(Events, row => new ParkedItem(tenant, $"{Causes.EventPrefix}{row.GetGuid(0)}", $"{row.GetString(1)} {row.GetString(2)}", row.GetString(3), row.GetInt16(4), row.Time(5),
                row.GetString(1) == InboxSource.Samsara && row.BytesOrNull(6) is { } external ? opener.Text(EncryptedColumns.InboxExternalId, row.GetGuid(0), external) : null), ct, P.Number(Most)),
            .. await db.ListAsync(ListReminders, row => new ParkedItem(tenant, $"{Causes.ReminderPrefix}{row.GetString(0)}:{row.GetString(1)}", row.GetString(0), row.GetString(2), row.GetInt16(3), row.Time(4)), ct, P.Number(Most)),
            .. await db.ListAsync(ListCalls, row => new ParkedItem(tenant, $"{Causes.CallPrefix}{row.GetGuid(0)}", row.GetString(1), row.GetString(2), row.GetInt32(3), row.Time(4)), ct, P.Number(Most)),
            .. await db.ListAsync(ListWebhooks, row => new ParkedItem(tenant, $"{WebhookPrefix}{row.GetGuid(0)}:{row.GetGuid(1)}", row.GetString(2), row.GetString(3), row.GetInt32(4), row.Time(5),
                CanReplay: row.GetBoolean(6)), ct, P.Number(Most)),
            .. await db.ListAsync(ListSetAside, row => new ParkedItem(tenant, $"{SetAsidePrefix}{row.GetGuid(0)}", row.GetString(1), row.GetString(2), 0, row.Time(3), CanReplay: false), ct, P.Number(Most)),
        ];
        return items;
    }

    private const string Events = """
        select id, source, kind, coalesce(outcome, ''), attempts, due_at, external_id
        from fleet.inbox
        where tenant_id = $1
          and status = 'parked'
        order by received_on, id
        limit $2
        """;

    private const string ListReminders = """
        select kind, subject, coalesce(outcome, ''), attempts, created_at
        from fleet.reminders
        where tenant_id = $1
          and due_at = 'infinity'
        order by created_at, kind, subject
        limit $2
        """;

    private const string ListCalls = """
        select id, kind, coalesce(outcome, ''), attempts, finished_at
        from fleet.calls
        where tenant_id = $1
          and status = 'failed'
        order by finished_at, id
        limit $2
        """;

    // To an endpoint that is switched off nothing is sent.
    private const string ListWebhooks = """
        select d.endpoint_id, d.id, d.type, coalesce(d.outcome, ''), d.attempts, d.finished_at, e.disabled_at is null
        from fleet.webhook_deliveries d
        join fleet.webhook_endpoints e on e.tenant_id = d.tenant_id and e.id = d.endpoint_id
        where d.tenant_id = $1
          and d.status = 'failed'
        order by d.finished_at, d.id
        limit $2
        """;

    private const string ListSetAside = """
        select id, source, reason, received_at
        from fleet.set_aside
        where tenant_id = $1
        order by received_at, id
        limit $2
        """;
}
