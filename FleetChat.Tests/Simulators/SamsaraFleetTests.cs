using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Samsara;

namespace FleetChat.Tests.Simulators;

/// <summary>Drivers, vehicles, who drives what, and who may see it.</summary>
public sealed class SamsaraFleetTests : IAsyncLifetime
{
    private const long Org = SamsaraBench.Org;
    private static readonly Tag East = new("1", "East"), West = new("2", "West"), Dallas = new("11", "Dallas", "1");

    private SamsaraBench bench = null!;

    private SamsaraControl Control => bench.Control;

    public async Task InitializeAsync() => bench = await SamsaraBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task Tags_filter_drivers_vehicles_and_routes_and_a_parent_stands_for_all_below_it()
    {
        var (eve, wes) = (await Control.AddDriverAsync(Org, new("Eve", Tags: [Dallas])), await Control.AddDriverAsync(Org, new("Wes", Tags: [West])));
        var (truck, van) = (await Control.AddVehicleAsync(Org, new("Truck", Tags: [East])), await Control.AddVehicleAsync(Org, new("Van", Tags: [West])));
        var (route, other) = (await bench.RouteAsync(eve), await bench.RouteAsync(wes));
        const string window = "startTime=2026-03-02T00:00:00Z&endTime=2026-03-03T00:00:00Z";

        Assert.Equal([eve], await bench.ListAsync("/fleet/drivers?tagIds=11"));
        Assert.Equal([eve], await bench.ListAsync("/fleet/drivers?parentTagIds=1"));
        Assert.Empty(await bench.ListAsync("/fleet/drivers?tagIds=1"));
        Assert.Equal([truck], await bench.ListAsync("/fleet/vehicles?parentTagIds=1"));
        Assert.Equal([van], await bench.ListAsync("/fleet/vehicles?tagIds=2"));
        Assert.Equal([van], await bench.ListAsync("/fleet/vehicles/stats?types=gps&tagIds=2"));
        Assert.Equal([route.Id], await bench.ListAsync($"/fleet/routes?{window}&parentTagIds=1"));
        Assert.Equal([other.Id], await bench.ListAsync($"/fleet/routes?{window}&tagIds=2"));
    }

    [Fact]
    public async Task A_tag_scoped_token_reaches_nothing_of_another_tag_by_any_way()
    {
        await Control.AddTokenAsync(Org, new("east", TagIds: ["1"]));
        var wes = await Control.AddDriverAsync(Org, new("Wes", Tags: [West]));
        var van = await Control.AddVehicleAsync(Org, new("Van", Tags: [West]));
        await Control.AssignAsync(Org, new(wes, van));
        await Control.SayAsync(Org, wes, "hello");
        var type = await Control.AddDocumentTypeAsync(Org, new("BOL", new Dictionary<string, string> { ["Reference #"] = "string" }));
        var document = await Control.SubmitDocumentAsync(Org, new(wes, type));
        var route = await bench.RouteAsync(wes);
        const string day = "startTime=2026-03-02T00:00:00Z&endTime=2026-03-03T00:00:00Z";
        string[] lists =
        [
            "/fleet/drivers", "/fleet/vehicles", "/fleet/vehicles/stats?types=gps", $"/fleet/routes?{day}", "/fleet/routes/audit-logs/feed", $"/route-events/stream?{day}",
            "/fleet/driver-vehicle-assignments?filterBy=drivers", "/fleet/hos/clocks", $"/fleet/documents?{day}", "/v1/fleet/messages",
        ];

        foreach (var list in lists)
            Assert.Empty(await bench.ListAsync(list, "east"));
        foreach (var one in new[] { $"/fleet/drivers/{wes}", $"/fleet/vehicles/{van}", $"/fleet/routes/{route.Id}", $"/fleet/documents/{document}" })
            Assert.Equal(HttpStatusCode.NotFound, (await bench.CallAsync(HttpMethod.Get, one, token: "east")).Status);
    }

    [Fact]
    public async Task A_tag_scoped_token_writes_under_a_tag_of_its_own_only()
    {
        await Control.AddTokenAsync(Org, new("east", TagIds: ["1"]));
        var eve = await Control.AddDriverAsync(Org, new("Eve", Tags: [East]));
        var route = await bench.RouteAsync(eve);

        var (without, _) = await bench.CallAsync(HttpMethod.Patch, $"/fleet/routes/{route.Id}", new JsonObject { ["notes"] = "x" }, "east");
        var (foreign, _) = await bench.CallAsync(HttpMethod.Patch, $"/fleet/routes/{route.Id}", new JsonObject { ["notes"] = "x", ["tagIds"] = new JsonArray("2") }, "east");
        var (own, _) = await bench.CallAsync(HttpMethod.Patch, $"/fleet/routes/{route.Id}", new JsonObject { ["notes"] = "x", ["tagIds"] = new JsonArray("1") }, "east");

        Assert.Equal([HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.OK], [without, foreign, own]);
    }

    [Fact]
    public async Task A_token_without_the_scope_is_refused_and_the_others_work()
    {
        await Control.AddTokenAsync(Org, new("reads", Scopes: ["Read Drivers"]));

        var (read, _) = await bench.CallAsync(HttpMethod.Get, "/fleet/drivers", token: "reads");
        var (routes, _) = await bench.CallAsync(HttpMethod.Get, "/fleet/routes", token: "reads");
        await Control.ChangeSettingsAsync(new(MissingScopeStatus: 401));
        var (asSeen, _) = await bench.CallAsync(HttpMethod.Post, "/webhooks", new JsonObject(), "reads");

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized], [read, routes, asSeen]);
    }

    [Fact]
    public async Task Rate_limits_tell_the_fraction_of_a_second_to_wait()
    {
        await Control.ChangeSettingsAsync(new(RateLimits: true));
        for (var call = 0; call < 5; call++)
            Assert.Equal(HttpStatusCode.OK, (await bench.CallAsync(HttpMethod.Get, "/fleet/drivers")).Status);
        bench.Clock.Advance(TimeSpan.FromMilliseconds(250));

        var (sixth, _) = await bench.CallAsync(HttpMethod.Get, "/fleet/drivers");
        var (other, _) = await bench.CallAsync(HttpMethod.Get, "/fleet/vehicles");
        bench.Clock.Advance(TimeSpan.FromMilliseconds(750));
        var (later, _) = await bench.CallAsync(HttpMethod.Get, "/fleet/drivers");

        Assert.Equal([HttpStatusCode.TooManyRequests, HttpStatusCode.OK, HttpStatusCode.OK], [sixth, other, later]);
    }

    [Fact]
    public async Task A_token_can_be_told_to_expire()
    {
        await Control.ExpireTokenAsync(Org, SamsaraBench.Token, bench.Now.AddMinutes(1));

        var (before, _) = await bench.CallAsync(HttpMethod.Get, "/me");
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var (after, _) = await bench.CallAsync(HttpMethod.Get, "/me");

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Unauthorized], [before, after]);
    }

    [Fact]
    public async Task Leavers_are_listed_when_asked_for_and_changes_by_their_time()
    {
        var (ann, ben) = (await Control.AddDriverAsync(Org, new("Ann")), await Control.AddDriverAsync(Org, new("Ben")));
        bench.Clock.Advance(TimeSpan.FromHours(1));
        await Control.ChangeDriverAsync(Org, ben, new(Active: false));

        var (_, left) = await bench.CallAsync(HttpMethod.Get, "/fleet/drivers?driverActivationStatus=deactivated");
        Assert.Equal([ann], await bench.ListAsync("/fleet/drivers"));
        Assert.True(left.GetProperty("data")[0].GetProperty("isDeactivated").GetBoolean());
        Assert.Equal([ben], await bench.ListAsync("/fleet/drivers?driverActivationStatus=deactivated&updatedAfterTime=2026-03-02T08:30:00Z"));
        Assert.Empty(await bench.ListAsync("/fleet/drivers?updatedAfterTime=2026-03-02T08:30:00Z"));
    }

    [Fact]
    public async Task A_vehicle_bears_Samsaras_own_external_ids_and_is_found_by_them()
    {
        var driver = await Control.AddDriverAsync(Org, new("Ann"));
        var truck = await Control.AddVehicleAsync(Org, new("Truck 4", Vin: "1FUJGLDR9CSBN1234", ExternalIds: new Dictionary<string, string> { ["tms"] = "T4" }));
        await Control.ChangeDriverAsync(Org, driver, new(StaticVehicleId: truck));

        var (_, byVin) = await bench.CallAsync(HttpMethod.Get, "/fleet/vehicles/samsara.vin%3A1FUJGLDR9CSBN1234");
        var (_, byTms) = await bench.CallAsync(HttpMethod.Get, "/fleet/vehicles/tms%3AT4");

        Assert.Equal((truck, truck), (byVin.GetProperty("data").GetProperty("id").GetString(), byTms.GetProperty("data").GetProperty("id").GetString()));
        Assert.Equal(driver, byVin.GetProperty("data").GetProperty("staticAssignedDriver").GetProperty("id").GetString());
        Assert.Equal("1FUJGLDR9CSBN1234", (await bench.DataAsync("VehicleCreated"))[0].GetProperty("vehicle").GetProperty("vehicleVin").GetString());
    }

    [Fact]
    public async Task Assignments_are_found_by_the_window_that_is_asked_for()
    {
        var (ann, ben) = (await Control.AddDriverAsync(Org, new("Ann")), await Control.AddDriverAsync(Org, new("Ben")));
        var truck = await Control.AddVehicleAsync(Org, new("Truck"));
        await Control.AssignAsync(Org, new(ann, truck));
        await Control.AssignAsync(Org, new(ben, truck, Start: bench.Now.AddHours(4), End: bench.Now.AddHours(9)));
        bench.Clock.Advance(TimeSpan.FromHours(2));
        await Control.UnassignAsync(Org, ann);

        Assert.Empty(await DriversAsync(""));
        Assert.Equal([ann], await DriversAsync("&startTime=2026-03-02T08:00:00Z&endTime=2026-03-02T09:00:00Z"));
        Assert.Equal([ben], await DriversAsync("&startTime=2026-03-02T13:00:00Z&endTime=2026-03-02T13:00:00Z"));
        Assert.Equal([ann, ben], await DriversAsync("&startTime=2026-03-02T08:00:00Z&endTime=2026-03-02T20:00:00Z"));

        async Task<IEnumerable<string>> DriversAsync(string window)
        {
            var (_, list) = await bench.CallAsync(HttpMethod.Get, $"/fleet/driver-vehicle-assignments?filterBy=vehicles&vehicleIds={truck}{window}");
            return list.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("driver").GetProperty("id").GetString()!);
        }
    }

    [Theory]
    [InlineData("driving", "driving")]
    [InlineData("", "")]
    [InlineData(null, null)]
    public async Task The_duty_status_is_absent_or_empty_while_the_app_is_offline(string? status, string? shown)
    {
        var driver = await Control.AddDriverAsync(Org, new("Ann"));
        await Control.ChangeDriverAsync(Org, driver, new(DutyStatus: status, Offline: status is null));

        var (_, clocks) = await bench.CallAsync(HttpMethod.Get, "/fleet/hos/clocks");

        var current = clocks.GetProperty("data")[0].GetProperty("currentDutyStatus");
        Assert.Equal(shown, current.TryGetProperty("hosStatusType", out var told) ? told.GetString() : null);
    }

    [Fact]
    public async Task A_position_keeps_the_time_at_which_it_was_told_and_before_the_first_there_is_none()
    {
        var truck = await Control.AddVehicleAsync(Org, new("Truck"));
        var (_, none) = await bench.CallAsync(HttpMethod.Get, "/fleet/vehicles/stats?types=gps");
        await Control.MoveVehicleAsync(Org, truck, new(31.5, -97.1, 62));
        bench.Clock.Advance(TimeSpan.FromMinutes(20));

        var (_, stale) = await bench.CallAsync(HttpMethod.Get, "/fleet/vehicles/stats?types=gps");

        Assert.False(none.GetProperty("data")[0].TryGetProperty("gps", out _));
        Assert.Equal("2026-03-02T08:00:00.000Z", stale.GetProperty("data")[0].GetProperty("gps").GetProperty("time").GetString());
    }

    [FixtureFact]
    public async Task A_geofence_event_names_no_driver_as_the_real_one()
    {
        var driver = await Control.AddDriverAsync(Org, new("Ann"));
        var truck = await Control.AddVehicleAsync(Org, new("Truck"));
        await Control.AssignAsync(Org, new(driver, truck));
        var yard = await Control.AddAddressAsync(Org, new("Yard", "1 Main St, Waco, TX", 31.5, -97.1));

        await Control.CrossGeofenceAsync(Org, yard, new(truck));

        var data = (await bench.DataAsync("GeofenceEntry"))[0];
        var real = Fixtures.Read("samsara/webhook2_GeofenceEntry_from_kafka.json").GetProperty("data");
        Assert.Equal([".vehicle.licensePlate: string"], Shape.Of(real).Except(Shape.Of(data)));
        Assert.Empty(Shape.Of(data).Except(Shape.Of(real)));
    }

    [Fact]
    public async Task What_there_is_can_be_looked_at()
    {
        var driver = await Control.AddDriverAsync(Org, new("Ann", Phone: "555-0123"));
        var route = await bench.RouteAsync(driver);

        var view = Assert.Single((await Control.ViewAsync()).Orgs);

        Assert.Equal((Org, driver, route.Id), (view.Id, Assert.Single(view.Drivers).Id, Assert.Single(view.Routes).Id));
        Assert.Equal(bench.Receiver.Url, Assert.Single(view.Webhooks).Url);
    }
}
