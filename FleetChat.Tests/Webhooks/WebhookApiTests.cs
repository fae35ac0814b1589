using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Webhooks;

/// <summary>The whole app on loopback, with a company's receiver beside it.</summary>
public sealed class WebhookApiFixture : IAsyncLifetime
{
    public ApiHost Host { get; private set; } = null!;

    public ApiCompany Company { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Host = await ApiHost.StartAsync("webhook_api", new Dictionary<string, string?>
        {
            ["FleetChat:PublicBaseUrl"] = "http://127.0.0.1",
            ["FleetChat:Webhooks:AllowLoopback"] = "true",
        });
        Company = await ApiCompany.SetUpAsync(Host, "hooked_haulage_001");
    }

    public async Task DisposeAsync()
    {
        Company.Dispose();
        await Host.DisposeAsync();
    }
}

public sealed class WebhookApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Endpoints = "/api/webhook-endpoints";
    private readonly ApiCompany _company = fixture.Company;

    [Fact]
    public async Task An_endpoint_is_made_tried_changed_and_deleted()
    {
        await using var receiver = await HookReceiver.StartAsync();
        var (id, secret) = await MakeAsync(receiver.Url, "alert.opened");

        using var tested = await _company.PostAsync($"{Endpoints}/{id}/test", null);
        Assert.Equal(HttpStatusCode.Accepted, tested.StatusCode);
        await Until.TrueAsync(() => receiver.Received.Count == 1, "the test's webhook");
        Assert.Equal(id, receiver.Received[0].Data.GetProperty("endpoint_id").GetString());
        Assert.True(receiver.Received[0].IsSignedWith(secret));
        await Until.TrueAsync(async () => (await DeliveriesAsync(id, "?status=delivered")).Count == 1, "its delivery to be noted");
        var delivery = (await DeliveriesAsync(id)).Single();
        Assert.Equal(receiver.Received[0].Id, delivery.GetProperty("webhook_id").GetString());
        Assert.Equal(200, delivery.GetProperty("last_code").GetInt32());

        using var again = await _company.PostAsync($"{Endpoints}/{id}/redeliver", $$"""{"delivery_id":"{{delivery.GetProperty("id").GetString()}}"}""");
        Assert.Equal(1, (await JsonAsync(again)).GetProperty("redelivered").GetInt32());
        await Until.TrueAsync(() => receiver.Received.Count == 2, "the same webhook again");
        Assert.Equal(receiver.Received[0].Id, receiver.Received[1].Id);

        var off = await PatchAsync(id, """{"enabled":false,"types":["message.received","alert.opened"]}""");
        Assert.Equal((false, "by_company"), (off.GetProperty("enabled").GetBoolean(), off.GetProperty("disabled_reason").GetString()));
        Assert.Equal(2, off.GetProperty("types").GetArrayLength());
        using (var refused = await _company.PostAsync($"{Endpoints}/{id}/test", null)) await HttpAssert.ProblemAsync(refused, HttpStatusCode.Conflict, "webhooks.endpoint_disabled");
        Assert.True((await PatchAsync(id, """{"enabled":true}""")).GetProperty("enabled").GetBoolean());

        using var deleted = await SendAsync(HttpMethod.Delete, $"{Endpoints}/{id}", null);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        using var gone = await _company.GetAsync($"{Endpoints}/{id}");
        await HttpAssert.ProblemAsync(gone, HttpStatusCode.NotFound, "webhooks.endpoint_not_found");
        Assert.Equal(0, await fixture.Host.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.webhook_deliveries where endpoint_id = $1", P.Uuid(Guid.Parse(id))));
    }

    [Fact]
    public async Task Data_is_what_the_API_shows()
    {
        await using var receiver = await HookReceiver.StartAsync();
        var (id, _) = await MakeAsync(receiver.Url, "alert.opened");
        await Alerts.RaiseAsync(fixture.Host.Get<TenantDbs>().For(_company.Tenant), fixture.Host.Get<TimeProvider>(), "message.failed", Alerts.Warning, "131026", default);

        // Nobody nudged: the sweep finds it.
        await Until.TrueAsync(() => receiver.Received.Count == 1, "the alert's webhook");

        var shown = (await _company.GetJsonAsync("/api/alerts")).GetProperty("data").EnumerateArray().Single(alert => alert.GetProperty("subject").GetString() == "131026");
        Assert.Equal(shown.GetRawText(), receiver.Received[0].Data.GetRawText());
        using var _2 = await SendAsync(HttpMethod.Delete, $"{Endpoints}/{id}", null);
    }

    [Fact]
    public async Task Nothing_shows_a_secret_but_the_answers_that_make_one()
    {
        var (id, secret) = await MakeAsync("https://hooks.example.com/a", "message.received");
        using var rotated = await _company.PostAsync($"{Endpoints}/{id}/secret", null);
        var newer = (await JsonAsync(rotated)).GetProperty("secret").GetString()!;

        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", secret);
        Assert.NotEqual(secret, newer);
        var everything = $"{await _company.GetJsonAsync(Endpoints)} {await _company.GetJsonAsync($"{Endpoints}/{id}")} {await PatchAsync(id, """{"types":["alert.opened"]}""")}";
        Assert.DoesNotContain("whsec_", everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_request_makes_one_endpoint_and_one_secret()
    {
        const string Body = """{"url":"https://hooks.example.com/once","types":["message.received"]}""";
        using var first = await _company.PostAsync(Endpoints, Body, "make-once");
        using var second = await _company.PostAsync(Endpoints, Body, "make-once");
        using var other = await _company.PostAsync(Endpoints, Body.Replace("once", "twice", StringComparison.Ordinal), "make-once");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        await HttpAssert.ProblemAsync(other, HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");

        // The first one died after its work: whoever takes its place finds what it made.
        await fixture.Host.Database.ExecuteAsAdminAsync("update fleet.idempotency_keys set status_code = null, response = null, created_at = now() - interval '2 minutes' where key = 'make-once'");
        using var third = await _company.PostAsync(Endpoints, Body, "make-once");
        Assert.Equal((await JsonAsync(first)).GetProperty("secret").GetString(), (await JsonAsync(third)).GetProperty("secret").GetString());

        var id = (await JsonAsync(first)).GetProperty("endpoint").GetProperty("id").GetString();
        using var rotated = await _company.PostAsync($"{Endpoints}/{id}/secret", null, "rotate-once");
        using var repeated = await _company.PostAsync($"{Endpoints}/{id}/secret", null, "rotate-once");
        Assert.Equal((await JsonAsync(rotated)).GetProperty("secret").GetString(), (await JsonAsync(repeated)).GetProperty("secret").GetString());
    }

    [Fact]
    public async Task Changes_are_in_the_audit_trail_without_addresses()
    {
        var (id, _) = await MakeAsync("https://hooks.example.com/?password=canary", "message.received");
        using var rotated = await _company.PostAsync($"{Endpoints}/{id}/secret", """{"overlap_hours":0}""");
        await PatchAsync(id, """{"url":"https://hooks.example.com/?password=canary2","enabled":false}""");
        using var deleted = await SendAsync(HttpMethod.Delete, $"{Endpoints}/{id}", null);

        Assert.Equal("webhook_endpoint.created ;webhook_endpoint.secret_rotated ;webhook_endpoint.changed url disabled;webhook_endpoint.deleted ", await fixture.Host.Database.ScalarAsAdminAsync<string>("""
            select string_agg(action || ' ' || detail, ';' order by id)
            from fleet.audit_entries
            where subject = $1
              and actor = $2
            """, P.Text(id), P.Text($"api_key:{_company.Key.KeyId}")));
    }

    [Theory]
    [InlineData("""{"types":["alert.opened"]}""", "webhooks.url_invalid", "$.url")]
    [InlineData("""{"url":"https://10.0.0.1/","types":["alert.opened"]}""", "webhooks.url_invalid", "$.url")]
    [InlineData("""{"url":"http://hooks.example.com/","types":["alert.opened"]}""", "webhooks.url_invalid", "$.url")]
    [InlineData("""{"url":"https://hooks.example.com/"}""", "webhooks.types_invalid", "$.types")]
    [InlineData("""{"url":"https://hooks.example.com/","types":[]}""", "webhooks.types_invalid", "$.types")]
    [InlineData("""{"url":"https://hooks.example.com/","types":["alert.opened","webhook.test"]}""", "webhooks.types_invalid", "$.types")]
    [InlineData("""{"url":"https://hooks.example.com/","types":[null]}""", "webhooks.types_invalid", "$.types")]
    public async Task What_makes_no_sense_is_refused_with_what_to_do(string body, string code, string field)
    {
        using var response = await _company.PostAsync(Endpoints, body);

        Assert.Equal(field, HttpAssert.Field(await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, code)));
    }

    [Theory]
    [InlineData("secret", """{"overlap_hours":25}""", "webhooks.overlap_invalid")]
    [InlineData("secret", """{"overlap_hours":-1}""", "webhooks.overlap_invalid")]
    [InlineData("redeliver", "{}", "webhooks.redeliver_what")]
    [InlineData("redeliver", """{"delivery_id":"0199b0a0-0000-7000-8000-00000000dead","since":"2026-03-01T00:00:00Z"}""", "webhooks.redeliver_what")]
    [InlineData("redeliver", """{"delivery_id":"0199b0a0-0000-7000-8000-00000000dead"}""", "webhooks.delivery_not_found")]
    public async Task Wishes_about_an_endpoint_that_make_no_sense_are_refused(string what, string body, string code)
    {
        using var response = await _company.PostAsync($"{Endpoints}/{_company.WebhookEndpoint}/{what}", body);

        await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task Secrets_in_overlap_have_an_end()
    {
        var (id, _) = await MakeAsync("https://hooks.example.com/often", "message.received");
        for (var i = 0; i < 4; i++) (await _company.PostAsync($"{Endpoints}/{id}/secret", null)).Dispose();

        using var tooOften = await _company.PostAsync($"{Endpoints}/{id}/secret", null);
        using var atOnce = await _company.PostAsync($"{Endpoints}/{id}/secret", """{"overlap_hours":0}""");

        await HttpAssert.ProblemAsync(tooOften, HttpStatusCode.Conflict, "webhooks.too_many_secrets");
        Assert.Equal(HttpStatusCode.OK, atOnce.StatusCode);
        using var deleted = await SendAsync(HttpMethod.Delete, $"{Endpoints}/{id}", null);
    }

    private async Task<(string Id, string Secret)> MakeAsync(string url, params string[] types)
    {
        using var response = await _company.PostAsync(Endpoints, JsonSerializer.Serialize(new { url, types }));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var made = await JsonAsync(response);
        return (made.GetProperty("endpoint").GetProperty("id").GetString()!, made.GetProperty("secret").GetString()!);
    }

    private async Task<IReadOnlyList<JsonElement>> DeliveriesAsync(string id, string query = "")
        => [.. (await _company.GetJsonAsync($"{Endpoints}/{id}/deliveries{query}")).GetProperty("data").EnumerateArray()];

    private async Task<JsonElement> PatchAsync(string id, string body)
    {
        using var response = await SendAsync(HttpMethod.Patch, $"{Endpoints}/{id}", body);
        return await JsonAsync(response);
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        return _company.SendAsync(request);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
