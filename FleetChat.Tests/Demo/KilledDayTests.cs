using System.Diagnostics;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Scenarios;
using FleetChat.Tests.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace FleetChat.Tests.Demo;

/// <summary>
/// SIGKILL at random moments of whole mornings: routes are found by polling, photos written to Samsara, messages held at the wheel, trucks
/// swapped, webhooks sent. FLEETCHAT_TEST_SIZE=long plays ten mornings, FLEETCHAT_TEST_SEED repeats a run's moments.
/// </summary>
public sealed class KilledDayTests(ITestOutputHelper output)
{
    private static readonly int Days = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 10 : 1;
    // Fewer than a message of a queue may fail: they come so fast upon each other that each may meet the same one.
    private static readonly int KillsADay = Days > 1 ? 12 : 4;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly string[] HookTypes = ["message.received", "conversation.needs_dispatcher", "transport.status", "alert.opened"];

    [Fact]
    public async Task Killed_host_calls_reminds_holds_and_tells_everything_once()
    {
        var seed = MortalFleet.Seed();
        output.WriteLine($"seed {seed}, {Days} mornings");
        var watch = Stopwatch.StartNew();
        Company[] companies = [KilledDay.NewCompany(1), KilledDay.NewCompany(2)];
        await using var receiver = await HookReceiver.StartAsync();
        await using var fleet = await MortalFleet.StartAsync("killed_day", companies, KilledDay.NextMorning(TimeProvider.System.GetUtcNow()), KilledDay.WithoutTrips);
        var secrets = await EnterAsync(fleet.Stage, companies, receiver);
        // The first look at Samsara only records.
        for (var look = 0; look < 5; look++) await PassAsync(fleet, 1);

        var (random, trips, kills) = (new Random(seed), new List<KilledTrip>(), 0);
        for (var day = 1; day <= Days; day++)
        {
            var (today, killed) = await PlayAsync(fleet, companies, day, random);
            trips.AddRange(today);
            kills += killed;
            await GoToAsync(fleet, KilledDay.NextMorning(fleet.Stage.Now));
        }
        // Until nobody is followed, reminded or asked any more.
        await GoToAsync(fleet, fleet.Stage.Now.AddDays(1));

        var evidence = await Evidence.ReadAsync(fleet.Stage, new(companies[0], companies[1]), new DayNotes(), default);
        output.WriteLine($"{kills} kills, {evidence.Journals.Taken.Count} messages, {receiver.Received.Count} webhooks, {evidence.Journals.Calls.Count} calls of Samsara; {watch.Elapsed.TotalSeconds:F0} s");
        AssertTold(evidence, trips);
        AssertDocuments(evidence, trips);
        foreach (var trip in trips) await AssertNotesAsync(fleet.Stage, trip);
        foreach (var (company, secret) in companies.Zip(secrets)) await AssertHooksAsync(fleet, company, secret, evidence, receiver);
        foreach (var company in companies) await AssertNothingLeftAsync(fleet, company, trips.Count(t => t.Company == company && t.Part == Part.AtTheWheel));
    }

    private static async Task<(IReadOnlyList<KilledTrip> Trips, int Kills)> PlayAsync(MortalFleet fleet, Company[] companies, int day, Random random)
    {
        var trips = new List<KilledTrip>();
        foreach (var company in companies) trips.AddRange(await KilledDay.PlanAsync(fleet.Stage, company, day));
        using var enough = new CancellationTokenSource();
        var killing = KillAsync(fleet, random, enough.Token);
        for (var minute = 0; !trips.TrueForAll(t => t.IsOver); minute++)
        {
            Assert.True(minute < 300, $"these did not come to their end: {string.Join("; ", trips.Where(t => !t.IsOver))}");
            foreach (var trip in trips) await trip.PlayAsync(minute);
            await PassAsync(fleet, 1);
        }
        // Who sends no photo is asked for it after half an hour.
        for (var part = 0; part < 9; part++) await PassAsync(fleet, 5);
        await enough.CancelAsync();
        return (trips, await killing);
    }

    private static async Task<int> KillAsync(MortalFleet fleet, Random random, CancellationToken enough)
    {
        var kills = 0;
        for (; kills < KillsADay; kills++)
        {
            var (moment, watch) = (TimeSpan.FromMilliseconds(random.Next(200, 2500)), Stopwatch.StartNew());
            await Until.TrueAsync(() => watch.Elapsed > moment || enough.IsCancellationRequested, because: "the moment of the next kill");
            if (enough.IsCancellationRequested) break;
            await fleet.KillAsync();
        }
        return kills;
    }

    private static Task PassAsync(MortalFleet fleet, int minutes) => GoToAsync(fleet, fleet.Stage.Now + (minutes * Minute));

    private static Task GoToAsync(MortalFleet fleet, DateTimeOffset moment) => fleet.Stage.StepToAsync(moment, default);

    /// <returns>The secrets of the companies' webhooks.</returns>
    private static async Task<IReadOnlyList<string>> EnterAsync(Stage stage, IReadOnlyList<Company> companies, HookReceiver receiver)
    {
        List<string> secrets = [];
        foreach (var company in companies)
        {
            foreach (var name in new[] { "Proof of delivery", "Bill of lading" })
                await stage.Samsara.AddDocumentTypeAsync(company.OrgId, new(name, new Dictionary<string, string> { ["Photos"] = "photo", ["Links"] = "string" }));
            var (status, body) = await stage.ApiOf(company).PostAsync("api/webhook-endpoints", new { url = receiver.Url, types = HookTypes }, default);
            Assert.True((int)status is 200 or 201, body);
            secrets.Add(JsonSerializer.Deserialize<JsonElement>(body).GetProperty("secret").GetString()!);
        }
        return secrets;
    }

    private static void AssertTold(Evidence evidence, IReadOnlyList<KilledTrip> trips)
    {
        Assert.Null(Deliveries.ListedOnceAndDone(evidence));
        Assert.Null(Deliveries.TakenAreInJournal(evidence));
        Assert.Null(Deliveries.JournalIsInApi(evidence));
        Assert.Null(Deliveries.FinalIsBest(evidence));
        var expected = trips.SelectMany(t => t.Expected.Select(e => $"{e.To.Phone} {e.Rule} {e.About}")).Order(StringComparer.Ordinal);
        var names = trips.SelectMany(t => t.Trip.Stops.Select(s => s.Name).Append(t.Trip.Name)).ToList();
        var told = evidence.Journals.Taken.Where(t => t.Template is not null).Select(t =>
        {
            var rule = t.Template!["fleetchat_".Length..t.Template!.LastIndexOf('_')];
            var isOfTrip = rule.StartsWith("route_", StringComparison.Ordinal);
            return $"{t.To} {rule} {names.FirstOrDefault(n => n.StartsWith("Trip ", StringComparison.Ordinal) == isOfTrip && t.Text.Contains(n, StringComparison.Ordinal))}";
        }).Order(StringComparer.Ordinal);
        Assert.Equal(expected, told);
        var words = evidence.Journals.Taken.Where(t => t.Template is null).ToList();
        Assert.Equal(2 * trips.Count(t => t.HasPapers), words.Count(t => t.Text.StartsWith("Received", StringComparison.Ordinal)));
        // And one word back to each tap that ended a stop.
        Assert.Equal(2 * trips.Count, words.Count(t => !t.Text.StartsWith("Received", StringComparison.Ordinal)));
    }

    /// <summary>By what stands in them: a call that was repeated though the first one had been heard would make a second.</summary>
    private static void AssertDocuments(Evidence evidence, IReadOnlyList<KilledTrip> trips)
    {
        var documents = evidence.Journals.Calls.Where(c => c is { Method: "POST", Path: "/fleet/documents", Status: < 300 }).Select(c => c.Body!.Value).ToList();
        Assert.Equal(
            trips.Where(t => t.HasPapers).SelectMany(t => t.Trip.Stops.Select(s => $"{t.Last.Id} {s.Id}")).Order(StringComparer.Ordinal),
            documents.Select(d => $"{d.GetProperty("driverId").GetString()} {d.GetProperty("routeStopId").GetString()}").Order(StringComparer.Ordinal));
        Assert.Equal(documents.Count, documents.Select(d => WriteDocument.MarkIn(d.GetProperty("notes").GetString())).Distinct().Count());
    }

    private static async Task AssertNotesAsync(Stage stage, KilledTrip trip)
    {
        var lines = (await stage.Samsara.GetRouteAsync(trip.Company.OrgId, trip.Trip.RouteId)).Notes!.Split('\n');
        Assert.Equal(lines.Length, lines.Distinct().Count());
        Assert.Equal((trip.Accepts, 2), (lines.Count(l => l.Contains(": accepted", StringComparison.Ordinal)), lines.Count(l => l.Contains(": done at ", StringComparison.Ordinal))));
    }

    /// <summary>Repeats bear their first one's id; as many as the drivers' words and the steps of the trips, and no more.</summary>
    private static async Task AssertHooksAsync(MortalFleet fleet, Company company, string secret, Evidence evidence, HookReceiver receiver)
    {
        var hooks = receiver.Received.Where(h => h.IsSignedWith(secret)).DistinctBy(h => h.Id).ToList();
        var noted = await fleet.Database.ScalarAsAdminAsync<string[]>("select coalesce(array_agg('msg_' || replace(id::text, '-', '') || ' ' || status), '{}') from fleet.webhook_deliveries where tenant_id = $1", P.Text(company.Tenant));
        Assert.Equal(noted.Order(StringComparer.Ordinal), hooks.Select(h => $"{h.Id} delivered").Order(StringComparer.Ordinal));
        var mine = evidence.Companies.Single(c => c.Company.Tenant == company.Tenant);
        Assert.Equal(
            mine.Messages.Where(m => !m.IsOutbound).Select(m => m.Id.ToString()).Order(StringComparer.Ordinal),
            hooks.Where(h => h.Type == "message.received").Select(h => h.Data.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(
            evidence.Journals.Updates.Where(u => u.PhoneNumberId == company.NumberId && u is { Status: null, Wamid: not null }).Select(u => u.Wamid!).Distinct().Order(StringComparer.Ordinal),
            mine.Messages.Where(m => !m.IsOutbound).Select(m => m.WhatsappMessageId!).Order(StringComparer.Ordinal));
        foreach (var transport in mine.Transports)
        {
            var steps = hooks.Where(h => h.Type == "transport.status" && h.Data.GetProperty("transport").GetProperty("id").GetString() == transport.Id.ToString()).ToList();
            Assert.NotEmpty(steps);
            Assert.Contains("delivered", transport.Status, StringComparison.Ordinal);
        }
    }

    private static async Task AssertNothingLeftAsync(MortalFleet fleet, Company company, int held)
    {
        await using var core = SetUpServices.Create(fleet.Stage.Settings, TimeProvider.System);
        Assert.Equal([], await Agreement.ListLeftAsync(core.GetRequiredService<TenantDbs>().For(TenantId.Parse(company.Tenant)), fleet.Stage.Now));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.holds where tenant_id = $1 and released_at is null"));
        Assert.InRange(await CountAsync("select count(distinct message_id) from fleet.holds where tenant_id = $1 and reason = 'hos' and release = 'not_driving'"), held, int.MaxValue);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.calls where tenant_id = $1 and kind not like 'poll:%' and status <> 'done'"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.outbound where tenant_id = $1 and status in ('waiting', 'sending', 'doubt')"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.reminders where tenant_id = $1"));
        Assert.Equal(0, await fleet.Database.ScalarAsAdminAsync<long>("select count(*) from localhost.queue_messages where queue like '%-poison'"));

        Task<long> CountAsync(string sql) => fleet.Database.ScalarAsAdminAsync<long>(sql, P.Text(company.Tenant));
    }
}
