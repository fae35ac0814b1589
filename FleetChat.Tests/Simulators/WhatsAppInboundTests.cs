using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.Tests.Simulators;

public sealed class WhatsAppInboundTests : IAsyncLifetime
{
    private const string Number = WhatsAppBench.Number;
    private const string Driver = WhatsAppBench.Driver;

    private WhatsAppBench bench = null!;

    private WhatsAppControl Control => bench.Control;

    public async Task InitializeAsync() => bench = await WhatsAppBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [FixtureFact]
    public async Task A_text_has_the_shape_of_the_real_one()
    {
        await Control.SendTextAsync(Number, Driver, "Does it come in another color?");

        await bench.MessagesAsync(1);
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/inbound_text.json")), Shape.Of(bench.Receiver.All[0].Json));
    }

    [FixtureFact]
    public async Task A_text_without_a_phone_has_the_shape_of_the_real_one()
    {
        await Control.AddUserAsync(new("16505550000", "Sheena", UserId: "US.13491208655302741918", ParentUserId: "US.ENT.11815799212886844830", Username: "@realsheenanelson", HidesPhone: true));

        await Control.SendTextAsync(Number, "16505550000", "Does it come in another color?");

        await bench.MessagesAsync(1);
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/inbound_text_bsuid_no_phone.json")), Shape.Of(bench.Receiver.All[0].Json));
    }

    [FixtureFact]
    public async Task A_tap_on_a_templates_button_sends_its_payload_in_the_shape_of_the_real_one()
    {
        await Control.AddUserAsync(new("972987654321", "Test Name", UserId: "US.13491208655302741918", ParentUserId: "US.ENT.11815799212886844830"));
        var template = WhatsAppBench.Template();
        template["to"] = "972987654321";
        var wamid = await bench.AcceptedAsync(template);

        await Control.TapAsync(Number, "972987654321", wamid, "Arrived");

        var tap = Assert.Single(await bench.MessagesAsync(1));
        Assert.Equal("arrived:42", tap.GetProperty("button").GetProperty("payload").GetString());
        Assert.Equal(wamid, tap.GetProperty("context").GetProperty("id").GetString());
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/inbound_template_quick_reply_with_context.json")), Shape.Of(LastMessage()));
    }

    [Fact]
    public async Task A_button_without_a_payload_of_its_own_sends_its_text()
    {
        var wamid = await bench.AcceptedAsync(WhatsAppBench.Template());

        await Control.TapAsync(Number, Driver, wamid, "Delayed");

        Assert.Equal("Delayed", Assert.Single(await bench.MessagesAsync(1)).GetProperty("button").GetProperty("payload").GetString());
    }

    [FixtureFact]
    public async Task A_tap_on_an_interactive_button_has_the_shape_of_the_real_one()
    {
        await Control.SendTextAsync(Number, Driver, "hello");
        var wamid = await bench.AcceptedAsync(WhatsAppBench.Buttons("Keep", "Cancel"));

        await Control.TapAsync(Number, Driver, wamid, "Cancel");

        Assert.Equal("button-1", (await bench.MessagesAsync(2))[1].GetProperty("interactive").GetProperty("button_reply").GetProperty("id").GetString());
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/inbound_interactive_button_reply.json")), Shape.Of(LastMessage()));
    }

    // A status of what was sent before may come later.
    private JsonElement LastMessage() => bench.Receiver.All.Last(one => one.Json.GetRawText().Contains("\"messages\"", StringComparison.Ordinal)).Json;

    [FixtureFact]
    public async Task A_location_an_image_a_preference_and_a_changed_number_have_the_shapes_of_the_real_ones()
    {
        await Control.AddUserAsync(new("972987654321", "Test Name", UserId: "US.13491208655302741918", ParentUserId: "US.ENT.11815799212886844830"));
        await Control.SendLocationAsync(new(Number, "972987654321", 12.25089, 43.90539));
        await Control.SendMediaAsync(new(Number, Driver, "image", "image/jpeg", [1, 2, 3], Caption: "Taj Mahal"));
        await Control.SetPreferenceAsync(Number, Driver, "resume");
        await Control.ChangeNumberAsync(Number, Driver, "12195555358");

        var got = (await bench.Receiver.WaitAsync(4)).Select(one => one.Json).ToList();
        string[] expected = ["location_pin", "image", "webhook_user_preferences_resume", "system_number_changed"];
        foreach (var name in expected)
        {
            var real = Fixtures.Read($"whatsapp/{(name.StartsWith("webhook", StringComparison.Ordinal) ? name : "inbound_" + name)}.json");
            var shape = Shape.Of(real).Where(member => !member.Contains(".context", StringComparison.Ordinal)).ToList();
            Assert.Contains(got, json => Shape.Of(json).SequenceEqual(shape));
        }
    }

    [Fact]
    public async Task Held_updates_of_several_numbers_and_WABAs_go_out_in_one_POST()
    {
        await Control.AddWabaAsync(new("302290129340777", "South Haulage"));
        await Control.AddNumberAsync(new("306540352242777", "302290129340777", "15550007777", "South Haulage"));
        await Control.HoldAsync();
        await Control.SendTextAsync(Number, Driver, "one");
        await Control.SendTextAsync(Number, Driver, "two");
        await Control.SendTextAsync("306540352242777", Driver, "three");
        await Control.SetPreferenceAsync(Number, Driver, "stop");
        await bench.AcceptedAsync(WhatsAppBench.Template());

        await Until.TrueAsync(async () => await Control.PendingAsync() == 7, "three statuses beside the four updates");
        Assert.Equal(7, await Control.ReleaseAsync(new(OnePost: true)));

        var post = Assert.Single(await bench.Receiver.WaitAsync(1));
        Assert.Equal(WhatsAppSignature.Sign(WhatsAppBench.Secret, post.Body), post.Headers["X-Hub-Signature-256"]);
        Assert.Equal(["one", "two", "three"], post.All("messages").Select(message => message.GetProperty("text").GetProperty("body").GetString()));
        Assert.Equal(3, post.All("statuses").Count());
        Assert.Equal(2, post.Json.GetProperty("entry").GetArrayLength());
    }

    [Fact]
    public async Task The_very_same_POST_can_be_delivered_again()
    {
        var wamid = await Control.SendTextAsync(Number, Driver, "hello", new(Copies: 2));
        await Control.RedeliverAsync(wamid);

        Assert.Single((await bench.Receiver.WaitAsync(3)).Select(got => got.Text).Distinct());
    }

    [Fact]
    public async Task A_forged_message_does_not_verify_and_stands_in_no_chat()
    {
        await Control.SendTextAsync(Number, Driver, "I am not me", new(Forged: true));

        var got = Assert.Single(await bench.Receiver.WaitAsync(1));
        Assert.NotEqual(WhatsAppSignature.Sign(WhatsAppBench.Secret, got.Body), got.Headers["X-Hub-Signature-256"]);
        Assert.Empty(await Control.ChatsAsync());
    }

    [Fact]
    public async Task A_dead_receiver_gets_what_it_missed_when_it_is_back()
    {
        var port = bench.Receiver.Url.Port;
        await bench.Receiver.DisposeAsync();
        await Control.SendTextAsync(Number, Driver, "anybody there?");
        await Until.TrueAsync(async () => (await Control.JournalAsync()).Count(entry => entry.Kind == "webhook.attempt") > 5, "some attempts in vain");

        await using var back = await Receiver.StartAsync(port);

        await back.WaitAsync(1);
        await Until.TrueAsync(async () => await Control.PendingAsync() == 0, "the acknowledgement");
    }

    [Fact]
    public async Task Only_200_counts_as_an_acknowledgement()
    {
        bench.Receiver.Answers.Enqueue(204);

        await Control.SendTextAsync(Number, Driver, "hello");

        await bench.Receiver.WaitAsync(2);
    }

    [Fact]
    public async Task Bodies_are_ASCII_with_lower_case_escapes()
    {
        await Control.SendTextAsync(Number, Driver, "J'ai mangé des pâtes: みどりいろ 🚚 \"a/b\"\n");

        var got = Assert.Single(await bench.Receiver.WaitAsync(1));
        Assert.All(got.Body, character => Assert.InRange(character, (byte)32, (byte)126));
        Assert.Contains(@"mang\u00e9 des p\u00e2tes: \u307f\u3069\u308a\u3044\u308d \ud83d\ude9a \""a\/b\""\n", got.Text, StringComparison.Ordinal);
        Assert.Equal("J'ai mangé des pâtes: みどりいろ 🚚 \"a/b\"\n", got.All("messages").Single().GetProperty("text").GetProperty("body").GetString());
    }

    [FixtureFact]
    public void Signatures_equal_every_published_and_computed_vector()
    {
        foreach (var vector in Fixtures.Read("whatsapp/signature_vectors.json").GetProperty("vectors").EnumerateArray())
        {
            var body = (vector.TryGetProperty("raw_body_ascii", out var ascii) ? ascii : vector.GetProperty("raw_body_utf8")).GetString()!;
            var signed = WhatsAppSignature.Sign(vector.GetProperty("app_secret").GetString()!, Encoding.UTF8.GetBytes(body));
            Assert.True(vector.GetProperty("valid").GetBoolean() == (signed == vector.GetProperty("header").GetString()), vector.GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task A_wrong_verify_token_leaves_the_webhooks_where_they_were()
    {
        var handshake = await Control.SubscribeAsync(bench.Receiver.Url, "wrong");

        Assert.Equal((false, 403), (handshake.Verified, handshake.Status));
        await Control.SendTextAsync(Number, Driver, "still there");
        await bench.Receiver.WaitAsync(1);
    }

    [Fact]
    public async Task A_WABA_that_nobody_subscribed_sends_nothing()
    {
        await bench.CallAsync(HttpMethod.Delete, $"/v23.0/{WhatsAppBench.Waba}/subscribed_apps");

        await Control.SendTextAsync(Number, Driver, "unheard");

        Assert.Single(await Control.JournalAsync(), entry => entry.Kind == "update.dropped");
        Assert.Empty(bench.Receiver.All);
    }

    [Fact]
    public async Task Media_need_a_fresh_link_and_the_token()
    {
        await Control.SendMediaAsync(new(Number, Driver, "document", "application/pdf", "a bill of lading"u8.ToArray(), Filename: "bol.pdf"));
        var id = Assert.Single(await bench.MessagesAsync(1)).GetProperty("document").GetProperty("id").GetString();
        var (_, link) = await bench.CallAsync(HttpMethod.Get, $"/v23.0/{id}?phone_number_id={Number}");
        using var http = new HttpClient();
        var url = new Uri(link.GetProperty("url").GetString()!);

        using var withoutToken = await http.GetAsync(url);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", WhatsAppBench.Token);
        using var inTime = await http.GetAsync(url);
        bench.Clock.Advance(TimeSpan.FromMinutes(5));
        using var tooLate = await http.GetAsync(url);

        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.NotFound], new[] { withoutToken, inTime, tooLate }.Select(answer => answer.StatusCode));
        Assert.Equal("a bill of lading", await inTime.Content.ReadAsStringAsync());
        Assert.Equal("16", link.GetProperty("file_size").GetString());
    }

    [Fact]
    public async Task Unknown_types_and_unknown_members_can_be_sent()
    {
        await Control.SendOtherAsync(Number, Driver, "hologram", new JsonObject { ["depth"] = 3 }, new(Extra: new JsonObject { ["mood"] = "good" }));

        var message = Assert.Single(await bench.MessagesAsync(1));
        Assert.Equal(("hologram", 3, "good"), (message.GetProperty("type").GetString(), message.GetProperty("hologram").GetProperty("depth").GetInt32(), message.GetProperty("mood").GetString()));
    }

    [Fact]
    public async Task The_chat_shows_both_sides_as_the_person_sees_them()
    {
        var wamid = await bench.AcceptedAsync(WhatsAppBench.Template());
        await bench.StatusesAsync(3);
        await Control.TapAsync(Number, Driver, wamid, "Arrived");
        await Control.ReactAsync(Number, Driver, wamid, "👍");

        var chat = Assert.Single(await Control.ChatsAsync(Number, Driver));

        Assert.Equal(["business", "user", "user"], chat.Messages.Select(message => message.From));
        Assert.Equal(["Arrived", "[reacted 👍]"], chat.Messages.Skip(1).Select(message => message.Text));
        Assert.Equal((wamid, "read"), (chat.Messages[1].InReplyTo, chat.Messages[0].Status));
    }
}
