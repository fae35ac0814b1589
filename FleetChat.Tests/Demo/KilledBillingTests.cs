using System.Text.Json;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace FleetChat.Tests.Demo;

/// <summary>
/// SIGKILL at random moments of a month's end: the books end as those of a host that nobody disturbed, to the byte, and the numbers have no gap.
/// FLEETCHAT_TEST_SIZE=long bills 300 companies through 100 kills.
/// </summary>
public sealed class KilledBillingTests(ITestOutputHelper output)
{
    private static readonly (int Companies, int Kills) s_size = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? (300, 100) : (12, 4);
    private static readonly TimeZoneInfo s_zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");
    private static readonly TimeSpan s_quarter = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task A_month_that_dies_again_and_again_ends_in_the_same_invoices()
    {
        var seed = MortalFleet.Seed();
        output.WriteLine($"FLEETCHAT_TEST_SEED={seed}");
        // A month of its own for both, whatever day it is.
        var period = BillingPeriod.Of(TimeProvider.System.GetUtcNow(), s_zone).AddMonths(1);

        var quiet = await BillAsync("quiet_billing", period, 0, new Random(seed));
        var killed = await BillAsync("killed_billing", period, s_size.Kills, new Random(seed));

        Assert.Equal(s_size.Companies, quiet.Invoices.Count);
        Assert.Equal(quiet.Invoices, killed.Invoices);
        Assert.Equal(Enumerable.Range(1, s_size.Companies).Select(n => $"INV-US-{n:000000}"), killed.Numbers);
        Assert.Equal(quiet.Owed, killed.Owed);
    }

    private async Task<Books> BillAsync(string name, DateOnly period, int kills, Random random)
    {
        var end = BillingPeriod.EndOf(period, s_zone);
        await using var fleet = await MortalFleet.StartAsync(name, [], end - TimeSpan.FromDays(10));
        await using var core = SetUpServices.Create(fleet.Stage.Settings, new StandingClock(end - TimeSpan.FromDays(20)));
        await SetUpAsync(core, period, s_size.Companies);
        var now = end + new BillingOptions().Grace;
        await fleet.SetClockAsync(now);
        foreach (var most in Enumerable.Range(0, kills).Select(_ => random.Next(s_size.Companies)).Order().ToList())
        {
            // Somewhere in the work of the company after so many: what died before it began a wave is found by the next quarter's.
            var looks = 0;
            await Until.TrueAsync(async () =>
            {
                if (await CountAsync(fleet) >= most) return true;
                if (++looks % 100 == 0) await fleet.SetClockAsync(now += s_quarter);
                return false;
            }, $"{most} months to be final", TimeSpan.FromMinutes(5));
            await fleet.KillAsync();
            output.WriteLine($"kill after {most}: {await CountAsync(fleet)} of {s_size.Companies} are final");
        }
        await Until.TrueAsync(async () =>
        {
            if (await CountAsync(fleet) == s_size.Companies) return true;
            await fleet.SetClockAsync(now += s_quarter);
            return false;
        }, "every month to be final", TimeSpan.FromMinutes(5));
        return await ReadAsync(fleet, core);
    }

    /// <summary>Companies of all sizes, each with its own month.</summary>
    internal static async Task SetUpAsync(ServiceProvider core, DateOnly period, int companies)
    {
        var tier = new TierPrice(1_150.5m, 40, 1.75m, [new(3, 12.5m), new(6, 25)]);
        await core.GetRequiredService<RateCards>().EnterAsync(new("USD", "2026-01", new Dictionary<string, TierPrice> { ["starter"] = tier }, "test"), default);
        for (var n = 0; n < companies; n++)
        {
            var tenant = NameOf(n);
            var made = await SetUpTenant.Of(core).HandleAsync(
                new(tenant, $"Billed {n}", "US", "America/Chicago", "en", "USD", new(new("http://127.0.0.1:1"), $"{n}", $"{n}", Convert.ToBase64String(new byte[24]), null),
                    new($"+1555020{n:0000}", $"10655{n:0000}", $"10230{n:0000}", "token")), default);
            Assert.True(made.IsOk, made.Error?.Code);
            var db = core.GetRequiredService<TenantDbs>().For(tenant);
            await db.ExecuteAsync("""
                insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
                select $1, kind, md5($1 || kind || n)::uuid, case when kind = 'driver_active' then $2::text else '' end, $2, $3, 1
                from (values ('driver_active', $4), ('message_out', 7 * $4)) as k (kind, most)
                cross join lateral generate_series(1, k.most) n
                """, default, P.Day(period), P.Time(BillingPeriod.EndOf(period, s_zone) - TimeSpan.FromDays(15)), P.Number(1 + (n % 11)));
        }
    }

    internal static TenantId NameOf(int n) => TenantId.Parse($"billed_{n:0000}");

    private static Task<long> CountAsync(MortalFleet fleet) => fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.invoices where state = 'final'");

    private static async Task<Books> ReadAsync(MortalFleet fleet, ServiceProvider core)
    {
        var invoices = new List<string>();
        var numbers = new List<string>();
        for (var n = 0; n < s_size.Companies; n++)
        {
            var tenant = NameOf(n);
            foreach (var invoice in (await core.GetRequiredService<GetInvoice>().ListAsync(tenant, new(200, null), default)).Value.Data)
            {
                numbers.Add(invoice.Number!);
                invoices.Add(JsonSerializer.Serialize(invoice with { Number = null }, PublicJson.Options));
            }
        }
        return new(invoices, [.. numbers.Order(StringComparer.Ordinal)], await fleet.Database.ScalarAsAdminAsync<long>("select sum(amount)::bigint from fleet.receivables"));
    }

    private sealed record Books(List<string> Invoices, List<string> Numbers, long Owed);
}
