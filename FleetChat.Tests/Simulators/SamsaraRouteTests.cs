using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Samsara;

namespace FleetChat.Tests.Simulators;

/// <summary>Routes as dispatchers make, change and cancel them, and what of it anybody is told.</summary>
public sealed class SamsaraRouteTests : IAsyncLifetime
{
    private const long Org = SamsaraBench.Org;

    private SamsaraBench bench = null!;
    private string ann = null!;

    private SamsaraControl Control => bench.Control;

    public async Task InitializeAsync()
    {
        bench = await SamsaraBench.StartAsync();
        ann = await Control.AddDriverAsync(Org, new("Ann"));
    }

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task A_route_is_listed_while_its_scheduled_time_touches_the_window()
    {
        var (early, late) = (await bench.RouteAsync(ann, startsInHours: 1, stops: 4), await bench.RouteAsync(ann, startsInHours: 0));

        Assert.Equal([late.Id, early.Id], await bench.ListAsync("/fleet/routes?startTime=2026-03-02T08:00:00Z&endTime=2026-03-02T20:00:00Z"));
        Assert.Equal([early.Id], await bench.ListAsync("/fleet/routes?startTime=2026-03-02T12:00:00Z&endTime=2026-03-02T20:00:00Z"));
        Assert.Empty(await bench.ListAsync("/fleet/routes?startTime=2026-03-02T12:00:01Z&endTime=2026-03-02T20:00:00Z"));
        Assert.Equal(HttpStatusCode.BadRequest, (await bench.CallAsync(HttpMethod.Get, "/fleet/routes?startTime=2026-03-03T00:00:00Z&endTime=2026-03-02T00:00:00Z")).Status);
    }

    [Fact]
    public async Task A_dispatchers_changes_show_when_the_route_is_read_and_no_webhook_tells_them()
    {
        var ben = await Control.AddDriverAsync(Org, new("Ben"));
        var route = await bench.RouteAsync(ann, stops: 3);

        await Control.ChangeRouteAsync(Org, route.Id, new(
            Name: "Waco run",
            Notes: "Call ahead",
            DriverId: ben,
            ExternalIds: new Dictionary<string, string> { ["load"] = "L-77" },
            TagIds: ["7"],
            ChangeStops: [new(route.Stops[0].Id, Notes: "Gate 4", ScheduledArrival: bench.Now.AddMinutes(30))],
            RemoveStops: [route.Stops[1].Id],
            AddStops: [new(new("Fuel", ScheduledArrival: bench.Now.AddMinutes(90)), At: 1)]));

        var (_, read) = await bench.CallAsync(HttpMethod.Get, "/fleet/routes/load%3AL-77");
        var data = read.GetProperty("data");
        Assert.Equal(("Waco run", "Call ahead", ben, "America/Chicago", "7"), (Text(data, "name"), Text(data, "notes"), Text(data.GetProperty("driver"), "id"), Text(data, "orgLocalTimezone"), data.GetProperty("tagIds")[0].GetString()));
        Assert.Equal(["stop 0", "Fuel", "stop 2"], data.GetProperty("stops").EnumerateArray().Select(stop => Text(stop, "name")));
        Assert.Equal(("Gate 4", "2026-03-02T08:30:00.000Z", 1), (Text(data.GetProperty("stops")[0], "notes"), Text(data.GetProperty("stops")[0], "scheduledArrivalTime"), data.GetProperty("stops")[0].GetProperty("sequenceNumber").GetInt32()));
        Assert.DoesNotContain(bench.Receiver.All, got => got.Text.Contains("route", StringComparison.Ordinal));
        var (_, feed) = await bench.CallAsync(HttpMethod.Get, "/fleet/routes/audit-logs/feed");
        Assert.Equal(["admin", "admin"], feed.GetProperty("data").EnumerateArray().Select(entry => Text(entry, "source")));
    }

    [Fact]
    public async Task A_deleted_route_is_gone_without_a_word()
    {
        var route = await bench.RouteAsync(ann);

        await Control.DeleteRouteAsync(Org, route.Id);

        Assert.Equal(HttpStatusCode.NotFound, (await bench.CallAsync(HttpMethod.Get, $"/fleet/routes/{route.Id}")).Status);
        Assert.Empty(bench.Events("RouteStopResequence"));
    }

    [Fact]
    public async Task Another_order_is_told_whoever_made_it()
    {
        var route = await bench.RouteAsync(ann, stops: 3);
        await Control.ResequenceAsync(Org, route.Id, [route.Stops[1].Id, route.Stops[0].Id, route.Stops[2].Id]);
        await bench.CallAsync(HttpMethod.Patch, $"/fleet/routes/{route.Id}", new JsonObject { ["stops"] = new JsonArray(Stop(0), Stop(2), Stop(1)) });

        var told = await bench.DataAsync("RouteStopResequence", 2);

        string?[][] orders = [.. told.Select(data => data.GetProperty("route").GetProperty("changes").GetProperty("after").GetProperty("stops").EnumerateArray().Select(stop => Text(stop, "id")).ToArray())];
        Assert.Equal([[route.Stops[1].Id, route.Stops[0].Id, route.Stops[2].Id], [route.Stops[0].Id, route.Stops[2].Id, route.Stops[1].Id]], orders);

        JsonNode Stop(int index) => new JsonObject { ["id"] = route.Stops[index].Id };
    }

    [Fact]
    public async Task A_route_that_nobody_drives_has_unassigned_stops_until_it_is_assigned()
    {
        var route = await bench.RouteAsync();
        Assert.Equal("unassigned", route.Stops[0].State);

        await Control.ChangeRouteAsync(Org, route.Id, new(DriverId: ann));
        Assert.Equal("scheduled", (await Control.GetRouteAsync(Org, route.Id)).Stops[0].State);
        await Control.ChangeRouteAsync(Org, route.Id, new(Unassign: true));
        Assert.Equal("unassigned", (await Control.GetRouteAsync(Org, route.Id)).Stops[0].State);
    }

    [Fact]
    public async Task An_address_of_the_book_and_a_place_used_once_look_different()
    {
        var yard = await Control.AddAddressAsync(Org, new("Yard", "1 Main St, Waco, TX", 31.5, -97.1, ExternalIds: new Dictionary<string, string> { ["site"] = "54" }));
        var route = await Control.AddRouteAsync(Org, new("route", [new("a", bench.Now, AddressId: yard), new("b", bench.Now.AddHours(1), Address: "2 Side St", Latitude: 1, Longitude: 2)], ann));

        var (_, read) = await bench.CallAsync(HttpMethod.Get, $"/fleet/routes/{route.Id}");
        var (unknown, _) = await bench.CallAsync(HttpMethod.Patch, $"/fleet/routes/{route.Id}", new JsonObject
        {
            ["stops"] = new JsonArray(new JsonObject { ["id"] = route.Stops[0].Id, ["addressId"] = "404" }, new JsonObject { ["id"] = route.Stops[1].Id }),
        });

        var stops = read.GetProperty("data").GetProperty("stops");
        Assert.Equal(("54", "2 Side St"), (Text(stops[0].GetProperty("address").GetProperty("externalIds"), "site"), Text(stops[1].GetProperty("singleUseLocation"), "address")));
        Assert.Equal(HttpStatusCode.BadRequest, unknown);
    }

    [Theory]
    [InlineData(-10, false)]
    [InlineData(-31, true)]
    [InlineData(16, true)]
    public async Task An_arrival_outside_of_the_stops_window_is_told_twice(int minutesAfterPlan, bool told)
    {
        var plan = bench.Now.AddHours(1);
        var route = await Control.AddRouteAsync(Org, new("route", [new("a", bench.Now), new("b", plan, OnTimeBeforeMs: 1_800_000, OnTimeAfterMs: 900_000)], ann));
        bench.Clock.SetUtcNow(plan.AddMinutes(minutesAfterPlan));

        await Control.ArriveAsync(Org, route.Id, route.Stops[1].Id);

        await bench.DataAsync("RouteStopArrival");
        await Until.TrueAsync(async () => await Control.PendingAsync() == 0, "everything to be told");
        Assert.Equal(told ? 1 : 0, bench.Events("RouteStopEarlyLateArrival").Count);
    }

    [Fact]
    public async Task A_driver_whose_app_is_online_brings_his_clocks_and_duty_status()
    {
        var route = await bench.RouteAsync(ann);
        await Control.ChangeDriverAsync(Org, ann, new(DutyStatus: "driving"));

        await Control.ArriveAsync(Org, route.Id, route.Stops[0].Id);

        var data = (await bench.DataAsync("RouteStopArrival"))[0];
        Assert.Equal(("driving", "driver"), (Text(data.GetProperty("currentDutyStatus"), "hosStatusType"), Text(data, "assignedToRoute")));
        Assert.True(data.GetProperty("clocks").GetProperty("drive").GetProperty("driveRemainingDurationMs").GetInt64() > 0);
    }

    [Fact]
    public async Task The_event_stream_tells_an_ETA_in_milliseconds_as_texts()
    {
        var route = await bench.RouteAsync(ann);
        await Control.EtaAsync(Org, route.Id, route.Stops[0].Id, bench.Now.AddHours(1));
        await Control.SkipAsync(Org, route.Id, route.Stops[1].Id);

        var (_, stream) = await bench.CallAsync(HttpMethod.Get, "/route-events/stream?startTime=2026-03-02T00:00:00Z");

        var events = stream.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["stopEtaUpdated", "stopSkipped"], events.Select(one => Text(one, "eventType")));
        Assert.Equal(bench.Now.AddHours(1).ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture), Text(events[0].GetProperty("eventDetails").GetProperty("stopEtaUpdated"), "etaMs"));
    }

    [Fact]
    public async Task A_new_webhook_body_has_its_keys_in_another_order_inside_too()
    {
        var route = await bench.RouteAsync(ann);
        await Control.HoldAsync();
        for (var minutes = 1; minutes <= 8; minutes++)
            await Control.EtaAsync(Org, route.Id, route.Stops[0].Id, bench.Now.AddMinutes(minutes));
        await Control.ReleaseAsync();

        var told = await bench.DataAsync("RouteStopEtaUpdated", 8);
        Assert.True(told.Select(data => string.Join(',', data.GetProperty("route").EnumerateObject().Select(member => member.Name))).Distinct().Count() > 1);
    }

    private static string? Text(JsonElement of, string member) => of.GetProperty(member).GetString();
}
