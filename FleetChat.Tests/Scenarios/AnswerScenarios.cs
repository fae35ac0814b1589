using FleetChat.Core.Messaging;
using FleetChat.Simulators.Samsara;

namespace FleetChat.Tests.Scenarios;

/// <summary>Each answer of docs/answers.md: what it moves, what Samsara is told, what the driver hears.</summary>
public sealed class AnswerScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan PagesMayFollow = TimeSpan.FromMinutes(2.5);
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(3.5);

    private static readonly (string English, string Spanish, string French, int Stop, string State)[] Words =
    [
        ("Omw", "Voy en camino", "En route", 0, "en_route"),
        ("I'm here", "Ya llegué", "Je suis arrivé", 0, "arrived"),
        ("loaded", "cargado", "chargé", 0, "done"),
        ("running late", "voy tarde", "je suis en retard", 1, "scheduled"),
        ("arrived", "llegué", "sur place", 1, "arrived"),
        ("unloaded", "Entregado", "livré !", 1, "done"),
    ];

    [Fact]
    public Task Accepting_by_a_tap_is_noted_in_Samsara_and_says_nothing_back() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s);
        await s.TapAsync(s.Ana, "Accept");

        Assert.Equal("accepted", await s.StatusAsync(trip));
        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Ana));
        Assert.Empty(await s.WaitingAsync());
        var route = await s.RouteAsync(trip);
        Assert.Contains("Ana: accepted", route.Notes, StringComparison.Ordinal);
        Assert.Equal("accepted", route.ExternalIds["fleetchatAnswer"]);
    });

    [Fact]
    public Task Notes_that_were_cut_come_whole_after_the_first_tap_and_once() => PlayAsync(async s =>
    {
        await s.LookAsync();
        await s.AddTripAsync(s.Ana, notes: $"{string.Concat(Enumerable.Repeat("Mind the low bridge. ", 20))}Ring twice.");
        await s.LookAsync();
        await s.PassAsync(Settled);
        Assert.DoesNotContain("Ring twice.", (await s.LastAsync(s.Ana, "route_assigned")).Text, StringComparison.Ordinal);
        await s.TapAsync(s.Ana, "Accept");
        await s.TapAsync(s.Ana, "Accept");

        Assert.Equal(["route_assigned", "text"], await s.WhatAsync(s.Ana));
        Assert.Contains("Ring twice.", (await s.ToldAsync(s.Ana))[^1].Text, StringComparison.Ordinal);
    });

    [Fact]
    public Task Declining_is_put_before_dispatchers_here_and_in_Samsara() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s, s.Ben);
        await s.TapAsync(s.Ben, "No puedo");

        Assert.Equal("declined", await s.StatusAsync(trip));
        Assert.Equal([DispatcherReasons.Declined], await s.WaitingAsync());
        Assert.Equal($"Anotado: no aceptas {trip.Name}. Ya avisamos a despacho.", (await s.ToldAsync(s.Ben))[^1].Text);
        Assert.Equal("declined", (await s.RouteAsync(trip)).ExternalIds["fleetchatAnswer"]);
    });

    [Fact]
    public Task What_one_declined_is_open_again_for_whom_it_is_given_to() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s, s.Ben);
        await s.TapAsync(s.Ben, "No puedo");
        await s.LookAsync();
        await s.PassAsync(Settled);
        Assert.Equal("declined", await s.StatusAsync(trip));

        await s.ChangeAsync(trip, new(DriverId: s.Ana.Id));
        await s.LookAsync();
        await s.PassAsync(Settled);
        Assert.Equal("assigned", await s.StatusAsync(trip));
        Assert.Contains("assigned_again", await s.TimelineAsync(trip));
        Assert.Equal(["route_assigned"], await s.WhatAsync(s.Ana));
        Assert.Equal("route_reassigned", (await s.WhatAsync(s.Ben))[^1]);

        await s.TapAsync(s.Ana, "Accept");
        Assert.Equal("accepted", await s.StatusAsync(trip));
    });

    [Fact]
    public Task What_one_accepted_is_to_be_accepted_by_whom_it_is_given_to() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s);
        await s.TapAsync(s.Ana, "Accept");
        Assert.Equal("accepted", await s.StatusAsync(trip));

        await s.ChangeAsync(trip, new(DriverId: s.Ben.Id));
        await s.LookAsync();
        await s.PassAsync(Settled);
        Assert.Equal("assigned", await s.StatusAsync(trip));

        await s.TapAsync(s.Ben, "Acepto");
        Assert.Equal("accepted", await s.StatusAsync(trip));
    });

    [Fact]
    public Task Understanding_a_change_moves_nothing() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s);
        await s.ChangeAsync(trip, new(AddStops: [new(Scenario.Stop(trip, 2))]));
        await s.LookAsync();
        await s.PassAsync(Settled);
        await s.TapAsync(s.Ana, "Understood");

        Assert.Equal(["route_assigned", "route_changed"], await s.WhatAsync(s.Ana));
        Assert.Equal("assigned", await s.StatusAsync(trip));
        Assert.Empty(await s.WaitingAsync());
    });

    [Fact]
    public Task Problem_at_a_stop_is_put_before_dispatchers_here_and_in_Samsara() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.TapAsync(s.Ana, "I have a problem");

        Assert.Equal([DispatcherReasons.Problem], await s.WaitingAsync());
        Assert.Equal("Dispatch was told.", (await s.ToldAsync(s.Ana))[^1].Text);
        Assert.Equal("arrived", await s.StateAsync(trip));
        Assert.Contains("Ana: problem, see FleetChat at Austin yard", (await s.RouteAsync(trip)).Notes, StringComparison.Ordinal);
    });

    [Fact]
    public Task Stop_that_is_done_moves_and_names_the_next_one_and_dispatchs_notes_stay() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana, notes: "Gate code 4711");
        await s.ArriveAsync(trip);
        await s.TapAsync(s.Ana, "Done here");
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);
        await s.TapAsync(s.Ana, "Done here");

        Assert.Equal(["stop_arrived", "text", "stop_arrived", "text"], await s.WhatAsync(s.Ana));
        Assert.Equal(["Noted: done at Austin yard. Next: Waco mill.", "Noted: done at Waco mill. That was the last stop."], (await s.ToldAsync(s.Ana)).Where(t => t.What == "text").Select(t => t.Text));
        Assert.Equal(["done", "done"], [await s.StateAsync(trip), await s.StateAsync(trip, 1)]);
        Assert.Equal("delivered", await s.StatusAsync(trip));
        var notes = (await s.RouteAsync(trip)).Notes!.Split('\n');
        Assert.Equal("Gate code 4711", notes[0]);
        Assert.Equal(3, notes.Length);
    });

    [Fact]
    public Task Words_move_stop_after_stop_in_each_language() => PlayAsync(async s =>
    {
        await s.LookAsync();
        var (anas, bens, cleos) = (await s.AddTripAsync(s.Ana), await s.AddTripAsync(s.Ben), await s.AddTripAsync(s.Cleo));
        await s.LookAsync();
        foreach (var (english, spanish, french, stop, state) in Words)
        {
            await s.SayAsync((s.Ana, english), (s.Ben, spanish), (s.Cleo, french));
            Assert.Equal((english, state, spanish, state, french, state), (english, await s.StateAsync(anas, stop), spanish, await s.StateAsync(bens, stop), french, await s.StateAsync(cleos, stop)));
        }

        Assert.Empty(await s.WaitingAsync());
        foreach (var (driver, trip) in new[] { (s.Ana, anas), (s.Ben, bens), (s.Cleo, cleos) })
        {
            Assert.Equal("delivered", await s.StatusAsync(trip));
            Assert.Equal(5, (await s.WhatAsync(driver)).Count(what => what == "text"));
            Assert.Equal(["loaded", "late", "delivered"], (await s.RouteAsync(trip)).Notes!.Split('\n').Select(line => line.Split(": ")[1].Split(' ')[0]));
        }
    });

    [Theory]
    [InlineData("Yes, thanks", "sí", "d'accord", "accepted")]
    [InlineData("I can't", "No puedo", "Je refuse", "declined")]
    public Task Yes_and_no_answer_what_was_asked_last_in_each_language(string english, string spanish, string french, string status) => PlayAsync(async s =>
    {
        await s.LookAsync();
        Trip[] trips = [await s.AddTripAsync(s.Ana), await s.AddTripAsync(s.Ben), await s.AddTripAsync(s.Cleo)];
        await s.LookAsync();
        await s.PassAsync(Settled);
        await s.SayAsync((s.Ana, english), (s.Ben, spanish), (s.Cleo, french));

        foreach (var trip in trips) Assert.Equal(status, await s.StatusAsync(trip));
        foreach (var driver in new[] { s.Ana, s.Ben, s.Cleo }) Assert.Equal(["route_assigned", "text"], await s.WhatAsync(driver));
    });

    [Fact]
    public Task Problem_in_words_is_put_before_dispatchers_in_each_language() => PlayAsync(async s =>
    {
        foreach (var driver in new[] { s.Ana, s.Ben, s.Cleo }) await s.ArriveAsync(await s.AddTripAsync(driver));
        await s.SayAsync((s.Ana, "I have a problem"), (s.Ben, "Tengo un problema"), (s.Cleo, "J'ai un problème"));

        Assert.Equal(Enumerable.Repeat(DispatcherReasons.Problem, 3), await s.WaitingAsync());
        Assert.Equal(["Dispatch was told.", "Ya avisamos a despacho.", "La répartition est prévenue."],
            [(await s.ToldAsync(s.Ana))[^1].Text, (await s.ToldAsync(s.Ben))[^1].Text, (await s.ToldAsync(s.Cleo))[^1].Text]);
    });

    [Fact]
    public Task Word_that_answers_a_message_is_about_its_stop() => PlayAsync(async s =>
    {
        var (first, second) = (await s.AddTripAsync(s.Ana), await s.AddTripAsync(s.Ana));
        await s.ArriveAsync(first);
        var about = await s.LastAsync(s.Ana, "stop_arrived");
        await s.ArriveAsync(second);
        await s.SayAsync(s.Ana, "done", about);

        Assert.Equal(["done", "arrived"], [await s.StateAsync(first), await s.StateAsync(second)]);
    });

    [Fact]
    public Task Sentence_that_no_table_knows_reaches_a_dispatcher() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.SayAsync(s.Ana, "Not done yet, the dock is closed");

        Assert.Equal([DispatcherReasons.FreeText], await s.WaitingAsync());
        Assert.Equal("arrived", await s.StateAsync(trip));
    });

    [Fact]
    public Task Place_at_the_next_stop_says_that_he_is_there_and_any_other_is_for_dispatchers() => PlayAsync(async s =>
    {
        await s.LookAsync();
        var trip = await s.AddTripAsync(s.Ana);
        await s.LookAsync();
        await s.ShowPlaceAsync(s.Ana, 30.5, -97);
        Assert.Equal("scheduled", await s.StateAsync(trip));

        await s.ShowPlaceAsync(s.Ana, 30.001, -97.001);

        Assert.Equal("arrived", await s.StateAsync(trip));
        Assert.Equal([DispatcherReasons.Location], await s.WaitingAsync());
        Assert.Equal("Noted: you are at Austin yard.", Assert.Single(await s.ToldAsync(s.Ana)).Text);
    });

    [Fact]
    public Task Photo_at_a_pickup_is_a_bill_of_lading() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.SendAsync(s.Ana);
        await s.PassAsync(PagesMayFollow);

        Assert.Equal("Received: 1 page, stop 1, BOL.", (await s.ToldAsync(s.Ana))[^1].Text);
        Assert.Equal(["document_received", "stop_arrived", "written_document"], (await s.TimelineAsync(trip)).Order(StringComparer.Ordinal));
    });

    [Fact]
    public Task Four_photos_within_two_minutes_are_one_document_with_one_word_back() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ben);
        await s.ArriveAsync(trip);
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);
        foreach (var _ in Enumerable.Range(0, 4))
        {
            await s.SendAsync(s.Ben);
            await s.PassAsync(TimeSpan.FromSeconds(20));
        }
        await s.PassAsync(PagesMayFollow);

        Assert.Equal(["stop_arrived", "stop_arrived", "text"], await s.WhatAsync(s.Ben));
        Assert.Equal("Recibido: 4 páginas, parada 2, POD.", (await s.ToldAsync(s.Ben))[^1].Text);
        Assert.Empty(await s.WaitingAsync());
    });

    [Fact]
    public Task Paper_of_a_stop_that_does_not_tell_is_named_by_a_list() => PlayAsync(async s =>
    {
        await s.AddDocumentTypeAsync("Lumper receipt");
        var trip = await s.AddTripAsync(s.Cleo, stops: 3);
        await s.ArriveAsync(trip);
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);
        await s.SendAsync(s.Cleo, "document", "application/pdf", "%PDF-1.4\n%%EOF"u8.ToArray());
        await s.PassAsync(PagesMayFollow);
        Assert.Equal("interactive", (await s.WhatAsync(s.Cleo))[^1]);
        await s.TapAsync(s.Cleo, "Reçu");

        Assert.Equal("Reçu : 1 page, arrêt 2, Reçu.", (await s.ToldAsync(s.Cleo))[^1].Text);
        Assert.Contains("written_document", await s.TimelineAsync(trip));
    });

    [Fact]
    public Task Photos_that_Samsara_does_not_take_by_their_address_leave_a_document_without_them() => PlayAsync(async s =>
    {
        await s.Host.Samsara.ChangeSettingsAsync(new(PhotoLinks: PhotoLinks.Refused));
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.SendAsync(s.Ana);
        await s.PassAsync(PagesMayFollow);
        await s.Host.Samsara.ChangeSettingsAsync(new());

        Assert.Contains("document_without_photos", await s.TimelineAsync(trip));
    });

    [Fact]
    public Task Voice_reaches_a_dispatcher() => PlayAsync(async s =>
    {
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.SendAsync(s.Ana, "audio", "audio/ogg; codecs=opus", [.. "OggS"u8, .. new byte[40]], voice: true);

        Assert.Equal([DispatcherReasons.Attachment], await s.WaitingAsync());
        Assert.Equal(["stop_arrived"], await s.WhatAsync(s.Ana));
    });

    [Fact]
    public Task Thumb_under_a_message_says_that_it_was_seen_and_nothing_more() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.ReactAsync(s.Ana, await s.LastAsync(s.Ana, "stop_arrived"), "👍");

        Assert.Contains("acknowledged", await s.TimelineAsync(trip));
        Assert.Equal("arrived", await s.StateAsync(trip));
        Assert.Equal(["stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Empty(await s.WaitingAsync());
    });

    [Fact]
    public Task Answer_about_something_over_is_too_late_and_heard_so_once() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s);
        await s.DeleteAsync(trip);
        await s.LookAsync();
        await s.PassAsync(Settled);
        await s.TapAsync(s.Ana, "Accept");
        await s.TapAsync(s.Ana, "Accept");

        Assert.Equal("cancelled", await s.StatusAsync(trip));
        Assert.Equal(["route_assigned", "route_cancelled", "text"], await s.WhatAsync(s.Ana));
        Assert.Equal($"Too late: {trip.Name} is over or has changed. Nothing was noted.", (await s.ToldAsync(s.Ana))[^1].Text);
    });

    [Fact]
    public Task Stop_that_was_left_already_is_done_and_hears_no_complaint() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.DepartAsync(trip);
        await s.TapAsync(s.Ana, "Done here");

        Assert.Equal("done", await s.StateAsync(trip));
        Assert.Equal(["stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Empty(await s.WaitingAsync());
    });

    [Fact]
    public Task Stop_silences_the_phone_before_what_is_about_to_be_said() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.SayAsync(s.Ana, "STOP");
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);

        Assert.Equal(["stop_arrived", "text"], await s.WhatAsync(s.Ana));
        Assert.Equal([DispatcherReasons.OptedOut], await s.WaitingAsync());
    }, FleetChat.Core.Monitoring.AlertCodes.DriverNoConsent);

    [Fact]
    public Task Samsara_that_is_away_for_an_hour_gets_its_lines_afterwards_each_once() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.Host.Samsara.FailCallsAsync(new(503, Count: 6, PathPrefix: $"/fleet/routes/{trip.Id}"));
        await s.TapAsync(s.Ana, "Done here");
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);
        await s.TapAsync(s.Ana, "Done here");
        await s.PassAsync(TimeSpan.FromHours(1));

        Assert.Equal(2, (await s.RouteAsync(trip)).Notes!.Split('\n').Length);
    });
}
