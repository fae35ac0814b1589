using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.Tests.Simulators;

public sealed class WhatsAppManagementTests : IAsyncLifetime
{
    private const string Templates = $"/v23.0/{WhatsAppBench.Waba}/message_templates";

    private WhatsAppBench bench = null!;

    public async Task InitializeAsync() => bench = await WhatsAppBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task A_submitted_template_is_pending_until_the_business_clock_ends_its_review()
    {
        var (_, created) = await bench.CallAsync(HttpMethod.Post, Templates, Submission("greeting"));
        Assert.Equal("PENDING", created.GetProperty("status").GetString());
        await bench.RefusedAsync(WhatsAppBench.Template("greeting", parameters: ["Ann"]), 132001, HttpStatusCode.NotFound);

        bench.Clock.Advance(TimeSpan.FromMinutes(10));

        var update = (await bench.Receiver.WaitAsync(1))[0].Json.GetProperty("entry")[0];
        var value = update.GetProperty("changes")[0].GetProperty("value");
        Assert.Equal((WhatsAppBench.Waba, JsonValueKind.Number), (update.GetProperty("id").GetString(), update.GetProperty("time").ValueKind));
        Assert.Equal("message_template_status_update", update.GetProperty("changes")[0].GetProperty("field").GetString());
        Assert.Equal(("APPROVED", "greeting", created.GetProperty("id").GetString()), (value.GetProperty("event").GetString(), value.GetProperty("message_template_name").GetString(), value.GetProperty("message_template_id").ToString()));
        var (_, list) = await bench.CallAsync(HttpMethod.Get, Templates + "?name=greeting");
        Assert.Equal("APPROVED", Assert.Single(list.GetProperty("data").EnumerateArray()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_review_can_reject_or_recategorise()
    {
        await bench.Control.DecideReviewAsync(new("bad", Verdict.Reject, Reason: "INVALID_FORMAT"));
        await bench.Control.DecideReviewAsync(new("advert", Verdict.Recategorise, Category: "MARKETING"));
        await bench.CallAsync(HttpMethod.Post, Templates, Submission("bad"));
        await bench.CallAsync(HttpMethod.Post, Templates, Submission("advert"));

        bench.Clock.Advance(TimeSpan.FromMinutes(10));

        var changes = (await bench.Receiver.WaitAsync(3)).Select(got => got.Json.GetProperty("entry")[0].GetProperty("changes")[0]).ToList();
        Assert.Contains(changes, change => change.ToString().Contains("\"REJECTED\"", StringComparison.Ordinal) && change.GetProperty("value").GetProperty("reason").GetString() == "INVALID_FORMAT");
        Assert.Contains(changes, change => change.GetProperty("field").GetString() == "template_category_update" && change.GetProperty("value").GetProperty("new_category").GetString() == "MARKETING");
    }

    [Theory]
    [InlineData("Hello {{1}}{{2}} friend", "next to each other")]
    [InlineData("{{1}} is here", "begin or end")]
    [InlineData("You are at {{1}}", "begin or end")]
    [InlineData("Stop {{1}} then {{3}} now", "without a gap")]
    public async Task A_body_that_Meta_refuses_is_refused(string body, string why)
    {
        var (status, json) = await bench.CallAsync(HttpMethod.Post, Templates, Submission("refused", body));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(why, json.GetProperty("error").GetProperty("error_data").GetProperty("details").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Examples_are_mandatory_and_a_name_and_language_exist_once()
    {
        var withoutExample = Submission("greeting");
        ((JsonObject)withoutExample["components"]![0]!).Remove("example");

        var missing = await bench.CallAsync(HttpMethod.Post, Templates, withoutExample);
        await bench.CallAsync(HttpMethod.Post, Templates, Submission("greeting"));
        var twice = await bench.CallAsync(HttpMethod.Post, Templates, Submission("greeting"));

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (missing.Status, twice.Status));
    }

    [Fact]
    public async Task An_edit_goes_through_review_again_and_a_deletion_ends_it()
    {
        var (_, list) = await bench.CallAsync(HttpMethod.Get, Templates);
        var id = list.GetProperty("data")[0].GetProperty("id").GetString();

        var (edited, _) = await bench.CallAsync(HttpMethod.Post, $"/v23.0/{id}", new JsonObject { ["components"] = Submission("x")["components"]!.DeepClone() });
        var (_, pending) = await bench.CallAsync(HttpMethod.Get, $"/v23.0/{id}");
        var (deleted, _) = await bench.CallAsync(HttpMethod.Delete, Templates + "?name=stop_reached");
        var (gone, _) = await bench.CallAsync(HttpMethod.Get, $"/v23.0/{id}");

        Assert.Equal((HttpStatusCode.OK, "PENDING"), (edited, pending.GetProperty("status").GetString()));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (deleted, gone));
    }

    [Fact]
    public async Task A_named_template_takes_its_parameters_by_name()
    {
        await bench.Control.AddTemplateAsync(new(WhatsAppBench.Waba, "named", "es", "Hola {{driver}}, estás en {{stop}}.", Named: true));
        var message = WhatsAppBench.Template("named", "es");
        ((JsonArray)message["template"]!["components"]!).RemoveAt(1);
        await bench.RefusedAsync(message, 132012);
        var parameters = (JsonArray)message["template"]!["components"]![0]!["parameters"]!;
        parameters[0]!["parameter_name"] = "stop";
        parameters[1]!["parameter_name"] = "driver";

        await bench.AcceptedAsync(message);

        Assert.Equal("Hola Dock 4, estás en Sheena.", Assert.Single(Assert.Single(await bench.Control.ChatsAsync()).Messages).Text);
    }

    [Fact]
    public async Task A_number_is_added_verified_by_its_code_and_registered()
    {
        var (_, added) = await bench.CallAsync(HttpMethod.Post, $"/v23.0/{WhatsAppBench.Waba}/phone_numbers", new JsonObject { ["cc"] = "1", ["phone_number"] = "5550001111", ["verified_name"] = "North" });
        var number = $"/v23.0/{added.GetProperty("id").GetString()}";
        var (early, _) = await RegisterAsync(number, "123456");
        await bench.CallAsync(HttpMethod.Post, number + "/request_code", new JsonObject { ["code_method"] = "SMS", ["language"] = "en_US" });
        var code = Assert.Single(await bench.Control.JournalAsync(), entry => entry.Kind == "code.sent").Data.GetProperty("code").GetString();
        await bench.CallAsync(HttpMethod.Post, number + "/verify_code", new JsonObject { ["code"] = code });
        var (registered, _) = await RegisterAsync(number, "123456");
        var (wrongPin, error) = await RegisterAsync(number, "654321");
        var (_, told) = await bench.CallAsync(HttpMethod.Get, number);

        Assert.Equal([HttpStatusCode.BadRequest, HttpStatusCode.OK, HttpStatusCode.BadRequest], [early, registered, wrongPin]);
        Assert.Equal(133005, error.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(("CLOUD_API", "VERIFIED", "+15550001111"), (told.GetProperty("platform_type").GetString(), told.GetProperty("code_verification_status").GetString(), told.GetProperty("display_phone_number").GetString()));
    }

    [Fact]
    public async Task More_than_ten_registrations_within_72_hours_are_133016()
    {
        for (var time = 0; time < 10; time++)
            Assert.Equal(HttpStatusCode.OK, (await RegisterAsync($"/v23.0/{WhatsAppBench.Number}", "123456")).Status);

        var (_, error) = await RegisterAsync($"/v23.0/{WhatsAppBench.Number}", "123456");
        bench.Clock.Advance(TimeSpan.FromHours(72));
        var (later, _) = await RegisterAsync($"/v23.0/{WhatsAppBench.Number}", "123456");

        Assert.Equal((133016, HttpStatusCode.OK), (error.GetProperty("error").GetProperty("code").GetInt32(), later));
    }

    [Fact]
    public async Task A_WABA_may_have_a_callback_of_its_own_for_messages()
    {
        await using var own = await Receiver.StartAsync();
        var refused = await bench.CallAsync(HttpMethod.Post, $"/v23.0/{WhatsAppBench.Waba}/subscribed_apps", new JsonObject { ["override_callback_uri"] = own.Url.ToString(), ["verify_token"] = "wrong" });
        var accepted = await bench.CallAsync(HttpMethod.Post, $"/v23.0/{WhatsAppBench.Waba}/subscribed_apps", new JsonObject { ["override_callback_uri"] = own.Url.ToString(), ["verify_token"] = own.VerifyToken });

        await bench.Control.SendTextAsync(WhatsAppBench.Number, WhatsAppBench.Driver, "to the own one");
        await bench.Control.SetPreferenceAsync(WhatsAppBench.Number, WhatsAppBench.Driver, "stop");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (refused.Status, accepted.Status));
        Assert.Single((await own.WaitAsync(1))[0].All("messages"));
        Assert.Single((await bench.Receiver.WaitAsync(1))[0].All("user_preferences"));
    }

    [Fact]
    public async Task Uploaded_media_can_be_linked_by_their_own_company_only()
    {
        await bench.Control.AddWabaAsync(new("302290129340777", "South Haulage"));
        await bench.Control.AddTokenAsync(new("token-south", ["302290129340777"]));
        using var http = new HttpClient { BaseAddress = bench.Simulator.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", WhatsAppBench.Token);
        using var form = new MultipartFormDataContent { { new StringContent("whatsapp"), "messaging_product" }, { new ByteArrayContent([1, 2, 3]) { Headers = { ContentType = new("image/png") } }, "file", "a.png" } };

        using var response = await http.PostAsync(new Uri($"/v23.0/{WhatsAppBench.Number}/media", UriKind.Relative), form);

        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        var id = json.RootElement.GetProperty("id").GetString();
        var (mine, link) = await bench.CallAsync(HttpMethod.Get, $"/v23.0/{id}");
        var (foreign, _) = await bench.CallAsync(HttpMethod.Get, $"/v23.0/{id}", token: "token-south");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (mine, foreign));
        Assert.Equal(("image/png", "3"), (link.GetProperty("mime_type").GetString(), link.GetProperty("file_size").GetString()));
    }

    private Task<(HttpStatusCode Status, JsonElement Json)> RegisterAsync(string number, string pin)
        => bench.CallAsync(HttpMethod.Post, number + "/register", new JsonObject { ["messaging_product"] = "whatsapp", ["pin"] = pin });

    private static JsonObject Submission(string name, string body = "Hello {{1}}, welcome.") => new()
    {
        ["name"] = name,
        ["language"] = "en_US",
        ["category"] = "UTILITY",
        ["components"] = new JsonArray(new JsonObject
        {
            ["type"] = "body",
            ["text"] = body,
            ["example"] = new JsonObject { ["body_text"] = new JsonArray(new JsonArray([.. Enumerable.Range(0, body.Split("{{").Length - 1).Select(_ => (JsonNode)"Ann")])) },
        }),
    };
}
