using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Samsara.Polling;
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

/// <param name="Unread">Events and reports that were taken in a while ago, and not worked on yet.</param>
/// <param name="Due">Reminders, calls and orchestrations whose time was a while ago, or that are to be tried again: each may still tell somebody something.</param>
/// <param name="NotLookedAt">Samsara's lists that were not gone through since the restore.</param>
/// <param name="Refused">Samsara's lists that cannot be gone through, because it refuses the company's token: that is mended by people, and others do not wait for it.</param>
public sealed record RestoredCompany(TenantId Tenant, IReadOnlyList<DoubtfulMessage> Messages, long Unread, long Due, IReadOnlyList<string> NotLookedAt, IReadOnlyList<string> Refused)
{
    /// <summary>Whether all that can settle a doubt by itself has been looked at.</summary>
    public bool IsLookedThrough => Unread + Due == 0 && NotLookedAt.Count == 0;

    /// <summary>So long after a look what it found is told at the latest.</summary>
    internal TimeSpan Settle { get; init; }
}

/// <summary>Numbers that are not given.</summary>
public sealed record NumberGap(string Series, string DataRegion, int First, int Last);

/// <param name="EndedAt">Null: nothing is sent yet.</param>
/// <param name="EndsFrom">What was found when all was looked through for the first time is told by then, so it may end; null: not all was looked through yet.</param>
public sealed record RestoreView(
    Guid Id, DateTimeOffset RestoredTo, DateTimeOffset BegunAt, DateTimeOffset? EndsFrom, DateTimeOffset? EndedAt, IReadOnlyList<RestoredCompany> Companies, IReadOnlyList<NumberGap> NumberGaps)
{
    public bool IsLookedThrough => Companies.All(company => company.IsLookedThrough);
}

/// <summary>How a restore stands: each company's doubtful messages, and what has to be looked at before it can end. Ids and codes only.</summary>
public sealed class GetRestore(SystemDb system, TenantDbs dbs, IEnumerable<ISamsaraFeed> feeds, TimeProvider time)
{
    /// <summary>Where there is always something to do, what came a moment ago is not what was left behind.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMinutes(1);

    /// <summary>Reports and repeated webhooks come by then, and what the looks found has settled, if nobody has it settle for longer.</summary>
    private static readonly TimeSpan Told = TimeSpan.FromMinutes(15);

    /// <summary>From the time at which something has settled until it is surely told.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly string[] _feeds = [.. feeds.Select(feed => feed.Name)];

    /// <summary>The first who finds that all is looked through writes down when that was.</summary>
    /// <returns>The one that is open, else the last one; null: there was none.</returns>
    public async Task<RestoreView?> HandleAsync(CancellationToken ct)
    {
        if (await RestoreSql.FindNewestAsync(system, ct) is not { } restore) return null;
        List<RestoredCompany> companies = [];
        foreach (var tenant in await AllTenants.ListAsync(system, ct))
        {
            if (await FindAsync(dbs.For(tenant), restore.Id, ct) is { } company) companies.Add(company);
        }
        var view = new RestoreView(restore.Id, restore.RestoredTo, restore.BegunAt, null, restore.EndedAt, companies, await ListGapsAsync(restore.Id, ct));
        var lookedThroughAt = restore.LookedThroughAt;
        if (lookedThroughAt is null && restore.EndedAt is null && view.IsLookedThrough) lookedThroughAt = await NoteLookedThroughAsync(restore.Id, ct);
        return view with { EndsFrom = lookedThroughAt + companies.Select(company => company.Settle + Margin).Append(Told).Max() };
    }

    private const string NoteLookedThrough = """
        update fleet.platform_restores
        set looked_through_at = coalesce(looked_through_at, $2)
        where id = $1
        returning looked_through_at
        """;

    private Task<DateTimeOffset?> NoteLookedThroughAsync(Guid restore, CancellationToken ct)
        => system.FindAsync(NoteLookedThrough, row => row.TimeOrNull(0), ct, P.Uuid(restore), P.Time(time.GetUtcNow()));

    private const string ListGaps = """
        select series, data_region, first, last
        from fleet.number_gaps
        where restore_id = $1
        order by series, data_region
        """;

    private Task<List<NumberGap>> ListGapsAsync(Guid restore, CancellationToken ct)
        => system.ListAsync(ListGaps, row => new NumberGap(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3)), ct, P.Uuid(restore));

    // What came in is worked on for who is out of service too, though nothing is sent; Samsara is asked for who is in service alone. Of calls, those that bring
    // facts: a dead mail server holds nobody up.
    private const string FindAwaited = $"""
        select (select count(*)
                from fleet.inbox i
                where i.tenant_id = $1
                  and i.status = 'pending'
                  and i.received_at < $3
                  and t.status not in ('terminating', 'terminated')),
               (select count(*)
                from fleet.reminders m
                where m.tenant_id = $1
                  and m.due_at < $3
                  and t.status not in ('terminating', 'terminated'))
               + (select count(*)
                  from fleet.orchestration_commands o
                  where o.tenant_id = $1
                    and o.status <> 'done'
                    and (o.due_at < $3 or o.status = 'waiting' and o.attempts > 0)
                    and t.status not in ('terminating', 'terminated'))
               + (select count(*)
                  from fleet.calls k
                  where k.tenant_id = $1
                    and k.lane = any($5)
                    and k.status in ('waiting', 'calling')
                    and (k.due_at < $3 or k.status = 'waiting' and k.attempts > 0)
                    and t.status in ('active', 'onboarding')
                    and not exists (
                        select
                        from fleet.samsara_polls p
                        where p.tenant_id = $1
                          and p.problem = '{AlertCodes.SamsaraRefused}')),
               (select coalesce(array_agg(f.feed order by f.feed), array[]::text[])
                from unnest($4) as f (feed)
                left join fleet.samsara_polls p on p.tenant_id = $1 and p.feed = f.feed
                where coalesce(p.looked_at, '-infinity') < r.begun_at
                  and p.problem is distinct from '{AlertCodes.SamsaraRefused}'
                  and c.samsara_api_token is not null
                  and t.status in ('active', 'onboarding')),
               (select coalesce(array_agg(p.feed order by p.feed), array[]::text[])
                from fleet.samsara_polls p
                where p.tenant_id = $1
                  and coalesce(p.looked_at, '-infinity') < r.begun_at
                  and p.problem = '{AlertCodes.SamsaraRefused}'
                  and t.status in ('active', 'onboarding')),
               c.rules::text
        from fleet.restores r
        join fleet.tenants t on t.tenant_id = $1
        join fleet.tenant_configurations c on c.tenant_id = $1
        where r.tenant_id = $1
          and r.id = $2
        """;

    private async Task<RestoredCompany?> FindAsync(TenantDb db, Guid restore, CancellationToken ct)
    {
        var company = await db.FindAsync(FindAwaited, row => new RestoredCompany(db.Tenant, [], row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<string[]>(2), row.GetFieldValue<string[]>(3))
        {
            Settle = LongestOf(RuleBook.Of(row.GetString(4))),
        }, ct, P.Uuid(restore), P.Time(time.GetUtcNow() - Moment), P.Texts(_feeds), P.Smalls([CallLanes.Samsara, CallLanes.Media]));
        return company is null ? null : company with { Messages = await ListMessagesAsync(db, restore, ct) };
    }

    // Of those whose time runs from the look, and not from what happened.
    private static TimeSpan LongestOf(RuleBook rules) => new[] { rules.RouteAssigned, rules.RouteCancelled, rules.EtaSlipped }.Max(rule => rule.Settle);

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
