using System.Text.Json.Nodes;
using FleetChat.Core.Monitoring;

namespace FleetChat.Tests.Scenarios;

/// <summary>What is special about the rules for stops and for what else happens to a truck.</summary>
public sealed class StopRuleScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(3.5);

    [Fact]
    public Task Stop_is_told_half_an_hour_before_it_is_expected_wherever_that_has_moved() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s);
        await s.ExpectAsync(trip, 0, trip.Begins.AddMinutes(10));
        await s.PassToAsync(trip.Begins);

        Assert.Equal(["route_assigned", "stop_coming_up"], await s.WhatAsync(s.Ana));
        var told = await s.LastAsync(s.Ana, "stop_coming_up");
        Assert.InRange(told.At, trip.Begins.AddMinutes(-20), trip.Begins.AddMinutes(-19));
        Assert.Contains("Austin yard", told.Text, StringComparison.Ordinal);
        Assert.Equal(["Understood", "I have a problem"], await s.ButtonsAsync(s.Ana, told));
    });

    [Fact]
    public Task Eta_within_its_threshold_is_no_news_and_past_it_only_the_newest_is_told() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        foreach (var late in new[] { 10, 20, 25 })
        {
            await s.ExpectAsync(trip, 0, trip.Begins.AddMinutes(late));
            await s.PassAsync(Minute);
        }
        await s.PassAsync(Settled);
        await s.ExpectAsync(trip, 0, trip.Begins.AddMinutes(35));
        await s.PassAsync(2 * Settled);

        var told = Assert.Single(await s.ToldAsync(s.Ana), t => t.What == "eta_slipped");
        Assert.Contains(Local(trip.Begins.AddMinutes(25)), told.Text, StringComparison.Ordinal);
    }, AlertCodes.StopEtaSlipped);

    [Fact]
    public Task Company_may_have_an_eta_told_from_five_minutes_on() => PlayAsync(async s =>
    {
        await s.ChangeRuleAsync("eta_slipped", new { threshold_minutes = 5 });
        var trip = await s.AddTripAsync(s.Ben);
        await s.ExpectAsync(trip, 0, trip.Begins.AddMinutes(6));
        await s.PassAsync(Settled);

        Assert.Single(await s.WhatAsync(s.Ben), "eta_slipped");
    }, AlertCodes.StopEtaSlipped);

    [Theory]
    [InlineData(-40, true)]
    [InlineData(-10, false)]
    [InlineData(10, false)]
    [InlineData(40, true)]
    public Task Arrival_off_by_half_an_hour_is_alerted_and_one_off_by_less_is_not(double minutes, bool isAlerted) => PlayAsync(async s =>
    {
        await RuleScenarios.ArriveLateAsync(s, minutes);

        Assert.Contains("stop_arrived", await s.WhatAsync(s.Ana));
    }, isAlerted ? [AlertCodes.StopEarlyOrLate] : []);

    [Fact]
    public Task Arrival_that_could_not_be_told_for_two_hours_is_told_no_more() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 131000, RetryAfterSeconds: 3 * 3600));
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.PassAsync(TimeSpan.FromHours(4));

        Assert.DoesNotContain("stop_arrived", await s.WhatAsync(s.Ana));
        Assert.Single(await s.Api.ListAsync("api/messages"), m => Scenario.Text(m, "template") == "fleetchat_stop_arrived_v2" && Scenario.Text(m, "status") == "expired");
    });

    [Fact]
    public Task Departure_from_the_last_stop_names_no_next_one_and_completes_the_route() => PlayAsync(async s =>
    {
        await s.SwitchAsync("stop_departed", isOn: true);
        await s.SwitchAsync("route_completed", isOn: true);
        var trip = await s.AddTripAsync(s.Ana);
        foreach (var stop in new[] { 0, 1 })
        {
            await s.ArriveAsync(trip, stop);
            await s.DepartAsync(trip, stop);
        }

        Assert.Equal(["stop_arrived", "stop_departed", "stop_arrived", "route_completed"], await s.WhatAsync(s.Ana));
        Assert.Contains("Waco mill", (await s.LastAsync(s.Ana, "stop_departed")).Text, StringComparison.Ordinal);
        Assert.Equal("delivered", await s.StatusAsync(trip));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Paper_that_came_is_not_asked_for(bool byWhatsApp) => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        if (byWhatsApp) await s.SendAsync(s.Ana);
        await s.DepartAsync(trip);
        if (!byWhatsApp) await s.HappenAsync(async samsara => await samsara.SubmitDocumentAsync(s.OrgId, new(s.Ana.Id, await s.AddDocumentTypeAsync("Anything"), trip.Stops[0])));
        await s.PassAsync(40 * Minute);

        Assert.DoesNotContain("document_missing", await s.WhatAsync(s.Ana));
    });

    [Fact]
    public Task Paper_is_asked_for_half_an_hour_after_the_departure() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Cleo);
        await s.ArriveAsync(trip);
        await s.PassAsync(20 * Minute);
        await s.DepartAsync(trip);
        var left = s.Now;
        await s.PassAsync(TimeSpan.FromHours(2));

        Assert.InRange((await s.LastAsync(s.Cleo, "document_missing")).At, left.AddMinutes(30), left.AddMinutes(31));
        Assert.Single(await s.WhatAsync(s.Cleo), "document_missing");
    });

    [Fact]
    public Task Inspection_without_defects_is_nobodys_business() => PlayAsync(s => s.HappenAsync(samsara => samsara.EmitAsync(s.OrgId, "DvirSubmitted", new JsonObject
    {
        ["dvir"] = new JsonObject { ["id"] = "1", ["safetyStatus"] = "safe", ["hasDefects"] = false, ["vehicle"] = new JsonObject { ["id"] = "55" } },
    })));

    [Fact]
    public Task Alert_that_is_resolved_comes_again_and_is_told_once() => PlayAsync(async s =>
    {
        await s.SwitchAsync("hos_violation", isOn: true);
        await s.SwitchAsync("samsara_alert", isOn: true);
        var incident = await s.Host.Samsara.RaiseIncidentAsync(s.OrgId, new("hosViolation"));
        await s.PassAsync(Minute);
        await s.HappenAsync(samsara => samsara.ResolveIncidentAsync(s.OrgId, incident.Id));

        Assert.Equal(1, Assert.Single(await s.Api.ListAsync("api/alerts")).GetProperty("count").GetInt32());
    }, AlertCodes.DriverHosViolation);

    [Fact]
    public Task In_one_step_of_hours_each_thing_happens_at_its_own_time() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s, startsIn: TimeSpan.FromHours(4));
        await s.ExpectAsync(trip, 0, trip.Begins.AddMinutes(30));
        var began = s.Now;
        await s.PassAsync(TimeSpan.FromHours(8));

        Assert.Equal(["route_assigned", "eta_slipped", "stop_coming_up", "stop_coming_up"], await s.WhatAsync(s.Ana));
        var times = (await s.ToldAsync(s.Ana)).Select(t => t.At).ToList();
        Assert.InRange(times[1], began.AddMinutes(3), began.AddMinutes(3.5));
        Assert.InRange(times[2], trip.Begins, trip.Begins.AddSeconds(30));
        Assert.InRange(times[3], trip.Begins.AddMinutes(90), trip.Begins.AddMinutes(90.5));
    }, AlertCodes.StopEtaSlipped);

    private static string Local(DateTimeOffset time)
        => TimeZoneInfo.ConvertTimeBySystemTimeZoneId(time, "America/Chicago").ToString("h:mm tt", System.Globalization.CultureInfo.InvariantCulture);
}
