using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Restores;

/// <summary>What became of a message that was doubtful.</summary>
public enum DoubtEnd
{
    /// <summary>Nobody knows yet.</summary>
    Open,

    /// <summary>WhatsApp told of it: it was sent before.</summary>
    Sent,

    /// <summary>WhatsApp told that it failed.</summary>
    Failed,

    /// <summary>It is not true any more.</summary>
    Expired,

    /// <summary>A dispatcher decides: it is on his list.</summary>
    HandedOver,
}

/// <param name="Rule">Why it was to be sent, as a code.</param>
/// <param name="IsNew">It came to be sent after the restore, by what may have been known before.</param>
public sealed record DoubtfulMessage(Guid Id, Guid? Driver, Guid? Transport, string Rule, DateTimeOffset QueuedAt, DateTimeOffset? ValidUntil, bool IsNew, DoubtEnd End);

/// <param name="Unread">Events and reports that were taken in, and not worked on yet.</param>
/// <param name="NotLookedAt">Samsara's lists that were not gone through since the restore.</param>
public sealed record RestoredCompany(TenantId Tenant, IReadOnlyList<DoubtfulMessage> Messages, long Unread, IReadOnlyList<string> NotLookedAt)
{
    /// <summary>Whether all that can settle a doubt by itself has been looked at.</summary>
    public bool IsLookedThrough => Unread == 0 && NotLookedAt.Count == 0;
}

/// <summary>Numbers that are not given.</summary>
public sealed record NumberGap(string Series, string DataRegion, int First, int Last);

/// <param name="EndedAt">Null: nothing is sent yet.</param>
public sealed record RestoreView(Guid Id, DateTimeOffset RestoredTo, DateTimeOffset BegunAt, DateTimeOffset? EndedAt, IReadOnlyList<RestoredCompany> Companies, IReadOnlyList<NumberGap> NumberGaps);

/// <summary>How a restore stands: each company's doubtful messages, and what has to be looked at before it can end. Ids and codes only.</summary>
public sealed class GetRestore(SystemDb system, TenantDbs dbs)
{
    /// <returns>The one that is open, else the last one; null: there was none.</returns>
    public async Task<RestoreView?> HandleAsync(CancellationToken ct)
    {
        if (await RestoreSql.FindNewestAsync(system, ct) is not { } restore) return null;
        List<RestoredCompany> companies = [];
        foreach (var tenant in await AllTenants.ListAsync(system, ct))
        {
            if (await FindAsync(dbs.For(tenant), restore.Id, ct) is { } company) companies.Add(company);
        }
        return new(restore.Id, restore.RestoredTo, restore.BegunAt, restore.EndedAt, companies, await ListGapsAsync(restore.Id, ct));
    }

    private const string ListGaps = """
        select series, data_region, first, last
        from fleet.number_gaps
        where restore_id = $1
        order by series, data_region
        """;

    private Task<List<NumberGap>> ListGapsAsync(Guid restore, CancellationToken ct)
        => system.ListAsync(ListGaps, row => new NumberGap(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3)), ct, P.Uuid(restore));

    // Who is not in service is not worked for, and has no looks.
    private const string FindAwaited = """
        select (select count(*)
                from fleet.inbox i
                where i.tenant_id = $1
                  and i.status = 'pending'
                  and t.status = 'active'),
               (select coalesce(array_agg(p.feed order by p.feed), '{}')
                from fleet.samsara_polls p
                where p.tenant_id = $1
                  and p.looked_at < r.begun_at
                  and t.status = 'active')
        from fleet.restores r
        join fleet.tenants t on t.tenant_id = $1
        where r.tenant_id = $1
          and r.id = $2
        """;

    private static async Task<RestoredCompany?> FindAsync(TenantDb db, Guid restore, CancellationToken ct)
        => await db.FindAsync(FindAwaited, row => new RestoredCompany(db.Tenant, [], row.GetInt64(0), row.GetFieldValue<string[]>(1)), ct, P.Uuid(restore)) is { } company
            ? company with { Messages = await ListMessagesAsync(db, restore, ct) }
            : null;

    private const string ListMessages = """
        select m.id, m.driver_id, m.transport_id, split_part(m.reason, ':', 1), m.created_at, o.valid_until, o.created_at >= r.begun_at, o.status, m.status, m.reason
        from fleet.outbound o
        join fleet.restores r on r.tenant_id = $1 and r.id = o.restore_id
        join fleet.message_logs m on m.tenant_id = $1 and m.id = o.message_id
        where o.tenant_id = $1
          and o.restore_id = $2
        order by m.created_at, m.id
        """;

    private static Task<List<DoubtfulMessage>> ListMessagesAsync(TenantDb db, Guid restore, CancellationToken ct)
        => db.ListAsync(ListMessages, row => new DoubtfulMessage(
            row.GetGuid(0), row.GuidOrNull(1), row.GuidOrNull(2), row.GetString(3), row.Time(4), row.TimeOrNull(5), row.GetBoolean(6), EndOf(row.GetString(7), row.GetString(8), row.GetString(9))),
            ct, P.Uuid(restore));

    private static DoubtEnd EndOf(string outbound, string status, string reason) => (outbound, status) switch
    {
        ("doubt", _) => DoubtEnd.Open,
        (_, DeliveryStatus.Expired) => DoubtEnd.Expired,
        (_, DeliveryStatus.Failed) => reason.EndsWith($":{DispatcherReasons.DeliveryUnknown}", StringComparison.Ordinal) ? DoubtEnd.HandedOver : DoubtEnd.Failed,
        _ => DoubtEnd.Sent,
    };
}
