using System.Text.Json;
using FleetChat.Simulators.Samsara;

namespace FleetChat.Tests.Simulators;

/// <summary>The catalogue of sample events.</summary>
public sealed class SamsaraSampleTests : IAsyncLifetime
{
    private const long Org = SamsaraBench.Org;

    private static readonly SampleSubject About = new() { Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero), OrgId = Org };

    private SamsaraBench bench = null!;

    public async Task InitializeAsync() => bench = await SamsaraBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public void Every_event_and_every_alert_that_Samsara_knows_is_there()
    {
        Assert.Equal(35, SamsaraSamples.Events.Count);
        Assert.Equal(63, SamsaraIncidents.Conditions.Count);
        Assert.All(SamsaraSamples.Events, sample => Assert.NotEmpty(SamsaraSamples.Data(sample.EventType, About)));
        Assert.All(SamsaraIncidents.Conditions, condition => Assert.NotEmpty(SamsaraIncidents.Details(condition.Name, About)));
    }

    [FixtureTheory]
    [InlineData("AlertIncident_severeSpeeding", "AlertIncident")]
    [InlineData("DocumentSubmitted_from_kafka", "DocumentSubmitted")]
    [InlineData("DriverCreated_from_kafka", "DriverCreated")]
    [InlineData("GeofenceEntry_from_kafka", "GeofenceEntry")]
    [InlineData("RouteStopArrival_from_kafka", "RouteStopArrival")]
    public void A_sample_has_every_member_of_the_real_one(string fixture, string eventType)
    {
        var real = Fixtures.Read($"samsara/webhook2_{fixture}.json").GetProperty("data");
        var sample = eventType == "AlertIncident" ? SamsaraIncidents.Data("severeSpeeding", About) : SamsaraSamples.Data(eventType, About);

        // A truck that is not yet there has neither left its last stop nor ended its route.
        string[] later = [".route.actualRouteEndTime: string", ".route.stops[].actualDepartureTime: string", ".route.stops[].scheduledDepartureTime: string", ".routeStopDetails.actualDepartureTime: string"];
        Assert.Empty(Shape.Of(real).Except(Shape.Of(JsonSerializer.SerializeToElement(sample))).Except(later));
    }

    [Fact]
    public async Task A_sample_is_about_what_the_org_has()
    {
        var driver = await bench.Control.AddDriverAsync(Org, new("Ann"));
        var route = await bench.RouteAsync(driver);

        await bench.Control.EmitSampleAsync(Org, "routestoparrival", new(new(StopId: route.Stops[1].Id)));

        var data = (await bench.DataAsync("RouteStopArrival"))[0];
        Assert.Equal(
            (driver, route.Id, route.Stops[1].Id),
            (data.GetProperty("driver").GetProperty("id").GetString(), data.GetProperty("route").GetProperty("id").GetString(), data.GetProperty("routeStopDetails").GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Every_event_reaches_a_webhook_that_asked_for_it()
    {
        foreach (var sample in SamsaraSamples.Events)
            await bench.Control.EmitSampleAsync(Org, sample.EventType);

        var types = (await bench.Receiver.WaitAsync(SamsaraSamples.Events.Count)).Select(got => got.Json.GetProperty("eventType").GetString());
        Assert.Equal(SamsaraSamples.Events.Select(sample => sample.EventType), types.Order(StringComparer.Ordinal));
    }
}
