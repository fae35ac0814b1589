using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using Xunit.Abstractions;

namespace FleetChat.Tests.Billing;

/// <summary>The ledger and its counters against what really happened. FLEETCHAT_TEST_SIZE=long lets 100,000 events happen, over many months.</summary>
public sealed class UsageLedgerTests(ITestOutputHelper output)
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";
    private static readonly int Rounds = IsLong ? 500 : 5;
    private const int EventsInARound = 200;

    /// <summary>From the messages, the inbox and the media themselves. In the company's time zone by PostgreSQL's own reckoning.</summary>
    private const string Recount = """
        with sent as (
            select m.id, m.driver_id, min(a.closed_at) as at
            from fleet.message_logs m
            join fleet.outbound o on o.tenant_id = m.tenant_id and o.message_id = m.id
            join fleet.attempts a on a.tenant_id = m.tenant_id and a.message_id = m.id
            where m.tenant_id = $1 and o.purpose is null and a.outcome in ('accepted', 'failed')
            group by m.id, m.driver_id
        ), heard as (
            select m.id, m.driver_id, m.created_at as at
            from fleet.message_logs m
            where m.tenant_id = $1 and m.direction = 'inbound' and m.is_business
        ), facts as (
            select 'message_out' as kind, at, null::uuid as driver, 1 as amount from sent
            union all
            select 'message_in', at, null, 1 from heard
            union all
            select 'driver_active', at, driver_id, 1 from (select driver_id, at from sent union all select driver_id, at from heard) d where driver_id is not null
            union all
            select 'webhook', received_at, null, 1 from fleet.inbox where tenant_id = $1
        ), dated as (
            select kind, date_trunc('month', at at time zone 'America/Chicago')::date as period, driver, amount from facts
        )
        select kind || ' ' || period || ' ' || case when kind = 'driver_active' then count(distinct driver) else count(*) end
        from dated
        group by kind, period
        union all
        select 'storage ' || sum(size) from fleet.media where tenant_id = $1 and state = 'fetched'
        """;

    private const string OfFacts = """
        select kind || ' ' || period || ' ' || sum(amount) from fleet.usage_facts where tenant_id = $1 and kind <> 'storage' group by kind, period
        union all
        select 'storage ' || sum(amount) from fleet.usage_facts where tenant_id = $1 and kind = 'storage' having sum(amount) > 0
        """;

    private const string OfCounters = """
        with counted as (
            select kind, period, amount from fleet.usage_counters where tenant_id = $1
            union all
            select kind, period, amount from fleet.usage_facts where tenant_id = $1 and not is_folded
        )
        select kind || ' ' || period || ' ' || sum(amount) from counted where kind <> 'storage' group by kind, period
        union all
        select 'storage ' || sum(amount) from counted where kind = 'storage' having sum(amount) > 0
        """;

    [Fact]
    public async Task Ledger_and_counters_equal_a_recount_whatever_comes_twice_in_any_order_or_dies_on_the_way()
    {
        await using var day = await LedgerDay.StartAsync(seed: 7);
        for (var round = 0; round < Rounds; round++)
        {
            await day.PassAsync(EventsInARound);
            foreach (var company in day.Companies) await AssertCountedAsync(day, company);
            Assert.Equal(day.BusinessWamids.Count, await day.Fleet.Database.ScalarAsAdminAsync<int>("select sum(amount)::int from fleet.usage_facts where kind = 'message_in'"));
            day.Fleet.Clock.Advance(TimeSpan.FromHours(round % 7 == 3 ? 24 * 20 : 1));
        }

        output.WriteLine($"{Rounds * EventsInARound} events, {day.Kills} sessions killed, {day.Lost} answers lost, {day.BusinessWamids.Count} business messages in");
        Assert.True(day is { Kills: > 0, Lost: > 0 });
    }

    private static async Task AssertCountedAsync(LedgerDay day, TestCompany company)
    {
        var expected = await LinesAsync(day, company, Recount);
        Assert.Equal(expected, await LinesAsync(day, company, OfFacts));
        Assert.Equal(expected, await LinesAsync(day, company, OfCounters));
        await day.Fleet.Get<KeepUsage>().HandleAsync(default);
        Assert.Equal(expected, await LinesAsync(day, company, OfCounters));
        Assert.Equal(0, await day.Fleet.Db(company).FindAsync("select count(*)::int from fleet.usage_facts where tenant_id = $1 and not is_folded", row => row.GetInt32(0), default));

        var shown = (await day.Fleet.Get<GetUsage>().HandleAsync(company.Id, default)).Value;
        var metrics = shown.CurrentMetrics;
        Assert.Equal(Of("driver_active"), metrics.ActiveDrivers);
        Assert.Equal(Of("message_out") + Of("message_in"), metrics.MonthlyMessages);
        Assert.Equal(Of("webhook"), metrics.WebhookRequests);
        Assert.Equal(expected.Where(line => line.StartsWith("storage ", StringComparison.Ordinal)).Select(line => decimal.Parse(line[8..], System.Globalization.CultureInfo.InvariantCulture)).Sum() / 1_000_000m, metrics.StorageUsageMb);

        long Of(string kind) => expected.Where(line => line.StartsWith($"{kind} {shown.BillingPeriod}-01 ", StringComparison.Ordinal)).Select(line => long.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture)).Sum();
    }

    private static async Task<List<string>> LinesAsync(LedgerDay day, TestCompany company, string sql)
        => [.. (await day.Fleet.Db(company).ListAsync(sql, row => row.IsDBNull(0) ? "" : row.GetString(0), default)).Where(line => line.Length > 0).Order(StringComparer.Ordinal)];
}
