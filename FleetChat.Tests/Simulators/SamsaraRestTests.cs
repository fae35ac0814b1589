using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Samsara;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Simulators;

public sealed class SamsaraRestTests : IAsyncLifetime
{
    private const long Org = 5005929;
    private const string Token = "token-north";

    private static readonly HttpClient Http = new();

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
    private SamsaraSimulator simulator = null!;

    private SamsaraControl Control => simulator.Control;

    public async Task InitializeAsync()
    {
        simulator = await SamsaraSimulator.StartAsync(new() { Clock = clock });
        await Control.AddOrgAsync(new(Org, "North Haulage", Token));
    }

    public async Task DisposeAsync() => await simulator.DisposeAsync();

    [Fact]
    public async Task Me_tells_the_org_of_the_token()
    {
        var (_, me) = await CallAsync(HttpMethod.Get, "/me");

        Assert.Equal(("5005929", "North Haulage"), (me.GetProperty("data").GetProperty("id").GetString(), me.GetProperty("data").GetProperty("name").GetString()));
    }

    [FixtureFact]
    public async Task A_wrong_token_is_401_in_the_known_shape_and_a_bare_sentence_in_the_old_API()
    {
        var (status, error) = await CallAsync(HttpMethod.Get, "/me", token: "wrong");
        using var old = await RawAsync(HttpMethod.Get, "/v1/fleet/messages", token: "wrong");

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal(Shape.Of(Fixtures.Read("samsara/rest_error_bad_request.json")), Shape.Of(error));
        Assert.Equal((HttpStatusCode.Unauthorized, "Invalid token."), (old.StatusCode, await old.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_token_stops_working_when_it_expires()
    {
        await Control.AddTokenAsync(Org, new("short", ExpiresAt: clock.GetUtcNow().AddMinutes(1)));

        var before = await CallAsync(HttpMethod.Get, "/me", token: "short");
        clock.Advance(TimeSpan.FromMinutes(1));
        var after = await CallAsync(HttpMethod.Get, "/me", token: "short");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (before.Status, after.Status));
    }

    [Fact]
    public async Task Drivers_come_in_pages_and_only_the_active_ones_unless_asked()
    {
        foreach (var name in new[] { "Ann", "Ben", "Cem" })
            await Control.AddDriverAsync(Org, new(name, Phone: "555-0123"));
        await Control.ChangeDriverAsync(Org, await Control.AddDriverAsync(Org, new("Dan")), new(Active: false));

        var (_, first) = await CallAsync(HttpMethod.Get, "/fleet/drivers?limit=2");
        var (_, second) = await CallAsync(HttpMethod.Get, $"/fleet/drivers?limit=2&after={Uri.EscapeDataString(first.GetProperty("pagination").GetProperty("endCursor").GetString()!)}");
        var (_, gone) = await CallAsync(HttpMethod.Get, "/fleet/drivers?driverActivationStatus=deactivated");

        Assert.Equal(["Ann", "Ben", "Cem"], Names(first).Concat(Names(second)));
        Assert.True(first.GetProperty("pagination").GetProperty("hasNextPage").GetBoolean());
        Assert.Equal((false, ""), (second.GetProperty("pagination").GetProperty("hasNextPage").GetBoolean(), second.GetProperty("pagination").GetProperty("endCursor").GetString()));
        Assert.Equal(["Dan"], Names(gone));
    }

    [FixtureFact]
    public async Task Drivers_and_routes_have_no_member_that_the_real_ones_lack()
    {
        var driver = await Control.AddDriverAsync(Org, new("Susan", Phone: "5558234327", Locale: "us", Notes: "a note", Tags: [new("3914", "East")]));
        var route = await RouteAsync(driver);
        await Control.EtaAsync(Org, route.Id, route.Stops[0].Id, clock.GetUtcNow().AddHours(1));

        var (_, drivers) = await CallAsync(HttpMethod.Get, "/fleet/drivers");
        var (_, one) = await CallAsync(HttpMethod.Get, $"/fleet/routes/{route.Id}");

        Assert.Empty(Shape.Of(drivers).Except(Shape.Of(Fixtures.Read("samsara/rest_drivers_list_response.json"))));
        Assert.Empty(Shape.Of(one).Except(Shape.Of(Fixtures.Read("samsara/rest_route_get_response.json"))));
    }

    [Fact]
    public async Task A_tag_scoped_token_sees_its_tag_only_and_must_name_tags_to_write()
    {
        await Control.AddTokenAsync(Org, new("east", TagIds: ["1"]));
        var mine = await Control.AddDriverAsync(Org, new("Eve", Tags: [new("1", "East")]));
        var other = await Control.AddDriverAsync(Org, new("Wes", Tags: [new("2", "West")]));

        var (_, seen) = await CallAsync(HttpMethod.Get, "/fleet/drivers", token: "east");
        var (foreign, _) = await CallAsync(HttpMethod.Get, $"/fleet/drivers/{other}", token: "east");
        var (untagged, _) = await CallAsync(HttpMethod.Patch, $"/fleet/drivers/{mine}", new JsonObject { ["notes"] = "x" }, "east");
        var (tagged, _) = await CallAsync(HttpMethod.Patch, $"/fleet/drivers/{mine}", new JsonObject { ["notes"] = "x", ["tagIds"] = new JsonArray("1") }, "east");

        Assert.Equal(["Eve"], Names(seen));
        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.OK], [foreign, untagged, tagged]);
    }

    [Fact]
    public async Task A_driver_is_found_by_an_external_id_too()
    {
        var id = await Control.AddDriverAsync(Org, new("Ann"));
        await CallAsync(HttpMethod.Patch, $"/fleet/drivers/{id}", new JsonObject { ["externalIds"] = new JsonObject { ["fleetchatId"] = "d-1" } });

        var (_, driver) = await CallAsync(HttpMethod.Get, "/fleet/drivers/fleetchatId%3Ad-1");

        Assert.Equal(id, driver.GetProperty("data").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Changing_stops_deletes_those_that_are_missing_and_never_takes_a_state()
    {
        var route = await RouteAsync(await Control.AddDriverAsync(Org, new("Ann")), stops: 3);
        await Control.DepartAsync(Org, route.Id, route.Stops[0].Id);

        var (refused, _) = await CallAsync(HttpMethod.Patch, $"/fleet/routes/{route.Id}", Stops(new JsonObject { ["id"] = route.Stops[0].Id }, new JsonObject { ["id"] = route.Stops[1].Id, ["state"] = "arrived" }));
        Assert.Equal(3, (await Control.GetRouteAsync(Org, route.Id)).Stops.Count);
        var (status, _) = await CallAsync(HttpMethod.Patch, $"/fleet/routes/{route.Id}", Stops(
            new JsonObject { ["id"] = route.Stops[0].Id, ["notes"] = "gate 4" },
            new JsonObject { ["id"] = route.Stops[2].Id },
            new JsonObject { ["name"] = "new", ["scheduledArrivalTime"] = "2026-03-02T12:00:00Z" }));

        var stops = (await Control.GetRouteAsync(Org, route.Id)).Stops;
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (refused, status));
        Assert.Equal([("stop 0", "departed", "gate 4"), ("stop 2", "scheduled", ""), ("new", "scheduled", "")], stops.Select(stop => (stop.Name, stop.State, stop.Notes)));
    }

    [Fact]
    public async Task Notes_alone_leave_the_stops_as_they_are()
    {
        var route = await RouteAsync(await Control.AddDriverAsync(Org, new("Ann")), stops: 3);

        var (_, changed) = await CallAsync(HttpMethod.Patch, $"/fleet/routes/{route.Id}", new JsonObject { ["notes"] = "call ahead", ["externalIds"] = new JsonObject { ["tms"] = "9" } });

        Assert.Equal("call ahead", changed.GetProperty("data").GetProperty("notes").GetString());
        Assert.Equal(3, changed.GetProperty("data").GetProperty("stops").GetArrayLength());
        var (found, _) = await CallAsync(HttpMethod.Get, "/fleet/routes/tms%3A9");
        Assert.Equal(HttpStatusCode.OK, found);
    }

    [Fact]
    public async Task Routes_are_listed_by_time_and_the_audit_feed_tells_each_operation_once()
    {
        var route = await RouteAsync(await Control.AddDriverAsync(Org, new("Ann")));
        await Control.DepartAsync(Org, route.Id, route.Stops[0].Id);
        await Control.ArriveAsync(Org, route.Id, route.Stops[1].Id);

        var (withoutTimes, _) = await CallAsync(HttpMethod.Get, "/fleet/routes");
        var (_, today) = await CallAsync(HttpMethod.Get, "/fleet/routes?startTime=2026-03-02T00:00:00Z&endTime=2026-03-03T00:00:00Z");
        var (_, tomorrow) = await CallAsync(HttpMethod.Get, "/fleet/routes?startTime=2026-03-03T00:00:00Z&endTime=2026-03-04T00:00:00Z");
        var (_, feed) = await CallAsync(HttpMethod.Get, "/fleet/routes/audit-logs/feed");
        var (_, rest) = await CallAsync(HttpMethod.Get, $"/fleet/routes/audit-logs/feed?after={feed.GetProperty("pagination").GetProperty("endCursor").GetString()}");

        Assert.Equal(HttpStatusCode.BadRequest, withoutTimes);
        Assert.Equal((1, 0), (today.GetProperty("data").GetArrayLength(), tomorrow.GetProperty("data").GetArrayLength()));
        Assert.Equal(["stop scheduled", "stop departed", "stop departed"], feed.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty("operation").GetString()));
        Assert.Equal(0, rest.GetProperty("data").GetArrayLength());
    }

    [FixtureFact]
    public async Task A_new_webhook_is_answered_bare_with_a_Base64_secret_and_listed_wrapped()
    {
        var (status, created) = await CallAsync(HttpMethod.Post, "/webhooks", new JsonObject
        {
            ["name"] = "FleetChat",
            ["url"] = "https://fleetchat.example.com/hook",
            ["eventTypes"] = new JsonArray("RouteStopArrival"),
            ["customHeaders"] = new JsonArray(new JsonObject { ["key"] = "format", ["value"] = "x" }),
        });
        var (_, list) = await CallAsync(HttpMethod.Get, "/webhooks");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(Shape.Of(Fixtures.Read("samsara/rest_webhook_post_response.json")), Shape.Of(created));
        Assert.Equal(32, Convert.FromBase64String(created.GetProperty("secretKey").GetString()!).Length);
        Assert.Equal(created.ToString(), list.GetProperty("data")[0].ToString());
    }

    [Fact]
    public async Task A_webhook_can_be_changed_and_deleted_but_not_given_other_events()
    {
        await using var receiver = await Receiver.StartAsync();
        var webhook = await Control.AddWebhookAsync(Org, new(receiver.Url, ["RouteStopArrival"]));

        var (renamed, _) = await CallAsync(HttpMethod.Patch, $"/webhooks/{webhook.Id}", new JsonObject { ["name"] = "new", ["customHeaders"] = new JsonArray(new JsonObject { ["key"] = "X-Key", ["value"] = "k" }) });
        await Control.EmitAsync(Org, "RouteStopArrival", []);
        var custom = (await receiver.WaitAsync(1))[0].Headers["X-Key"];
        var (events, _) = await CallAsync(HttpMethod.Patch, $"/webhooks/{webhook.Id}", new JsonObject { ["eventTypes"] = new JsonArray() });
        using var deleted = await RawAsync(HttpMethod.Delete, $"/webhooks/{webhook.Id}");
        var (gone, _) = await CallAsync(HttpMethod.Get, $"/webhooks/{webhook.Id}");

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.NoContent, HttpStatusCode.NotFound], [renamed, events, deleted.StatusCode, gone]);
        Assert.Equal("k", custom);
    }

    [Fact]
    public async Task A_webhook_needs_https_or_this_machine()
    {
        var (plain, _) = await CallAsync(HttpMethod.Post, "/webhooks", new JsonObject { ["name"] = "x", ["url"] = "http://fleetchat.example.com/hook" });
        var (loopback, _) = await CallAsync(HttpMethod.Post, "/webhooks", new JsonObject { ["name"] = "x", ["url"] = "http://127.0.0.1:1/hook" });

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (plain, loopback));
    }

    [Fact]
    public async Task A_fault_refuses_the_next_calls_with_a_fraction_of_a_second_to_wait()
    {
        await Control.FailCallsAsync(new(429, Count: 1, PathPrefix: "/fleet", RetryAfterSeconds: 0.40235m));

        using var refused = await RawAsync(HttpMethod.Get, "/fleet/drivers");
        var (next, _) = await CallAsync(HttpMethod.Get, "/fleet/drivers");

        Assert.Equal((HttpStatusCode.TooManyRequests, "0.40235"), (refused.StatusCode, refused.Headers.GetValues("Retry-After").Single()));
        Assert.Equal(HttpStatusCode.OK, next);
    }

    [Fact]
    public async Task Who_drives_a_vehicle_what_he_does_and_how_fast_it_goes_can_be_read()
    {
        var vehicle = await Control.AddVehicleAsync(Org, new("Truck 4"));
        var (driver, passenger) = (await Control.AddDriverAsync(Org, new("Ann")), await Control.AddDriverAsync(Org, new("Ben")));
        await Control.AssignAsync(Org, new(driver, vehicle));
        await Control.AssignAsync(Org, new(passenger, vehicle, IsPassenger: true));
        await Control.ChangeDriverAsync(Org, driver, new(DutyStatus: "driving"));
        await Control.MoveVehicleAsync(Org, vehicle, new(42.1, -87.9, 61.5));

        var (_, assignments) = await CallAsync(HttpMethod.Get, $"/fleet/driver-vehicle-assignments?filterBy=vehicles&vehicleIds={vehicle}");
        var (_, clocks) = await CallAsync(HttpMethod.Get, $"/fleet/hos/clocks?driverIds={driver}");
        var (_, stats) = await CallAsync(HttpMethod.Get, "/fleet/vehicles/stats?types=gps");

        Assert.Equal([(driver, false), (passenger, true)], assignments.GetProperty("data").EnumerateArray().Select(one => (one.GetProperty("driver").GetProperty("id").GetString()!, one.GetProperty("isPassenger").GetBoolean())));
        Assert.Equal("driving", clocks.GetProperty("data")[0].GetProperty("currentDutyStatus").GetProperty("hosStatusType").GetString());
        Assert.Equal(61.5, stats.GetProperty("data")[0].GetProperty("gps").GetProperty("speedMilesPerHour").GetDouble());
    }

    [Fact]
    public async Task Dispatch_messages_have_numeric_ids_and_errors_without_JSON()
    {
        var driver = await Control.AddDriverAsync(Org, new("Ann", Id: "45646"));

        var (_, sent) = await CallAsync(HttpMethod.Post, "/v1/fleet/messages", new JsonObject { ["driverIds"] = new JsonArray(45646), ["text"] = "Call in" });
        using var textId = await RawAsync(HttpMethod.Post, "/v1/fleet/messages", new JsonObject { ["driverIds"] = new JsonArray(driver), ["text"] = "Call in" });
        var (_, list) = await CallAsync(HttpMethod.Get, "/v1/fleet/messages");

        Assert.Equal(45646, sent.GetProperty("data")[0].GetProperty("driverId").GetInt64());
        Assert.Equal((HttpStatusCode.BadRequest, "text/plain"), (textId.StatusCode, textId.Content.Headers.ContentType!.MediaType));
        Assert.Equal(("dispatch", clock.GetUtcNow().ToUnixTimeMilliseconds()), (list.GetProperty("data")[0].GetProperty("sender").GetProperty("type").GetString(), list.GetProperty("data")[0].GetProperty("sentAtMs").GetInt64()));
    }

    [Fact]
    public async Task A_document_has_to_fit_its_type_and_is_a_to_do_unless_submitted()
    {
        var driver = await Control.AddDriverAsync(Org, new("Ann"));
        var type = await Control.AddDocumentTypeAsync(Org, new("Bill of Lading", new Dictionary<string, string> { ["Reference #"] = "string" }));

        var (wrong, _) = await CallAsync(HttpMethod.Post, "/fleet/documents", Document(driver, type, "Photos", "photo"));
        var (_, required) = await CallAsync(HttpMethod.Post, "/fleet/documents", Document(driver, type, "Reference #", "string"));
        var submitted = Document(driver, type, "Reference #", "string");
        submitted["state"] = "submitted";
        var (_, there) = await CallAsync(HttpMethod.Post, "/fleet/documents", submitted);

        Assert.Equal(HttpStatusCode.BadRequest, wrong);
        Assert.Equal(("required", "submitted"), (required.GetProperty("data").GetProperty("state").GetString(), there.GetProperty("data").GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_refresh_token_works_once_and_gives_the_next_pair()
    {
        await Control.AddGrantAsync(Org, new("app", "app-secret", "code-1", TokenLifeSeconds: 60));

        var (_, first) = await ExchangeAsync(("grant_type", "authorization_code"), ("code", "code-1"));
        var refresh = first.GetProperty("refresh_token").GetString()!;
        clock.Advance(TimeSpan.FromSeconds(60));
        var (expired, _) = await CallAsync(HttpMethod.Get, "/me", token: first.GetProperty("access_token").GetString()!);
        var (_, second) = await ExchangeAsync(("grant_type", "refresh_token"), ("refresh_token", refresh));
        var (again, _) = await ExchangeAsync(("grant_type", "refresh_token"), ("refresh_token", refresh));
        var (works, _) = await CallAsync(HttpMethod.Get, "/me", token: second.GetProperty("access_token").GetString()!);

        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest, HttpStatusCode.OK], [expired, again, works]);
    }

    [Fact]
    public async Task Every_call_stands_in_the_journal()
    {
        await CallAsync(HttpMethod.Post, "/webhooks", new JsonObject { ["name"] = "x" });

        var entry = Assert.Single(await Control.JournalAsync(), one => one.Kind == "rest.request").Data;
        Assert.Equal(("POST", "/webhooks", 400, Org), (entry.GetProperty("method").GetString(), entry.GetProperty("path").GetString(), entry.GetProperty("status").GetInt32(), entry.GetProperty("org_id").GetInt64()));
    }

    private Task<RouteView> RouteAsync(string driver, int stops = 2) => Control.AddRouteAsync(Org, new(
        "route",
        [.. Enumerable.Range(0, stops).Select(index => new NewStop($"stop {index}", ScheduledArrival: clock.GetUtcNow().AddHours(index), Address: "1 Main St", Latitude: 1, Longitude: 2))],
        DriverId: driver));

    private static JsonObject Stops(params JsonNode[] stops) => new() { ["stops"] = new JsonArray(stops) };

    private static JsonObject Document(string driver, string type, string label, string kind) => new()
    {
        ["documentTypeId"] = type,
        ["driverId"] = driver,
        ["fields"] = new JsonArray(new JsonObject { ["label"] = label, ["type"] = kind, ["value"] = new JsonObject { ["stringValue"] = "4711" } }),
    };

    private static IEnumerable<string?> Names(JsonElement page) => page.GetProperty("data").EnumerateArray().Select(driver => driver.GetProperty("name").GetString());

    private async Task<(HttpStatusCode Status, JsonElement Json)> ExchangeAsync(params (string, string)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(simulator.Address, "/oauth2/token")) { Content = new FormUrlEncodedContent(form.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))) };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("app:app-secret"u8));
        using var response = await Http.SendAsync(request);
        return (response.StatusCode, await JsonAsync(response));
    }

    private async Task<(HttpStatusCode Status, JsonElement Json)> CallAsync(HttpMethod method, string path, JsonNode? body = null, string token = Token)
    {
        using var response = await RawAsync(method, path, body, token);
        return (response.StatusCode, await JsonAsync(response));
    }

    private async Task<HttpResponseMessage> RawAsync(HttpMethod method, string path, JsonNode? body = null, string token = Token)
    {
        using var request = new HttpRequestMessage(method, new Uri(simulator.Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return await Http.SendAsync(request);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return json.RootElement.Clone();
    }
}
