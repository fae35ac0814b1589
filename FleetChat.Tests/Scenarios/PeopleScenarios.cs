using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;

namespace FleetChat.Tests.Scenarios;

/// <summary>Persons: who shares, changes or loses a phone, a trip or a language.</summary>
public sealed class PeopleScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(3.5);

    [Fact]
    public Task Taps_on_a_shared_phone_are_those_of_the_messages_driver() => PlayAsync(async s =>
    {
        var dan = await s.EnrolAsync("14", "Dan", s.Ana.Phone, "es");
        var (anas, dans) = (await s.AddTripAsync(s.Ana), await s.AddTripAsync(dan));
        await s.ArriveAsync(anas);
        await s.ArriveAsync(dans);
        var (toAna, toDan) = ((await s.ToldAsync(s.Ana))[0], (await s.ToldAsync(s.Ana))[1]);
        Assert.Equal(("en_US", "es"), (toAna.Language, toDan.Language));
        await s.TapAsync(dan, toDan, "Terminé aquí");

        Assert.Equal(["arrived", "done"], [await s.StateAsync(anas), await s.StateAsync(dans)]);
        Assert.Contains("Dan: done", (await s.RouteAsync(dans)).Notes, StringComparison.Ordinal);
    });

    [Fact]
    public Task Words_on_a_shared_phone_wait_until_a_tap_says_whose_they_are() => PlayAsync(async s =>
    {
        await s.EnrolAsync("14", "Dan", s.Ana.Phone, "en");
        var (anas, dans) = (await s.AddTripAsync(s.Ana), await s.AddTripAsync(s.Ana with { Id = "14" }));
        await s.ArriveAsync(anas);
        await s.ArriveAsync(dans);
        await s.SayAsync(s.Ana, "done");
        Assert.Equal(["arrived", "arrived"], [await s.StateAsync(anas), await s.StateAsync(dans)]);
        Assert.Equal([DispatcherReasons.WhoWrites], await s.WaitingAsync());
        await s.TapAsync(s.Ana, "Dan");

        Assert.Equal(["arrived", "done"], [await s.StateAsync(anas), await s.StateAsync(dans)]);
        Assert.Empty(await s.WaitingAsync());
    });

    [Fact]
    public Task Buttons_of_a_route_that_went_to_somebody_else_are_dead() => PlayAsync(async s =>
    {
        var trip = await RuleScenarios.AssignAsync(s);
        await s.ChangeAsync(trip, new(DriverId: s.Ben.Id));
        await s.LookAsync();
        await s.PassAsync(Settled);
        await s.TapAsync(s.Ana, "Accept");
        Assert.Equal("assigned", await s.StatusAsync(trip));
        Assert.Equal(["route_assigned", "route_reassigned", "text"], await s.WhatAsync(s.Ana));
        await s.TapAsync(s.Ben, "Acepto");

        Assert.Equal("accepted", await s.StatusAsync(trip));
        Assert.Equal([DispatcherReasons.StepNotPossible], await s.WaitingAsync());
    });

    [Theory]
    [InlineData("ESPAÑOL", "es", "Listo, desde ahora recibirás los mensajes en español.")]
    [InlineData("Français", "fr", "C'est noté : vous recevrez désormais les messages en français.")]
    public Task Language_changes_by_its_name(string word, string language, string answer) => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.SayAsync(s.Ana, word);
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);

        var told = await s.ToldAsync(s.Ana);
        Assert.Equal(["en_US", null, language], told.Select(t => t.Language));
        Assert.Equal(answer, told[1].Text);
    });

    [Fact]
    public Task First_message_comes_in_two_languages_and_the_one_that_is_tapped_stays() => PlayAsync(async s =>
    {
        var eva = await s.MeetAsync("Eva");
        eva = await s.EnrolAsync("15", "Eva", eva.Phone, language: null);
        var trip = await s.AddTripAsync(eva);
        await s.ArriveAsync(trip);
        Assert.Equal(["en_US", "es"], (await s.ToldAsync(eva)).Select(t => t.Language).Order(StringComparer.Ordinal));
        await s.TapAsync(eva, "Terminé aquí");
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);

        Assert.Equal("done", await s.StateAsync(trip));
        Assert.Equal("es", (await s.ToldAsync(eva))[^1].Language);
        Assert.Equal(4, (await s.ToldAsync(eva)).Count);
    });

    [Fact]
    public Task Driver_who_leaves_is_told_nothing_more_and_his_trips_are_flagged() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.HappenAsync(samsara => samsara.ChangeDriverAsync(s.OrgId, s.Ana.Id, new(Active: false)));
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);

        Assert.Equal(["stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal("arrived", await s.StateAsync(trip, 1));
    }, AlertCodes.DriverDeactivated);

    [Fact]
    public Task Driver_with_another_phone_has_agreed_to_nothing_on_it() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        var moved = await s.MeetAsync("Ana's new phone");
        await s.HappenAsync(samsara => samsara.ChangeDriverAsync(s.OrgId, s.Ana.Id, new(Phone: $"({moved.Phone[1..4]}) {moved.Phone[4..7]}-{moved.Phone[7..]}")));
        await s.DepartAsync(trip);
        await s.ArriveAsync(trip, 1);
        Assert.Empty(await s.ToldAsync(moved));

        await s.Api.PatchAsync($"api/drivers/{s.Ana.DriverId}", new { opt_in = s.OptIn() });
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));

        Assert.Equal(["stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal(["stop_arrived"], await s.WhatAsync(moved));
    }, AlertCodes.DriverPhoneChanged, AlertCodes.DriverNoConsent);

    [Fact]
    public Task Somebody_unknown_gets_one_answer_without_fleet_data_and_is_tied_in_one_call() => PlayAsync(async s =>
    {
        var stranger = await s.MeetAsync("Somebody");
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.SayAsync(stranger, "Where is my load?");
        await s.SayAsync(stranger, "Hello?");

        var told = Assert.Single(await s.ToldAsync(stranger));
        Assert.DoesNotContain("Ana", told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Austin", told.Text, StringComparison.Ordinal);
        Assert.Equal([DispatcherReasons.UnknownSender, DispatcherReasons.UnknownSender], await s.WaitingAsync());

        var added = await s.Api.PostAsync("api/drivers", new { samsara_driver_id = "16", name = "Fay" });
        await s.Api.PostAsync($"api/conversations/{await s.ConversationAsync(stranger)}/driver", new { driver_id = added.GetProperty("id").GetGuid() });
        await s.PassAsync(TimeSpan.FromMinutes(1));
        await s.SayAsync(stranger, "It is me");

        Assert.Equal(DispatcherReasons.FreeText, (await s.WaitingAsync())[^1]);
        Assert.Single(await s.ToldAsync(stranger));
    });
}
