using System.Globalization;
using Microsoft.DurableTask.Client;
using Xunit.Abstractions;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>Round after round: load, a fault in the middle of it, rest, and a look at all that is left.</summary>
internal sealed class ChaosRun(ChaosCluster cluster, DurableTaskClient client, Faults faults, ITestOutputHelper output, int seed, TimeSpan patience)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(1000);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly ChaosChecks _checks = new(cluster);
    private int _round;

    public int Seed => seed;

    public ChaosReport Report { get; } = new(seed);

    /// <returns>What did not hold.</returns>
    public async Task<List<string>> RoundAsync(Fault fault)
    {
        var load = new ChaosLoad(client, (seed * 1000L) + ++_round);
        using var enough = new CancellationTokenSource();
        using var undisturbed = new CancellationTokenSource();
        var loading = load.RunAsync(enough.Token);
        var disturbing = new Disturbance(cluster.Admin, client, seed + _round).RunAsync(undisturbed.Token);
        await Moments.PassAsync(WarmUp, "the load to warm up");
        var began = TimeProvider.System.GetUtcNow();
        await Moments.PassAsync(Before, "the usual rate");

        var broken = TimeProvider.System.GetUtcNow();
        await faults.DoAsync(fault);
        var healed = TimeProvider.System.GetUtcNow();

        var violations = new List<string>();
        var recovery = await RecoverAsync(began, broken, healed);
        await enough.CancelAsync();
        try
        {
            await loading;
        }
        catch (Exception exception)
        {
            violations.Add($"the load came to no end: {exception.Message}");
        }
        violations.AddRange(await _checks.SettleAsync(Deadline));
        await undisturbed.CancelAsync();
        await disturbing;
        violations.AddRange(await _checks.FindViolationsAsync(load));
        await ReportAsync(fault, load, healed - broken, recovery);
        if (violations.Count == 0) await ForgetAsync();
        return violations;
    }

    /// <summary>Looks at the rate until it is what it was, for a while at least and at most.</summary>
    private async Task<TimeSpan?> RecoverAsync(DateTimeOffset began, DateTimeOffset broken, DateTimeOffset healed)
    {
        while (true)
        {
            await Moments.PassAsync(Often, "the rate to come back");
            var recovery = Recovery.After(await ListEndsAsync(), began, broken, healed);
            var passed = TimeProvider.System.GetUtcNow() - healed;
            if (passed > patience || (recovery is not null && passed > Before)) return recovery;
        }
    }

    private async Task<List<DateTimeOffset>> ListEndsAsync()
        => (await cluster.ListAsync("select extract(epoch from at)::float8 from endings where id like 'fan-%' order by at"))
            .ConvertAll(at => DateTimeOffset.UnixEpoch.AddSeconds(double.Parse(at, CultureInfo.InvariantCulture)));

    private async Task ReportAsync(Fault fault, ChaosLoad load, TimeSpan time, TimeSpan? recovery)
    {
        Report.Add(fault, recovery);
        Report.Instances += await cluster.ScalarAsync<int>("select count(*)::int from endings");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{_round} {fault}: {load.Started.Count} started, {time.TotalSeconds:F1} s long, recovered after {recovery?.TotalSeconds:F1} s"));
    }

    /// <summary>The next round begins with empty tables.</summary>
    private async Task ForgetAsync()
    {
        await client.PurgeAllInstancesAsync(new PurgeInstancesFilter());
        Assert.Empty(await cluster.ListAsync("select id from localhost.instances union all select instance::text from localhost.history"));
        await cluster.ExecuteAsync("truncate effects, endings");
    }
}
