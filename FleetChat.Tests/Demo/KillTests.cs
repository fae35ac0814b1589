using System.Diagnostics;
using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Billing;
using FleetChat.Tests.Consent;
using FleetChat.Tests.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace FleetChat.Tests.Demo;

/// <summary>
/// SIGKILL at random moments while two companies' trucks arrive and their drivers answer, stop and start again, with all faults of both
/// simulators on. They live on, and what they wrote down decides. FLEETCHAT_TEST_SIZE=long plays 300 rounds, FLEETCHAT_TEST_ROUNDS
/// as many as it says, FLEETCHAT_TEST_SEED repeats a run's moments.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_ROUNDS") is { Length: > 0 } given
        ? int.Parse(given, CultureInfo.InvariantCulture)
        : Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 300 : 10;

    [Fact]
    public async Task Killed_host_loses_nothing_sends_twice_only_what_nobody_knew_of_and_nothing_after_a_stop()
    {
        var seed = MortalFleet.Seed();
        output.WriteLine($"seed {seed}, {Rounds} rounds");
        var whole = Stopwatch.StartNew();
        Company[] companies = [KilledDay.NewCompany(3), KilledDay.NewCompany(4)];
        await using var fleet = await MortalFleet.StartAsync("kills", companies, KilledDay.NextMorning(TimeProvider.System.GetUtcNow()), KilledDay.WithoutTrips);
        await KillLedger.WatchAsync(fleet.Database);
        var (load, moments) = (new KillLoad(fleet.Stage, companies, new Random(seed)), new Random(~seed));
        for (var round = 1; round <= Rounds; round++)
        {
            await PlayAsync(fleet, load, moments);
            if (round % 10 == 0) output.WriteLine($"{round} rounds in {whole.Elapsed.TotalSeconds:F0} s");
        }
        await KillWhileSummingAsync(fleet, load);
        await SettleAsync(fleet, load);
        output.WriteLine($"at rest after {whole.Elapsed.TotalSeconds:F0} s");
        await AssertAsync(fleet, companies, load);
        output.WriteLine($"judged after {whole.Elapsed.TotalSeconds:F0} s");
    }

    private static async Task PlayAsync(MortalFleet fleet, KillLoad load, Random moments)
    {
        var longest = await load.TroubleAsync();
        var playing = load.PlayAsync();
        var (moment, watch) = (TimeSpan.FromMilliseconds(moments.Next(30, 1500)), Stopwatch.StartNew());
        await Until.TrueAsync(() => watch.Elapsed > moment, because: "the moment of the kill");
        await fleet.KillAsync();
        await playing;
        await load.TellLateAsync(part: 0.2);
        // Beyond the doubt window, so that what nobody heard of is sent once more or given to a dispatcher.
        foreach (var minutes in new[] { TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(11), longest - TimeSpan.FromMinutes(12) }) await fleet.LeapAsync(minutes);
        await load.TellLateAsync(part: 0.5);
        await load.ForgetLostAsync();
    }

    /// <summary>In the middle of a batch of usage: its facts are marked, the sums are moved, and nothing of it is committed.</summary>
    private static async Task KillWhileSummingAsync(MortalFleet fleet, KillLoad load)
    {
        await using var gates = await Gates.BuildAsync(fleet.Database);
        await gates.CloseAsync(Gate.Sum);
        await load.PlayAsync();
        await fleet.SetClockAsync(fleet.Stage.Now + TimeSpan.FromMinutes(1));
        await gates.AwaitAsync(Gate.Sum);
        await fleet.KillAsync(gates.TurnAwayAsync);
    }

    /// <summary>Until nothing is tried, reminded of or waited for any more.</summary>
    private static async Task SettleAsync(MortalFleet fleet, KillLoad load)
    {
        await load.EndTroubleAsync();
        for (var part = 0; part < 3; part++) await PassAsync(fleet, TimeSpan.FromMinutes(15));
        await PassAsync(fleet, TimeSpan.FromHours(13));
    }

    private static Task PassAsync(MortalFleet fleet, TimeSpan time) => fleet.Stage.StepToAsync(fleet.Stage.Now + time, default);

    private async Task AssertAsync(MortalFleet fleet, Company[] companies, KillLoad load)
    {
        var (stage, database) = (fleet.Stage, fleet.Database);
        var ledger = await KillLedger.ReadAsync(database, await stage.WhatsApp.JournalAsync());
        var twice = ledger.Twice();
        Tell(ledger, load, twice.Count);
        Assert.Equal([], ledger.Judge());
        Assert.DoesNotContain(twice, m => !KillLoad.LosesStatuses(Array.FindIndex(companies, c => c.Tenant == m.Tenant)));
        Assert.Equal(0, await LateAttempts.CountAsync(database));
        Assert.Equal(0, await KillLedger.CountBackwardsAsync(database));

        var evidence = await KillEvidence.ReadAsync(stage, companies);
        output.WriteLine($"{evidence.Journals.Samsara.Count(w => w.Acknowledged)} events, {evidence.Journals.Updates.Count} updates");
        Assert.Equal([], KillEvidence.Judge(evidence, load.LastWords));
        AssertArrived(evidence, load);
        Assert.Empty(load.Tapped.Except(await database.ScalarAsAdminAsync<string[]>("select coalesce(array_agg(samsara_stop_id), '{}') from fleet.stops where state = 'done'")));
        await AssertNothingLeftAsync(fleet, companies);
    }

    private void Tell(KillLedger ledger, KillLoad load, int twice)
    {
        output.WriteLine($"{Rounds} kills, {load.Arrivals.Count} arrivals, {load.Tapped.Count} taps, {load.Words} times STOP or START");
        output.WriteLine($"{ledger.Messages.Count} messages, {ledger.Messages.Sum(m => m.Attempts.Count)} attempts, {ledger.Taken.Count} taken, {ledger.Statuses.Count} statuses acknowledged");
        output.WriteLine($"{twice} accepted twice, {ledger.Messages.Count(m => m.Doubts.Contains("resent"))} sent again out of doubt, {ledger.Messages.Count(m => m.Doubts.Contains("handed_over"))} given to a dispatcher");
        foreach (var end in ledger.Messages.CountBy(m => m.Status).OrderBy(e => e.Key, StringComparer.Ordinal)) output.WriteLine($"{end.Key}: {end.Value}");
        foreach (var end in ledger.Messages.SelectMany(m => m.Ends).CountBy(e => e).OrderBy(e => e.Key, StringComparer.Ordinal)) output.WriteLine($"not sent, {end.Key}: {end.Value}");
    }

    // Some events never came; of the others, each is of the load.
    private static void AssertArrived(Evidence evidence, KillLoad load)
    {
        var acknowledged = evidence.Companies.SelectMany(evidence.Accepted).Where(w => w.EventType == "RouteStopArrival").Select(w => w.StopId!).ToHashSet();
        Assert.NotEmpty(acknowledged);
        Assert.Empty(acknowledged.Except(load.Arrivals));
    }

    private static async Task AssertNothingLeftAsync(MortalFleet fleet, Company[] companies)
    {
        await using var core = SetUpServices.Create(fleet.Stage.Settings, TimeProvider.System);
        foreach (var company in companies)
        {
            var db = core.GetRequiredService<TenantDbs>().For(TenantId.Parse(company.Tenant));
            Assert.Equal([], await Agreement.ListLeftAsync(db, fleet.Stage.Now));
            Assert.NotEmpty(await UsageRecount.AssertAgreesAsync(db));
        }
        Assert.Equal(0, await CountAsync("select count(*) from localhost.queue_messages where queue like '%-poison'"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.orchestration_commands where status <> 'done'"));
        // What failed for now and was told to nobody, or told and not carried out, would sleep here.
        Assert.Equal(0, await CountAsync("select count(*) from localhost.instances where id like 'MessageRetry-v1:%' and ended_at is null"));
        Assert.Equal(
            await CountAsync("select count(*) from fleet.outbound where retries > 0"),
            await CountAsync("select count(*) from localhost.instances where id like 'MessageRetry-v1:%'"));

        Task<long> CountAsync(string sql) => fleet.Database.ScalarAsAdminAsync<long>(sql);
    }
}
