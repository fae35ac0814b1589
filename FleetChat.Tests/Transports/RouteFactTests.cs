using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Transports;

namespace FleetChat.Tests.Transports;

public sealed class RouteFactTests
{
    private static readonly DateTimeOffset ReceivedAt = new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_stop_that_its_route_does_not_list_is_added_without_a_place()
    {
        var fact = Read(Event(stops: new JsonArray(Stop("1"), Stop("2"))));

        var own = Assert.Single(fact.Stops, s => !s.IsListed);
        Assert.Equal(("7002", StopKind.Other), (own.StopId, own.Kind));
        Assert.Equal([StopKind.Pickup, StopKind.Delivery], fact.Stops.Where(s => s.IsListed).Select(s => s.Kind));
    }

    [Fact]
    public void An_event_without_a_route_still_tells_of_its_stop()
    {
        var body = Event();
        body["data"]!.AsObject().Remove("route");

        var fact = Read(body);

        Assert.Null(fact.RouteId);
        Assert.Equal("7002", Assert.Single(fact.Stops).StopId);
    }

    [Fact]
    public void An_event_without_a_stop_tells_nothing()
    {
        var body = Event();
        body["data"]!.AsObject().Remove("routeStopDetails");

        Assert.Null(RouteFact.TryReadStop(Parse(body), ReceivedAt));
    }

    [Theory]
    [InlineData("2026-03-02T14:30:00.123Z", "2026-03-02T14:30:00.123Z")]
    [InlineData("2026-03-02T15:04:59Z", "2026-03-02T15:04:59Z")]
    [InlineData("2026-03-02T15:05:01Z", "2026-03-02T15:00:00Z")]
    [InlineData("2031-01-01T00:00:00Z", "2026-03-02T15:00:00Z")]
    [InlineData("1970-01-20T06:39:05.683Z", "2026-03-02T15:00:00Z")]
    [InlineData("", "2026-03-02T15:00:00Z")]
    public void A_time_that_cannot_be_is_replaced_by_the_events_arrival_here(string said, string taken)
        => Assert.Equal(DateTimeOffset.Parse(taken, System.Globalization.CultureInfo.InvariantCulture), Read(Event(at: said)).At);

    [Fact]
    public void A_listed_stop_has_not_arrived_in_the_future_either()
    {
        var late = Stop("1");
        late["actualArrivalTime"] = "2031-01-01T00:00:00Z";

        Assert.Equal(ReceivedAt, Read(Event(stops: new JsonArray(late))).Stops[0].ArrivedAt);
    }

    private static RouteFact Read(JsonObject body) => RouteFact.TryReadStop(Parse(body), ReceivedAt)!;

    private static JsonElement Parse(JsonObject body) => JsonSerializer.SerializeToElement(body);

    private static JsonObject Stop(string id) => new() { ["id"] = id, ["name"] = $"Place {id}", ["state"] = "scheduled" };

    private static JsonObject Event(JsonArray? stops = null, string at = "2026-03-02T14:59:00Z") => new()
    {
        ["data"] = new JsonObject
        {
            ["route"] = new JsonObject { ["id"] = "6001", ["stops"] = stops },
            ["routeStopDetails"] = new JsonObject { ["id"] = "7002", ["state"] = "arrived", ["actualArrivalTime"] = at },
        },
    };
}
