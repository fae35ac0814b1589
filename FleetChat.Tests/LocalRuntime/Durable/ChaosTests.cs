using System.Globalization;
using System.Security.Cryptography;
using FleetChat.LocalRuntime;
using FleetChat.Tests.LocalRuntime.Durable.Chaos;
using Xunit.Abstractions;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>
/// Two host processes and a Postgres of their own, under load, while one thing after the other breaks. FLEETCHAT_TEST_SIZE=long
/// breaks 300, FLEETCHAT_TEST_SEED repeats a run's faults.
/// </summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";

    /// <summary>With the return of the usual rate.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(IsLong ? 12 : 1);

    private static readonly int Rounds = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_ROUNDS") is { Length: > 0 } given
        ? int.Parse(given, CultureInfo.InvariantCulture)
        : IsLong ? 300 : Enum.GetValues<Fault>().Length;

    [Fact]
    public async Task Whatever_breaks_every_instance_ends_once_with_the_right_output_and_every_effect_is_there_once()
    {
        var seed = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : RandomNumberGenerator.GetInt32(100_000);
        output.WriteLine($"seed {seed}, {Rounds} rounds");
        await using var cluster = await ChaosCluster.StartAsync();
        var hosts = await Task.WhenAll(DurableProcess.StartAsync(cluster.ConnectionString, Lease), DurableProcess.StartAsync(cluster.ConnectionString, Lease));
        await using var client = PlainClient.Of(cluster.ConnectionString);
        try
        {
            var faults = new Faults(cluster, hosts, new BusinessClockControl(cluster.Admin), Lease, new Random(seed));
            await RunAsync(new(cluster, client.Client, faults, output, seed, Patience), hosts);
        }
        finally
        {
            foreach (var host in hosts) await host.DisposeAsync();
        }
    }

    private async Task RunAsync(ChaosRun run, DurableProcess[] hosts)
    {
        var violations = new List<string>();
        foreach (var fault in FaultsOf(run.Seed))
        {
            violations = await run.RoundAsync(fault);
            if (violations.Count > 0) break;
        }
        foreach (var line in run.Report.Lines(violations.Count)) output.WriteLine(line);
        foreach (var violation in violations) output.WriteLine(violation);
        if (violations.Count > 0)
            foreach (var host in hosts) output.WriteLine($"host {host.HostId}\n{string.Join('\n', host.Log)}");
        Assert.Empty(violations);
    }

    /// <summary>Each kind once in any order, again and again.</summary>
    private static IEnumerable<Fault> FaultsOf(int seed)
    {
        var random = new Random(seed);
        var faults = new List<Fault>();
        while (faults.Count < Rounds)
        {
            var kinds = Enum.GetValues<Fault>();
            random.Shuffle(kinds);
            faults.AddRange(kinds);
        }
        return faults.Take(Rounds);
    }
}
