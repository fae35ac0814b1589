using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Samsara;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Simulators;

public sealed class SamsaraWebhookTests : IAsyncLifetime
{
    private const long Org = 5005929;

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, 400, TimeSpan.Zero));
    private SamsaraSimulator simulator = null!;
    private Receiver receiver = null!;
    private CreatedWebhook webhook = null!;
    private RouteView route = null!;

    private SamsaraControl Control => simulator.Control;

    public async Task InitializeAsync()
    {
        receiver = await Receiver.StartAsync();
        simulator = await SamsaraSimulator.StartAsync(new() { Clock = clock, Delivery = Quick(5) });
        await Control.AddOrgAsync(new(Org, "North Haulage", "token-north"));
        webhook = await Control.AddWebhookAsync(Org, new(receiver.Url, ["RouteStopArrival", "RouteStopDeparture", "RouteStopEtaUpdated"]));
        var driver = await Control.AddDriverAsync(Org, new("test driver", Phone: "5558234327"));
        route = await Control.AddRouteAsync(Org, new("test route", [Stop("Wheeling", departs: 0), Stop("Buffalo Grove", arrives: 60)], DriverId: driver));
    }

    public async Task DisposeAsync()
    {
        await simulator.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task An_arrival_changes_the_route_and_reaches_the_webhook_signed_with_its_own_secret()
    {
        var events = await Control.ArriveAsync(Org, route.Id, route.Stops[0].Id);

        var got = Assert.Single(await receiver.WaitAsync(1));
        Assert.Equal(SamsaraSignature.Sign(webhook.SecretKey, got.Headers["X-Samsara-Timestamp"], got.Body), got.Headers["X-Samsara-Signature"]);
        Assert.Equal(clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), got.Headers["X-Samsara-Timestamp"]);
        Assert.Equal("application/json", got.Headers["Content-Type"]);
        Assert.Equal(Assert.Single(events).EventId, got.Headers["X-Samsara-Request"]);
        Assert.Equal(events[0].EventId, got.Json.GetProperty("eventId").GetString());
        Assert.Equal(Org, got.Json.GetProperty("orgId").GetInt64());
        Assert.Equal(webhook.Id, got.Json.GetProperty("webhookId").GetString());
        var details = got.Json.GetProperty("data").GetProperty("routeStopDetails");
        Assert.Equal(route.Stops[0].Id, details.GetProperty("id").GetString());
        Assert.Equal("arrived", details.GetProperty("state").GetString());
        Assert.Equal("arrived", (await Control.GetRouteAsync(Org, route.Id)).Stops[0].State);
    }

    [FixtureFact]
    public async Task An_arrival_at_the_last_stop_has_the_shape_of_the_real_one()
    {
        await Control.DepartAsync(Org, route.Id, route.Stops[0].Id);
        await Control.ArriveAsync(Org, route.Id, route.Stops[1].Id);

        var arrival = (await receiver.WaitAsync(2)).Select(got => got.Json).Single(json => json.GetProperty("eventType").GetString() == "RouteStopArrival");
        var real = Fixtures.Read("samsara/webhook2_RouteStopArrival_from_kafka.json");
        Assert.Equal(Shape.Of(real), Shape.Of(arrival));
        Assert.Equal("stop departed", arrival.GetProperty("data").GetProperty("operation").GetString());
        Assert.Equal("departed", arrival.GetProperty("data").GetProperty("routeStopDetails").GetProperty("state").GetString());
    }

    [FixtureFact]
    public async Task A_new_driver_has_the_shape_of_the_real_event()
    {
        await Control.AddWebhookAsync(Org, new(receiver.Url, ["DriverCreated"]));

        await Control.AddDriverAsync(Org, new("test streaming driver"));

        var got = Assert.Single(await receiver.WaitAsync(1));
        Assert.Equal(Shape.Of(Fixtures.Read("samsara/webhook2_DriverCreated_from_kafka.json")), Shape.Of(got.Json));
    }

    [FixtureFact]
    public async Task Legacy_alert_and_ping_have_the_shapes_of_the_documented_ones()
    {
        var driver = await Control.AddDriverAsync(Org, new("Tyler", Id: "1654973"));
        await Control.EmitAlertAsync(Org, new("DriverDocumentSubmitted", "Document Submission", "A document was submitted (ID: 1654973_1587567275566)", "Stop Tasks Submitted", driver));
        await Control.PingAsync(Org, webhook.Id);

        var got = await receiver.WaitAsync(2);
        Assert.Equal(Shape.Of(Fixtures.Read("samsara/webhook1_Alert_DriverDocumentSubmitted.json")), Shape.Of(got[0].Json));
        Assert.Equal(Shape.Of(Fixtures.Read("samsara/webhook1_Ping.json")), Shape.Of(got[1].Json));
    }

    [FixtureFact]
    public void Signatures_equal_every_published_and_computed_vector()
    {
        foreach (var vector in Fixtures.Read("samsara/signature_vectors.json").GetProperty("vectors").EnumerateArray())
        {
            string? signed;
            try
            {
                signed = SamsaraSignature.Sign(vector.GetProperty("secret_base64").GetString()!, vector.GetProperty("timestamp").GetString()!, Encoding.UTF8.GetBytes(vector.GetProperty("raw_body").GetString()!));
            }
            catch (FormatException)
            {
                signed = null;
            }
            Assert.True(vector.GetProperty("valid").GetBoolean() == (signed == vector.GetProperty("header").GetString()), vector.GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task The_order_of_keys_differs_from_event_to_event()
    {
        for (var copy = 0; copy < 8; copy++)
            await Control.EmitAsync(Org, "RouteStopArrival", new JsonObject { ["time"] = "now" });

        var orders = (await receiver.WaitAsync(8)).Select(got => string.Join(",", got.Json.EnumerateObject().Select(member => member.Name)));
        Assert.True(orders.Distinct().Count() > 1);
    }

    [Fact]
    public async Task A_refusing_receiver_gets_the_same_bytes_again_and_gives_up_after_the_last_attempt()
    {
        foreach (var status in new[] { 500, 401, 503, 500, 500, 500 })
            receiver.Answers.Enqueue(status);

        await Control.ArriveAsync(Org, route.Id, route.Stops[0].Id);

        await Until.TrueAsync(async () => await Control.PendingAsync() == 0, "the simulator to give up");
        Assert.Equal(5, receiver.All.Count);
        Assert.Single(receiver.All.Select(got => got.Text).Distinct());
        var journal = await Control.JournalAsync();
        Assert.Equal([500, 401, 503, 500, 500], journal.Where(entry => entry.Kind == "webhook.attempt").Select(entry => entry.Data.GetProperty("status").GetInt32()));
        Assert.Single(journal, entry => entry.Kind == "webhook.given_up");
    }

    [Fact]
    public async Task A_receiver_that_was_dead_gets_the_event_when_it_is_back()
    {
        var port = receiver.Url.Port;
        await receiver.DisposeAsync();
        await using var patient = await SamsaraSimulator.StartAsync(new() { Clock = clock, Delivery = Quick(1000) });
        await patient.Control.AddOrgAsync(new(Org, "North Haulage", "token"));
        await patient.Control.AddWebhookAsync(Org, new(receiver.Url, ["RouteStopArrival"]));

        await patient.Control.EmitAsync(Org, "RouteStopArrival", new JsonObject());
        await Until.TrueAsync(async () => (await patient.Control.JournalAsync()).Any(entry => entry.Kind == "webhook.attempt"), "an attempt that was refused");
        receiver = await Receiver.StartAsync(port);

        await receiver.WaitAsync(1);
        await Until.TrueAsync(async () => await patient.Control.PendingAsync() == 0, "the acknowledgement");
        Assert.True((await patient.Control.JournalAsync())[^1].Data.GetProperty("acknowledged").GetBoolean());
    }

    [Fact]
    public async Task Duplicates_carry_the_same_event_id_and_the_same_bytes()
    {
        var first = await Control.ArriveAsync(Org, route.Id, route.Stops[0].Id, new(Copies: 2));
        await Control.EmitAgainAsync(first[0].EventId);

        Assert.Single((await receiver.WaitAsync(3)).Select(got => got.Text).Distinct());
    }

    [Fact]
    public async Task Held_events_go_out_in_the_order_asked_for()
    {
        await Control.HoldAsync();
        await Control.ArriveAsync(Org, route.Id, route.Stops[0].Id);
        await Control.DepartAsync(Org, route.Id, route.Stops[0].Id);
        Assert.Equal(2, await Control.PendingAsync());

        Assert.Equal(2, await Control.ReleaseAsync(ReleaseOrder.Reversed));

        var types = (await receiver.WaitAsync(2)).Select(got => got.Json.GetProperty("eventType").GetString());
        Assert.Equal(["RouteStopDeparture", "RouteStopArrival"], types);
    }

    [Theory]
    [InlineData(Forgery.WrongSecret)]
    [InlineData(Forgery.TamperedBody)]
    [InlineData(Forgery.WrongTimestamp)]
    [InlineData(Forgery.NoSignature)]
    public async Task A_forged_event_does_not_verify_but_parses(Forgery forgery)
    {
        await Control.ArriveAsync(Org, route.Id, route.Stops[0].Id, new(Forgery: forgery));

        var got = Assert.Single(await receiver.WaitAsync(1));
        Assert.NotEqual(SamsaraSignature.Sign(webhook.SecretKey, got.Headers["X-Samsara-Timestamp"], got.Body), got.Headers.GetValueOrDefault("X-Samsara-Signature"));
        Assert.Equal("RouteStopArrival", got.Json.GetProperty("eventType").GetString());
    }

    [Fact]
    public async Task An_event_of_another_org_can_be_signed_rightly()
    {
        await Control.ArriveAsync(Org, route.Id, route.Stops[0].Id, new(BodyOrgId: 77, BodyWebhookId: "88"));

        var got = Assert.Single(await receiver.WaitAsync(1));
        Assert.Equal(SamsaraSignature.Sign(webhook.SecretKey, got.Headers["X-Samsara-Timestamp"], got.Body), got.Headers["X-Samsara-Signature"]);
        Assert.Equal((77, "88"), (got.Json.GetProperty("orgId").GetInt64(), got.Json.GetProperty("webhookId").GetString()));
    }

    [Fact]
    public async Task Alerts_come_to_a_webhook_that_asked_for_no_events()
    {
        await using var other = await Receiver.StartAsync();
        await Control.AddWebhookAsync(Org, new(other.Url, []));

        await Control.ArriveAsync(Org, route.Id, route.Stops[0].Id);
        await Control.EmitAsync(Org, "AlertIncident", new JsonObject { ["isResolved"] = false });

        Assert.Equal("AlertIncident", Assert.Single(await other.WaitAsync(1)).Json.GetProperty("eventType").GetString());
    }

    [Fact]
    public async Task A_control_call_about_something_unknown_says_so()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Control.ArriveAsync(Org, "404", "1"));

        Assert.Contains("has no route 404", error.Message, StringComparison.Ordinal);
    }

    internal static DeliveryOptions Quick(int? attempts) => new(attempts, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(10));

    private NewStop Stop(string name, int? arrives = null, int? departs = null) => new(
        name,
        arrives is { } arrival ? clock.GetUtcNow().AddMinutes(arrival) : null,
        departs is { } departure ? clock.GetUtcNow().AddMinutes(departure) : null,
        Address: name,
        Latitude: 42.1,
        Longitude: -87.9);
}
