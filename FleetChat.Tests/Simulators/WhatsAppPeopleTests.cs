using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.Tests.Simulators;

/// <summary>Everything else that people do on their phones, and what becomes of their files.</summary>
public sealed class WhatsAppPeopleTests : IAsyncLifetime
{
    private const string Number = WhatsAppBench.Number;
    private const string Driver = WhatsAppBench.Driver;

    private WhatsAppBench bench = null!;

    private WhatsAppControl Control => bench.Control;

    public async Task InitializeAsync() => bench = await WhatsAppBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task A_message_can_be_edited_and_taken_back()
    {
        var wamid = await Control.SendTextAsync(Number, Driver, "I am at dok 4");
        await Control.EditAsync(wamid, "I am at dock 4");
        await Control.RevokeAsync(wamid);

        var messages = await bench.MessagesAsync(3);
        Assert.Equal(["text", "edit", "revoke"], messages.Select(message => message.GetProperty("type").GetString()));
        Assert.Equal("I am at dock 4", messages[1].GetProperty("edit").GetProperty("message").GetProperty("text").GetProperty("body").GetString());
        Assert.Equal(wamid, messages[2].GetProperty("revoke").GetProperty("original_message_id").GetString());
        Assert.Equal("[deleted]", (await Control.ChatsAsync())[0].Messages[0].Text);
    }

    [Fact]
    public async Task Cards_orders_unsupported_messages_and_opened_chats_have_their_members()
    {
        await Control.SendContactAsync(new(Number, Driver, "Sheena Nelson", "+1 650-555-1234", Driver));
        await Control.SendOrderAsync(new(Number, Driver, "cat", "sku-1", 2, 9.5m));
        await Control.SendUnsupportedAsync(new(Number, Driver, "poll"));
        await Control.WelcomeAsync(Number, Driver);

        var messages = await bench.MessagesAsync(4);
        Assert.Equal(Driver, messages[0].GetProperty("contacts")[0].GetProperty("phones")[0].GetProperty("wa_id").GetString());
        Assert.Equal(2, messages[1].GetProperty("order").GetProperty("product_items")[0].GetProperty("quantity").GetInt32());
        Assert.Equal((131051, "poll"), (messages[2].GetProperty("errors")[0].GetProperty("code").GetInt32(), messages[2].GetProperty("unsupported").GetProperty("type").GetString()));
        Assert.False(messages[3].TryGetProperty("request_welcome", out _));
    }

    [Fact]
    public async Task A_voice_message_and_a_sticker_say_what_they_are()
    {
        await Control.SendMediaAsync(new(Number, Driver, "audio", "audio/ogg; codecs=opus", [1], Voice: true));
        await Control.SendMediaAsync(new(Number, Driver, "sticker", "image/webp", [2], Animated: true));

        var messages = await bench.MessagesAsync(2);
        Assert.True(messages[0].GetProperty("audio").GetProperty("voice").GetBoolean());
        Assert.True(messages[1].GetProperty("sticker").GetProperty("animated").GetBoolean());
    }

    [Fact]
    public async Task A_row_of_a_list_comes_back_with_its_description()
    {
        await Control.SendTextAsync(Number, Driver, "hello");
        var wamid = await bench.AcceptedAsync(Interactive("list", new()
        {
            ["button"] = "Choose",
            ["sections"] = new JsonArray(new JsonObject { ["rows"] = new JsonArray(new JsonObject { ["id"] = "pod", ["title"] = "Delivery receipt", ["description"] = "signed" }) }),
        }));

        await Control.TapAsync(Number, Driver, wamid, "Delivery receipt");

        var reply = (await bench.MessagesAsync(2))[1].GetProperty("interactive").GetProperty("list_reply");
        Assert.Equal(("pod", "signed"), (reply.GetProperty("id").GetString(), reply.GetProperty("description").GetString()));
    }

    [Fact]
    public async Task A_location_request_is_answered_by_a_location_with_context()
    {
        await Control.SendTextAsync(Number, Driver, "hello");
        var wamid = await bench.AcceptedAsync(Interactive("location_request_message", new() { ["name"] = "send_location" }));

        await Control.SendLocationAsync(new(Number, Driver, 31.5, -97.1, Options: new(InReplyTo: wamid)));

        Assert.Equal(wamid, (await bench.MessagesAsync(2))[1].GetProperty("context").GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("list", """{"button":"A label longer than 20 characters","sections":[{"rows":[{"id":"1","title":"One"}]}]}""")]
    [InlineData("list", """{"button":"Choose","sections":[{"rows":[{"id":"1","title":"A title of more than 24 characters"}]}]}""")]
    [InlineData("list", """{"button":"Choose","sections":[{"rows":[{"id":"1","title":"One"}]},{"rows":[{"id":"2","title":"Two"}]}]}""")]
    [InlineData("list", """{"button":"Choose","sections":[{"rows":[]}]}""")]
    [InlineData("cta_url", """{"name":"cta_url","parameters":{"display_text":"A label longer than 20 characters","url":"https://example.com"}}""")]
    [InlineData("cta_url", """{"name":"cta_url","parameters":{"display_text":"Open"}}""")]
    [InlineData("location_request_message", """{"name":"send_place"}""")]
    public async Task Limits_of_lists_links_and_location_requests_are_enforced(string type, string action)
    {
        await Control.SendTextAsync(Number, Driver, "hello");

        var (status, _) = await bench.SendAsync(Interactive(type, (JsonObject)JsonNode.Parse(action)!));

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task A_link_button_and_a_location_request_cannot_be_tapped()
    {
        await Control.SendTextAsync(Number, Driver, "hello");
        var wamid = await bench.AcceptedAsync(Interactive("cta_url", new() { ["name"] = "cta_url", ["parameters"] = new JsonObject { ["display_text"] = "Map", ["url"] = "https://example.com" } }));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Control.TapAsync(Number, Driver, wamid, "Map"));
    }

    [Fact]
    public async Task A_user_id_changes_by_itself_with_the_phone_or_in_the_old_form()
    {
        await Control.AddUserAsync(new("16505550000", "Sheena", UserId: "US.1", HidesPhone: true));
        await Control.ChangeUserIdAsync(new(Number, "16505550000", "US.2"));
        await Control.ChangeUserIdAsync(new(Number, "16505550000", "US.3", OldForm: true));
        await Control.ChangeNumberAsync(Number, "16505550000", "16505550001", "US.4");
        await Control.ChangeIdentityAsync(Number, Driver);

        var posts = await bench.Receiver.WaitAsync(4);
        var systems = posts.SelectMany(post => post.All("messages")).Select(message => message.GetProperty("system")).OrderBy(system => system.GetProperty("type").GetString(), StringComparer.Ordinal).ToList();
        Assert.Equal(["customer_identity_changed", "user_changed_number", "user_changed_user_id"], systems.Select(system => system.GetProperty("type").GetString()));
        Assert.Equal(("US.4", "US.3"), (systems[1].GetProperty("user_id").GetString(), systems[1].GetProperty("previous_user_id").GetString()));
        Assert.Equal(("US.2", "US.1"), (systems[2].GetProperty("user_id").GetString(), systems[2].GetProperty("previous_user_id").GetString()));
        Assert.Single(posts, post => post.Json.GetProperty("entry")[0].GetProperty("changes")[0].GetProperty("field").GetString() == "user_id_update");
    }

    [Fact]
    public async Task A_phone_without_network_gets_its_messages_later_unless_they_have_died()
    {
        await Control.AddTemplateAsync(new(WhatsAppBench.Waba, "arriving", "en_US", "Are you there?", TimeToLiveSeconds: 3600));
        await Control.SetOnlineAsync(Driver, false);
        var stale = await bench.AcceptedAsync(Bare("arriving"));
        bench.Clock.Advance(TimeSpan.FromHours(1));
        var fresh = await bench.AcceptedAsync(Bare("arriving"));
        Assert.Equal(["sent", "sent"], (await bench.StatusesAsync(2)).Select(status => status.GetProperty("status").GetString()));

        await Control.SetOnlineAsync(Driver, true);

        var later = (await bench.StatusesAsync(4)).Skip(2).ToList();
        Assert.Equal([(fresh, "delivered"), (fresh, "read")], later.Select(status => (status.GetProperty("id").GetString()!, status.GetProperty("status").GetString()!)));
        Assert.Equal(("sent", "read"), ((await Control.ChatsAsync())[0].Messages.Single(message => message.Wamid == stale).Status, (await Control.ChatsAsync())[0].Messages[1].Status));
    }

    [Fact]
    public async Task Errors_of_a_number_come_without_a_message()
    {
        await Control.SendErrorsAsync(new(Number, 130429, "Rate limit hit"));

        var value = (await bench.Receiver.WaitAsync(1))[0].Json.GetProperty("entry")[0].GetProperty("changes")[0].GetProperty("value");
        Assert.Equal(130429, value.GetProperty("errors")[0].GetProperty("code").GetInt32());
        Assert.False(value.TryGetProperty("messages", out _));
    }

    [Fact]
    public async Task Marketing_does_not_reach_the_US_nor_somebody_who_stopped_it()
    {
        await Control.AddUserAsync(new("4915112345678", "Uwe"));
        await Control.AddTemplateAsync(new(WhatsAppBench.Waba, "news", "en_US", "News!", Category: "MARKETING"));
        await bench.AcceptedAsync(Bare("news"));
        Assert.Equal(131049, Code((await bench.StatusesAsync(1))[0]));
        await bench.AcceptedAsync(Bare("news", "4915112345678"));
        await bench.StatusesAsync(4);

        await Control.SetPreferenceAsync(Number, "4915112345678", "stop");
        await bench.AcceptedAsync(Bare("news", "4915112345678"));

        Assert.Equal(131050, Code((await bench.StatusesAsync(5))[4]));

        static int Code(JsonElement status) => status.GetProperty("errors")[0].GetProperty("code").GetInt32();
    }

    [Fact]
    public async Task Only_so_many_people_are_written_to_outside_of_the_window_in_a_day()
    {
        await Control.AddUserAsync(new("16505550000", "Ann"));
        await Control.ChangeSettingsAsync((await Control.SettingsAsync()) with { MessagingLimit = 1 });
        await bench.AcceptedAsync(WhatsAppBench.Template());
        await bench.AcceptedAsync(WhatsAppBench.Template());
        var toAnn = WhatsAppBench.Template();
        toAnn["to"] = "16505550000";

        await bench.RefusedAsync(toAnn.DeepClone(), 131064);
        await Control.SendTextAsync(Number, "16505550000", "hello");
        await bench.AcceptedAsync(toAnn.DeepClone());
        bench.Clock.Advance(TimeSpan.FromHours(24));

        await bench.AcceptedAsync(toAnn);
    }

    [Fact]
    public async Task Media_ids_expire_and_another_company_cannot_use_them()
    {
        await Control.SendTextAsync(Number, Driver, "hello");
        var id = await UploadAsync("image/jpeg", 10);
        await bench.AcceptedAsync(Image(id));
        await bench.RefusedAsync(Image("404"), 100);
        await Control.SendMediaAsync(new(Number, Driver, "image", "image/jpeg", [1]));
        var received = (await bench.MessagesAsync(2))[1].GetProperty("image").GetProperty("id").GetString();

        bench.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal(HttpStatusCode.BadRequest, (await bench.CallAsync(HttpMethod.Get, $"/v23.0/{received}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.CallAsync(HttpMethod.Get, $"/v23.0/{id}")).Status);
        bench.Clock.Advance(TimeSpan.FromDays(23));
        Assert.Equal(HttpStatusCode.BadRequest, (await bench.CallAsync(HttpMethod.Get, $"/v23.0/{id}")).Status);

        static JsonObject Image(string mediaId) => new()
        {
            ["messaging_product"] = "whatsapp",
            ["to"] = Driver,
            ["type"] = "image",
            ["image"] = new JsonObject { ["id"] = mediaId },
        };
    }

    [Theory]
    [InlineData("application/zip", 10)]
    [InlineData("image/png", (5 * 1024 * 1024) + 1)]
    public async Task An_upload_of_another_type_or_too_large_is_131053(string type, int size)
        => Assert.Equal("131053", await UploadAsync(type, size));

    [Fact]
    public async Task A_link_in_the_webhook_needs_the_token_too()
    {
        await Control.ChangeSettingsAsync((await Control.SettingsAsync()) with { MediaUrls = true });
        await Control.SendMediaAsync(new(Number, Driver, "image", "image/jpeg", [1, 2, 3]));
        var url = new Uri((await bench.MessagesAsync(1))[0].GetProperty("image").GetProperty("url").GetString()!);
        using var http = new HttpClient();

        using var without = await http.GetAsync(url);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", WhatsAppBench.Token);

        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal([1, 2, 3], await http.GetByteArrayAsync(url));
    }

    [Fact]
    public async Task A_token_tells_about_itself()
    {
        await Control.ExpireTokenAsync(WhatsAppBench.Token, bench.Clock.GetUtcNow().AddHours(1));

        var (_, told) = await bench.CallAsync(HttpMethod.Get, $"/v23.0/debug_token?input_token={WhatsAppBench.Token}");
        var (_, unknown) = await bench.CallAsync(HttpMethod.Get, "/v23.0/debug_token?input_token=unknown");

        Assert.True(told.GetProperty("data").GetProperty("is_valid").GetBoolean());
        Assert.Equal(bench.Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds(), told.GetProperty("data").GetProperty("expires_at").GetInt64());
        Assert.False(unknown.GetProperty("data").GetProperty("is_valid").GetBoolean());
    }

    [Fact]
    public async Task What_there_is_can_be_looked_at()
    {
        var view = await Control.ViewAsync();

        Assert.Equal((bench.Receiver.Url, Number, Driver), (view.Callback, Assert.Single(view.Numbers).Id, Assert.Single(view.Users).Phone));
        Assert.Equal("stop_reached", Assert.Single(Assert.Single(view.Wabas).Templates).Name);
    }

    private static JsonObject Bare(string template, string to = Driver) => new()
    {
        ["messaging_product"] = "whatsapp",
        ["to"] = to,
        ["type"] = "template",
        ["template"] = new JsonObject { ["name"] = template, ["language"] = new JsonObject { ["code"] = "en_US" } },
    };

    private static JsonObject Interactive(string type, JsonObject action) => new()
    {
        ["messaging_product"] = "whatsapp",
        ["to"] = Driver,
        ["type"] = "interactive",
        ["interactive"] = new JsonObject { ["type"] = type, ["body"] = new JsonObject { ["text"] = "Which one?" }, ["action"] = action },
    };

    /// <returns>The id, or the code of the refusal.</returns>
    private async Task<string> UploadAsync(string type, int size)
    {
        using var http = new HttpClient { BaseAddress = bench.Simulator.Address, DefaultRequestHeaders = { Authorization = new("Bearer", WhatsAppBench.Token) } };
        using var file = new ByteArrayContent(new byte[size]) { Headers = { ContentType = new(type) } };
        using var form = new MultipartFormDataContent { { new StringContent("whatsapp"), "messaging_product" }, { file, "file", "file" } };
        using var answer = await http.PostAsync(new Uri($"/v23.0/{Number}/media", UriKind.Relative), form);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
        return json.RootElement.TryGetProperty("id", out var id) ? id.GetString()! : json.RootElement.GetProperty("error").GetProperty("code").GetInt32().ToString(CultureInfo.InvariantCulture);
    }
}
