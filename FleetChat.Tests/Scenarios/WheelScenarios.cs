using FleetChat.Core.Messaging.Holds;

namespace FleetChat.Tests.Scenarios;

/// <summary>Drivers at the wheel: what can wait waits, and what cannot does not.</summary>
public sealed class WheelScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public Task What_can_wait_goes_out_within_a_minute_after_he_has_stopped() => PlayAsync(async s =>
    {
        await LeaveAsync(s);
        await DutyAsync(s, "driving");
        await s.PassAsync(50 * Minute);
        Assert.DoesNotContain("document_missing", await s.WhatAsync(s.Ana));
        Assert.Equal("hos", await HeldBecauseAsync(s));

        await DutyAsync(s, "onDuty");
        var stopped = s.Now;
        await s.PassAsync(5 * Minute);

        Assert.InRange((await s.LastAsync(s.Ana, "document_missing")).At, stopped, stopped + Minute);
        Assert.Null(await HeldBecauseAsync(s));
    });

    [Fact]
    public Task Where_his_hours_tell_nothing_his_truck_does() => PlayAsync(async s =>
    {
        var truck = await CrewScenarios.BoardAsync(s, s.Ana);
        await DutyAsync(s, "");
        var trip = await CrewScenarios.AssignAsync(s, truck);
        await s.PassToAsync(trip.Begins.AddMinutes(-30.5));
        await DriveAsync(s, truck, 60);
        await s.PassAsync(2 * Minute);
        Assert.DoesNotContain("stop_coming_up", await s.WhatAsync(s.Ana));
        Assert.Equal("speed", await HeldBecauseAsync(s));

        await DriveAsync(s, truck, 0);
        await s.PassAsync(Minute);

        Assert.Contains("stop_coming_up", await s.WhatAsync(s.Ana));
    });

    [Fact]
    public Task What_cannot_wait_goes_out_while_he_drives_and_so_does_what_the_company_calls_so() => PlayAsync(async s =>
    {
        await s.ChangeRuleAsync("document_missing", new { urgency = "normal" });
        await DutyAsync(s, "driving");
        await LeaveAsync(s);
        await s.PassAsync(31 * Minute);

        Assert.Equal(["stop_arrived", "document_missing"], (await s.WhatAsync(s.Ana)).Where(what => what != "route_assigned"));
    });

    [Fact]
    public Task What_is_worth_nothing_any_more_when_he_stops_is_never_sent() => PlayAsync(async s =>
    {
        await DutyAsync(s, "driving");
        var trip = await RuleScenarios.AssignAsync(s);
        await s.PassToAsync(trip.Begins.AddMinutes(1));
        await DutyAsync(s, "offDuty");
        await s.PassAsync(2 * Minute);

        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Ana));
        Assert.Single(await s.Api.ListAsync("api/messages"), m => Scenario.Text(m, "status") == "expired");
    });

    [Fact]
    public Task While_Samsara_is_away_nothing_waits_for_more_than_two_minutes() => PlayAsync(async s =>
    {
        await LeaveAsync(s);
        await s.Host.Samsara.FailCallsAsync(new(503, Count: 30, PathPrefix: "/fleet/hos"));
        var left = s.Now;
        await s.PassAsync(40 * Minute);
        await s.Host.Samsara.ClearFaultsAsync();

        Assert.InRange((await s.LastAsync(s.Ana, "document_missing")).At, left.AddMinutes(31), left.AddMinutes(30) + WatchWheel.LongestDoubt + Minute);
    });

    private static async Task LeaveAsync(Scenario s)
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.DepartAsync(trip);
    }

    private static Task DutyAsync(Scenario s, string duty) => s.HappenAsync(samsara => samsara.ChangeDriverAsync(s.OrgId, s.Ana.Id, new(DutyStatus: duty)));

    private static Task DriveAsync(Scenario s, string truck, double milesPerHour) => s.Host.Samsara.MoveVehicleAsync(s.OrgId, truck, new(30, -97, milesPerHour));

    private static async Task<string?> HeldBecauseAsync(Scenario s)
        => (await s.Api.ListAsync("api/messages")).Select(m => Scenario.Text(m, "held_because")).FirstOrDefault(because => because is not null);
}
