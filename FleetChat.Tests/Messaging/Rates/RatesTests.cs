using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Security;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Guards;
using Xunit.Abstractions;

namespace FleetChat.Tests.Messaging.Rates;

/// <summary>
/// What the platform sends against what WhatsApp's simulator counts: nothing is refused, and what is allowed is used.
/// FLEETCHAT_TEST_SIZE=long sends ten times as much.
/// </summary>
public sealed class RatesTests(ITestOutputHelper output)
{
    private static readonly int Size = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 10 : 1;

    [Fact]
    [Catches(Guard.Rates, IsLong = true)]
    public async Task A_number_sends_as_fast_as_it_may_and_no_faster_with_what_it_receives_counted()
    {
        await using var rated = await RatedFleet.StartAsync(new(MessagesPerSecond: 80));
        var company = await rated.AddCompanyAsync();
        var (drivers, (_, writer)) = (await rated.AddDriversAsync(company, 320 * Size - 30), await rated.AddDriverAsync(company));
        await rated.QueueAsync(company, drivers);
        var (from, received) = (rated.Now, 0);
        // What comes in at the same moment takes its part: WhatsApp counts it, and so do we.
        for (; received < 30; received++) await ReceiveAsync(rated, company, writer, received);

        Assert.True(await rated.PassAsync(TimeSpan.FromMinutes(10), company));

        await rated.AssertNothingRefusedAsync();
        Assert.Equal(drivers.Length, (await rated.JournalAsync("send.accepted")).Count);
        var allowed = 80 * (Math.Floor((rated.Now - from).TotalSeconds) + 1);
        output.WriteLine($"{drivers.Length} sent and {received} received in {(rated.Now - from).TotalSeconds:0.00} s: {(drivers.Length + received) / allowed:P1} of what is allowed, 0 refused");
        Assert.InRange((drivers.Length + received) / allowed, 0.95, 1);
    }

    [Fact]
    [Catches(Guard.Rates)]
    public async Task One_number_does_not_wait_for_another()
    {
        await using var rated = await RatedFleet.StartAsync(new());
        var (busy, quiet) = (await rated.AddCompanyAsync("busy"), await rated.AddCompanyAsync("quiet"));
        await rated.QueueAsync(busy, await rated.AddDriversAsync(busy, 120));
        await rated.SendAsync(busy);
        await rated.QueueAsync(quiet, await rated.AddDriversAsync(quiet, 5));
        await rated.SendAsync(quiet);
        var accepted = (await rated.JournalAsync("send.accepted")).CountBy(e => e.GetProperty("phone_number_id").GetString()!).ToDictionary();
        Assert.Equal((80, 5), (accepted[busy.PhoneNumberId], accepted[quiet.PhoneNumberId]));
        await rated.AssertNothingRefusedAsync();
    }

    [Fact]
    public async Task A_number_that_Meta_raised_sends_faster()
    {
        await using var rated = await RatedFleet.StartAsync(new(MessagesPerSecond: 1000));
        var company = await rated.AddCompanyAsync();
        var drivers = await rated.AddDriversAsync(company, 101);
        await rated.QueueAsync(company, drivers[..1]);
        await rated.SendAsync(company);
        await rated.Fleet.SweepAsync();

        await rated.QueueAsync(company, drivers[1..]);
        await rated.SendAsync(company);
        Assert.Equal(101, (await rated.JournalAsync("send.accepted")).Count);
    }

    [Fact]
    [Catches(Guard.Rates)]
    public async Task One_person_gets_a_burst_and_then_one_message_every_six_seconds()
    {
        await using var rated = await RatedFleet.StartAsync(new(PairLimit: true, PairBurst: PairPace.Burst));
        var company = await rated.AddCompanyAsync();
        var ((ana, _), (ben, benPhone)) = (await rated.AddDriverAsync(company), await rated.AddDriverAsync(company));
        var messages = 25 * Size;
        await rated.QueueAsync(company, Enumerable.Repeat(ana, messages));
        var from = rated.Now;
        await rated.SendAsync(company);
        Assert.Equal(PairPace.Burst, (await rated.JournalAsync("send.accepted")).Count);

        // Another one does not wait for her.
        await rated.QueueAsync(company, [ben]);
        await rated.SendAsync(company);
        Assert.Contains(await rated.JournalAsync("send.accepted"), e => e.GetProperty("to").GetString() == benPhone);

        Assert.True(await rated.PassAsync(TimeSpan.FromHours(2), company));
        await rated.AssertNothingRefusedAsync();
        var allowed = PairPace.Burst + Math.Floor((rated.Now - from).TotalSeconds / 6);
        output.WriteLine($"{messages} messages to one person in {(rated.Now - from).TotalSeconds:0} s: {messages / allowed:P1} of what is allowed, 0 refused");
        Assert.InRange(messages / allowed, 0.95, 1);
    }

    [Fact]
    public async Task What_waits_for_a_person_is_put_off_together_and_keeps_its_order()
    {
        await using var rated = await RatedFleet.StartAsync(new(PairLimit: true, PairBurst: PairPace.Burst));
        var company = await rated.AddCompanyAsync();
        var (ana, _) = await rated.AddDriverAsync(company);
        await rated.QueueAsync(company, Enumerable.Repeat(ana, PairPace.Burst + 5));
        var soonWorthless = await rated.Fleet.Database.ScalarAsAdminAsync<Guid>("select id from fleet.outbound order by id desc limit 1");
        await rated.Fleet.Database.ExecuteAsAdminAsync($"update fleet.outbound set valid_until = '{rated.Now.AddSeconds(1):O}' where id = '{soonWorthless}'");

        await rated.SendAsync(company);

        var waiting = await rated.Fleet.Database.ScalarAsAdminAsync<string>("select count(*) || ' of ' || count(distinct due_at) from fleet.outbound where status = 'waiting' and valid_until is distinct from due_at - interval '1 millisecond'");
        Assert.Equal("4 of 1", waiting);
        Assert.True(await rated.PassAsync(TimeSpan.FromMinutes(2), company));
        await rated.AssertNothingRefusedAsync();
        Assert.Equal(PairPace.Burst + 4, (await rated.JournalAsync("send.accepted")).Count);
        var order = await rated.Fleet.Database.ScalarAsAdminAsync<bool>("select array_agg(outbound_id order by started_at) = array_agg(outbound_id order by outbound_id) from fleet.attempts where started_at > (select min(started_at) from fleet.attempts)");
        Assert.True(order);
    }

    [Fact]
    [Catches(Guard.Rates, IsLong = true)]
    public async Task Companies_of_a_portfolio_reach_together_as_many_people_as_it_may()
    {
        await using var rated = await RatedFleet.StartAsync(new(MessagingLimit: 50 * Size));
        var (first, second) = (await rated.AddCompanyAsync("first"), await rated.AddCompanyAsync("second"));
        await KnowLimitAsync(rated, first, second);
        var (of, others) = (await rated.AddDriversAsync(first, 40 * Size), await rated.AddDriversAsync(second, 40 * Size));
        await rated.QueueAsync(first, of);
        await rated.QueueAsync(second, others);
        Assert.False(await rated.PassAsync(TimeSpan.FromHours(23), first, second));

        await rated.AssertNothingRefusedAsync();
        var reached = (await rated.JournalAsync("send.accepted")).DistinctBy(e => e.GetProperty("to").GetString()).Count();
        output.WriteLine($"{reached} of {50 * Size} people reached in a day, 0 refused");
        Assert.InRange(reached, 50 * Size * 95 / 100, 50 * Size);
        Assert.Contains(AlertCodes.WhatsAppDailyLimit, await AlertsAsync(rated, first, second));

        // Who was reached may be written to again, and the rest follows a day later.
        var known = (await rated.JournalAsync("send.accepted")).Select(e => e.GetProperty("to").GetString()).ToHashSet();
        Assert.True(await rated.PassAsync(TimeSpan.FromHours(30), first, second));
        await rated.AssertNothingRefusedAsync();
        Assert.Equal(of.Length + others.Length + 2, (await rated.JournalAsync("send.accepted")).Count);
        Assert.DoesNotContain(AlertCodes.WhatsAppDailyLimit, await AlertsAsync(rated, first, second));
        Assert.True(known.Count < of.Length + others.Length);
    }

    [Fact]
    [Catches(Guard.Rates)]
    public async Task What_a_company_needs_every_week_is_kept_for_it_while_another_floods()
    {
        await using var rated = await RatedFleet.StartAsync(new(MessagingLimit: 50));
        var (flood, steady) = (await rated.AddCompanyAsync("flood"), await rated.AddCompanyAsync("steady"));
        await KnowLimitAsync(rated, flood, steady);
        var drivers = await rated.AddDriversAsync(steady, 20);
        await rated.QueueAsync(steady, drivers);
        await rated.PassAsync(TimeSpan.FromHours(1), flood, steady);
        // Just before the same hour a week later.
        rated.Fleet.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromHours(2));

        await rated.QueueAsync(flood, await rated.AddDriversAsync(flood, 60));
        await rated.SendAsync(flood);
        await rated.QueueAsync(steady, drivers);
        await rated.SendAsync(steady);

        var today = (await rated.JournalAsync("send.accepted")).CountBy(e => e.GetProperty("phone_number_id").GetString()!).ToDictionary();
        Assert.Equal(40 + 1, today[steady.PhoneNumberId]);
        Assert.InRange(today[flood.PhoneNumberId], 28, 31);
        await rated.AssertNothingRefusedAsync();
    }

    [Fact]
    [Catches(Guard.Rates)]
    public async Task Meta_tells_of_another_limit_and_it_holds_at_once_for_all_of_the_portfolio()
    {
        await using var rated = await RatedFleet.StartAsync(new());
        var (first, second) = (await rated.AddCompanyAsync("first"), await rated.AddCompanyAsync("second"));
        var told = await rated.Fleet.FromWhatsAppAsync(Payloads.AccountUpdate(first, "business_capability_update", new() { ["max_daily_conversations_per_business"] = "TIER_250" }));
        await rated.Fleet.WorkAsync(told.Nudges);
        Assert.Equal(250, (await rated.Fleet.Get<Portfolios>().FindLimitedAsync(second.Id, default))!.DailyLimit);
    }

    [Theory]
    [Catches(Guard.Rates, IsLong = true)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Alert_about_a_limit_closes_when_Meta_lifts_it(bool byWebhook)
    {
        await using var rated = await RatedFleet.StartAsync(new(MessagingLimit: 2));
        var company = await rated.AddCompanyAsync();
        await KnowLimitAsync(rated, company);
        await rated.QueueAsync(company, await rated.AddDriversAsync(company, 4));
        await rated.SendAsync(company);
        Assert.Contains(AlertCodes.WhatsAppDailyLimit, await AlertsAsync(rated, company));
        var waiting = await rated.Fleet.Db(company).FindAsync("select id from fleet.message_logs where tenant_id = $1 and direction = 'outbound' and status = 'queued' limit 1", row => row.GetGuid(0), default);
        Assert.Contains((await rated.Fleet.Get<ExplainWhy>().HandleAsync(company.Id, waiting, default)).Value.Timeline, entry => entry.What == WhyWhat.Held && entry.Detail.Contains("daily limit", StringComparison.Ordinal));

        rated.Fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        await rated.WhatsApp.ChangeSettingsAsync((await rated.WhatsApp.SettingsAsync()) with { MessagingLimit = null });
        if (byWebhook)
        {
            var told = await rated.Fleet.FromWhatsAppAsync(Payloads.AccountUpdate(company, "business_capability_update", new() { ["max_daily_conversations_per_business"] = "TIER_UNLIMITED" }));
            await rated.Fleet.WorkAsync(told.Nudges);
        }
        else
        {
            rated.Fleet.Clock.Advance(TimeSpan.FromDays(1));
            await rated.Fleet.SweepAsync();
        }

        Assert.DoesNotContain(AlertCodes.WhatsAppDailyLimit, await AlertsAsync(rated, company));
    }

    [Fact]
    public async Task Person_who_turns_out_to_be_two_chats_keeps_the_pace_of_both()
    {
        await using var rated = await RatedFleet.StartAsync(new());
        var company = await rated.AddCompanyAsync();
        var (driver, _) = await rated.AddDriverAsync(company);
        var (key, user, later) = (await rated.Fleet.Get<DataKeys>().GetAsync(company.Id, default), ChatIdentity.OfUser("US.1"), rated.Now.AddMinutes(1));
        await using (var db = await rated.Fleet.Get<TenantDbs>().BeginAsync(company.Id, default))
        {
            var kept = await db.FindAsync("select conversation_id from fleet.drivers where tenant_id = $1 and id = $2", row => row.GetGuid(0), default, P.Uuid(driver));
            var emptied = await Conversations.FindOrCreateAsync(db, key, [user], rated.Fleet.Clock, default);
            await db.ExecuteAsync("update fleet.conversations set paced_until = $3, reached_at = $3 where tenant_id = $1 and id = $2", default, P.Uuid(emptied), P.Time(later));
            await Conversations.AddIdentityAsync(db, key, kept, user, rated.Fleet.Clock, default);
            await db.CommitAsync(default);
        }

        var paces = await rated.Fleet.Db(company).ListAsync(
            "select c.paced_until, c.reached_at from fleet.conversations c join fleet.drivers d on d.tenant_id = $1 and d.conversation_id = c.id where c.tenant_id = $1",
            row => (row.TimeOrNull(0), row.TimeOrNull(1)), default);
        Assert.Equal([(later, later)], paces);
    }

    /// <summary>From the first message on it is asked for once a day.</summary>
    private static async Task KnowLimitAsync(RatedFleet rated, params TestCompany[] companies)
    {
        foreach (var company in companies)
        {
            await rated.QueueAsync(company, await rated.AddDriversAsync(company, 1));
            await rated.SendAsync(company);
        }
        await rated.Fleet.SweepAsync();
    }

    private static async Task<List<string>> AlertsAsync(RatedFleet rated, params TestCompany[] companies)
    {
        var alerts = new List<string>();
        foreach (var company in companies)
            alerts.AddRange(await rated.Fleet.Db(company).ListAsync("select code from fleet.alerts where tenant_id = $1 and closed_at is null", row => row.GetString(0), default));
        return alerts;
    }

    private static async Task ReceiveAsync(RatedFleet rated, TestCompany company, string phone, int number)
    {
        await rated.WhatsApp.SendTextAsync(company.PhoneNumberId, phone, $"Question {number}?");
        var received = await rated.Fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text(phone, $"Question {number}?", $"wamid.{number}")]));
        await rated.Fleet.WorkAsync(received.Nudges);
    }
}
