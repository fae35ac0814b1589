using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Simulators.Samsara;

namespace FleetChat.Tests.Scenarios;

/// <summary>Each rule of docs/rules.md, switched on and off.</summary>
public sealed class RuleScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(3.5);

    /// <summary>What makes each rule speak, and the alert that it raises where dispatchers are told.</summary>
    private static readonly Dictionary<string, (Func<Scenario, Task> Provoke, string? Alert)> Rules = new()
    {
        ["route_assigned"] = (async s => await AssignAsync(s), null),
        ["route_changed"] = (async s =>
        {
            var trip = await AssignAsync(s);
            await s.ChangeAsync(trip, new(AddStops: [new(Scenario.Stop(trip, 2))]));
            await s.LookAsync();
            await s.PassAsync(Settled);
        }, null),
        ["route_reassigned"] = (async s =>
        {
            await s.ChangeAsync(await AssignAsync(s), new(DriverId: s.Ben.Id));
            await s.LookAsync();
            await s.PassAsync(Settled);
        }, null),
        ["route_cancelled"] = (async s =>
        {
            await s.DeleteAsync(await AssignAsync(s));
            await s.LookAsync();
            await s.PassAsync(Settled);
        }, null),
        ["stop_coming_up"] = (async s => await s.PassToAsync((await AssignAsync(s)).Begins.AddMinutes(-29)), null),
        ["eta_slipped"] = (async s =>
        {
            var trip = await s.AddTripAsync(s.Ana);
            await s.ExpectAsync(trip, 0, trip.Begins.AddMinutes(20));
            await s.PassAsync(Settled);
        }, AlertCodes.StopEtaSlipped),
        ["stop_arrived"] = (async s => await s.ArriveAsync(await s.AddTripAsync(s.Ana)), null),
        ["stop_departed"] = (async s =>
        {
            var trip = await s.AddTripAsync(s.Ana);
            await s.ArriveAsync(trip);
            await s.DepartAsync(trip);
        }, null),
        ["early_or_late"] = (s => ArriveLateAsync(s, minutes: 40), AlertCodes.StopEarlyOrLate),
        ["route_completed"] = (async s =>
        {
            var trip = await s.AddTripAsync(s.Ana);
            foreach (var stop in new[] { 0, 1 })
            {
                await s.ArriveAsync(trip, stop);
                await s.DepartAsync(trip, stop);
            }
        }, null),
        ["document_missing"] = (async s =>
        {
            var trip = await s.AddTripAsync(s.Ana);
            await s.ArriveAsync(trip);
            await s.DepartAsync(trip);
            await s.PassAsync(TimeSpan.FromMinutes(31));
        }, null),
        ["site_entered"] = (s => VisitAsync(s, isLeft: false), null),
        ["site_left"] = (s => VisitAsync(s, isLeft: true), AlertCodes.VehicleSiteLeft),
        ["dvir_defects"] = (s => s.HappenAsync(samsara => samsara.EmitSampleAsync(s.OrgId, "DvirSubmitted")), AlertCodes.VehicleDefects),
        ["hos_violation"] = (s => s.HappenAsync(samsara => samsara.RaiseIncidentAsync(s.OrgId, new("hosViolation"))), AlertCodes.DriverHosViolation),
        ["samsara_alert"] = (s => s.HappenAsync(samsara => samsara.RaiseIncidentAsync(s.OrgId, new("outOfRoute"))), AlertCodes.SamsaraAlert),
    };

    public static TheoryData<string> All => [.. Rules.Keys];

    [Fact]
    public void Every_rule_has_its_scenarios() => Assert.Equal(RuleBook.Default.All.Select(r => r.Id), Rules.Keys);

    [Theory]
    [MemberData(nameof(All))]
    public Task Rule_that_is_on_tells_once_whom_it_names(string rule)
    {
        var (provoke, alert) = Rules[rule];
        var told = RuleBook.Default.Find(rule)!.Template.Length > 0 ? 1 : 0;
        return PlayAsync(async s =>
        {
            await s.SwitchAsync(rule, isOn: true);
            await provoke(s);

            Assert.Equal(told, (await s.WhatAsync(s.Ana)).Count(what => what == rule));
        }, alert is null ? [] : [alert]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public Task Rule_that_is_off_tells_nobody(string rule) => PlayAsync(async s =>
    {
        await s.SwitchAsync(rule, isOn: false);
        await Rules[rule].Provoke(s);

        Assert.DoesNotContain(rule, await s.WhatAsync(s.Ana));
    });

    internal static async Task<Trip> AssignAsync(Scenario s, Person? driver = null, TimeSpan? startsIn = null)
    {
        await s.LookAsync();
        var trip = await s.AddTripAsync(driver ?? s.Ana, startsIn);
        await s.LookAsync();
        await s.PassAsync(Settled);
        return trip;
    }

    /// <summary>Ana's truck comes to the company's yard.</summary>
    private static async Task VisitAsync(Scenario s, bool isLeft)
    {
        var truck = await CrewScenarios.BoardAsync(s, s.Ana);
        var yard = await s.Host.Samsara.AddAddressAsync(s.OrgId, new("Dallas yard", "1 Main St, Dallas", 32.8, -96.8));
        await s.HappenAsync(samsara => samsara.CrossGeofenceAsync(s.OrgId, yard, new(truck)));
        await s.PassAsync(TimeSpan.FromMinutes(2));
        if (isLeft) await s.HappenAsync(samsara => samsara.CrossGeofenceAsync(s.OrgId, yard, new(truck, Exit: true)));
    }

    /// <summary>At a stop whose window in Samsara is five minutes.</summary>
    internal static async Task ArriveLateAsync(Scenario s, double minutes)
    {
        var trip = await s.AddTripAsync(s.Ana, window: TimeSpan.FromMinutes(5));
        await s.PassToAsync(trip.Begins.AddMinutes(minutes));
        await s.ArriveAsync(trip);
    }
}
