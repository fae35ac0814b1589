using System.Text.Json.Nodes;
using FleetChat.Core.Messaging;

namespace FleetChat.Tests.Messaging.Rules;

/// <summary>What is told about stops: before, on time or not, and after.</summary>
public sealed class StopRuleTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Ana = "+15550001111";

    [Fact]
    public async Task Stop_that_comes_up_is_told_half_an_hour_before_and_follows_its_eta()
    {
        var (day, at) = await StartAsync("701");
        await day.HearStopAsync("RouteStopEtaUpdated", "701", "11", new() { ["id"] = "7011", ["state"] = "en route", ["eta"] = RuleDay.Text(at.AddMinutes(10)), ["scheduledArrivalTime"] = RuleDay.Text(at) });

        await day.PassAsync(at.AddMinutes(-21) - day.Now);
        Assert.DoesNotContain("fleetchat_stop_coming_up_v1", day.TemplatesTo(Ana));
        await day.PassAsync(TimeSpan.FromMinutes(3));

        Assert.Single(day.TemplatesTo(Ana), "fleetchat_stop_coming_up_v1");
    }

    [Theory]
    [InlineData(false, 1)]
    // Of the past before a company was looked at nobody is told.
    [InlineData(true, 0)]
    public async Task Arrival_that_only_a_list_shows_is_told(bool isFirstLook, int told)
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var stop = RuleDay.Stop("7081", "Dallas Warehouse", day.Now.AddMinutes(-5), "arrived");
        stop["actualArrivalTime"] = RuleDay.Text(day.Now.AddMinutes(-2));

        await day.SeeAsync(day.Route("708", "11", stop, RuleDay.Stop("7082", "Waco Mill", day.Now.AddHours(3))), isFirstLook);
        await day.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(told, day.TemplatesTo(Ana).Count(template => template.StartsWith("fleetchat_stop_arrived_", StringComparison.Ordinal)));
        Assert.Equal(1, await day.CountAsync("select count(*) from fleet.stops where tenant_id = $1 and samsara_stop_id = '7081' and state = 'arrived'"));
    }

    [Fact]
    public async Task Stop_that_was_told_and_waits_to_be_sent_is_not_replaced_by_itself_when_more_is_heard_of_it()
    {
        var (day, at) = await StartAsync("706");
        await day.PassAsync(at.AddMinutes(-31) - day.Now);
        day.Refuse();
        await day.PassAsync(TimeSpan.FromMinutes(2));
        await EtaAsync(day, "706", at, 2);
        await day.PassAsync(TimeSpan.FromMinutes(2));

        day.Accept();
        await day.PassAsync(TimeSpan.FromMinutes(22));

        Assert.Equal(["fleetchat_stop_coming_up_v1"], day.TemplatesTo(Ana));
        Assert.DoesNotContain("stop_coming_up:superseded", await day.ReasonsAsync());
    }

    [Fact]
    public async Task Message_that_was_sent_does_not_come_again_in_the_digest()
    {
        var (day, at) = await StartAsync("707");
        await day.PassAsync(at.AddMinutes(-29) - day.Now);
        Assert.Single(day.TemplatesTo(Ana), "fleetchat_stop_coming_up_v1");
        for (var route = 0; route < 5; route++) await day.SeeAsync(day.Route($"72{route}", "11", RuleDay.Stop($"72{route}1", $"Yard {route}")));
        await day.PassAsync(TimeSpan.FromMinutes(5));

        // The day has had its messages, and the stop is heard of once more.
        await EtaAsync(day, "707", at, 1);
        await day.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(0, await day.CountAsync("select count(*) from fleet.held_notices where tenant_id = $1 and rule = 'stop_coming_up'"));
    }

    [Fact]
    public async Task Eta_that_slips_past_the_threshold_is_told_once_with_its_newest_time_and_raises_an_alert()
    {
        var (day, at) = await StartAsync("702");
        foreach (var late in new[] { 10, 20, 25 })
        {
            await EtaAsync(day, "702", at, late);
            await day.PassAsync(TimeSpan.FromMinutes(1));
        }
        await day.PassAsync(TimeSpan.FromMinutes(3));
        // Ten minutes more than what was told is no news.
        await EtaAsync(day, "702", at, 35);
        await day.PassAsync(TimeSpan.FromMinutes(5));

        var told = Assert.Single(day.Taken, t => t.Content.Template == "fleetchat_eta_slipped_v1");
        Assert.NotEqual(told.Content.Parameters![2], told.Content.Parameters[3]);
        Assert.Equal(1, await day.CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'stop.eta_slipped' and count = 1"));
    }

    [Fact]
    public async Task Paper_that_did_not_come_is_asked_for_half_an_hour_after_the_stop_was_left()
    {
        var (day, at) = await StartAsync("703");
        await LeaveAsync(day, "703");
        await day.PassAsync(TimeSpan.FromMinutes(29));
        Assert.DoesNotContain("fleetchat_document_missing_v1", day.TemplatesTo(Ana));
        await day.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Single(day.TemplatesTo(Ana), "fleetchat_document_missing_v1");
        Assert.True(at > day.Now.AddHours(-3));
    }

    [Fact]
    public async Task Paper_that_came_by_Samsaras_own_app_is_not_asked_for()
    {
        var (day, _) = await StartAsync("704");
        await LeaveAsync(day, "704");
        await day.HearAsync("DocumentSubmitted", new()
        {
            ["document"] = new JsonObject { ["id"] = "9_1", ["driver"] = new JsonObject { ["id"] = "11" }, ["routeStop"] = new JsonObject { ["id"] = "7041" }, ["createdAtTime"] = RuleDay.Text(day.Now) },
        });

        await day.PassAsync(TimeSpan.FromMinutes(40));

        Assert.DoesNotContain("fleetchat_document_missing_v1", day.TemplatesTo(Ana));
    }

    [Fact]
    public async Task Departure_ends_the_stop_and_an_arrival_that_comes_after_it_is_overtaken()
    {
        var (day, _) = await StartAsync("705");
        await LeaveAsync(day, "705");
        day.Forget();

        await day.HearStopAsync("RouteStopArrival", "705", "11", new() { ["id"] = "7051", ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(day.Now.AddMinutes(-20)) });

        Assert.Empty(day.Taken);
        Assert.Equal(1, await day.CountAsync("select count(*) from fleet.stops where tenant_id = $1 and samsara_stop_id = '7051' and state = 'done'"));
        Assert.Equal(1, await day.CountAsync("select count(*) from fleet.inbox where tenant_id = $1 and outcome = 'noted: the stop is done already'"));
    }

    [Fact]
    public async Task Seventh_unasked_message_of_a_day_comes_with_the_others_in_a_digest_and_raises_an_alert()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        for (var route = 0; route < 8; route++) await day.SeeAsync(day.Route($"71{route}", "11", RuleDay.Stop($"71{route}1", $"Yard {route}")));
        await day.PassAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(6, day.TemplatesTo(Ana).Count());

        await day.PassAsync(TimeSpan.FromMinutes(61));

        Assert.Equal("fleetchat_digest_v1", day.TemplatesTo(Ana).Last());
        Assert.Equal(7, day.TemplatesTo(Ana).Count());
        var told = day.Taken.SkipLast(1).Select(t => t.Content.Parameters![3]).ToList();
        var held = Enumerable.Range(0, 8).Select(n => $"Yard {n}").Where(yard => !told.Exists(t => t.Contains(yard, StringComparison.Ordinal)));
        Assert.All(held, yard => Assert.Contains(yard, day.Taken[^1].Content.Parameters![1], StringComparison.Ordinal));
        Assert.Equal(1, await day.CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'driver.many_messages'"));
    }

    [Fact]
    public async Task Where_nobody_knows_what_the_stop_is_for_both_buttons_are_offered_and_the_tap_tells()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        await day.SeeAsync(day.Route("73", "11", RuleDay.Stop("731", "Yard", day.Now.AddHours(3)), RuleDay.Stop("732", "Cross dock", day.Now.AddHours(4)), RuleDay.Stop("733", "Mill", day.Now.AddHours(5))));
        await day.HearStopAsync("RouteStopArrival", "73", "11", new() { ["id"] = "731", ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(day.Now) });
        Assert.Equal("fleetchat_stop_arrived_v2", Assert.Single(day.TemplatesTo(Ana)));
        day.Forget();

        await day.HearStopAsync("RouteStopArrival", "73", "11", new() { ["id"] = "732", ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(day.Now) });
        var message = Assert.Single(day.Taken);
        Assert.Equal((TemplateSet.StopArrivedUnsure, "stop_arrived"), (message.Content.Template, (await day.ReasonsAsync())[^1]));
        Assert.Equal([ButtonActions.Loaded, ButtonActions.Unloaded, ButtonActions.Problem], message.Content.Buttons!.Select(b => b.Action));
        await day.TapAsync(message, ButtonActions.Unloaded);

        Assert.Equal(1, await day.CountAsync("select count(*) from fleet.stops where tenant_id = $1 and samsara_stop_id = '732' and state = 'done' and said_kind = 'delivery'"));
    }

    [Fact]
    public async Task Company_may_set_another_number_than_six()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        await day.ChangeAsync($"update fleet.tenant_configurations set most_unasked_messages = 2, version = version + 1 where tenant_id = '{day.Company.Id}'");
        for (var route = 0; route < 4; route++) await day.SeeAsync(day.Route($"72{route}", "11", RuleDay.Stop($"72{route}1", $"Yard {route}")));
        await day.PassAsync(TimeSpan.FromMinutes(4));

        Assert.Equal(2, day.TemplatesTo(Ana).Count());
    }

    [Theory]
    [InlineData("DvirSubmitted", """{"dvir":{"id":"1","safetyStatus":"unsafe","vehicle":{"id":"55"}}}""", "vehicle.defects", 1)]
    [InlineData("DvirSubmitted", """{"dvir":{"id":"1","safetyStatus":"safe","hasDefects":false,"vehicle":{"id":"55"}}}""", "vehicle.defects", 0)]
    [InlineData("AlertIncident", """{"configurationId":"c","happenedAtTime":"2026-03-02T15:00:00Z","isResolved":false,"conditions":[{"details":{"hosViolation":{"driver":{"id":"11"}}}}]}""", "driver.hos_violation", 0)]
    public async Task Dispatchers_are_told_of_what_their_rules_name(string type, string data, string alert, int expected)
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);

        await day.HearAsync(type, JsonNode.Parse(data)!.AsObject());

        Assert.Equal(expected, await day.CountAsync($"select count(*) from fleet.alerts where tenant_id = $1 and code = '{alert}'"));
    }

    [Fact]
    public async Task Violation_of_hours_is_an_alert_where_the_company_wants_it()
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        await day.ChangeRulesAsync("""{"hos_violation":{"is_on":true}}""");

        await day.HearAsync("AlertIncident", JsonNode.Parse(
            """{"configurationId":"c","happenedAtTime":"2026-03-02T15:00:00Z","isResolved":false,"conditions":[{"details":{"hosViolation":{"driver":{"id":"11"}}}}]}""")!.AsObject());

        Assert.Equal(1, await day.CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'driver.hos_violation' and subject = '11'"));
    }

    private async Task<(RuleDay Day, DateTimeOffset At)> StartAsync(string route)
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        var at = day.Now.AddHours(2);
        await day.SeeAsync(day.Route(route, "11", RuleDay.Stop($"{route}1", "Yard", at), RuleDay.Stop($"{route}2", "Mill", at.AddHours(3))));
        await day.PassAsync(TimeSpan.FromMinutes(4));
        return (day, at);
    }

    private static Task EtaAsync(RuleDay day, string route, DateTimeOffset at, int late)
        => day.HearStopAsync("RouteStopEtaUpdated", route, "11", new() { ["id"] = $"{route}1", ["state"] = "en route", ["eta"] = RuleDay.Text(at.AddMinutes(late)), ["scheduledArrivalTime"] = RuleDay.Text(at) });

    private static Task LeaveAsync(RuleDay day, string route)
        => day.HearStopAsync("RouteStopDeparture", route, "11", new()
        {
            ["id"] = $"{route}1",
            ["state"] = "departed",
            ["actualArrivalTime"] = RuleDay.Text(day.Now.AddMinutes(-20)),
            ["actualDepartureTime"] = RuleDay.Text(day.Now),
        });
}
