using FleetChat.Core.Monitoring;
using FleetChat.Simulators.Samsara;

namespace FleetChat.Tests.Scenarios;

/// <summary>What is special about the rules for routes: settling, lead, night, a day's measure, newer words.</summary>
public sealed class RouteRuleScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(3.5);

    [Fact]
    public Task Route_that_dispatch_still_builds_is_told_once_three_minutes_after_the_last_edit() => PlayAsync(async s =>
    {
        await s.LookAsync();
        var trip = await s.AddTripAsync(s.Ana, notes: "Call the dock");
        await s.LookAsync();
        await s.PassAsync(1.5 * Minute);
        await s.ChangeAsync(trip, new(AddStops: [new(Scenario.Stop(trip, 2))]));
        await s.LookAsync();
        var edited = s.Now;
        await s.PassAsync(10 * Minute);

        var told = Assert.Single(await s.ToldAsync(s.Ana));
        Assert.Equal("route_assigned", told.What);
        Assert.InRange(told.At, edited.AddMinutes(2.8), edited.AddMinutes(3.2));
        Assert.Equal(["Accept", "Can't do it"], await s.ButtonsAsync(s.Ana, told));
        foreach (var said in new[] { $"{trip.Name} (L-{trip.Id})", "Austin yard, 100 Main St, https://maps.google.com/?q=30,-97", "Waco mill", "Dallas port", "(Chicago)", "Call the dock" })
            Assert.Contains(said, told.Text, StringComparison.Ordinal);
    });

    [Fact]
    public Task Edits_of_a_route_that_was_told_are_one_message_that_says_what_changed() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s, s.Ben);
        await s.ChangeAsync(trip, new(AddStops: [new(Scenario.Stop(trip, 2))]));
        await s.LookAsync();
        await s.ChangeAsync(trip, new(RemoveStops: [trip.Stops[1]], ChangeStops: [new(trip.Stops[0], ScheduledArrival: trip.Begins.AddMinutes(40))]));
        await s.LookAsync();
        await s.PassAsync(Settled);

        Assert.Equal(["route_assigned", "route_changed"], await s.WhatAsync(s.Ben));
        var told = await s.LastAsync(s.Ben, "route_changed");
        foreach (var said in new[] { "nueva parada: Dallas port", "ya no va: Waco mill", "Austin yard: ahora" }) Assert.Contains(said, told.Text, StringComparison.Ordinal);
    });

    [Fact]
    public Task Stops_in_another_order_are_told_by_their_event_and_a_time_that_hardly_moves_is_no_news() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s, s.Cleo);
        await s.ChangeAsync(trip, new(ChangeStops: [new(trip.Stops[1], ScheduledArrival: trip.Begins.AddMinutes(125))]));
        await s.LookAsync();
        await s.PassAsync(Settled);
        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Cleo));

        await s.HappenAsync(samsara => samsara.ResequenceAsync(s.OrgId, trip.Id, [trip.Stops[1], trip.Stops[0]]));
        await s.PassAsync(Settled);

        Assert.Contains("autre ordre, d'abord Waco mill", (await s.LastAsync(s.Cleo, "route_changed")).Text, StringComparison.Ordinal);
    });

    [Fact]
    public Task Reassigned_route_is_told_to_both() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s);
        await s.ChangeAsync(trip, new(DriverId: s.Ben.Id));
        await s.LookAsync();
        await s.PassAsync(Settled);

        Assert.Equal(["route_assigned", "route_reassigned"], await s.WhatAsync(s.Ana));
        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Ben));
        Assert.Equal("assigned", await s.StatusAsync(trip));
    });

    [Fact]
    public Task Route_that_is_cancelled_before_anybody_heard_of_it_is_no_news() => PlayAsync(async s =>
    {
        await s.LookAsync();
        var trip = await s.AddTripAsync(s.Ana);
        await s.LookAsync();
        await s.DeleteAsync(trip);
        await s.LookAsync();
        await s.PassAsync(10 * Minute);

        Assert.Empty(await s.ToldAsync(s.Ana));
        Assert.Equal("cancelled", await s.StatusAsync(trip));
    });

    [Fact]
    public Task Routes_that_were_there_at_the_first_look_are_no_news_and_their_changes_are() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.LookAsync();
        await s.PassAsync(Settled);
        Assert.Empty(await s.ToldAsync(s.Ana));

        await s.ChangeAsync(trip, new(AddStops: [new(Scenario.Stop(trip, 2))]));
        await s.LookAsync();
        await s.PassAsync(Settled);

        Assert.Equal(["route_changed"], await s.WhatAsync(s.Ana));
    });

    [Fact]
    public Task Route_far_ahead_is_told_twelve_hours_before_it_starts() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s, startsIn: TimeSpan.FromHours(15));
        await s.PassAsync(TimeSpan.FromHours(4));

        var told = Assert.Single(await s.ToldAsync(s.Ana));
        Assert.Equal("route_assigned", told.What);
        Assert.InRange(told.At, trip.Begins.AddHours(-12), trip.Begins.AddHours(-12).AddSeconds(30));
    });

    [Fact]
    public Task Nights_news_of_a_route_of_the_morning_waits_until_six() => PlayAtAsync(new(3, 0), async s =>
    {
        await RuleScenarios.AssignAsync(s, startsIn: TimeSpan.FromHours(6));
        await s.PassAsync(TimeSpan.FromHours(4));

        var told = Assert.Single(await s.ToldAsync(s.Ana));
        Assert.Equal("route_assigned", told.What);
        Assert.InRange(TimeZoneInfo.ConvertTimeBySystemTimeZoneId(told.At, "America/Chicago").TimeOfDay, TimeSpan.FromHours(6), TimeSpan.FromHours(6.01));
    });

    [Fact]
    public Task Route_that_starts_within_two_hours_is_told_at_night_too() => PlayAtAsync(new(23, 0), async s =>
    {
        await RuleScenarios.AssignAsync(s, startsIn: TimeSpan.FromHours(1.5));

        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Ana));
    });

    [Fact]
    public Task Seventh_unasked_message_of_a_day_comes_with_the_eighth_in_a_digest() => PlayAsync(async s =>
    {
        await s.LookAsync();
        for (var trip = 0; trip < 8; trip++) await s.AddTripAsync(s.Ana, TimeSpan.FromHours(5));
        await s.LookAsync();
        await s.PassAsync(Settled);
        Assert.Equal(6, (await s.ToldAsync(s.Ana)).Count);

        await s.PassAsync(TimeSpan.FromMinutes(62));

        Assert.Equal([.. Enumerable.Repeat("route_assigned", 6), "digest"], await s.WhatAsync(s.Ana));
    }, AlertCodes.DriverManyMessages);

    [Fact]
    public Task Company_may_call_two_messages_a_days_measure() => PlayAsync(async s =>
    {
        await s.Api.ChangeCompanyAsync(new { most_unasked_messages = 2 });
        await s.LookAsync();
        for (var trip = 0; trip < 3; trip++) await s.AddTripAsync(s.Ben, TimeSpan.FromHours(5));
        await s.LookAsync();
        await s.PassAsync(TimeSpan.FromMinutes(66));

        Assert.Equal(["route_assigned", "route_assigned", "digest"], await s.WhatAsync(s.Ben));
    }, AlertCodes.DriverManyMessages);

    [Fact]
    public Task Newer_word_replaces_one_that_WhatsApp_has_not_taken_yet() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 131000, RetryAfterSeconds: 600));
        var trip = await RuleScenarios.AssignAsync(s);
        await s.ChangeAsync(trip, new(AddStops: [new(Scenario.Stop(trip, 2))]));
        await s.LookAsync();
        await s.PassAsync(15 * Minute);

        var told = Assert.Single(await s.ToldAsync(s.Ana));
        Assert.Equal("route_assigned", told.What);
        Assert.Contains("Dallas port", told.Text, StringComparison.Ordinal);
    });

    [Fact]
    public Task Company_whose_token_WhatsApp_refuses_sends_when_the_hold_has_ended() => PlayAsync(async s =>
    {
        var (first, second) = (await s.AddTripAsync(s.Ana), await s.AddTripAsync(s.Ben));
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 190, HttpStatus: 401));
        await s.ArriveAsync(first);
        var held = s.Now;
        await s.ArriveAsync(second);
        await s.PassAsync(65 * Minute);

        Assert.All([Assert.Single(await s.ToldAsync(s.Ana)), Assert.Single(await s.ToldAsync(s.Ben))], told => Assert.InRange(told.At, held.AddMinutes(60), held.AddMinutes(61.5)));
    });
}
