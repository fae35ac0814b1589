using System.Collections.Concurrent;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Rates;

/// <param name="DailyLimit">People who may be reached outside WhatsApp's window in any 24 hours, by all of its companies; null: Meta has not said it yet, and they are only counted.</param>
public sealed record Portfolio(string Id, int? DailyLimit);

/// <summary>
/// Meta's limit of people who are written to outside the window (131064) is a business portfolio's, and several companies share one.
/// Whoever wants to reach people locks the portfolio, looks with the system role at what all have reached, as numbers, and writes its
/// own with the attempts. A company whose portfolio has no limit pays nothing for all this.
/// </summary>
public sealed class Portfolios(SystemDb system)
{
    /// <summary>A person counts until the end of his slot and 24 hours more.</summary>
    private static readonly TimeSpan Slot = TimeSpan.FromMinutes(30);

    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>Somebody else may need less than he did a week ago, and Meta may raise the limit.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    private static readonly long Lifetime = (long)TimeSpan.FromSeconds(5).TotalMilliseconds;
    private readonly ConcurrentDictionary<TenantId, (Portfolio? Portfolio, long ReadAt)> _known = new();

    /// <returns>Null if the company's portfolio has no limit.</returns>
    public async Task<Portfolio?> FindLimitedAsync(TenantId tenant, CancellationToken ct)
    {
        if (_known.TryGetValue(tenant, out var known) && Environment.TickCount64 - known.ReadAt < Lifetime) return known.Portfolio;
        var portfolio = await FindAsync(system, tenant, ct);
        _known[tenant] = (portfolio, Environment.TickCount64);
        return portfolio;
    }

    private const string FindLimited = """
        select p.portfolio_id, p.daily_limit
        from directory.whatsapp_accounts a
        join directory.portfolios p on p.portfolio_id = a.portfolio_id
        where a.tenant_id = $1
          and (p.daily_limit is not null or p.limit_at = '-infinity')
        order by a.created_at desc
        limit 1
        """;

    private static Task<Portfolio?> FindAsync(SystemDb db, TenantId tenant, CancellationToken ct)
        => db.FindAsync(FindLimited, row => new Portfolio(row.GetString(0), row.IsDBNull(1) ? null : row.GetInt32(1)), ct, P.Text(tenant.Value));

    private const string Lock = """
        select pg_advisory_xact_lock(hashtextextended($2, 0)), $1
        """;

    /// <summary>Holds the portfolio until the transaction ends: others of it wait, so that what each has written is seen by the next.</summary>
    /// <returns>How many people the company may reach besides those that it has, and when to ask again if they are too few.</returns>
    internal async Task<(int Free, DateTimeOffset AskAgainAt)> LockAsync(TenantTransaction db, Portfolio portfolio, DateTimeOffset now, CancellationToken ct)
    {
        if (portfolio.DailyLimit is not { } limit) return (int.MaxValue, now);
        await db.ExecuteAsync(Lock, ct, P.Text(portfolio.Id));
        var members = await ListMembersAsync(system, portfolio.Id, now, ct);
        var askAgainAt = members.Min(m => m.Oldest) + Window;
        var free = PortfolioShare.FreeFor(db.Tenant.Value, limit, [.. members.Select(m => m.Member)]);
        return (free, askAgainAt > now && askAgainAt < now + LongestRest ? askAgainAt.Value : now + LongestRest);
    }

    private const string ListMembers = """
        with members as (
            select distinct a.tenant_id
            from directory.whatsapp_accounts a
            join directory.tenants t on t.tenant_id = a.tenant_id and t.status in ('active', 'onboarding')
            where a.portfolio_id = $1
        ), used as (
            select tenant_id, sum(people)::int as people, min(slot) filter (where people > 0) as oldest
            from directory.portfolio_reach
            where portfolio_id = $1
              and slot > $2
            group by tenant_id
        ), needed as (
            select tenant_id, sum(people)::int as people
            from directory.portfolio_reach
            where portfolio_id = $1
              and slot > $3
              and slot <= $4
            group by tenant_id
        )
        -- One that has left has reached people all the same.
        select coalesce(m.tenant_id, u.tenant_id), coalesce(u.people, 0), case when m.tenant_id is null then 0 else coalesce(n.people, 0) end, u.oldest
        from members m
        full join used u on u.tenant_id = m.tenant_id
        left join needed n on n.tenant_id = m.tenant_id
        """;

    private static Task<List<(PortfolioMember Member, DateTimeOffset? Oldest)>> ListMembersAsync(SystemDb db, string portfolio, DateTimeOffset now, CancellationToken ct)
        => db.ListAsync(ListMembers, row => (new PortfolioMember(row.GetString(0), row.GetInt32(1), row.GetInt32(2)), row.TimeOrNull(3)), ct,
            P.Text(portfolio), P.Time(now - Window), P.Time(now - 7 * Window), P.Time(now - 6 * Window));

    private const string Count = """
        insert into directory.portfolio_reach as r (tenant_id, portfolio_id, slot, people)
        select $1, $2, g.slot, g.people
        from unnest($3, $4) as g (slot, people)
        on conflict (tenant_id, portfolio_id, slot) do update
        set people = r.people + excluded.people
        """;

    private const string Forget = """
        delete from directory.portfolio_reach
        where tenant_id = $1
          and slot < $2
        """;

    /// <param name="earlier">For each person who is reached now when he was reached last; of him only this time counts from now on.</param>
    internal static async Task CountAsync(TenantTransaction db, Portfolio portfolio, IReadOnlyCollection<DateTimeOffset?> earlier, DateTimeOffset now, CancellationToken ct)
    {
        var slots = earlier.Where(at => IsCounted(at, now)).CountBy(at => SlotOf(at!.Value)).ToDictionary(s => s.Key, s => -s.Value);
        slots[SlotOf(now)] = slots.GetValueOrDefault(SlotOf(now)) + earlier.Count;
        await using var batch = db.Batch()
            .Add(Count, P.Text(portfolio.Id), P.Times([.. slots.Keys.Select(s => (DateTimeOffset?)s)]), P.Numbers([.. slots.Values]))
            .Add(Forget, P.Time(now - 8 * Window));
        await batch.ExecuteAsync(ct);
    }

    /// <summary>Whether somebody who was reached then is among those who count.</summary>
    public static bool IsCounted(DateTimeOffset? reachedAt, DateTimeOffset now) => reachedAt is { } at && SlotOf(at) > now - Window;

    private static DateTimeOffset SlotOf(DateTimeOffset at) => new(at.UtcTicks - at.UtcTicks % Slot.Ticks + Slot.Ticks, TimeSpan.Zero);

    private const string SetLimit = """
        update directory.portfolios
        set daily_limit = $2, limit_at = $3
        where portfolio_id = (select portfolio_id from directory.whatsapp_accounts where tenant_id = $1 order by created_at desc limit 1)
          and limit_at < $3
        """;

    /// <summary>As Meta said at that time to this company, as it does to each one of the portfolio. Twice, or an older one late, changes nothing.</summary>
    /// <param name="limit">Null: none, and what the company was alerted of is over.</param>
    public async Task SetLimitAsync(TenantDb db, TimeProvider time, int? limit, DateTimeOffset at, CancellationToken ct)
    {
        await system.ExecuteAsync(SetLimit, ct, P.Text(db.Tenant.Value), P.Number(limit), P.Time(at));
        _known.TryRemove(db.Tenant, out _);
        if (limit is null) await Alerts.CloseAsync(db, time, AlertCodes.WhatsAppDailyLimit, "", ct);
    }
}
