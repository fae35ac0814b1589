using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Tests.Messaging.Rules;

namespace FleetChat.Tests.Monitoring;

/// <summary>Whoever is told something, or is not, there is a row that says why.</summary>
public sealed class DecisionTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private TestFleet Fleet => fixture.Fleet;

    [Fact]
    public async Task Message_and_fact_name_the_event_that_they_come_from()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await HearArrivalAsync(day, "801", "first");

        var row = await Fleet.Db(day.Company).FindAsync("select id from fleet.inbox where tenant_id = $1", r => r.GetGuid(0), default);

        Assert.Equal($"event:{row:N}", await TextAsync(day, "select cause from fleet.message_logs where tenant_id = $1"));
        Assert.Equal($"event:{row:N}", await TextAsync(day, "select cause from fleet.transport_events where tenant_id = $1 and what = 'stop_arrived'"));
    }

    [Fact]
    public async Task Same_fact_under_another_id_is_noted_as_known()
    {
        var day = await RuleDay.StartAsync(Fleet);
        var at = day.Now;
        await HearArrivalAsync(day, "802", "first", at: at);
        await HearArrivalAsync(day, "802", "second", at: at);

        var effect = await TextAsync(day, "select effect_key from fleet.transport_events where tenant_id = $1 and what = 'stop_arrived'");

        Assert.Equal([effect], await ListAsync(day, "known", "subject"));
        Assert.Single(day.Taken);
    }

    [Fact]
    public async Task Edits_that_settle_are_each_noted_with_the_look_that_told_of_them_all()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await day.SeeAsync(day.Route("803", "11", RuleDay.Stop("8031", "Yard", day.Now.AddHours(3))));
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await day.SeeAsync(day.Route("803", "11", RuleDay.Stop("8031", "Dock", day.Now.AddHours(4))));
        await day.PassAsync(TimeSpan.FromMinutes(4));

        var cause = await TextAsync(day, "select cause from fleet.message_logs where tenant_id = $1");

        Assert.StartsWith("reminder:route_notice:", cause, StringComparison.Ordinal);
        var subject = cause!["reminder:".Length..];
        Assert.Equal(2, (await ListAsync(day, "watched", "cause", subject)).Distinct().Count(c => c!.StartsWith("event:", StringComparison.Ordinal)));
        Assert.Equal(["message: fleetchat_route_assigned_v1"], await ListAsync(day, "looked", "outcome", subject));
    }

    [Fact]
    public async Task What_is_true_again_by_the_time_it_is_looked_at_is_noted_and_told_to_nobody()
    {
        var day = await RuleDay.StartAsync(Fleet);
        var at = day.Now.AddHours(3);
        await day.SeeAsync(day.Route("804", "11", RuleDay.Stop("8041", "Yard", at)), isFirstLook: true);
        await day.HearStopAsync("RouteStopEtaUpdated", "804", "11", Eta(at, 40));
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await day.HearStopAsync("RouteStopEtaUpdated", "804", "11", Eta(at, 0));
        await day.PassAsync(TimeSpan.FromMinutes(4));

        Assert.Contains("noted: it is within its time again", await ListAsync(day, "looked", "outcome"));
        Assert.Empty(day.Taken);
    }

    [Fact]
    public async Task Rule_that_is_off_and_driver_who_has_not_agreed_are_noted()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await HearArrivalAsync(day, "805", "asked nobody", driver: await AddWithoutConsentAsync(day));
        await day.ChangeRulesAsync("""{"stop_arrived": {"is_on": false}}""");
        await HearArrivalAsync(day, "806", "off");

        Assert.Equal(["noted: driver.no_consent", "noted: rule stop_arrived is off"], await ListAsync(day, "rule", "outcome"));
    }

    [Fact]
    public async Task Message_that_a_newer_word_replaced_and_one_that_came_too_late_are_noted()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await day.SeeAsync(day.Route("807", "11", RuleDay.Stop("8071", "Yard", day.Now.AddHours(3))));
        day.Refuse();
        await day.PassAsync(TimeSpan.FromMinutes(4));
        await day.SeeAsync(day.Route("807", "11", RuleDay.Stop("8071", "Dock", day.Now.AddHours(5))));
        await day.PassAsync(TimeSpan.FromMinutes(4));
        await day.PassAsync(TimeSpan.FromHours(14));

        Assert.Equal(await ListMessagesAsync(day, "route_assigned:superseded"), await ListIdsAsync(day, "superseded"));
        Assert.Equal(await ListMessagesAsync(day, "stop_coming_up:expired"), await ListIdsAsync(day, "unsent"));
    }

    [Fact]
    public async Task Message_that_waits_for_the_morning_says_so()
    {
        var day = await RuleDay.StartAsync(Fleet);
        // Eleven in the evening in Chicago.
        await day.PassAsync(new DateTimeOffset(day.Now.UtcDateTime.Date.AddDays(1).AddHours(5), TimeSpan.Zero) - day.Now, TimeSpan.FromHours(1));
        var route = day.Route("808", "11", RuleDay.Stop("8081", "Yard", day.Now.AddHours(9)));
        route["scheduledRouteStartTime"] = RuleDay.Text(day.Now.AddHours(9));
        await day.SeeAsync(route);
        await day.PassAsync(TimeSpan.FromMinutes(4));

        Assert.Equal(["held: quiet hours"], await ListAsync(day, "held", "outcome"));
        Assert.Equal(await ListMessagesAsync(day, "route_assigned"), await ListIdsAsync(day, "held"));
    }

    [Fact]
    public async Task Decisions_are_forgotten_with_the_inbox()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await Fleet.Database.ExecuteAsAdminAsync("""
            insert into fleet.decisions (tenant_id, at, kind, subject, outcome)
            select $1, $2 - days * interval '1 day', 'rule', 'days ' || days, 'old'
            from unnest(array[29, 31]) days
            """, P.Text(day.Company.Id.Value), P.Time(day.Now));

        await Fleet.Get<KeepInbox>().HandleAsync(default);

        Assert.Equal(["days 29"], await ListAsync(day, "rule", "subject"));
    }

    private static System.Text.Json.Nodes.JsonObject Eta(DateTimeOffset at, int late)
        => new() { ["id"] = "8041", ["state"] = "en route", ["eta"] = RuleDay.Text(at.AddMinutes(late)), ["scheduledArrivalTime"] = RuleDay.Text(at) };

    private async Task HearArrivalAsync(RuleDay day, string route, string eventId, string driver = "11", DateTimeOffset? at = null)
        => await Fleet.WorkAsync((await Fleet.FromSamsaraAsync(day.Company, Payloads.StopArrival(day.Company, driver, route, $"{route}2", eventId, at ?? day.Now))).Nudges);

    private async Task<string> AddWithoutConsentAsync(RuleDay day)
    {
        await Fleet.AddDriverAsync(day.Company, "13", "+15550004444", "Cleo", "en", "unknown");
        return "13";
    }

    private Task<string?> TextAsync(RuleDay day, string sql) => Fleet.Db(day.Company).FindAsync(sql, r => r.TextOrNull(0), default);

    private async Task<IReadOnlyList<string?>> ListAsync(RuleDay day, string kind, string column, string? subject = null)
        => await Fleet.Db(day.Company).ListAsync($"select {column} from fleet.decisions where tenant_id = $1 and kind = $2 and subject = coalesce($3, subject) order by id",
            r => r.TextOrNull(0), default, P.Text(kind), P.Text(subject));

    private async Task<IReadOnlyList<Guid?>> ListMessagesAsync(RuleDay day, string reason)
        => [Assert.Single(await Fleet.Db(day.Company).ListAsync("select id from fleet.message_logs where tenant_id = $1 and reason = $2", r => (Guid?)r.GetGuid(0), default, P.Text(reason)))];

    private async Task<IReadOnlyList<Guid?>> ListIdsAsync(RuleDay day, string kind)
        => await Fleet.Db(day.Company).ListAsync("select message_id from fleet.decisions where tenant_id = $1 and kind = $2 order by id", r => r.GuidOrNull(0), default, P.Text(kind));
}
