using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Analytics;

/// <param name="Looker">In the parent.</param>
/// <param name="From">Null: the first of the last day's month.</param>
/// <param name="Until">Null: today, in the parent's time zone.</param>
/// <param name="By">One of <see cref="CorporateUsageBy.All"/>; null: by day.</param>
public sealed record AnalyzeCorporateUsageInput(Caller Looker, DateOnly? From, DateOnly? Until, string? By);

/// <summary>
/// What the companies of a corporate account used, together and each. A child is read as itself, with the look in its audit trail; one that is closed, or that has left meanwhile, is not among them.
/// </summary>
public sealed class AnalyzeCorporateUsage(SystemDb system, TenantDbs dbs, ChildDoor door, TimeProvider time)
{
    public async Task<Result<CorporateUsage>> HandleAsync(AnalyzeCorporateUsageInput input, CancellationToken ct)
    {
        var (parent, now, by) = (input.Looker.Tenant!.Value, time.GetUtcNow(), input.By ?? UsageBy.Day);
        if (await FindAsync(dbs.For(parent), ct) is not { } own) return GetTenant.NotFound;
        var until = input.Until ?? BillingPeriod.Today(now, own.Zone);
        var from = input.From ?? BillingPeriod.Of(until);
        if (DayRange.TryMake(from, until, own.Zone) is null) return AnalyticsErrors.RangeInvalid;
        var companies = new List<CompanyUsage> { await ReadAsync(dbs.For(parent), own) };
        foreach (var child in await CorporateLinks.ListChildrenAsync(system, parent, ct))
        {
            var seen = await door.LookInsideAsync<CompanyUsage>(new(input.Looker, child.Value), async db => await FindAsync(db, ct) is { } member ? await ReadAsync(db, member) : GetTenant.NotFound, ct);
            if (seen.IsOk) companies.Add(seen.Value);
        }
        return new CorporateUsage(from, until, by, SumUp(null, companies.Select(company => company.Total)), Together(companies), companies);

        // The same days, each company's in its own time zone.
        async Task<CompanyUsage> ReadAsync(TenantDb db, Member member)
        {
            var (total, rows) = await AnalyticsSql.ReadAsync(db, DayRange.TryMake(from, until, member.Zone)!, by, now, ct);
            return new(db.Tenant, member.Name, total, rows);
        }
    }

    /// <summary>Each company's rows, without the sums: a spreadsheet would count them twice.</summary>
    public async Task<Result<byte[]>> WriteCsvAsync(AnalyzeCorporateUsageInput input, CancellationToken ct)
    {
        var analyzed = await HandleAsync(input, ct);
        return analyzed.IsOk ? UsageCsv.Write(analyzed.Value.Companies) : analyzed.Error;
    }

    private static IReadOnlyList<CorporateUsageRow> Together(List<CompanyUsage> companies) =>
    [
        .. companies.SelectMany(company => company.Data)
            .GroupBy(row => row.Key)
            .Select(same => SumUp(same.Key, same))
            .OrderBy(row => row.Key is null).ThenBy(row => row.Key, StringComparer.Ordinal),
    ];

    private static CorporateUsageRow SumUp(string? key, IEnumerable<UsageRow> rows)
        => rows.Aggregate(new CorporateUsageRow(key, 0, 0, 0), (sum, row) => new(key, sum.MessagesOut + row.MessagesOut, sum.MessagesIn + row.MessagesIn, sum.ActiveDrivers + row.ActiveDrivers));

    private const string Find = """
        select company_name, time_zone
        from fleet.tenants
        where tenant_id = $1
        """;

    private sealed record Member(string Name, TimeZoneInfo Zone);

    /// <returns>Null: there is none, or its days are nobody's.</returns>
    private static async Task<Member?> FindAsync(TenantDb db, CancellationToken ct)
        => await db.FindAsync(Find, row => TimeZoneInfo.TryFindSystemTimeZoneById(row.GetString(1), out var zone) ? new Member(row.GetString(0), zone) : null, ct);
}
