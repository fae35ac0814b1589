using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using FleetChat.Tests.Webhooks;

namespace FleetChat.Tests.Scenarios;

/// <summary>Dispatchers, and the companies' own programs.</summary>
public sealed class DispatcherScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public Task Dispatchers_answer_is_text_inside_the_window_and_a_template_outside() => PlayAsync(async s =>
    {
        await s.SayAsync(s.Ana, "Which gate?");
        await WriteAsync(s, s.Ana, "Gate 4, please.");
        await WriteAsync(s, s.Ben, "Llama al almacén");
        await s.PassAsync(TimeSpan.FromHours(24.5));
        await WriteAsync(s, s.Ana, "Are you awake");

        Assert.Equal(["text", "dispatcher_note"], await s.WhatAsync(s.Ana));
        Assert.Equal("Gate 4, please.", (await s.ToldAsync(s.Ana))[0].Text);
        Assert.Contains("Are you awake.", (await s.ToldAsync(s.Ana))[1].Text, StringComparison.Ordinal);
        Assert.Equal(("dispatcher_note", "es"), ((await s.ToldAsync(s.Ben))[0].What, (await s.ToldAsync(s.Ben))[0].Language));
    }, AlertCodes.DispatcherWaiting);

    [Fact]
    public Task What_a_dispatcher_has_handled_is_marked_read_and_waits_no_more() => PlayAsync(async s =>
    {
        await s.SayAsync(s.Ana, "Which gate?");
        Assert.Equal([DispatcherReasons.FreeText], await s.WaitingAsync());
        await s.Api.PostAsync($"api/conversations/{await s.ConversationAsync(s.Ana)}/handled", new { });
        await s.PassAsync(TimeSpan.FromHours(2));

        Assert.Empty(await s.WaitingAsync());
        Assert.Single(await s.WhatsAppJournalAsync(), e => e.Kind == "read.marked");
    });

    [Fact]
    public Task What_nobody_takes_is_alerted_after_fifteen_minutes_and_once_more_after_an_hour() => PlayAsync(async s =>
    {
        await s.SayAsync(s.Ana, "Which gate?");
        await s.PassAsync(14 * Minute);
        Assert.Empty(await s.Api.ListAsync("api/alerts"));
        await s.PassAsync(2 * Minute);
        Assert.Equal(1, await TimesAsync(s));
        await s.PassAsync(TimeSpan.FromHours(5));

        Assert.Equal(2, await TimesAsync(s));
    }, AlertCodes.DispatcherWaiting);

    [Fact]
    public Task What_a_dispatcher_takes_is_alerted_to_nobody() => PlayAsync(async s =>
    {
        await s.SayAsync(s.Ana, "Which gate?");
        await s.Api.PostAsync($"api/conversations/{await s.ConversationAsync(s.Ana)}/take", new { who = "Dora" });
        await s.PassAsync(TimeSpan.FromHours(3));

        Assert.Equal([DispatcherReasons.FreeText], await s.WaitingAsync());
    });

    [Fact]
    public async Task Companys_own_program_hears_of_it_signed_and_again_after_it_was_away()
    {
        await using var receiver = await HookReceiver.StartAsync();
        await PlayAsync(async s =>
        {
            var endpoint = await s.Api.PostAsync("api/webhook-endpoints", new { url = receiver.Url, types = new[] { "message.received", "conversation.needs_dispatcher", "transport.status", "alert.opened" } });
            var secret = Scenario.Text(endpoint, "secret")!;
            receiver.AnswerWith(503);
            await s.SayAsync(s.Ana, "Which gate?");
            Assert.NotEmpty(receiver.Received);
            receiver.AnswerWith(200);
            var trip = await s.AddTripAsync(s.Ben);
            await s.ArriveAsync(trip);
            await s.PassAsync(20 * Minute);

            Assert.All(receiver.Received, hook => Assert.True(hook.IsSignedWith(secret)));
            var heard = receiver.Received.DistinctBy(h => h.Id).Select(h => h.Type).Order(StringComparer.Ordinal).ToList();
            Assert.Equal(["alert.opened", "conversation.needs_dispatcher", "message.received", "transport.status"], heard.Distinct());
            var message = receiver.Received.Where(h => h.Type == "message.received").ToList();
            Assert.Equal(2, message.Count);
            Assert.Single(message.DistinctBy(h => h.Id));
            Assert.Equal(message[0].Body, message[1].Body);
        }, AlertCodes.DispatcherWaiting);
    }

    private static async Task WriteAsync(Scenario s, Person driver, string text)
    {
        await s.Api.PostAsync($"api/drivers/{driver.DriverId}/messages", new { text });
        await s.SettleAsync();
    }

    private static async Task<int> TimesAsync(Scenario s) => Assert.Single(await s.Api.ListAsync("api/alerts")).GetProperty("count").GetInt32();
}
