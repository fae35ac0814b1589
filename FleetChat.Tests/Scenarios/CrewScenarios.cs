using FleetChat.Core.Monitoring;

namespace FleetChat.Tests.Scenarios;

/// <summary>Routes on a truck: teams, swaps, and nobody at the wheel.</summary>
public sealed class CrewScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Seen = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(3.5);

    [Fact]
    public Task Route_on_a_truck_is_told_to_whoever_drives_it() => PlayAsync(async s =>
    {
        var truck = await BoardAsync(s, s.Ben);
        var trip = await AssignAsync(s, truck);
        await s.ArriveAsync(trip);

        Assert.Equal(["route_assigned", "stop_arrived"], await s.WhatAsync(s.Ben));
        Assert.Empty(await s.ToldAsync(s.Ana));
    });

    [Fact]
    public Task Team_gets_its_assignment_both_and_the_rest_goes_to_the_one_who_does_not_drive_and_either_answers() => PlayAsync(async s =>
    {
        var truck = await BoardAsync(s, s.Ana, s.Ben);
        var trip = await AssignAsync(s, truck);
        await s.TapAsync(s.Ben, "Acepto");
        Assert.Equal("accepted", await s.StatusAsync(trip));
        await s.PassToAsync(trip.Begins);
        await s.ArriveAsync(trip);
        await s.TapAsync(s.Ben, "Terminé aquí");

        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Ana));
        Assert.Equal(["route_assigned", "stop_coming_up", "stop_arrived", "text"], await s.WhatAsync(s.Ben));
        Assert.Equal("done", await s.StateAsync(trip));
        Assert.Contains("Ben: done at Austin yard", (await s.RouteAsync(trip)).Notes, StringComparison.Ordinal);
    });

    [Fact]
    public Task Partner_who_understood_gets_the_whole_of_a_note_that_was_cut() => PlayAsync(async s =>
    {
        var truck = await BoardAsync(s, s.Ana, s.Ben);
        await s.LookAsync();
        var trip = await s.AddTripAsync(driver: null, vehicleId: truck, stopNotes: $"{string.Concat(Enumerable.Repeat("Mind the low bridge. ", 40))}Ring twice.");
        await s.LookAsync();
        await s.PassToAsync(trip.Begins.AddMinutes(-20));
        await s.TapAsync(s.Ben, "Entendido");

        Assert.Equal(["route_assigned", "stop_coming_up", "text"], await s.WhatAsync(s.Ben));
        Assert.Contains("Ring twice.", (await s.ToldAsync(s.Ben))[^1].Text, StringComparison.Ordinal);
    });

    [Fact]
    public Task Truck_that_is_swapped_before_the_trip_is_told_to_both_and_the_old_drivers_buttons_are_dead() => PlayAsync(async s =>
    {
        var truck = await BoardAsync(s, s.Ana);
        var trip = await AssignAsync(s, truck);
        await SwapAsync(s, truck, s.Ben);
        await s.TapAsync(s.Ana, "Accept");

        Assert.Equal(["route_assigned", "route_reassigned", "text"], await s.WhatAsync(s.Ana));
        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Ben));
        Assert.Equal("assigned", await s.StatusAsync(trip));
    });

    [Fact]
    public Task Who_takes_over_under_way_is_told_how_it_stands() => PlayAsync(async s =>
    {
        var truck = await BoardAsync(s, s.Ana);
        var trip = await AssignAsync(s, truck);
        await s.PassToAsync(trip.Begins);
        await s.ArriveAsync(trip);
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);
        await SwapAsync(s, truck, s.Cleo);

        Assert.Equal("route_reassigned", (await s.WhatAsync(s.Ana))[^1]);
        Assert.Equal(["route_assigned", "stop_arrived"], (await s.WhatAsync(s.Cleo)).Order(StringComparer.Ordinal));
        Assert.Contains("Waco mill", (await s.LastAsync(s.Cleo, "stop_arrived")).Text, StringComparison.Ordinal);
        await s.TapAsync(s.Cleo, "Terminé ici");
        Assert.Equal("delivered", await s.StatusAsync(trip));
    });

    [Fact]
    public Task Dispatchers_are_told_while_nobody_drives_and_the_driver_once_there_is_one() => PlayAsync(async s =>
    {
        var truck = await s.Host.Samsara.AddVehicleAsync(s.OrgId, new("Truck 7"));
        await AssignAsync(s, truck);
        Assert.Equal(AlertCodes.TransportCrewNobody, Scenario.Text(Assert.Single(await s.Api.ListAsync("api/alerts")), "code"));
        await SwapAsync(s, truck, s.Ana);

        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Ana));
    });

    [Fact]
    public Task Three_in_a_truck_are_for_dispatchers_to_sort_out() => PlayAsync(async s =>
    {
        await AssignAsync(s, await BoardAsync(s, s.Ana, s.Ben, s.Cleo));

        foreach (var driver in new[] { s.Ana, s.Ben, s.Cleo }) Assert.Empty(await s.ToldAsync(driver));
    }, AlertCodes.TransportCrewTooMany);

    /// <summary>The first drives, the others ride with him.</summary>
    internal static async Task<string> BoardAsync(Scenario s, Person driver, params Person[] passengers)
    {
        var truck = await s.Host.Samsara.AddVehicleAsync(s.OrgId, new("Truck 7"));
        await s.Host.Samsara.AssignAsync(s.OrgId, new(driver.Id, truck));
        foreach (var passenger in passengers) await s.Host.Samsara.AssignAsync(s.OrgId, new(passenger.Id, truck, IsPassenger: true));
        return truck;
    }

    internal static async Task<Trip> AssignAsync(Scenario s, string truck)
    {
        await s.LookAsync();
        var trip = await s.AddTripAsync(driver: null, vehicleId: truck);
        await s.LookAsync();
        await s.PassAsync(Settled);
        return trip;
    }

    private static async Task SwapAsync(Scenario s, string truck, Person driver)
    {
        await s.Host.Samsara.AssignAsync(s.OrgId, new(driver.Id, truck));
        await s.PassAsync(Seen);
        await s.PassAsync(Settled);
    }
}
