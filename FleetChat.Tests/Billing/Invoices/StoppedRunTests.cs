using FleetChat.Core.Data;
using FleetChat.LocalHost.Postgres;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit.Abstractions;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>
/// The billing run stops at its round trips to the database, one a month, before Postgres is asked or before its answer is heard; then there are two of it, and a Postgres that
/// is restarted beneath them. The books end as those of a run that nobody disturbed, to the byte, and the numbers have no gap. FLEETCHAT_TEST_SIZE=long: 1,000 stops.
/// </summary>
public sealed class StoppedRunTests(ITestOutputHelper output)
{
    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";
    private static readonly int s_stops = s_isLong ? 1_000 : 24;

    [Fact]
    public async Task A_run_that_stops_at_any_round_trip_ends_in_the_same_invoices()
    {
        await using var quietDatabase = await TestDatabase.CreateAsync("quiet_run");
        await using var quiet = await BilledInstallation.StartAsync(quietDatabase.Logins, quietDatabase.Admin);
        var steps = await BillQuietlyAsync(quiet, quietDatabase, s_stops);
        await using var stoppedDatabase = await TestDatabase.CreateAsync("stopped_run");
        await using var stopped = await BilledInstallation.StartAsync(stoppedDatabase.Logins, stoppedDatabase.Admin);

        await BillThroughStopsAsync(stopped, stoppedDatabase, steps);

        Assert.Equal(await quiet.BooksAsync(), await stopped.BooksAsync());
        await AssertNumbersAsync(stopped, s_stops);
    }

    [Fact]
    public async Task Two_runs_at_once_and_a_restart_of_Postgres_beneath_them_end_in_the_same_invoices()
    {
        const int months = 4;
        await using var quietDatabase = await TestDatabase.CreateAsync("quiet_run");
        await using var quiet = await BilledInstallation.StartAsync(quietDatabase.Logins, quietDatabase.Admin);
        await BillQuietlyAsync(quiet, quietDatabase, months);
        await using var cluster = await PostgresCluster.StartTemporaryAsync("restarted", CancellationToken.None);
        var logins = await DatabaseInstaller.InstallAsync(cluster.AdminConnectionString, "restarted", DatabaseLogins.For("restarted"), CancellationToken.None);
        await using var both = await BilledInstallation.StartAsync(logins, new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = "restarted" }.ConnectionString);
        await using var one = both.NewHost();
        await using var other = both.NewHost();

        for (var month = 0; month < months; month++)
        {
            var period = BilledInstallation.FirstPeriod.AddMonths(month);
            await both.UseAsync(period);
            var moments = BilledInstallation.MomentsOf(period);
            both.SetClock(moments[0]);
            await BillAtOnceAsync(one, other, () => { });
            both.SetClock(moments[1]);
            // One company is done, and the others are not.
            var restart = new Lazy<Task>(() => ClusterRestart.RestartAsync(cluster));
            await BillAtOnceAsync(one, other, () => _ = restart.Value);
            Assert.True(restart.IsValueCreated);
            await restart.Value;
            await both.ConnectAgainAsync();
        }

        Assert.Equal(await quiet.BooksAsync(), await both.BooksAsync());
        await AssertNumbersAsync(both, months);
    }

    private static Task BillAtOnceAsync(ServiceProvider one, ServiceProvider other, Action afterEach)
        => Task.WhenAll(Task.Run(() => BillToTheEndAsync(one, afterEach)), Task.Run(() => BillToTheEndAsync(other, afterEach)));

    /// <returns>How many round trips each month took.</returns>
    private static async Task<List<int>> BillQuietlyAsync(BilledInstallation installation, TestDatabase database, int months)
    {
        await using var proxy = new RoundTripProxy(database.Logins.App);
        await using var host = installation.NewHost(proxy.Through);
        var steps = new List<int>();
        for (var month = 0; month < months; month++)
        {
            var period = BilledInstallation.FirstPeriod.AddMonths(month);
            await installation.UseAsync(period);
            proxy.Revive();
            foreach (var now in BilledInstallation.MomentsOf(period))
            {
                installation.SetClock(now);
                await BillToTheEndAsync(host);
            }
            steps.Add(proxy.Count);
        }
        return steps;
    }

    private async Task BillThroughStopsAsync(BilledInstallation installation, TestDatabase database, List<int> steps)
    {
        await using var proxy = new RoundTripProxy(database.Logins.App);
        var host = installation.NewHost(proxy.Through);
        var stops = 0;
        for (var month = 0; month < steps.Count; month++)
        {
            var period = BilledInstallation.FirstPeriod.AddMonths(month);
            await installation.UseAsync(period);
            // Long: each step in turn, first before it and then after it. Short: from the first to the last with some between.
            var (at, isAfter) = s_isLong ? (1 + (month % steps[month]), month / steps[month] % 2 == 1) : (1 + (month * (steps[month] - 1) / (steps.Count - 1)), month % 2 == 1);
            proxy.StopAt(at, isAfter);
            foreach (var now in BilledInstallation.MomentsOf(period))
            {
                installation.SetClock(now);
                while (!await TryBillAsync(host, proxy))
                {
                    await host.DisposeAsync();
                    stops++;
                    proxy.Revive();
                    host = installation.NewHost(proxy.Through);
                    installation.PassQuarter();
                }
            }
        }
        await host.DisposeAsync();
        output.WriteLine($"{stops} stops in months of {steps.Min()} to {steps.Max()} round trips");
        Assert.Equal(steps.Count, stops);
    }

    /// <returns>False: it stopped.</returns>
    private static async Task<bool> TryBillAsync(ServiceProvider host, RoundTripProxy proxy)
    {
        try
        {
            while (await BilledInstallation.WaveAsync(host)) { }
            return true;
        }
        catch (Exception) when (proxy.IsStopped)
        {
            // Whatever it says of its end, nobody hears it.
            return false;
        }
    }

    /// <summary>Wave after wave, as the timer would begin them; one that the database fails is nothing to the next.</summary>
    private static async Task BillToTheEndAsync(ServiceProvider host, Action? afterEach = null)
    {
        await Until.TrueAsync(async () =>
        {
            try
            {
                return !await BilledInstallation.WaveAsync(host, afterEach);
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }, because: "nothing to be left to bill", TimeSpan.FromMinutes(1));
    }

    private static async Task AssertNumbersAsync(BilledInstallation installation, int months)
    {
        // Each month one of the company and one of the parent.
        Assert.Equal(Enumerable.Range(1, 2 * months).Select(n => $"INV-US-{n:000000}"), await installation.NumbersAsync());
        Assert.Equal(2 * months, await installation.ScalarAsync<int>("select last from fleet.number_series"));
    }
}
