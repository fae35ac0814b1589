using System.Diagnostics;
using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.WhatsApp;
using Xunit.Abstractions;

namespace FleetChat.Tests.Demo;

/// <summary>
/// SIGKILL at random moments while two companies' trucks arrive and their drivers answer. The simulators live on, and what they
/// wrote down decides. FLEETCHAT_TEST_SIZE=long kills forty times, FLEETCHAT_TEST_SEED repeats a run's moments.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int Kills = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 40 : 20;

    [Fact]
    public async Task Killed_host_loses_no_acknowledged_event_and_sends_no_message_twice()
    {
        var seed = MortalFleet.Seed();
        output.WriteLine($"seed {seed}, {Kills} kills");
        var (freight, cargo) = (Cast.Freight(), Cast.Cargo());
        await using var fleet = await MortalFleet.StartAsync("kills", [freight, cargo]);
        await KillAsync(fleet, freight, cargo, new Random(seed));
    }

    private async Task KillAsync(MortalFleet fleet, Company freight, Company cargo, Random random)
    {
        var (host, stage) = (fleet.Host, fleet.Stage);
        var stream = new Stream(stage, [freight, cargo]);
        var whole = Stopwatch.StartNew();

        using var enough = new CancellationTokenSource();
        var streaming = stream.RunAsync(enough.Token);
        for (var kill = 0; kill < Kills; kill++)
        {
            var (moment, watch) = (TimeSpan.FromMilliseconds(random.Next(50, 500)), Stopwatch.StartNew());
            await Until.TrueAsync(() => watch.Elapsed > moment, because: "the moment of the next kill");
            await host.KillAsync();
            await host.StartAgainAsync(CancellationToken.None);
        }
        await enough.CancelAsync();
        await streaming;
        output.WriteLine($"{Kills} kills in {whole.Elapsed.TotalSeconds:F0} s");

        var evidence = await SettleAsync(stage, freight, cargo);
        output.WriteLine($"{stream.Arrivals.Count} arrivals, {evidence.Journals.Taken.Count} messages, {evidence.Journals.Updates.Count} updates; at rest after {whole.Elapsed.TotalSeconds:F0} s");
        AssertNothingIsLostOrTwice(evidence, stream);
    }

    /// <summary>Beyond the doubt window, so that an attempt that nothing settled is sent once more.</summary>
    private static async Task<Evidence> SettleAsync(Stage stage, Company freight, Company cargo)
    {
        var deadline = TimeSpan.FromSeconds(90);
        await Until.TrueAsync(async () => await stage.Samsara.PendingAsync() + await stage.WhatsApp.PendingAsync() == 0, because: "every webhook to be acknowledged", deadline);
        await Until.TrueAsync(async () =>
        {
            // A dead sender's lease runs out after real seconds, whatever the business clock says.
            await stage.PassAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            return await IsIdleAsync(stage, freight) && await IsIdleAsync(stage, cargo);
        }, because: "every message to be sent", deadline);
        for (var part = 0; part < 3; part++) await stage.PassAsync(TimeSpan.FromMinutes(4), CancellationToken.None);
        return await Evidence.ReadAsync(stage, new(freight, cargo), new DayNotes(), CancellationToken.None);
    }

    private static async Task<bool> IsIdleAsync(Stage stage, Company company)
        => !(await stage.LookAsync(company, CancellationToken.None)).Any(m => m is { IsOutbound: true, Status: "queued" })
           && (await stage.ApiOf(company).ListAsync<ApiEvent>("api/events", CancellationToken.None)).All(e => e.Status == "done");

    private static void AssertNothingIsLostOrTwice(Evidence evidence, Stream stream)
    {
        Assert.Null(Deliveries.ListedOnceAndDone(evidence));
        Assert.Null(Deliveries.TakenAreInJournal(evidence));
        Assert.Null(Deliveries.JournalIsInApi(evidence));
        Assert.Null(Deliveries.FinalIsBest(evidence));
        Assert.Null(Deliveries.StatusesForward(evidence));
        Assert.Null(Doors.MessagesOfOwnNumber(evidence));
        Assert.DoesNotContain(stream.Arrivals, stop => evidence.Journals.Taken.Count(t => t.Template is TemplateSet.StopArrived or TemplateSet.StopArrivedUnsure && t.Text.Contains($" {stop} ", StringComparison.Ordinal)) != 1);
        var done = evidence.Companies.SelectMany(c => c.Transports).SelectMany(t => t.Stops!).Where(s => s.State == "done").Select(s => s.SamsaraStopId).ToHashSet();
        Assert.Empty(stream.Tapped.Except(done));
    }

    /// <summary>Trucks arrive and drivers tap, trip after trip, whether somebody listens or not.</summary>
    private sealed class Stream(Stage stage, IReadOnlyList<Company> companies)
    {
        private int _trips;

        /// <summary>Names of the stops reached.</summary>
        public List<string> Arrivals { get; } = [];

        /// <summary>Samsara's ids of the stops that a driver called done.</summary>
        public HashSet<string> Tapped { get; } = [];

        public async Task RunAsync(CancellationToken enough)
        {
            while (!enough.IsCancellationRequested)
            {
                foreach (var company in companies)
                {
                    await ArriveAsync(company);
                    await TapAsync(company);
                }
                var watch = Stopwatch.StartNew();
                await Until.TrueAsync(() => watch.Elapsed.TotalMilliseconds > 500, because: "a breath");
            }
        }

        private async Task ArriveAsync(Company company)
        {
            var number = ++_trips;
            var driver = company.Drivers[number % company.Drivers.Count];
            // Names of one length: none is part of another.
            var trip = new Trip($"7{number:D5}0", $"Trip {number:D5}", [new($"7{number:D5}1", $"Stop-{number:D5}"), new($"7{number:D5}2", $"End-{number:D5}")]);
            await new CompanySetUp(stage.Samsara, stage.WhatsApp).AddTripAsync(company, driver, trip, stage.Now, CancellationToken.None);
            await stage.Samsara.ArriveAsync(company.OrgId, trip.RouteId, trip.Stops[0].Id);
            Arrivals.Add(trip.Stops[0].Name);
        }

        private async Task TapAsync(Company company)
        {
            var chats = await stage.WhatsApp.ChatsAsync(company.NumberId);
            var (chat, message) = chats.SelectMany(chat => chat.Messages.Select(message => (chat, message))).FirstOrDefault(m => m.message.Buttons.Count > 0 && m.message.Text.Contains("Stop-", StringComparison.Ordinal) && !Tapped.Contains(StopIn(m.message)));
            if (message is null) return;
            Tapped.Add(StopIn(message));
            await stage.WhatsApp.TapAsync(company.NumberId, chat.User, message.Wamid, message.Buttons[0]);
        }

        private static string StopIn(ChatMessageView message)
        {
            var at = message.Text.IndexOf("Stop-", StringComparison.Ordinal) + "Stop-".Length;
            return $"7{message.Text[at..(at + 5)]}1";
        }
    }
}
