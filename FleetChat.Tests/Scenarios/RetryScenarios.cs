using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;

namespace FleetChat.Tests.Scenarios;

/// <summary>WhatsApp's errors by their class, over HTTP and with the orchestration that tries again.</summary>
public sealed class RetryScenarios(ScenarioHost host) : ScenarioTests(host)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(131000)]
    [InlineData(2)]
    [InlineData(131056)]
    public Task What_fails_for_now_comes_within_minutes_by_its_orchestration(int code) => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 3, NumberId: s.NumberId, ErrorCode: code));
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.PassAsync(10 * Minute);

        Assert.Equal(["stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal("1 of 1", await EndedAsync(s));
    });

    [Theory]
    [InlineData(130429)]
    [InlineData(80007)]
    public Task Limit_of_the_number_makes_everybody_wait_as_long_as_WhatsApp_asks(int code) => PlayAsync(async s =>
    {
        var (first, second) = (await s.AddTripAsync(s.Ana), await s.AddTripAsync(s.Ben));
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: code, HttpStatus: 429, RetryAfterSeconds: 300));
        await s.ArriveAsync(first);
        var limited = s.Now;
        await s.ArriveAsync(second);
        await s.PassAsync(6 * Minute);

        Assert.All([Assert.Single(await s.ToldAsync(s.Ana)), Assert.Single(await s.ToldAsync(s.Ben))], told => Assert.InRange(told.At, limited.AddMinutes(5), limited.AddMinutes(5.5)));
    });

    [Fact]
    public Task Number_that_people_called_spam_is_quiet_for_hours() => PlayAsync(async s =>
    {
        var (first, second) = (await s.AddTripAsync(s.Ana), await s.AddTripAsync(s.Ben));
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 131048, HttpStatus: 400));
        await s.ArriveAsync(first);
        await s.PassAsync(TimeSpan.FromHours(3.9));
        Assert.Empty(await s.ToldAsync(s.Ana));
        await s.ArriveAsync(second);
        await s.PassAsync(15 * Minute);

        // The first arrival is no longer worth telling.
        Assert.DoesNotContain("stop_arrived", await s.WhatAsync(s.Ana));
        Assert.Contains("stop_arrived", await s.WhatAsync(s.Ben));
    }, AlertCodes.WhatsAppQuiet);

    [Fact]
    public Task Paused_template_stops_only_what_uses_it() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 132015, HttpStatus: 400));
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.Api.PostAsync($"api/drivers/{s.Ana.DriverId}/messages", new { text = "Call me" });
        await s.SettleAsync();
        Assert.Equal(["dispatcher_note"], await s.WhatAsync(s.Ana));
        await s.PassAsync(62 * Minute);

        Assert.Equal(["dispatcher_note", "stop_arrived"], await s.WhatAsync(s.Ana));
    }, AlertCodes.TemplateStopped);

    [Fact]
    public Task Message_that_fails_for_good_shows_its_code_and_what_that_means() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 131026, HttpStatus: 400));
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));

        var failed = Assert.Single(await s.Api.ListAsync("api/messages"), m => Scenario.Text(m, "status") == "failed");
        Assert.Equal(131026, failed.GetProperty("error_code").GetInt32());
        Assert.Contains("not on WhatsApp", Scenario.Text(failed, "error_text"), StringComparison.Ordinal);
        Assert.Contains("not on WhatsApp", Scenario.Text(Assert.Single(await s.Api.ListAsync("api/alerts")), "what_to_do"), StringComparison.Ordinal);
    }, AlertCodes.MessageFailed);

    [Fact]
    public Task Dispatchers_words_go_out_as_a_template_where_WhatsApp_calls_the_window_closed() => PlayAsync(async s =>
    {
        await s.SayAsync(s.Ana, "Which gate?");
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 131047, HttpStatus: 400));
        await s.Api.PostAsync($"api/drivers/{s.Ana.DriverId}/messages", new { text = "Gate 4, please." });
        await s.SettleAsync();

        Assert.Equal(["dispatcher_note"], await s.WhatAsync(s.Ana));
    }, AlertCodes.MessageFailed);

    private static Task<string> EndedAsync(Scenario s)
        => s.Host.Database.ScalarAsAdminAsync<string>($"select count(*) || ' of ' || count(ended_at) from localhost.instances where id like 'MessageRetry-v1:{s.Tenant}:%'")!;
}
