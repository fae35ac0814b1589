using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;

namespace FleetChat.Tests.Billing;

/// <summary>What happens at a company's limits: nobody new, nothing that can wait, and everything that has to be.</summary>
public sealed class LimitTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task Last_place_is_taken_once_by_however_many_want_it_at_once()
    {
        var company = await AddCompanyAsync(new(3, null, null, Until: Later));

        var added = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => _fleet.Get<AddDriver>().HandleAsync(new(company.Id, $"{i}", "Ana", $"+1555200{i:0000}", "en", "granted"), default)));

        Assert.Equal(3, added.Count(a => a.IsOk));
        Assert.All(added.Where(a => !a.IsOk), a => Assert.Equal("limits.drivers_reached", a.Error!.Code));
        Assert.Equal(3, await CountAsync(company, "select count(*)::int from fleet.drivers where tenant_id = $1"));
    }

    [Fact]
    public async Task Message_over_the_limit_is_refused_with_its_reason_and_consent_goes_on()
    {
        var company = await AddCompanyAsync(new(null, 2, null, Until: Later));
        var driver = await _fleet.AddDriverAsync(company, "1", "+15552010001");
        _fleet.AcceptAll();
        for (var i = 0; i < 3; i++)
        {
            await _fleet.QueueNoteAsync(company, driver);
            await PassAsync();
        }
        var refused = await _fleet.Get<SendDispatcherMessage>().HandleAsync(new(company.Id, driver, "Hello.", "test"), default);
        foreach (var word in new[] { "HELP", "STOP" })
        {
            await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages:
                [Payloads.Text("15552010001", word, $"wamid.limit.{word}", _fleet.Clock.GetUtcNow().ToUnixTimeSeconds())]))).Nudges);
            await PassAsync();
        }

        Assert.Equal("limits.messages_reached", refused.Error!.Code);
        Assert.Equal(["accepted test", "accepted test", "refused test:over_limit", "accepted consent_help", "accepted consent_stopped"],
            await _fleet.Db(company).ListAsync("select status || ' ' || reason from fleet.message_logs where tenant_id = $1 and direction = 'outbound' order by id", row => row.GetString(0), default));
    }

    [Fact]
    public async Task Inbound_is_taken_over_the_limit_and_counts()
    {
        var company = await AddCompanyAsync(new(null, 1, null, Until: Later));
        await _fleet.AddDriverAsync(company, "1", "+15552020001");

        for (var i = 0; i < 3; i++)
            await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15552020001", "Hello.", $"wamid.over.{i}", _fleet.Clock.GetUtcNow().ToUnixTimeSeconds())]))).Nudges);

        Assert.Equal(3, (await UsageAsync(company)).CurrentMetrics.MonthlyMessages);
    }

    [Fact]
    public void Only_what_our_own_rules_call_urgent_passes_the_limit()
    {
        Assert.True(MessageRoom.IsCritical("route_cancelled"));
        Assert.False(MessageRoom.IsCritical("route_assigned"));
        Assert.False(MessageRoom.IsCritical("dispatcher_message:key"));
    }

    [Fact]
    public async Task Alerts_are_raised_once_at_80_and_at_100_percent_and_closed_when_a_month_begins()
    {
        var company = await AddCompanyAsync(new(null, 5, null, Until: Later));
        await _fleet.AddDriverAsync(company, "1", "+15552030001");
        var alerts = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15552030001", "Hello.", $"wamid.alert.{company.Id}.{i}")]))).Nudges);
            await KeepAsync(2);
            alerts.Add(await AlertsAsync(company));
        }

        Assert.Equal(["", "", "", Near(1), $"{Reached(1)} {Near(1)}", $"{Reached(1)} {Near(1)}"], alerts);
        _fleet.Clock.Advance(TimeSpan.FromDays(31));
        await KeepAsync(2);
        Assert.Equal("", await AlertsAsync(company));
        Assert.Equal(2, await CountAsync(company, "select count(*)::int from fleet.alerts where tenant_id = $1 and closed_at is not null"));

        static string Near(int count) => $"usage.near_limit:max_monthly_messages:{count}";
        static string Reached(int count) => $"usage.limit_reached:max_monthly_messages:{count}";
    }

    [Fact]
    public async Task Two_that_judge_at_once_alert_once()
    {
        var company = await AddCompanyAsync(new(1, null, null, Until: Later));
        await _fleet.AddDriverAsync(company, "1", "+15552040001");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => KeepAsync(1)));

        Assert.Equal("usage.limit_reached:max_drivers:1 usage.near_limit:max_drivers:1", await AlertsAsync(company));
    }

    [Fact]
    public async Task Higher_limit_until_a_day_ends_with_it_and_nobody_is_turned_out()
    {
        var company = await AddCompanyAsync(new(2, null, null, Until: Later));
        for (var i = 0; i < 2; i++) await _fleet.AddDriverAsync(company, $"{i}", $"+1555205000{i}");
        var today = BillingPeriod.Today(_fleet.Clock.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"));
        await OverrideAsync(company, new(1, null, null, today));
        Assert.Equal("limits.drivers_reached", (await _fleet.Get<AddDriver>().HandleAsync(new(company.Id, "9", "Bo", null, null), default)).Error!.Code);

        _fleet.Clock.Advance(TimeSpan.FromDays(1));

        Assert.True((await _fleet.Get<AddDriver>().HandleAsync(new(company.Id, "9", "Bo", null, null), default)).IsOk);
        var usage = await UsageAsync(company);
        Assert.Equal((3, ResourceLimits.OfTier("enterprise"), null), (usage.EnrolledDrivers, usage.ResourceLimits, usage.LimitsUntil));
    }

    [Fact]
    public async Task Limits_are_changed_for_a_day_to_come_and_above_zero_alone_and_the_trail_says_by_whom()
    {
        var company = await AddCompanyAsync(new(2, null, null, Until: Later));

        Assert.Equal("limits.until_is_past", (await TryOverrideAsync(company, new(5, null, null, new(2020, 1, 1))))!.Code);
        Assert.Equal("limits.out_of_range", (await TryOverrideAsync(company, new(0, null, null, Later)))!.Code);
        Assert.Equal("operator", await _fleet.Db(company).FindAsync("select actor from fleet.audit_entries where tenant_id = $1 and action = 'limits.overridden'", row => row.GetString(0), default));
    }

    private static DateOnly Later => new(2099, 1, 1);

    private async Task<TestCompany> AddCompanyAsync(LimitOverride limits)
    {
        var company = await _fleet.AddCompanyAsync("limits");
        await OverrideAsync(company, limits);
        return company;
    }

    private async Task OverrideAsync(TestCompany company, LimitOverride limits) => Assert.Null(await TryOverrideAsync(company, limits));

    private async Task<Core.Error?> TryOverrideAsync(TestCompany company, LimitOverride limits) => (await _fleet.Get<OverrideLimits>().HandleAsync(new(company.Id, limits, "operator"), default)).Error;

    // A person is written to no faster than WhatsApp allows.
    private async Task PassAsync()
    {
        _fleet.Clock.Advance(TimeSpan.FromSeconds(10));
        await _fleet.SweepAsync();
    }

    private async Task KeepAsync(int times)
    {
        for (var i = 0; i < times; i++) await _fleet.Get<KeepUsage>().HandleAsync(default);
    }

    private async Task<UsageView> UsageAsync(TestCompany company) => (await _fleet.Get<GetUsage>().HandleAsync(company.Id, default)).Value;

    private async Task<string> AlertsAsync(TestCompany company) => string.Join(' ', await _fleet.Db(company).ListAsync(
        "select code || ':' || subject || ':' || count from fleet.alerts where tenant_id = $1 and closed_at is null order by code", row => row.GetString(0), default));

    private Task<int> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, row => row.GetInt32(0), default);
}
