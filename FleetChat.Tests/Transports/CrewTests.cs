using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Transports;
using FleetChat.Tests.Messaging.Rules;

namespace FleetChat.Tests.Transports;

/// <summary>Routes that are given to a truck belong to whoever drives it.</summary>
public sealed class CrewTests : IAsyncLifetime
{
    private CrewDay _day = null!;

    public async Task InitializeAsync() => _day = await CrewDay.StartAsync();

    public async Task DisposeAsync() => await _day.DisposeAsync();

    [Fact]
    public async Task Route_on_a_truck_is_told_to_its_driver_whom_samsara_is_asked_for()
    {
        _day.Board("11");
        await _day.Rules.SeeAsync(_day.Route("601"));
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ana));
        Assert.Empty(_day.To(CrewDay.Ben));
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Team_of_two_gets_its_assignments_both_and_the_rest_goes_to_the_one_who_does_not_drive()
    {
        _day.Board("11", "12?");
        await TellAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(100));
        await _day.ArriveAsync("601", "6011");
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ana));
        Assert.Equal(["route_assigned", "stop_coming_up", "stop_arrived"], _day.To(CrewDay.Ben));
        Assert.Equal(["11+12"], await _day.CrewsAsync());
    }

    [Fact]
    public async Task What_one_of_a_truck_declined_stays_so_until_somebody_else_takes_the_wheel()
    {
        _day.Board("11");
        await TellAsync();
        await _day.TapAsync(_day.Last(CrewDay.Ana), "decline");
        await _day.Rules.PassAsync(CrewDay.Settled);
        await _day.SwapAsync();
        await _day.Rules.PassAsync(CrewDay.Settled);
        await _day.SwapAsync("11");
        await _day.Rules.PassAsync(CrewDay.Settled);
        Assert.Equal(["declined"], await _day.ListAsync("select status from fleet.transports where tenant_id = $1"));

        await _day.SwapAsync("12");
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Equal(["assigned"], await _day.ListAsync("select status from fleet.transports where tenant_id = $1"));
        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ben));
        Assert.Equal(["assigned_again"], await _day.ListAsync("select what from fleet.transport_events where tenant_id = $1 and what = 'assigned_again'"));
    }

    [Fact]
    public async Task Co_drivers_answers_count_like_the_drivers()
    {
        _day.Board("11", "12?");
        await TellAsync();
        await _day.TapAsync(_day.Last(CrewDay.Ben), "accept");
        Assert.Equal(["accepted"], await _day.ListAsync("select status from fleet.transports where tenant_id = $1"));
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        await _day.ArriveAsync("601", "6011");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(1));

        await _day.TapAsync(_day.Rules.Taken.Last(m => m.Content.Template == "fleetchat_stop_arrived_v2"), "stop_done");

        Assert.Equal(["done", "scheduled"], await _day.ListAsync("select state from fleet.stops where tenant_id = $1 order by sequence"));
        Assert.Empty(await _day.ListAsync("select effect_key from fleet.message_logs where tenant_id = $1 and effect_key like 'too_late%'"));
    }

    [Fact]
    public async Task Paper_of_a_stop_is_asked_of_who_was_there_also_when_another_drives_on_before_it_can_be_sent()
    {
        _day.Board("11");
        await TellAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        await _day.ArriveAsync("601", "6011");
        await _day.Rules.HearStopAsync("RouteStopDeparture", "601", null, new() { ["id"] = "6011", ["state"] = "departed", ["actualDepartureTime"] = RuleDay.Text(_day.Now) });
        _day.Rules.Refuse();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(31));
        await _day.SwapAsync("12");
        _day.Rules.Accept();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(30));

        Assert.Contains("document_missing", _day.To(CrewDay.Ana));
        Assert.DoesNotContain("document_missing", _day.To(CrewDay.Ben));
    }

    [Fact]
    public async Task Who_accepted_is_told_that_the_trip_is_not_his_also_when_a_change_of_it_was_never_sent()
    {
        _day.Board("11");
        await TellAsync();
        await _day.TapAsync(_day.Last(CrewDay.Ana), "accept");
        var changed = _day.Route("601");
        changed["stops"]!.AsArray().Add(RuleDay.Stop("6013", "Depot", CrewDay.Start.AddHours(7)));
        _day.Rules.Refuse();
        await _day.Rules.SeeAsync(changed);
        await _day.Rules.PassAsync(CrewDay.Settled);
        await _day.SwapAsync("12");
        // The change comes due, and is not sent, before the hand-over has settled.
        await _day.ListAsync("update fleet.outbound set status = 'waiting', due_at = now() - interval '10 years' where tenant_id = $1 and status in ('waiting', 'retrying') returning lane::text");
        _day.Rules.Accept();
        await _day.Fleet.SweepAsync();
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Equal(["route_reassigned"], _day.To(CrewDay.Ana));
        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ben));
    }

    [Fact]
    public async Task Partners_who_change_at_the_wheel_are_told_nothing_new()
    {
        _day.Board("11", "12?");
        await TellAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        await _day.ArriveAsync("601", "6011");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("stop_arrived", _day.To(CrewDay.Ben)[^1]);
        _day.Rules.Forget();

        await _day.SwapAsync("12", "11?");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(20));

        Assert.Empty(_day.Rules.Taken);
        Assert.Equal(["12+11"], await _day.CrewsAsync());
    }

    [Fact]
    public async Task Truck_swapped_before_the_trip_is_told_to_both_and_the_old_drivers_buttons_are_dead()
    {
        _day.Board("11");
        await TellAsync();
        var first = _day.Last(CrewDay.Ana);

        await _day.SwapAsync("12");
        await _day.Rules.PassAsync(CrewDay.Settled);
        await _day.TapAsync(first, "accept");

        Assert.Equal(["route_assigned", "route_reassigned"], _day.To(CrewDay.Ana));
        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ben));
        Assert.Equal(["assigned"], await _day.ListAsync("select status from fleet.transports where tenant_id = $1"));
        Assert.Single(await _day.ListAsync("select effect_key from fleet.message_logs where tenant_id = $1 and effect_key like 'too_late%'"));
    }

    [Fact]
    public async Task Who_takes_over_under_way_is_told_how_it_stands()
    {
        _day.Board("11");
        await TellAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        await _day.ArriveAsync("601", "6011");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("stop_arrived", _day.To(CrewDay.Ana)[^1]);

        await _day.SwapAsync("12");
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Equal(["route_assigned", "stop_arrived"], _day.To(CrewDay.Ben).Order());
        Assert.Equal("route_reassigned", _day.To(CrewDay.Ana)[^1]);
        var trip = _day.Rules.Taken.Single(m => m.Recipient == CrewDay.Ben && m.Content.Template == "fleetchat_route_assigned_v1");
        Assert.DoesNotContain("Yard", trip.Content.Parameters![3], StringComparison.Ordinal);
        await _day.TapAsync(_day.Rules.Taken.Single(m => m.Recipient == CrewDay.Ben && m.Content.Template == "fleetchat_stop_arrived_v2"), "stop_done");
        Assert.Equal(["done", "scheduled"], await _day.ListAsync("select state from fleet.stops where tenant_id = $1 order by sequence"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_waits_to_be_sent_when_the_trip_changes_hands_is_not_sent_to_the_old_driver(bool byTruck)
    {
        if (byTruck) _day.Board("11");
        await TellAsync(byTruck ? null : "11");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        _day.Rules.Refuse();
        await _day.Rules.HearStopAsync("RouteStopArrival", "601", byTruck ? null : "11", new() { ["id"] = "6011", ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(_day.Now) });
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(1));

        if (byTruck) await _day.SwapAsync("12");
        else await _day.Rules.SeeAsync(_day.Route("601", "12", state: "arrived"));
        _day.Rules.Accept();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(25));

        Assert.Equal(["route_reassigned"], _day.To(CrewDay.Ana));
        Assert.Equal(["route_assigned", "stop_arrived"], _day.To(CrewDay.Ben).Order());
        Assert.Contains("stop_arrived:driver_changed", await _day.Rules.ReasonsAsync());
    }

    [Theory]
    [InlineData("11", true)]
    [InlineData("12", false)]
    public async Task What_is_due_while_nobody_can_say_who_drives_waits_until_somebody_can(string driver, bool isSent)
    {
        _day.Board("11");
        await TellAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        _day.Rules.Refuse();
        await _day.ArriveAsync("601", "6011");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(1));
        _day.Crews.IsDown = true;
        _day.Rules.Accept();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(40));
        Assert.Empty(_day.Rules.Taken);
        Assert.Equal(["transport.crew_unknown"], await _day.OpenAlertsAsync());

        _day.Board(driver);
        _day.Crews.IsDown = false;
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(isSent, _day.To(CrewDay.Ana).Contains("stop_arrived"));
        Assert.Equal(!isSent, (await _day.Rules.ReasonsAsync()).Contains("stop_arrived:driver_changed"));
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Who_gets_the_trip_back_before_anything_was_sent_is_told_after_all()
    {
        _day.Board("11");
        await TellAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        _day.Rules.Refuse();
        await _day.ArriveAsync("601", "6011");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(1));
        await _day.SwapAsync("12");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(1));
        _day.Rules.Accept();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(1));
        await _day.Fleet.Database.ExecuteAsAdminAsync("update fleet.outbound set status = 'waiting', due_at = created_at where status in ('waiting', 'retrying')");
        await _day.Fleet.SweepAsync();
        Assert.Contains("stop_arrived:driver_changed", await _day.Rules.ReasonsAsync());

        await _day.SwapAsync("11");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(["stop_arrived"], _day.To(CrewDay.Ana));
        Assert.Empty(_day.To(CrewDay.Ben));
    }

    [Theory]
    [InlineData("transport.crew_nobody")]
    [InlineData("transport.crew_nobody", "12?")]
    [InlineData("transport.crew_too_many", "11", "12?", "13?")]
    public async Task Dispatcher_is_told_where_nobody_or_too_many_are_on_board_until_somebody_drives(string code, params string[] members)
    {
        _day.Board(members);
        await _day.Rules.SeeAsync(_day.Route("601"));
        await _day.Rules.PassAsync(CrewDay.Settled);
        Assert.Empty(_day.Rules.Taken);
        Assert.Equal([code], await _day.OpenAlertsAsync());

        await _day.SwapAsync("11");
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ana));
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Who_signs_out_for_the_night_keeps_the_trip_and_may_still_answer()
    {
        _day.Board("11");
        await TellAsync();
        await _day.SwapAsync();
        await _day.Rules.PassAsync(CrewDay.Settled);
        await _day.TapAsync(_day.Last(CrewDay.Ana), "accept");

        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ana));
        Assert.Equal(["accepted"], await _day.ListAsync("select status from fleet.transports where tenant_id = $1"));
        Assert.Equal(["11 nobody"], await _day.CrewsAsync());
    }

    [Fact]
    public async Task Arrival_goes_to_who_drove_until_then_if_he_signed_out_at_once()
    {
        _day.Board("11");
        await TellAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        var arrived = _day.Now;
        _day.Fleet.Clock.Advance(TimeSpan.FromSeconds(30));
        await _day.SwapAsync();
        await _day.ArriveAsync("601", "6011", arrived);
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal("stop_arrived", _day.To(CrewDay.Ana)[^1]);
    }

    [Fact]
    public async Task While_samsara_is_away_a_word_waits_and_is_told_once_when_it_is_back()
    {
        _day.Board("11");
        await TellAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        _day.Rules.Forget();
        _day.Crews.IsDown = true;
        await _day.ArriveAsync("601", "6011");
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Empty(_day.Rules.Taken);
        Assert.Equal(["arrived", "scheduled"], await _day.ListAsync("select state from fleet.stops where tenant_id = $1 order by sequence"));
        Assert.Empty(await _day.OpenAlertsAsync());

        _day.Crews.IsDown = false;
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(["stop_arrived"], _day.To(CrewDay.Ana));
    }

    [Fact]
    public async Task If_samsara_stays_away_the_dispatcher_is_told_and_the_driver_when_it_is_back()
    {
        _day.Board("11");
        _day.Crews.IsDown = true;
        await _day.Rules.SeeAsync(_day.Route("601"));
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(13));
        Assert.Equal(["transport.crew_unknown"], await _day.OpenAlertsAsync());
        Assert.Empty(_day.Rules.Taken);

        _day.Crews.IsDown = false;
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ana));
        Assert.Empty(await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Who_is_planned_to_take_over_has_the_trip_from_then_on()
    {
        _day.Crews.Plan(CrewDay.Truck, "11", _day.Now.AddHours(-1), _day.Now.AddHours(3));
        _day.Crews.Plan(CrewDay.Truck, "12", _day.Now.AddHours(3), null);
        await TellAsync();
        Assert.Equal(["11"], await _day.CrewsAsync());
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        await _day.ArriveAsync("601", "6011");

        await _day.Rules.PassAsync(TimeSpan.FromMinutes(75));

        Assert.Equal(["12"], await _day.CrewsAsync());
        Assert.Equal("route_reassigned", _day.To(CrewDay.Ana)[^1]);
    }

    [Fact]
    public async Task Driver_whom_the_route_names_has_it_whoever_is_in_the_truck_and_his_passenger_with_him()
    {
        _day.Board("12");
        await TellAsync("11");
        Assert.Equal(["11"], await _day.CrewsAsync());

        await _day.SwapAsync("11?", "12");
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Equal(["12+11"], await _day.CrewsAsync());
        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ana));
        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ben));
    }

    [Fact]
    public async Task Route_that_names_somebody_unknown_is_nobody_elses()
    {
        _day.Board("11");
        await _day.Rules.SeeAsync(_day.Route("601", "77"));
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(115));
        await _day.Rules.HearStopAsync("RouteStopArrival", "601", null, new() { ["id"] = "6011", ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(_day.Now) });
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Empty(_day.Rules.Taken);
        Assert.Equal(["transport.no_driver"], await _day.OpenAlertsAsync());
    }

    [Fact]
    public async Task Driver_in_an_event_of_a_trucks_route_is_not_whom_the_route_names()
    {
        _day.Board("11");
        await TellAsync();
        var data = new JsonObject
        {
            ["route"] = new JsonObject { ["id"] = "601" },
            ["assignedToRoute"] = "vehicle",
            ["driver"] = new JsonObject { ["id"] = "11" },
            ["vehicle"] = new JsonObject { ["id"] = CrewDay.Truck },
            ["routeStopDetails"] = new JsonObject { ["id"] = "6011", ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(_day.Now) },
            ["time"] = RuleDay.Text(_day.Now),
        };
        await _day.Rules.HearAsync("RouteStopArrival", data);

        await _day.SwapAsync("12");

        Assert.Equal(["12"], await _day.CrewsAsync());
    }

    [Fact]
    public async Task Facts_about_crews_may_come_late_and_twice()
    {
        _day.Board("11");
        await TellAsync();
        await _day.SwapAsync("12");
        await _day.RepeatAsync();
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(2));
        await _day.RepeatAsync();
        await _day.Rules.PassAsync(CrewDay.Settled);
        await _day.RepeatAsync();
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Equal(["route_assigned", "route_reassigned"], _day.To(CrewDay.Ana));
        Assert.Equal(["route_assigned"], _day.To(CrewDay.Ben));
    }

    [Fact]
    public async Task First_look_at_a_trucks_route_tells_nobody_and_the_next_driver_all()
    {
        _day.Board("11");
        await _day.Rules.SeeAsync(_day.Route("601", state: "arrived"), isFirstLook: true);
        await _day.Rules.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(_day.Rules.Taken);

        await _day.SwapAsync("12");
        await _day.Rules.PassAsync(CrewDay.Settled);

        Assert.Contains("route_assigned", _day.To(CrewDay.Ben));
        Assert.Equal(["route_reassigned"], _day.To(CrewDay.Ana));
    }

    [Fact]
    public async Task Another_company_with_the_same_truck_is_touched_by_nothing()
    {
        var other = await RuleDay.StartAsync(_day.Fleet, "token");
        _day.Crews.IsDown = true;
        await other.SeeAsync(_day.Route("601"));
        await other.PassAsync(TimeSpan.FromMinutes(1));
        _day.Crews.IsDown = false;
        _day.Board("11");
        await _day.LookAsync();

        Assert.Equal(0, await other.CountAsync("select count(*) from fleet.vehicle_assignments where tenant_id = $1"));
        Assert.Equal(0, await other.CountAsync("select count(*) from fleet.transports where tenant_id = $1 and driver_id is not null"));
        Assert.Equal(1, await other.CountAsync("select count(*) from fleet.transports where tenant_id = $1 and crew_problem = 'unknown'"));
    }

    [Theory]
    [InlineData(null, "a", null, "a", null)]
    [InlineData(null, "a", "b", "a", "b")]
    [InlineData("b", "a", "b", "a", "b")]
    [InlineData("c", "a", "b", "c", null)]
    [InlineData("x", "a", "b", null, null)]
    [InlineData("x", "x", "b", null, "b")]
    [InlineData(null, "x", null, null, null)]
    public void Routes_word_goes_first_and_then_the_trucks(string? named, string driver, string? coDriver, string? expected, string? expectedCo)
    {
        var ids = new[] { "a", "b", "c" }.ToDictionary(id => id, _ => _day.Fleet.Clock.NewId());
        var facts = new CrewFacts(named, "7", null, new(null, null), TransportStatus.Assigned, null);

        var crew = CrewRules.Decide(facts, new(driver, coDriver, CrewProblem.None, null), ids);

        Assert.Equal(new TransportCrew(Of(expected), Of(expectedCo)), crew);

        Guid? Of(string? id) => id is null ? null : ids[id];
    }

    private async Task TellAsync(string? driver = null)
    {
        await _day.Rules.SeeAsync(_day.Route("601", driver));
        await _day.Rules.PassAsync(CrewDay.Settled);
    }
}
