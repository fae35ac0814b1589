using System.Net;
using System.Text;
using System.Text.Json;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using static FleetChat.Tests.Scenarios.Scenario;

namespace FleetChat.Tests.Scenarios;

/// <summary>How drivers come to be written to, and how they end it: each way, with its orchestration.</summary>
public sealed class ConsentScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public Task Link_begins_what_nobody_asked_for() => PlayAsync(async s =>
    {
        var eva = await NewAsync(s, "Eva");
        await s.ArriveAsync(await s.AddTripAsync(eva));
        Assert.Empty(await s.ToldAsync(eva));
        var invitation = await InviteAsync(s, eva);
        Assert.Equal("invited", await StateAsync(s, eva));
        await s.SayAsync(eva, $"START {Text(invitation, "code")}");
        await s.ArriveAsync(await s.AddTripAsync(eva));

        Assert.Equal(["text", "stop_arrived"], await s.WhatAsync(eva));
        Assert.Equal(["invited", "granted"], await HistoryAsync(s, eva));
        Assert.EndsWith($"?text=START%20{Text(invitation, "code")}", Text(invitation, "link"), StringComparison.Ordinal);
        Assert.Equal(["en", "es", "fr"], invitation.GetProperty("text").EnumerateObject().Select(t => t.Name));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], Convert.FromBase64String(Text(invitation, "qr_png")!)[..4]);
        Assert.Empty(await s.WaitingAsync());
    }, AlertCodes.DriverNoConsent);

    [Fact]
    public Task Roster_with_evidence_is_asked_and_yes_counts() => PlayAsync(async s =>
    {
        var eva = await AskedAsync(s, "Eva", "es");
        await s.ArriveAsync(await s.AddTripAsync(eva));
        await s.TapAsync(eva, "Sí");
        await s.ArriveAsync(await s.AddTripAsync(eva));
        await s.PassAsync(TimeSpan.FromHours(25));

        Assert.Equal(["consent_question", "text", "stop_arrived"], (await s.WhatAsync(eva)).Take(3));
        Assert.DoesNotContain("consent_question", (await s.WhatAsync(eva)).Skip(1));
        Assert.Equal(["unknown", "asked", "granted"], await HistoryAsync(s, eva));
    }, AlertCodes.DriverNoConsent);

    [Fact]
    public Task No_is_no_and_is_not_asked_again() => PlayAsync(async s =>
    {
        var eva = await AskedAsync(s, "Eva", "fr");
        await s.TapAsync(eva, "Non");
        await s.PassAsync(TimeSpan.FromHours(80));

        Assert.Equal(["consent_question", "text"], await s.WhatAsync(eva));
        Assert.StartsWith("C'est noté.", (await s.ToldAsync(eva))[1].Text, StringComparison.Ordinal);
        Assert.Equal(["unknown", "asked", "declined"], await HistoryAsync(s, eva));
        Assert.Empty(await s.WaitingAsync());
    });

    [Fact]
    public Task Question_is_reminded_of_twice_and_runs_out_after_a_week() => PlayAsync(async s =>
    {
        var eva = await AskedAsync(s, "Eva", "en");
        var asked = s.Now;
        await s.PassToAsync(asked.AddHours(24) - Minute);
        Assert.Single(await s.ToldAsync(eva));
        await s.PassToAsync(asked.AddHours(24) + Minute);
        Assert.Equal(2, (await s.ToldAsync(eva)).Count);
        await s.PassToAsync(asked.AddHours(72) - Minute);
        Assert.Equal(2, (await s.ToldAsync(eva)).Count);
        await s.PassToAsync(asked.AddHours(72) + Minute);
        Assert.Equal(3, (await s.ToldAsync(eva)).Count);
        await s.PassToAsync(asked.AddDays(7) - Minute);
        Assert.Equal("asked", await StateAsync(s, eva));
        await s.PassToAsync(asked.AddDays(7) + Minute);

        Assert.Equal("expired", await StateAsync(s, eva));
        Assert.Equal(["unknown", "asked", "expired"], await HistoryAsync(s, eva));
        Assert.Equal(["consent_question", "consent_question", "consent_question"], await s.WhatAsync(eva));
    }, AlertCodes.DriverConsentUnanswered);

    [Fact]
    public Task Stop_in_the_middle_of_a_question_ends_it() => PlayAsync(async s =>
    {
        var eva = await AskedAsync(s, "Eva", "en");
        await s.PassAsync(TimeSpan.FromHours(24) + Minute);
        await s.SayAsync(eva, "Stop messages");
        await s.PassAsync(TimeSpan.FromHours(72));
        await s.TapAsync(eva, "Yes");

        Assert.Equal(["consent_question", "consent_question", "text"], await s.WhatAsync(eva));
        Assert.EndsWith("write START.", (await s.ToldAsync(eva))[^1].Text, StringComparison.Ordinal);
        Assert.Equal(["unknown", "asked", "withdrawn"], await HistoryAsync(s, eva));
        Assert.Equal([DispatcherReasons.OptedOut, DispatcherReasons.StepNotPossible], await s.WaitingAsync());
    }, AlertCodes.DispatcherWaiting);

    [Fact]
    public Task Start_after_a_stop_brings_the_trips_back() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.SayAsync(s.Ana, "STOP");
        await s.DepartAsync(trip);
        // Of the same second the STOP would win.
        await s.PassAsync(TimeSpan.FromSeconds(1));
        await s.SayAsync(s.Ana, "START");
        await s.ArriveAsync(trip, 1);

        Assert.Equal(["stop_arrived", "text", "text", "stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal(["granted", "withdrawn", "granted"], await HistoryAsync(s, s.Ana));
    });

    [Fact]
    public Task Help_is_answered_in_the_drivers_language_and_seen_by_dispatch() => PlayAsync(async s =>
    {
        await s.SayAsync(s.Cleo, "AIDE");

        var told = Assert.Single(await s.ToldAsync(s.Cleo));
        Assert.StartsWith($"Ici Scenario ", told.Text, StringComparison.Ordinal);
        Assert.Contains("STOP", told.Text, StringComparison.Ordinal);
        Assert.Equal([DispatcherReasons.FreeText], await s.WaitingAsync());
    });

    [Fact]
    public Task Second_user_of_a_code_gets_nothing_of_the_fleet() => PlayAsync(async s =>
    {
        var eva = await NewAsync(s, "Eva");
        var code = Text(await InviteAsync(s, eva), "code");
        await s.SayAsync(eva, $"START {code}");
        var other = await s.MeetAsync("Somebody");
        await s.SayAsync(other, $"START {code}");
        await s.ArriveAsync(await s.AddTripAsync(eva));

        Assert.Equal(["text"], await s.WhatAsync(other));
        Assert.DoesNotContain("Eva", (await s.ToldAsync(other))[0].Text, StringComparison.Ordinal);
        Assert.Equal(["text", "stop_arrived"], await s.WhatAsync(eva));
        Assert.Equal([DispatcherReasons.ConsentCodeUsed], await s.WaitingAsync());
    });

    [Fact]
    public Task Driver_of_whom_whatsapp_shows_no_phone_begins_by_his_code() => PlayAsync(async s =>
    {
        await s.HappenAsync(samsara => samsara.AddDriverAsync(s.OrgId, new("Fay", "17")));
        var fay = (await s.Api.ListAsync("api/drivers")).Single(d => Text(d, "samsara_driver_id") == "17");
        var person = new Person("17", "Fay", $"1513{s.NumberId[^5..]}17", fay.GetProperty("id").GetGuid());
        await s.Api.PatchAsync($"api/drivers/{person.DriverId}", new { language = "en" });
        var userId = $"US.{s.NumberId}17";
        await s.Host.WhatsApp.AddUserAsync(new(person.Phone, "Fay", UserId: userId, HidesPhone: true));
        var code = Text(await InviteAsync(s, person), "code");
        await s.SayAsync(person, $"START {code}");
        await s.ArriveAsync(await s.AddTripAsync(person));

        Assert.Equal("granted", await StateAsync(s, person));
        Assert.Equal(2, (await s.ChatsAsync()).Count(m => m.From == "business"));
        Assert.Empty(await s.WaitingAsync());
    });

    [Fact]
    public Task Invitation_that_nobody_takes_is_told_to_the_company_and_runs_out() => PlayAsync(async s =>
    {
        var eva = await NewAsync(s, "Eva");
        var code = Text(await InviteAsync(s, eva), "code");
        await s.PassAsync(TimeSpan.FromHours(24) + Minute);
        Assert.Equal([AlertCodes.DriverConsentUnanswered], (await s.Api.ListAsync("api/alerts")).Select(a => Text(a, "code")!));
        await s.PassAsync(TimeSpan.FromDays(6));
        Assert.Equal("expired", await StateAsync(s, eva));
        await s.SayAsync(eva, $"START {code}");

        Assert.Equal("expired", await StateAsync(s, eva));
        Assert.Equal(["text"], await s.WhatAsync(eva));
        Assert.Equal([DispatcherReasons.ConsentCode], await s.WaitingAsync());
    }, AlertCodes.DriverConsentUnanswered);

    [Theory]
    [InlineData("es", "Sí, acepto, gracias", "granted")]
    [InlineData("fr", "Oui, j'accepte", "granted")]
    [InlineData("es", "No estoy de acuerdo", "declined")]
    public Task Phrase_answers_the_question(string language, string phrase, string state) => PlayAsync(async s =>
    {
        var eva = await AskedAsync(s, "Eva", language);
        await s.SayAsync(eva, phrase);

        Assert.Equal(["consent_question", "text"], await s.WhatAsync(eva));
        var proof = (await ConsentAsync(s, eva)).GetProperty("history").EnumerateArray().Last();
        Assert.Equal((state, "word", language), (Text(proof, "state"), Text(proof, "method"), Text(proof, "language")));
        Assert.Equal((await s.ToldAsync(eva))[0].Text, Text(proof, "text"));
        Assert.Contains(JsonSerializer.Serialize(phrase), Text(proof, "evidence")!, StringComparison.Ordinal);
        Assert.Empty(await s.WaitingAsync());
    });

    [Fact]
    public Task Picture_opens_the_chat_as_the_link_does_and_is_gone_with_it() => PlayAsync(async s =>
    {
        var eva = await NewAsync(s, "Eva");
        Assert.Equal(HttpStatusCode.NotFound, await s.Api.TryAsync(HttpMethod.Get, $"api/drivers/{eva.DriverId}/consent/invitation/qr"));
        var invitation = await InviteAsync(s, eva);
        var (type, picture) = await s.Api.ReadAsync($"api/drivers/{eva.DriverId}/consent/invitation/qr");
        Assert.Equal("image/png", type);
        Assert.Equal(Convert.FromBase64String(Text(invitation, "qr_png")!), picture);
        await s.SayAsync(eva, $"start {Text(invitation, "code")!.ToLowerInvariant()}");

        Assert.Equal("granted", await StateAsync(s, eva));
        Assert.Equal(HttpStatusCode.NotFound, await s.Api.TryAsync(HttpMethod.Get, $"api/drivers/{eva.DriverId}/consent/invitation/qr"));
        var (page, text) = await s.Api.ReadAsync($"api/drivers/{eva.DriverId}/consent/page");
        Assert.Equal("text/html", page);
        Assert.Contains("granted", Encoding.UTF8.GetString(text), StringComparison.Ordinal);
    });

    [Fact]
    public Task Stop_that_comes_again_is_one_stop() => PlayAsync(async s =>
    {
        var stop = await s.Host.WhatsApp.SendTextAsync(s.NumberId, s.Ben.Phone, "No quiero mensajes");
        await s.SettleAsync();
        await s.PassAsync(Minute);
        await s.Host.WhatsApp.RedeliverAsync(stop);
        await s.SettleAsync();
        await s.SayAsync(s.Ben, "ALTO");

        Assert.Equal(["text"], await s.WhatAsync(s.Ben));
        Assert.Equal(["granted", "withdrawn"], await HistoryAsync(s, s.Ben));
    });

    [Fact]
    public Task Stop_that_comes_again_after_a_start_undoes_nothing() => PlayAsync(async s =>
    {
        var stop = await s.Host.WhatsApp.SendTextAsync(s.NumberId, s.Ana.Phone, "STOP");
        await s.SettleAsync();
        await s.PassAsync(Minute);
        await s.SayAsync(s.Ana, "START");
        await s.Host.WhatsApp.RedeliverAsync(stop);
        await s.SettleAsync();
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));

        Assert.Equal(["text", "text", "stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal(["granted", "withdrawn", "granted"], await HistoryAsync(s, s.Ana));
    });

    [Fact]
    public Task Code_and_driver_of_another_company_are_nothing_here() => PlayAsync(async s =>
    {
        await using var other = await s.Host.AnotherAsync();
        var eva = await NewAsync(other, "Eva");
        var code = Text(await InviteAsync(other, eva), "code");
        await s.SayAsync(eva, $"START {code}");

        Assert.Equal("invited", await StateAsync(other, eva));
        Assert.Equal(["text"], await s.WhatAsync(eva));
        Assert.DoesNotContain("Eva", (await s.ToldAsync(eva))[0].Text, StringComparison.Ordinal);
        Assert.Equal([DispatcherReasons.ConsentCode], await s.WaitingAsync());
        foreach (var (method, path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Get, "/page"), (HttpMethod.Post, "/question"), (HttpMethod.Post, "/invitation"), (HttpMethod.Get, "/invitation/qr") })
            Assert.Equal(HttpStatusCode.NotFound, await s.Api.TryAsync(method, $"api/drivers/{eva.DriverId}/consent{path}"));
        await other.SayAsync(eva, $"START {code}");
        Assert.Equal("granted", await StateAsync(other, eva));
    });

    [Fact]
    public Task Yes_to_a_question_that_ran_out_still_counts() => PlayAsync(async s =>
    {
        var eva = await AskedAsync(s, "Eva", "en");
        await s.PassAsync(TimeSpan.FromDays(7) + Minute);
        Assert.Equal("expired", await StateAsync(s, eva));
        await s.TapAsync(eva, "Yes");
        await s.PassAsync(TimeSpan.FromDays(2));

        Assert.Equal(["unknown", "asked", "expired", "granted"], await HistoryAsync(s, eva));
        Assert.Equal(["consent_question", "consent_question", "consent_question", "text"], await s.WhatAsync(eva));
    });

    [Fact]
    public Task Question_to_a_number_that_changes_meanwhile_is_asked_no_more_and_answers_nothing() => PlayAsync(async s =>
    {
        var eva = await AskedAsync(s, "Eva", "en");
        var heir = eva;
        eva = eva with { Phone = (await s.MeetAsync("Eva's new one")).Phone };
        await s.HappenAsync(samsara => samsara.ChangeDriverAsync(s.OrgId, eva.Id, new(Phone: $"+{eva.Phone}")));
        await s.TapAsync(heir, "Yes");
        await s.PassAsync(TimeSpan.FromHours(25));

        Assert.Equal(["unknown", "asked", "unknown"], await HistoryAsync(s, eva));
        Assert.Empty(await s.ToldAsync(eva));
        Assert.DoesNotContain("consent_question", (await s.WhatAsync(heir)).Skip(1));
    }, AlertCodes.DriverPhoneChanged, AlertCodes.DispatcherWaiting);

    [Fact]
    public Task Offers_that_are_stopped_in_whatsapp_itself_are_no_stop() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.SetPreferenceAsync(s.NumberId, s.Ana.Phone, "stop");
        await s.SettleAsync();
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));

        Assert.Equal(["stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal("granted", await StateAsync(s, s.Ana));
    }, AlertCodes.DriverStoppedMarketing);

    /// <summary>Somebody on the roster of whom nothing shows that he agreed.</summary>
    private static async Task<Person> NewAsync(Scenario s, string name, string language = "en")
    {
        var met = await s.MeetAsync(name);
        await s.HappenAsync(samsara => samsara.AddDriverAsync(s.OrgId, new(name, "15", $"+{met.Phone}")));
        var enrolled = (await s.Api.ListAsync("api/drivers")).Single(d => Text(d, "samsara_driver_id") == "15");
        await s.Api.PatchAsync($"api/drivers/{Text(enrolled, "id")}", new { language });
        return new("15", name, met.Phone, enrolled.GetProperty("id").GetGuid());
    }

    /// <summary>The company wants to hear it from the driver himself, and has his word on paper.</summary>
    private static async Task<Person> AskedAsync(Scenario s, string name, string language)
    {
        await s.Api.ChangeCompanyAsync(new { compliance_settings = new { driver_consent_required = true } });
        var driver = await NewAsync(s, name, language);
        await s.Api.PatchAsync($"api/drivers/{driver.DriverId}", new { opt_in = s.OptIn() });
        await s.PassAsync(TimeSpan.FromSeconds(10));
        return driver;
    }

    private static async Task<JsonElement> InviteAsync(Scenario s, Person person)
    {
        var invitation = await s.Api.PostAsync($"api/drivers/{person.DriverId}/consent/invitation", new { });
        await s.SettleAsync();
        return invitation;
    }

    private static Task<JsonElement> ConsentAsync(Scenario s, Person person) => s.Api.GetAsync($"api/drivers/{person.DriverId}/consent");

    private static async Task<string> StateAsync(Scenario s, Person person) => Text(await ConsentAsync(s, person), "state")!;

    private static async Task<IReadOnlyList<string>> HistoryAsync(Scenario s, Person person)
        => [.. (await ConsentAsync(s, person)).GetProperty("history").EnumerateArray().Select(h => Text(h, "state")!)];
}
