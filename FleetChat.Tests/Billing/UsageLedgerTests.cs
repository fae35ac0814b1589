using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using Xunit.Abstractions;

namespace FleetChat.Tests.Billing;

/// <summary>The ledger and its counters against what really happened. FLEETCHAT_TEST_SIZE=long lets 100,000 events happen, over many months.</summary>
public sealed class UsageLedgerTests(ITestOutputHelper output)
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";
    // After each round all of the past is counted anew.
    private static readonly (int Rounds, int Events) s_size = IsLong ? (50, 2_000) : (5, 200);

    [Fact]
    public async Task Ledger_and_counters_equal_a_recount_whatever_comes_twice_in_any_order_or_dies_on_the_way()
    {
        await using var day = await LedgerDay.StartAsync(seed: 7);
        for (var round = 0; round < s_size.Rounds; round++)
        {
            await day.PassAsync(s_size.Events);
            foreach (var company in day.Companies) await AssertCountedAsync(day, company);
            Assert.Equal(day.BusinessWamids.Count, await day.Fleet.Database.ScalarAsAdminAsync<int>("select sum(amount)::int from fleet.usage_facts where kind = 'message_in'"));
            day.Fleet.Clock.Advance(TimeSpan.FromHours(round % 7 == 3 ? 24 * 20 : 1));
        }

        output.WriteLine($"{s_size.Rounds * s_size.Events} events, {day.Kills} sessions killed, {day.Lost} answers lost, {day.BusinessWamids.Count} business messages in");
        Assert.True(day is { Kills: > 0, Lost: > 0 });
    }

    private static async Task AssertCountedAsync(LedgerDay day, TestCompany company)
    {
        var expected = await UsageRecount.AssertAgreesAsync(day.Fleet.Db(company));
        await day.Fleet.Get<KeepUsage>().HandleAsync(default);
        Assert.Equal(expected, await UsageRecount.AssertAgreesAsync(day.Fleet.Db(company)));
        Assert.Equal(0, await day.Fleet.Db(company).FindAsync("select count(*)::int from fleet.usage_facts where tenant_id = $1 and not is_folded", row => row.GetInt32(0), default));

        var shown = (await day.Fleet.Get<GetUsage>().HandleAsync(company.Id, default)).Value;
        var metrics = shown.CurrentMetrics;
        Assert.Equal(Of("driver_active"), metrics.ActiveDrivers);
        Assert.Equal(Of("message_out") + Of("message_in"), metrics.MonthlyMessages);
        Assert.Equal(Of("webhook"), metrics.WebhookRequests);
        Assert.Equal(expected.Where(line => line.StartsWith("storage ", StringComparison.Ordinal)).Select(line => decimal.Parse(line[8..], System.Globalization.CultureInfo.InvariantCulture)).Sum() / 1_000_000m, metrics.StorageUsageMb);

        long Of(string kind) => expected.Where(line => line.StartsWith($"{kind} {shown.BillingPeriod}-01 ", StringComparison.Ordinal)).Select(line => long.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture)).Sum();
    }
}
