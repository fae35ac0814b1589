using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Transports;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>What drivers answer, and what it moves.</summary>
public sealed class DriverAnswersTests
{
    [Theory]
    [InlineData("en", "Noted: done at Dock 4. Next: Mill.")]
    [InlineData("es", "Anotado: terminado en Dock 4. Siguiente: Mill.")]
    public async Task Tap_on_done_ends_the_stop_and_names_the_next(string language, string reply)
    {
        await using var day = await AnswerDay.StartAsync(language);
        var message = await day.ArriveAsync();

        await day.TapAsync(message, ButtonActions.StopDone);
        await day.TapAsync(message, ButtonActions.StopDone);

        Assert.Equal("done", await day.StopStateAsync());
        Assert.Equal([reply], day.Replies);
        Assert.Contains("stop_done", await day.TimelineAsync());
        Assert.Empty(await day.EntriesAsync());
    }

    [Theory]
    [InlineData("done", "done")]
    [InlineData("Listo.", "done")]
    [InlineData("c'est fait", "done")]
    [InlineData("ya cargué", "done")]
    public async Task Word_ends_the_one_stop_where_the_driver_is(string word, string state)
    {
        await using var day = await AnswerDay.StartAsync();
        await day.ArriveAsync();

        await day.SayAsync(word);

        Assert.Equal(state, await day.StopStateAsync());
        Assert.Single(day.Replies);
        Assert.Empty(await day.EntriesAsync());
        // The message stands in the trip's timeline, though it named none.
        Assert.Equal("answer", await day.TextAsync("select reason from fleet.message_logs where tenant_id = $1 and direction = 'inbound' and transport_id is not null and stop_id is not null"));
    }

    [Fact]
    public async Task Word_that_may_mean_two_trips_goes_to_a_dispatcher()
    {
        await using var day = await AnswerDay.StartAsync();
        await day.ArriveAsync("6001", "7002");
        await day.ArriveAsync("6002", "8002");

        await day.SayAsync("done");

        Assert.Equal(["free_text"], await day.EntriesAsync());
        Assert.Equal(("arrived", "arrived"), (await day.StopStateAsync(), await day.StopStateAsync("8002")));
    }

    [Fact]
    public async Task Word_in_reply_to_a_message_is_about_that_messages_stop()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.ArriveAsync("6001", "7002");
        await day.ArriveAsync("6002", "8002");

        await day.SayAsync("done", replyTo: $"wamid.{message.OpaqueId}");

        Assert.Equal(("done", "arrived"), (await day.StopStateAsync(), await day.StopStateAsync("8002")));
    }

    [Fact]
    public async Task What_a_driver_says_that_he_did_there_tells_what_the_stop_was_for()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.ArriveAsync();
        Assert.Equal("other", await day.TextAsync("select kind from fleet.stops where tenant_id = $1 and samsara_stop_id = '7002'"));

        await day.TapAsync(message, ButtonActions.Loaded);

        Assert.Equal(("done", "loaded"), (await day.StopStateAsync(), await day.StatusAsync()));
        Assert.Equal("pickup", await day.TextAsync("select said_kind from fleet.stops where tenant_id = $1 and samsara_stop_id = '7002'"));
    }

    [Theory]
    [InlineData("yes", "accepted", "Noted: you take Load 6100.")]
    [InlineData("no puedo", "declined", "Noted: you do not take Load 6100. Dispatch was told.")]
    public async Task Yes_and_no_answer_what_was_asked_last(string word, string status, string reply)
    {
        await using var day = await AnswerDay.StartAsync();
        await day.AssignAsync();

        await day.SayAsync(word);

        Assert.Equal(status, await day.StatusAsync());
        Assert.Equal([reply], day.Replies);
        Assert.Equal(status == "declined" ? ["declined"] : [], await day.EntriesAsync());
        Assert.Equal(status, day.Samsara.ExternalIds["fleetchatAnswer"]);
    }

    [Fact]
    public async Task Tap_on_accept_is_seen_and_needs_no_word_and_may_be_thought_over()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.AssignAsync();

        await day.TapAsync(message, ButtonActions.Accept);
        Assert.Equal("accepted", await day.StatusAsync());
        Assert.Empty(day.Replies);
        await day.TapAsync(message, ButtonActions.Decline);

        Assert.Equal("declined", await day.StatusAsync());
        Assert.Equal(["declined"], await day.EntriesAsync());
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("completed")]
    public async Task Answer_to_a_message_about_something_over_is_told_once_to_be_too_late(string status)
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.AssignAsync(status);

        await day.TapAsync(message, ButtonActions.Accept);
        await day.TapAsync(message, ButtonActions.Accept);

        Assert.Equal(status, await day.StatusAsync());
        Assert.Equal(["Too late: Load 6100 is over or has changed. Nothing was noted."], day.Replies);
        Assert.Empty(await day.EntriesAsync());
    }

    [Fact]
    public async Task Problem_is_put_before_a_dispatcher_and_the_driver_hears_that_it_was()
    {
        await using var day = await AnswerDay.StartAsync("es");
        var message = await day.ArriveAsync();

        await day.TapAsync(message, ButtonActions.Problem);

        Assert.Equal(["problem"], await day.EntriesAsync());
        Assert.Equal(["Ya avisamos a despacho."], day.Replies);
        Assert.Equal("arrived", await day.StopStateAsync());
        Assert.Equal(["11: FleetChat: Ana: reported a problem at Dock 4 (Load 6001)"], day.Samsara.Messages);
    }

    [Fact]
    public async Task Late_is_a_mark_beside_the_status_until_the_stop_is_reached()
    {
        await using var day = await AnswerDay.StartAsync();
        await day.AssignAsync("accepted");

        await day.SayAsync("running late");

        var id = await day.Fleet.Db(day.Company).FindAsync("select id from fleet.transports where tenant_id = $1", r => r.GetGuid(0), default);
        var delay = (await day.Fleet.Get<GetTransport>().HandleAsync(day.Company.Id, id, default)).Value.Delay;
        Assert.Equal(("driver_said", "accepted"), (delay!.Reason, await day.StatusAsync()));
        await day.SayAsync("llegué");
        Assert.Equal("arrived", await day.StopStateAsync("6101"));
        Assert.Null((await day.Fleet.Get<GetTransport>().HandleAsync(day.Company.Id, id, default)).Value.Delay);
    }

    [Fact]
    public async Task On_the_way_and_arrived_lead_from_stop_to_stop_without_samsara()
    {
        await using var day = await AnswerDay.StartAsync();
        await day.AssignAsync("accepted");

        await day.SayAsync("on my way");
        Assert.Equal(("en_route", "en_route"), (await day.StopStateAsync("6101"), await day.StatusAsync()));
        await day.SayAsync("I'm here");
        await day.SayAsync("loaded");
        Assert.Equal(("done", "loaded"), (await day.StopStateAsync("6101"), await day.StatusAsync()));
        await day.SayAsync("I'm here");
        await day.SayAsync("delivered");

        Assert.Equal(("done", "delivered"), (await day.StopStateAsync("6102"), await day.StatusAsync()));
        Assert.Equal("Noted: done at Mill. That was the last stop.", day.Replies[^1]);
    }

    [Fact]
    public async Task Done_where_nobody_has_arrived_is_no_legal_step_and_goes_to_a_dispatcher()
    {
        await using var day = await AnswerDay.StartAsync();
        await day.AssignAsync("accepted");

        await day.SayAsync("done");

        Assert.Equal(["step_not_possible"], await day.EntriesAsync());
        Assert.Equal("scheduled", await day.StopStateAsync("6101"));
    }

    [Theory]
    [InlineData(32.7800, "arrived", 0)]
    [InlineData(32.7900, "scheduled", 1)]
    public async Task Place_that_a_driver_shows_is_an_arrival_if_it_is_at_his_next_stop(double latitude, string state, int entries)
    {
        await using var day = await AnswerDay.StartAsync();
        await day.AssignAsync("accepted");
        await day.ExecuteAsync("update fleet.stops set latitude = 32.7767, longitude = -96.7970 where tenant_id = $1 and samsara_stop_id = '6101'");

        await day.ReceiveAsync(Payloads.Special(AnswerDay.Digits, "wamid.place", "location", new() { ["latitude"] = latitude, ["longitude"] = -96.7970 }, day.Fleet.Clock.GetUtcNow().ToUnixTimeSeconds()));

        Assert.Equal(state, await day.StopStateAsync("6101"));
        Assert.Equal(entries, (await day.EntriesAsync()).Count);
    }

    [Fact]
    public async Task Word_that_comes_late_does_not_end_a_stop_that_was_reached_since()
    {
        await using var day = await AnswerDay.StartAsync();
        await day.ArriveAsync();

        await day.ReceiveAsync(Payloads.Text(AnswerDay.Digits, "done", "wamid.late", new DateTimeOffset(2026, 3, 2, 14, 30, 0, TimeSpan.Zero).ToUnixTimeSeconds()));

        Assert.Equal("arrived", await day.StopStateAsync());
        Assert.Equal(["step_not_possible"], await day.EntriesAsync());
    }

    [Fact]
    public async Task Thumb_under_a_message_says_that_it_was_seen_and_nothing_more()
    {
        await using var day = await AnswerDay.StartAsync();
        var message = await day.ArriveAsync();

        await day.ReactAsync(message, "👍");
        await day.ReactAsync(message, "😢");

        Assert.Equal("arrived", await day.StopStateAsync());
        Assert.Equal(["acknowledged"], await day.TimelineAsync());
        Assert.Empty(await day.EntriesAsync());
        Assert.Empty(day.Replies);
    }

    [Theory]
    [InlineData("Done?")]
    [InlineData("not done yet")]
    [InlineData("The dock is closed, call me")]
    public async Task Sentence_goes_to_a_dispatcher_and_changes_nothing(string text)
    {
        await using var day = await AnswerDay.StartAsync();
        await day.ArriveAsync();

        await day.SayAsync(text);

        Assert.Equal(["free_text"], await day.EntriesAsync());
        Assert.Equal("arrived", await day.StopStateAsync());
        Assert.Empty(day.Replies);
    }

    [Fact]
    public async Task Tap_of_another_phone_under_this_ones_message_changes_nothing()
    {
        await using var day = await AnswerDay.StartAsync();
        await day.Fleet.AddDriverAsync(day.Company, "12", "+15550002222", "Ben");
        var message = await day.ArriveAsync();

        await day.TapAsync(message, ButtonActions.StopDone, from: "15550002222");

        Assert.Equal("arrived", await day.StopStateAsync());
    }

    [Fact]
    public async Task Samsaras_own_state_is_shown_beside_ours_and_stays_samsaras()
    {
        await using var day = await AnswerDay.StartAsync();
        await day.TapAsync(await day.ArriveAsync(), ButtonActions.StopDone);

        var id = await day.Fleet.Db(day.Company).FindAsync("select id from fleet.transports where tenant_id = $1", r => r.GetGuid(0), default);
        var stop = (await day.Fleet.Get<GetTransport>().HandleAsync(day.Company.Id, id, default)).Value.Stops.Single(s => s.SamsaraStopId == AnswerDay.Stop);

        Assert.Equal(("done", "arrived", true), (stop.State, stop.SamsaraState, stop.DiffersFromSamsara));
    }

    [Fact]
    public void Every_text_is_there_in_every_language_and_has_the_same_places()
    {
        foreach (var texts in AnswerTexts.All.GroupBy(t => t.Key))
        {
            Assert.Equal(["en", "es", "fr"], texts.Select(t => t.Language).Order());
            Assert.Single(texts.Select(t => string.Concat(t.Text.Where(c => c is '{' or '0' or '1' or '}'))).Distinct());
        }
    }
}
