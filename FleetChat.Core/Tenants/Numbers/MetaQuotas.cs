using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.Monitoring;
using FleetChat.Core.WhatsApp;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Tenants.Numbers;

/// <summary>How much of what Meta allows FleetChat, all companies together, is used.</summary>
/// <param name="Portfolio">Of the people a day: whose limit it is; null for the accounts.</param>
/// <param name="Most">As Meta allows.</param>
public sealed record MetaQuota([OneOf(MetaQuota.Accounts, MetaQuota.PeopleADay)] string Name, string? Portfolio, int Used, int Most)
{
    /// <summary>WhatsApp accounts: each number of the pool has one.</summary>
    public const string Accounts = "whatsapp_accounts";

    /// <summary>People who were written to outside the window in the last 24 hours, by a portfolio's companies.</summary>
    public const string PeopleADay = "people_a_day";

    internal bool IsNear => Used * 100L >= Most * 80L;

    internal bool IsUsedUp => Used >= Most;
}

/// <summary>Meta's quotas: read for people, looked at before a number is entered or reserved, and alerted while 80 % are used.</summary>
public sealed class MetaQuotas(SystemDb system, IOptions<WhatsAppOptions> options, TimeProvider time)
{
    // Meta tells the people of each portfolio, and of accounts nothing: people read that in the business manager.
    private const string List = $"""
        select '{MetaQuota.Accounts}', null, count(*)::int, $1
        from directory.pool_numbers
        union all
        select '{MetaQuota.PeopleADay}', p.portfolio_id, coalesce(sum(r.people), 0)::int, p.daily_limit
        from directory.portfolios p
        left join directory.portfolio_reach r on r.portfolio_id = p.portfolio_id and r.slot > $2
        where p.daily_limit is not null
        group by p.portfolio_id, p.daily_limit
        order by 1 desc, 2
        """;

    public async Task<IReadOnlyList<MetaQuota>> ListAsync(CancellationToken ct)
        => await system.ListAsync(List, row => new MetaQuota(row.GetString(0), row.TextOrNull(1), row.GetInt32(2), row.GetInt32(3)), ct,
            P.Number(options.Value.MostAccounts), P.Time(time.GetUtcNow() - Portfolios.Window));

    /// <returns>Null: there is room for another number.</returns>
    internal async Task<Error?> FindAccountObstacleAsync(CancellationToken ct)
        => (await ListAsync(ct)).Any(quota => quota is { Name: MetaQuota.Accounts, IsUsedUp: true }) ? NumberErrors.AccountsUsedUp : null;

    /// <returns>Null: another company's drivers can be written to.</returns>
    internal async Task<Error?> FindPeopleObstacleAsync(CancellationToken ct)
    {
        var portfolios = (await ListAsync(ct)).Where(quota => quota.Name == MetaQuota.PeopleADay).ToList();
        return portfolios.Count > 0 && portfolios.TrueForAll(quota => quota.IsUsedUp) ? NumberErrors.PeopleUsedUp : null;
    }

    /// <summary>Raises what is near its end, and closes what no longer is.</summary>
    public async Task JudgeAsync(CancellationToken ct)
    {
        var quotas = await ListAsync(ct);
        await Alerts.SetForPlatformAsync(system, time, AlertCodes.MetaNearQuota, Alerts.Warning, [.. quotas.Where(quota => quota.IsNear).Select(quota => quota.Portfolio ?? quota.Name)], ct);
    }
}
