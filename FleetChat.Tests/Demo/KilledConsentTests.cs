using System.Diagnostics;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;
using Driver = FleetChat.LocalHost.Hosting.Driver;
using Trip = FleetChat.LocalHost.Hosting.Trip;

namespace FleetChat.Tests.Demo;

/// <summary>
/// SIGKILL in the middle of consent, at each point where <see cref="Gates"/> let the host stand: asked, with nothing sent or followed yet; a YES
/// that has arrived and is half worked on; a reminder that is committed and neither sent nor known to its orchestration; one whose timer
/// has fired and that is not committed, while another YES arrives; an end that is committed and of which the orchestration does not know.
/// </summary>
public sealed class KilledConsentTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Killed_host_asks_reminds_confirms_and_lets_run_out_once()
    {
        var watch = Stopwatch.StartNew();
        var company = KilledDay.NewCompany(5);
        company = company with { Drivers = [], Roster = company.Drivers };
        await using var fleet = await MortalFleet.StartAsync("killed_consent", [company], KilledDay.NextMorning(TimeProvider.System.GetUtcNow()));
        await using var gates = await Gates.BuildAsync(fleet.Database);
        var play = new Play(fleet, gates, company);
        output.WriteLine($"begun after {watch.Elapsed.TotalSeconds:F1} s");

        var (ana, ben, cleo) = (company.Roster[0], company.Roster[1], company.Roster[2]);
        var asked = fleet.Stage.Now;
        await play.AskAsync([ana, ben, cleo]);
        await play.ArriveAsync(ana);
        await play.AnswerAsync(ana);
        await play.ArriveAsync(ana);
        await play.ForgetWhatIsDoneAsync("reminders = 1", asked.AddHours(24), count: 2);
        await play.ArriveAsync(ben);
        await play.AnswerWhileRemindedAsync(cleo, asked.AddHours(72));
        await play.ForgetWhatIsDoneAsync("status = 'expired'", asked.AddDays(7), count: 1);
        await play.ArriveAsync(ben);
        // Nobody is reminded of anything any more.
        await play.PassAsync(TimeSpan.FromDays(8));
        output.WriteLine($"over after {watch.Elapsed.TotalSeconds:F1} s");

        await play.AssertAsync(ana, "granted", questions: 1, confirmations: 1, arrivals: 1);
        await play.AssertAsync(ben, "expired", questions: 3, confirmations: 0, arrivals: 0);
        // Which of the two came first, his YES or its reminder, is for nobody to say.
        await play.AssertAsync(cleo, "granted", await play.CountAsync("select count(*) from fleet.message_logs where reason = 'consent_reminder' and status <> 'refused'", cleo) + 1, confirmations: 1, arrivals: 0);
        Assert.Single(await fleet.Stage.ApiOf(company).ListAsync<ApiAlert>("api/alerts?include=closed", default), a => a.Code == AlertCodes.DriverConsentUnanswered);
        await play.AssertNothingLeftAsync();
    }

    private sealed class Play(MortalFleet fleet, Gates gates, Company company)
    {
        private readonly Dictionary<Driver, Guid> _ids = [];
        private int _trips;

        private Stage Stage => fleet.Stage;

        private FleetApi Api => Stage.ApiOf(company);

        public Task PassAsync(TimeSpan time) => Stage.StepToAsync(Stage.Now + time, default);

        /// <summary>They are entered with the company's evidence, and have to say it themselves. Nothing of it has begun when the host dies.</summary>
        public async Task AskAsync(IReadOnlyList<Driver> drivers)
        {
            await Api.ChangeCompanyAsync(new { compliance_settings = new { driver_consent_required = true } }, default);
            await gates.CloseAsync(Gate.Begin);
            await gates.CloseAsync(Gate.Attempt);
            foreach (var driver in drivers)
            {
                await Stage.WhatsApp.AddUserAsync(new(driver.Phone, driver.Name));
                var (status, body) = await Api.PostAsync("api/drivers", new { samsara_driver_id = driver.Id, name = driver.Name, phone = $"+{driver.Phone}", language = "en", opt_in = Scenario.OptInAt(Stage.Now) }, default);
                Assert.True((int)status is 200 or 201, body);
                _ids[driver] = JsonSerializer.Deserialize<JsonElement>(body).GetProperty("id").GetGuid();
            }
            // The sweep finds what is to be begun.
            await fleet.SetClockAsync(Stage.Now + Minute);
            await gates.AwaitAsync(Gate.Begin);
            await gates.AwaitAsync(Gate.Attempt);
            await KillAsync();
        }

        /// <summary>His YES is acknowledged and half worked on when the host dies.</summary>
        public async Task AnswerAsync(Driver driver)
        {
            await gates.CloseAsync(Gate.Request);
            await SayYesAsync(driver);
            await gates.AwaitAsync(Gate.Request);
            await KillAsync();
        }

        /// <summary>What was due is committed when the host dies, and its orchestration has not heard of it; nothing of it is sent.</summary>
        /// <param name="isDone">Of a request.</param>
        /// <param name="count">So many requests.</param>
        public async Task ForgetWhatIsDoneAsync(string isDone, DateTimeOffset at, int count)
        {
            await gates.CloseAsync(Gate.Request);
            await fleet.SetClockAsync(at);
            await gates.AwaitAsync(Gate.Request, count);
            await gates.CloseAsync(Gate.Turn);
            await gates.CloseAsync(Gate.Attempt);
            await gates.OpenAsync(Gate.Request);
            await Until.TrueAsync(async () => await CountAsync($"select count(*) from fleet.consent_requests where {isDone}") == count, because: isDone);
            await gates.AwaitAsync(Gate.Turn);
            await KillAsync();
            await Stage.StepToAsync(at + Minute, default);
        }

        /// <summary>The timer has fired, and its work is not committed when the host dies; meanwhile the driver says YES.</summary>
        public async Task AnswerWhileRemindedAsync(Driver driver, DateTimeOffset at)
        {
            await gates.CloseAsync(Gate.Request);
            await fleet.SetClockAsync(at);
            await gates.AwaitAsync(Gate.Request, count: 2);
            await SayYesAsync(driver);
            await KillAsync();
            await Stage.StepToAsync(at + Minute, default);
        }

        /// <summary>A truck of his reaches a stop: he is told if he has agreed.</summary>
        public async Task ArriveAsync(Driver driver)
        {
            var number = ++_trips;
            var trip = new Trip($"85{number}0", $"Trip 85{number}", [new($"85{number}1", $"Dock 85{number}"), new($"85{number}2", $"Mill 85{number}")]);
            await new CompanySetUp(Stage.Samsara, Stage.WhatsApp).AddTripAsync(company, driver, trip, Stage.Now, default);
            await Stage.Samsara.ArriveAsync(company.OrgId, trip.RouteId, trip.Stops[0].Id);
            await PassAsync(Minute);
        }

        public async Task AssertAsync(Driver driver, string state, long questions, int confirmations, int arrivals)
        {
            var taken = (await Journals.ReadAsync(Stage.Samsara, Stage.WhatsApp, default)).Taken.Where(t => t.To == driver.Phone).ToList();
            Assert.Equal(questions, taken.Count(t => t.Template == TemplateSet.ConsentQuestion));
            Assert.Equal(confirmations, taken.Count(t => t.Template is null));
            Assert.Equal(arrivals, taken.Count(t => t.Template == TemplateSet.StopArrived));
            Assert.DoesNotContain(taken.TakeWhile(t => t.Template is not null), t => t.Template != TemplateSet.ConsentQuestion);
            Assert.DoesNotContain(taken.SkipWhile(t => t.Template is not null), t => t.Template == TemplateSet.ConsentQuestion);
            var consent = await Api.GetAsync<JsonElement>($"api/drivers/{_ids[driver]}/consent", default);
            Assert.Equal(state, consent.GetProperty("state").GetString());
            Assert.Equal(["unknown", "asked", state], consent.GetProperty("history").EnumerateArray().Select(h => h.GetProperty("state").GetString()!));
            Assert.Equal(1, await CountAsync("select count(*) from fleet.consent_requests where status <> 'open'", driver));
        }

        public async Task AssertNothingLeftAsync()
        {
            await using var core = SetUpServices.Create(Stage.Settings, TimeProvider.System);
            Assert.Equal([], await Agreement.ListLeftAsync(core.GetRequiredService<TenantDbs>().For(TenantId.Parse(company.Tenant)), Stage.Now));
            Assert.Equal(0, await CountAsync("select count(*) from localhost.queue_messages where queue like '%-poison'"));
            Assert.Equal(0, await CountAsync("select count(*) from fleet.orchestration_commands where status <> 'done'"));
            Assert.Equal(0, await CountAsync("select count(*) from localhost.instances where id like 'ConsentFlow-v1:%' and ended_at is null"));
        }

        public Task<long> CountAsync(string sql) => fleet.Database.ScalarAsAdminAsync<long>(sql);

        /// <param name="sql">Of a table with drivers.</param>
        public Task<long> CountAsync(string sql, Driver driver) => fleet.Database.ScalarAsAdminAsync<long>($"{sql} and driver_id = $1", P.Uuid(_ids[driver]));

        private async Task SayYesAsync(Driver driver)
        {
            var question = (await Stage.WhatsApp.ChatsAsync(company.NumberId, driver.Phone)).SelectMany(c => c.Messages).Last(m => m.Buttons.Contains("Yes"));
            await Stage.WhatsApp.TapAsync(company.NumberId, driver.Phone, question.Wamid, "Yes");
            await Until.TrueAsync(async () => await Stage.WhatsApp.PendingAsync() == 0, because: "his word to be acknowledged");
        }

        private async Task KillAsync()
        {
            await fleet.KillAsync(gates.TurnAwayAsync);
            await PassAsync(Minute);
        }
    }
}
