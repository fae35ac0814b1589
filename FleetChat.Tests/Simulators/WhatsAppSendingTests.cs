using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.Tests.Simulators;

public sealed class WhatsAppSendingTests : IAsyncLifetime
{
    private WhatsAppBench bench = null!;

    public async Task InitializeAsync() => bench = await WhatsAppBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [FixtureFact]
    public async Task An_accepted_text_is_answered_in_the_shape_of_the_real_answer()
    {
        await bench.Control.SendTextAsync(WhatsAppBench.Number, WhatsAppBench.Driver, "hello");

        var (status, json) = await bench.SendAsync(WhatsAppBench.Text("On my way", "+" + WhatsAppBench.Driver));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/send_res_ok.json")), Shape.Of(json));
        Assert.Equal("+16505551234", json.GetProperty("contacts")[0].GetProperty("input").GetString());
        Assert.Equal("16505551234", json.GetProperty("contacts")[0].GetProperty("wa_id").GetString());
    }

    [Fact]
    public async Task A_template_is_rendered_for_the_person_and_journaled_with_its_opaque_id()
    {
        var wamid = await bench.AcceptedAsync(WhatsAppBench.Template());

        var message = Assert.Single(Assert.Single(await bench.Control.ChatsAsync()).Messages);
        Assert.Equal("Hello Sheena, you have reached Dock 4.\n\nNorth Haulage", message.Text);
        Assert.Equal(["Arrived", "Delayed"], message.Buttons);
        var accepted = Assert.Single(await bench.Control.JournalAsync(), entry => entry.Kind == "send.accepted").Data;
        Assert.Equal((wamid, "attempt-1"), (accepted.GetProperty("wamid").GetString(), accepted.GetProperty("biz_opaque_callback_data").GetString()));
        Assert.Equal("16505551234", accepted.GetProperty("to").GetString());
    }

    [Fact]
    public async Task An_accepted_message_is_followed_by_signed_statuses_with_its_opaque_id()
    {
        var wamid = await bench.AcceptedAsync(WhatsAppBench.Template());

        var statuses = await bench.StatusesAsync(3);
        Assert.Equal(["sent", "delivered", "read"], statuses.Select(status => status.GetProperty("status").GetString()));
        Assert.All(statuses, status => Assert.Equal((wamid, "attempt-1"), (status.GetProperty("id").GetString(), status.GetProperty("biz_opaque_callback_data").GetString())));
        Assert.All(bench.Receiver.All, got => Assert.Equal(WhatsAppSignature.Sign(WhatsAppBench.Secret, got.Body), got.Headers["X-Hub-Signature-256"]));
    }

    [Fact]
    public async Task A_wrong_token_is_190_a_missing_one_104_and_an_expired_one_190_with_463()
    {
        var wrong = await bench.SendAsync(WhatsAppBench.Template(), token: "nobody's");
        var missing = await bench.SendAsync(WhatsAppBench.Template(), token: null);
        await bench.Control.ExpireTokenAsync(WhatsAppBench.Token, bench.Clock.GetUtcNow());
        var expired = await bench.SendAsync(WhatsAppBench.Template());

        Assert.Equal([190, 104, 190], new[] { wrong, missing, expired }.Select(answer => answer.Json.GetProperty("error").GetProperty("code").GetInt32()));
        Assert.All(new[] { wrong, missing, expired }, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer.Status));
        Assert.Equal(463, expired.Json.GetProperty("error").GetProperty("error_subcode").GetInt32());
    }

    [Fact]
    public async Task Another_companys_number_looks_as_if_it_did_not_exist()
    {
        await bench.Control.AddWabaAsync(new("302290129340777", "South Haulage"));
        await bench.Control.AddNumberAsync(new("306540352242777", "302290129340777", "15550007777", "South Haulage"));

        var foreign = await bench.SendAsync(WhatsAppBench.Template(), number: "306540352242777");
        var missing = await bench.SendAsync(WhatsAppBench.Template(), number: "1");

        Assert.Equal((100, 33), (foreign.Json.GetProperty("error").GetProperty("code").GetInt32(), foreign.Json.GetProperty("error").GetProperty("error_subcode").GetInt32()));
        Assert.Equal(Shape.Of(missing.Json), Shape.Of(foreign.Json));
    }

    [Fact]
    public async Task A_number_that_is_not_registered_cannot_send()
    {
        await bench.Control.AddNumberAsync(new("7", WhatsAppBench.Waba, "15550000007", "North", Registered: false));

        var (_, json) = await bench.SendAsync(WhatsAppBench.Template(), number: "7");

        Assert.Equal(133010, json.GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Templates_are_checked_for_name_language_and_parameters()
    {
        await bench.RefusedAsync(WhatsAppBench.Template("no_such_template"), 132001, HttpStatusCode.NotFound);
        await bench.RefusedAsync(WhatsAppBench.Template(language: "de"), 132001, HttpStatusCode.NotFound);
        await bench.RefusedAsync(WhatsAppBench.Template(parameters: ["one"]), 132000);
        await bench.RefusedAsync(WhatsAppBench.Template(parameters: ["one", "two", "three"]), 132000);
        await bench.Control.SetTemplateStatusAsync(new(WhatsAppBench.Waba, "stop_reached", "en_US", "PAUSED"));
        await bench.RefusedAsync(WhatsAppBench.Template(), 132015);
    }

    [Theory]
    [InlineData("line\nbreak")]
    [InlineData("a\ttab")]
    [InlineData("five     spaces")]
    [InlineData("")]
    public async Task A_parameter_with_what_Meta_refuses_is_132018(string parameter)
        => await bench.RefusedAsync(WhatsAppBench.Template(parameters: ["Sheena", parameter]), 132018);

    [Fact]
    public async Task A_parameter_of_the_wrong_kind_is_132012()
    {
        var named = WhatsAppBench.Template();
        named["template"]!["components"]![0]!["parameters"]![0]!["parameter_name"] = "driver";
        await bench.RefusedAsync(named, 132012);

        var image = WhatsAppBench.Template();
        image["template"]!["components"]![0]!["parameters"]![0] = new JsonObject { ["type"] = "image", ["image"] = new JsonObject { ["link"] = "https://example.com/a.png" } };
        await bench.RefusedAsync(image, 132012);

        var urlButton = WhatsAppBench.Template();
        urlButton["template"]!["components"]![1]!["sub_type"] = "url";
        await bench.RefusedAsync(urlButton, 132012);
    }

    [Fact]
    public async Task Limits_of_interactive_messages_are_enforced()
    {
        await bench.Control.SendTextAsync(WhatsAppBench.Number, WhatsAppBench.Driver, "hello");

        await bench.AcceptedAsync(WhatsAppBench.Buttons("One", "Two", "Three"));
        await bench.RefusedAsync(WhatsAppBench.Buttons("One", "Two", "Three", "Four"), 131009);
        await bench.RefusedAsync(WhatsAppBench.Buttons("A title of 21 letters"), 131009);
        await bench.RefusedAsync(WhatsAppBench.Buttons("Twice", "Twice"), 131009);
        await bench.RefusedAsync(WhatsAppBench.Text(new string('x', 4097)), 131009);
        var number = WhatsAppBench.Text("x");
        number["text"]!["body"] = 7;
        await bench.RefusedAsync(number, 100);
        var empty = WhatsAppBench.Text("x");
        empty.Remove("text");
        await bench.RefusedAsync(empty, 131008);
    }

    [FixtureFact]
    public async Task Outside_the_window_only_templates_pass_and_the_error_has_the_known_shape()
    {
        await bench.RefusedAsync(WhatsAppBench.Text("too early"), 131047);
        await bench.Control.SendTextAsync(WhatsAppBench.Number, WhatsAppBench.Driver, "hello");
        bench.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        await bench.AcceptedAsync(WhatsAppBench.Text("in time"));
        bench.Clock.Advance(TimeSpan.FromSeconds(1));

        var (_, json) = await bench.SendAsync(WhatsAppBench.Text("too late"));

        var known = Shape.Of(Fixtures.Read("whatsapp/error_131047_reengagement.json")).Where(member => !member.Contains("subcode", StringComparison.Ordinal));
        Assert.Equal(known, Shape.Of(json));
        await bench.AcceptedAsync(WhatsAppBench.Template());
    }

    [FixtureFact]
    public async Task The_window_can_fail_later_by_a_status_in_the_shape_of_a_real_failure()
    {
        await bench.Control.ChangeSettingsAsync((await bench.Control.SettingsAsync()) with { Window = FailureWay.Async });

        await bench.AcceptedAsync(WhatsAppBench.Text("too early"));

        var failed = Assert.Single(await bench.StatusesAsync(1));
        Assert.Equal(131047, failed.GetProperty("errors")[0].GetProperty("code").GetInt32());
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/status_failed_131049.json")), Shape.Of(bench.Receiver.All[0].Json));
    }

    [Fact]
    public async Task Somebody_without_WhatsApp_fails_later_with_131026()
    {
        var message = WhatsAppBench.Template();
        message["to"] = "+19998887777";

        await bench.AcceptedAsync(message);

        var failed = Assert.Single(await bench.StatusesAsync(1));
        Assert.Equal(("failed", 131026), (failed.GetProperty("status").GetString(), failed.GetProperty("errors")[0].GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task The_wa_id_of_an_answer_may_differ_from_the_phone_that_was_dialled()
    {
        await bench.Control.AddUserAsync(new("5511912345678", "Ana", WaId: "551112345678"));
        var message = WhatsAppBench.Template();
        message["to"] = "+55 11 91234-5678";

        var (_, json) = await bench.SendAsync(message);
        await bench.Control.SendTextAsync(WhatsAppBench.Number, "5511912345678", "oi");

        Assert.Equal("551112345678", json.GetProperty("contacts")[0].GetProperty("wa_id").GetString());
        Assert.Equal("551112345678", Assert.Single(await bench.MessagesAsync(1)).GetProperty("from").GetString());
    }

    [FixtureFact]
    public async Task More_than_the_numbers_throughput_is_130429_in_the_known_shape()
    {
        await bench.Control.ChangeSettingsAsync((await bench.Control.SettingsAsync()) with { MessagesPerSecond = 2 });
        await bench.AcceptedAsync(WhatsAppBench.Template());
        await bench.AcceptedAsync(WhatsAppBench.Template());

        var (status, json) = await bench.SendAsync(WhatsAppBench.Template());

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/error_130429_rate_limit.json")), Shape.Of(json).Where(member => !member.Contains("fbtrace_id", StringComparison.Ordinal)));
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        await bench.AcceptedAsync(WhatsAppBench.Template());
    }

    [Fact]
    public async Task The_pair_limit_lets_a_burst_pass_and_then_one_in_six_seconds()
    {
        await bench.Control.ChangeSettingsAsync((await bench.Control.SettingsAsync()) with { PairLimit = true, PairBurst = 2 });
        await bench.AcceptedAsync(WhatsAppBench.Template());
        await bench.AcceptedAsync(WhatsAppBench.Template());
        await bench.RefusedAsync(WhatsAppBench.Template(), 131056);

        bench.Clock.Advance(TimeSpan.FromSeconds(6));

        await bench.AcceptedAsync(WhatsAppBench.Template());
        await bench.RefusedAsync(WhatsAppBench.Template(), 131056);
    }

    [Fact]
    public async Task A_fault_refuses_as_many_calls_as_it_was_told_and_accepts_nothing()
    {
        await bench.Control.FailSendsAsync(new(Count: 2, ErrorCode: 131000, HttpStatus: 500, RetryAfterSeconds: 0.5m));

        await bench.RefusedAsync(WhatsAppBench.Template(), 131000, HttpStatusCode.InternalServerError);
        await bench.RefusedAsync(WhatsAppBench.Template(), 131000, HttpStatusCode.InternalServerError);
        await bench.AcceptedAsync(WhatsAppBench.Template());

        Assert.Single(await bench.Control.JournalAsync(), entry => entry.Kind == "send.accepted");
    }

    [Fact]
    public async Task A_lost_answer_breaks_the_connection_though_the_message_was_accepted()
    {
        await bench.Control.FailSendsAsync(new(LoseAnswer: true));

        await Assert.ThrowsAsync<HttpRequestException>(() => bench.SendAsync(WhatsAppBench.Template()));

        var statuses = await bench.StatusesAsync(3);
        Assert.All(statuses, status => Assert.Equal("attempt-1", status.GetProperty("biz_opaque_callback_data").GetString()));
        Assert.Single(Assert.Single(await bench.Control.ChatsAsync()).Messages);
    }

    [Fact]
    public async Task A_lost_request_was_never_accepted()
    {
        await bench.Control.FailSendsAsync(new(LoseRequest: true));

        await Assert.ThrowsAsync<HttpRequestException>(() => bench.SendAsync(WhatsAppBench.Template()));

        Assert.Empty(await bench.Control.ChatsAsync());
        Assert.DoesNotContain(await bench.Control.JournalAsync(), entry => entry.Kind == "send.accepted");
    }

    [Fact]
    public async Task Statuses_can_come_before_the_answer()
    {
        await bench.Control.FailSendsAsync(new(StatusesFirst: true));

        await bench.AcceptedAsync(WhatsAppBench.Template());

        Assert.Equal(3, bench.Receiver.All.Count);
    }

    [Fact]
    public async Task Statuses_can_be_shuffled_repeated_skipped_and_fail_after_sent()
    {
        await bench.Control.PlanStatusesAsync(new(Shuffled: true, Copies: 2));
        await bench.AcceptedAsync(WhatsAppBench.Template());
        var names = (await bench.StatusesAsync(6)).Select(status => status.GetProperty("status").GetString()!).ToList();
        Assert.Equal(["delivered", "delivered", "read", "read", "sent", "sent"], names.Order(StringComparer.Ordinal));
        Assert.NotEqual(["sent", "sent", "delivered", "delivered", "read", "read"], names);

        await bench.Control.PlanStatusesAsync(new(SkipDelivered: true));
        await bench.AcceptedAsync(WhatsAppBench.Template());
        Assert.Equal(["sent", "read"], (await bench.StatusesAsync(8)).Skip(6).Select(status => status.GetProperty("status").GetString()));

        await bench.Control.PlanStatusesAsync(new(FailAfterSent: 131049));
        await bench.AcceptedAsync(WhatsAppBench.Template());
        Assert.Equal(["sent", "failed"], (await bench.StatusesAsync(10)).Skip(8).Select(status => status.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Without_automatic_statuses_each_one_is_sent_on_demand()
    {
        await bench.Control.PlanStatusesAsync(new(Automatic: false));
        var wamid = await bench.AcceptedAsync(WhatsAppBench.Template());

        await bench.Control.SendStatusAsync(new(wamid, "delivered"));
        await bench.Control.SendStatusAsync(new(wamid, "sent"));

        Assert.Equal(["delivered", "sent"], (await bench.StatusesAsync(2)).Select(status => status.GetProperty("status").GetString()));
        Assert.Equal("delivered", Assert.Single(Assert.Single(await bench.Control.ChatsAsync()).Messages).Status);
    }

    [Theory]
    [InlineData(StatusTrouble.Lost, "")]
    [InlineData(StatusTrouble.First, "sent delivered read")]
    [InlineData(StatusTrouble.Failed, "sent failed")]
    [InlineData(StatusTrouble.DeliveredAfterFailed, "sent failed delivered")]
    public async Task Statuses_in_trouble_are_lost_come_first_or_end_otherwise_and_the_journal_names_the_message(StatusTrouble trouble, string expected)
    {
        await bench.Control.PlanStatusesAsync(new(Troubled: 1, Troubles: [trouble]));

        var wamid = await bench.AcceptedAsync(WhatsAppBench.Template());

        var names = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(names, (await bench.StatusesAsync(names.Length)).Select(status => status.GetProperty("status").GetString()!));
        Assert.Equal(0, await bench.Control.PendingAsync());
        var fault = Assert.Single(await bench.Control.JournalAsync(), entry => entry.Kind == "fault.statuses").Data;
        Assert.Equal((JsonNamingPolicy.SnakeCaseLower.ConvertName(trouble.ToString()), wamid), (fault.GetProperty("kind").GetString(), fault.GetProperty("wamid").GetString()));
    }

    [Fact]
    public async Task Silent_message_is_accepted_and_nobody_hears_of_it_until_a_status_is_sent_on_demand()
    {
        await bench.Control.PlanStatusesAsync(new(Troubled: 1, Troubles: [StatusTrouble.Silent]));

        await Assert.ThrowsAsync<HttpRequestException>(() => bench.SendAsync(WhatsAppBench.Template()));

        var fault = Assert.Single(await bench.Control.JournalAsync(), entry => entry.Kind == "fault.statuses").Data;
        Assert.Equal(0, await bench.Control.PendingAsync());
        await bench.Control.SendStatusAsync(new(fault.GetProperty("wamid").GetString()!, "delivered"));
        Assert.Equal("delivered", Assert.Single(await bench.StatusesAsync(1)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Seed_gives_the_same_messages_the_same_trouble()
    {
        await bench.Control.ChangeSettingsAsync((await bench.Control.SettingsAsync()) with { PairLimit = false });
        var (first, again, other) = (await TroublesAsync(7), await TroublesAsync(7), await TroublesAsync(8));

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);

        async Task<List<bool>> TroublesAsync(int seed)
        {
            await bench.Control.PlanStatusesAsync(new(Troubled: 0.5, Troubles: [StatusTrouble.Lost], Seed: seed));
            var (before, troubled) = ((await bench.Control.JournalAsync()).Count, new List<bool>());
            for (var message = 0; message < 12; message++) troubled.Add(await IsTroubledAsync(await bench.AcceptedAsync(WhatsAppBench.Template())));
            return troubled;

            async Task<bool> IsTroubledAsync(string wamid)
                => (await bench.Control.JournalAsync(before)).Any(entry => entry.Kind == "fault.statuses" && entry.Data.GetProperty("wamid").GetString() == wamid);
        }
    }

    [FixtureFact]
    public async Task Statuses_have_the_shapes_of_real_ones_before_and_after_version_24()
    {
        await bench.Control.AddUserAsync(new("972987654321", "Test Name", UserId: "US.13491208655302741918", ParentUserId: "US.ENT.11815799212886844830"));
        await bench.Control.ChangeSettingsAsync((await bench.Control.SettingsAsync()) with { StatusesWithConversation = true });
        var message = WhatsAppBench.Template();
        message["to"] = "972987654321";

        await bench.AcceptedAsync(message);

        await bench.StatusesAsync(3);
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/status_sent_biz_opaque_callback_data.json")), Shape.Of(bench.Receiver.All[0].Json));
        await bench.Control.ChangeSettingsAsync((await bench.Control.SettingsAsync()) with { StatusesWithConversation = false });
        var plain = WhatsAppBench.Template();
        plain.Remove("biz_opaque_callback_data");
        await bench.AcceptedAsync(plain);
        await bench.StatusesAsync(6);
        Assert.Equal(Shape.Of(Fixtures.Read("whatsapp/status_read_v24_minimal.json")), Shape.Of(bench.Receiver.All[5].Json));
    }

    [Fact]
    public async Task A_message_can_be_sent_to_a_user_id_alone()
    {
        await bench.Control.AddUserAsync(new("16505550000", "Sam", UserId: "US.77", HidesPhone: true));
        var message = WhatsAppBench.Template();
        message.Remove("to");
        message["recipient"] = "US.77";

        var (_, json) = await bench.SendAsync(message);

        var contact = json.GetProperty("contacts")[0];
        Assert.Equal("US.77", contact.GetProperty("user_id").GetString());
        Assert.False(contact.TryGetProperty("wa_id", out _));
        Assert.False((await bench.StatusesAsync(1))[0].TryGetProperty("recipient_id", out _));
    }

    [Fact]
    public async Task An_inbound_message_can_be_marked_read()
    {
        var wamid = await bench.Control.SendTextAsync(WhatsAppBench.Number, WhatsAppBench.Driver, "hello");

        var (status, json) = await bench.SendAsync(new JsonObject { ["messaging_product"] = "whatsapp", ["status"] = "read", ["message_id"] = wamid });

        Assert.Equal((HttpStatusCode.OK, true), (status, json.GetProperty("success").GetBoolean()));
        await bench.RefusedAsync(new JsonObject { ["messaging_product"] = "whatsapp", ["status"] = "read", ["message_id"] = "wamid.unknown" }, 100);
    }
}
