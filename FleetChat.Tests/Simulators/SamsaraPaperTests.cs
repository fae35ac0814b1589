using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Samsara;

namespace FleetChat.Tests.Simulators;

/// <summary>Documents, forms, messages and alerts.</summary>
public sealed class SamsaraPaperTests : IAsyncLifetime
{
    private const long Org = SamsaraBench.Org;
    private static readonly Dictionary<string, string> Fields = new() { ["Photos"] = "photo", ["Reference #"] = "string", ["Pieces"] = "number" };

    private SamsaraBench bench = null!;
    private string ann = null!;
    private string type = null!;

    private SamsaraControl Control => bench.Control;

    public async Task InitializeAsync()
    {
        bench = await SamsaraBench.StartAsync();
        ann = await Control.AddDriverAsync(Org, new("Ann"));
        type = await Control.AddDocumentTypeAsync(Org, new("Bill of Lading", Fields));
    }

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task A_submitted_document_hangs_on_its_stop_and_comes_back_as_an_event()
    {
        var route = await bench.RouteAsync(ann);

        var (status, created) = await PostAsync(Field("Reference #", "string", "stringValue", "4711"), route.Stops[0].Id);

        var id = created.GetProperty("data").GetProperty("id").GetString();
        var (_, read) = await bench.CallAsync(HttpMethod.Get, $"/fleet/routes/{route.Id}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(id, read.GetProperty("data").GetProperty("stops")[0].GetProperty("documents")[0].GetProperty("id").GetString());
        Assert.Equal(id, (await bench.DataAsync("DocumentSubmitted"))[0].GetProperty("document").GetProperty("id").GetString());
        Assert.Equal([id], await bench.ListAsync($"/fleet/documents?startTime=2026-03-02T00:00:00Z&endTime=2026-03-03T00:00:00Z&documentTypeId={type}"));
    }

    [Fact]
    public async Task A_to_do_is_no_event()
    {
        await PostAsync(Field("Reference #", "string", "stringValue", "4711"), state: null);

        await Until.TrueAsync(async () => await Control.PendingAsync() == 0, "everything to be told");
        Assert.Empty(bench.Events("DocumentSubmitted"));
    }

    [Theory]
    [InlineData("Reference #", "string", "numberValue", 4711)]
    [InlineData("Pieces", "number", "numberValue", "many")]
    [InlineData("Reference #", "number", "numberValue", 4711)]
    [InlineData("Photos", "photo", "photoValue", "https://example.com/1.jpg")]
    public async Task A_value_has_to_be_the_one_that_its_type_takes(string label, string kind, string member, object value)
    {
        var (status, _) = await PostAsync(Field(label, kind, member, JsonSerializer.SerializeToNode(value)));

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Theory]
    [InlineData(PhotoLinks.Taken, HttpStatusCode.OK, true)]
    [InlineData(PhotoLinks.Refused, HttpStatusCode.BadRequest, false)]
    [InlineData(PhotoLinks.Dropped, HttpStatusCode.OK, false)]
    public async Task A_photo_that_is_a_link_is_taken_refused_or_dropped(PhotoLinks links, HttpStatusCode expected, bool kept)
    {
        await Control.ChangeSettingsAsync(new(PhotoLinks: links));

        var (status, json) = await PostAsync(Field("Photos", "photo", "photoValue", new JsonArray(new JsonObject { ["url"] = "https://example.com/1.jpg" })));

        Assert.Equal(expected, status);
        Assert.Equal(kept, json.ToString().Contains("example.com", StringComparison.Ordinal));
    }

    [FixtureFact]
    public async Task A_document_from_the_drivers_app_has_the_shape_of_the_real_one()
    {
        var truck = await Control.AddVehicleAsync(Org, new("Truck"));
        await Control.SubmitDocumentAsync(Org, new(ann, type, VehicleId: truck));

        var real = Fixtures.Read("samsara/webhook2_DocumentSubmitted_from_kafka.json").GetProperty("data");
        Assert.Equal(Shape.Of(real), Shape.Of((await bench.DataAsync("DocumentSubmitted"))[0]));
    }

    [Fact]
    public async Task Two_documents_of_one_instant_are_two()
        => Assert.NotEqual(await Control.SubmitDocumentAsync(Org, new(ann, type)), await Control.SubmitDocumentAsync(Org, new(ann, type)));

    [Fact]
    public async Task A_form_from_the_API_begins_as_not_started()
    {
        var (status, form) = await bench.CallAsync(HttpMethod.Post, "/form-submissions", new JsonObject
        {
            ["formTemplate"] = new JsonObject { ["id"] = "9814a1fa-f0c6-408b-bf85-51dc3bc71ac7" },
            ["status"] = "notStarted",
            ["assignedTo"] = new JsonObject { ["id"] = ann, ["type"] = "driver" },
        });
        var (done, _) = await bench.CallAsync(HttpMethod.Post, "/form-submissions", new JsonObject { ["formTemplate"] = new JsonObject { ["id"] = "1" }, ["status"] = "completed" });

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest], [status, done]);
        Assert.Equal([form.GetProperty("data").GetProperty("id").GetString()], await bench.ListAsync($"/form-submissions?ids={form.GetProperty("data").GetProperty("id").GetString()}"));
    }

    [Fact]
    public async Task What_a_driver_writes_in_his_app_is_told_by_no_webhook()
    {
        await Control.SayAsync(Org, ann, "Stuck in traffic");

        var (_, messages) = await bench.CallAsync(HttpMethod.Get, "/v1/fleet/messages");

        Assert.Equal(("driver", "Stuck in traffic"), (messages.GetProperty("data")[0].GetProperty("sender").GetProperty("type").GetString(), messages.GetProperty("data")[0].GetProperty("text").GetString()));
        Assert.Single(await bench.Receiver.WaitAsync(1));
    }

    [Fact]
    public async Task A_resolved_incident_is_the_same_incident_under_another_event_id()
    {
        var raised = await Control.RaiseIncidentAsync(Org, new("hosViolation"));
        bench.Clock.Advance(TimeSpan.FromMinutes(5));
        var resolved = await Control.ResolveIncidentAsync(Org, raised.Id);

        var data = await bench.DataAsync("AlertIncident", 2);
        Assert.NotEqual(raised.Events[0].EventId, resolved[0].EventId);
        foreach (var member in new[] { "configurationId", "happenedAtTime", "conditions" })
            Assert.True(JsonElement.DeepEquals(data[0].GetProperty(member), data[1].GetProperty(member)), member);
        Assert.Equal([false, true], data.Select(one => one.GetProperty("isResolved").GetBoolean()));
        Assert.Equal("2026-03-02T08:05:00.000Z", data[1].GetProperty("resolvedAtTime").GetString());
        Assert.Equal(ann, data[0].GetProperty("conditions")[0].GetProperty("details").GetProperty("hosViolation").GetProperty("driver").GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("enriched", "AlertIncident")]
    [InlineData("legacy", "Alert")]
    public async Task A_configured_alert_goes_to_its_webhooks_only_in_its_own_envelope(string payloadType, string eventType)
    {
        await using var other = await Receiver.StartAsync();
        await Control.AddWebhookAsync(Org, new(other.Url, []));
        var (_, alert) = await bench.CallAsync(HttpMethod.Post, "/alerts/configurations", new JsonObject
        {
            ["name"] = "HOS",
            ["isEnabled"] = true,
            ["scope"] = new JsonObject { ["all"] = true },
            ["triggers"] = new JsonArray(new JsonObject { ["triggerTypeId"] = 1018, ["triggerParams"] = new JsonObject() }),
            ["actions"] = new JsonArray(new JsonObject
            {
                ["actionTypeId"] = 4,
                ["actionParams"] = new JsonObject { ["webhooks"] = new JsonObject { ["webhookIds"] = new JsonArray(bench.Webhook.Id), ["payloadType"] = payloadType } },
            }),
        });

        await Control.RaiseIncidentAsync(Org, new("hosViolation", ConfigurationId: alert.GetProperty("data").GetProperty("id").GetString()));

        await Until.TrueAsync(() => bench.Events(eventType).Count == 1, "the alert");
        Assert.Empty(other.All);
    }

    private Task<(HttpStatusCode Status, JsonElement Json)> PostAsync(JsonObject field, string? stopId = null, string? state = "submitted")
    {
        var document = new JsonObject { ["documentTypeId"] = type, ["driverId"] = ann, ["fields"] = new JsonArray(field) };
        if (stopId is not null)
            document["routeStopId"] = stopId;
        if (state is not null)
            document["state"] = state;
        return bench.CallAsync(HttpMethod.Post, "/fleet/documents", document);
    }

    private static JsonObject Field(string label, string kind, string member, JsonNode? value)
        => new() { ["label"] = label, ["type"] = kind, ["value"] = new JsonObject { [member] = value } };
}
