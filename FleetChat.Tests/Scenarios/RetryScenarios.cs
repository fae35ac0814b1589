using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using FleetChat.Simulators.WhatsApp;

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
        Assert.Equal([AlertCodes.WhatsAppQuiet], await OpenAsync(s));
        await s.ArriveAsync(second);
        await s.PassAsync(15 * Minute);

        // The first arrival is no longer worth telling.
        Assert.DoesNotContain("stop_arrived", await s.WhatAsync(s.Ana));
        Assert.Contains("stop_arrived", await s.WhatAsync(s.Ben));
    });

    [Fact]
    public Task Paused_template_stops_only_what_uses_it() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 132015, HttpStatus: 400));
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.Api.PostAsync($"api/drivers/{s.Ana.DriverId}/messages", new { text = "Call me" });
        await s.SettleAsync();
        Assert.Equal(["dispatcher_note"], await s.WhatAsync(s.Ana));
        Assert.Equal([AlertCodes.TemplateStopped], await OpenAsync(s));
        await s.PassAsync(62 * Minute);

        Assert.Equal(["dispatcher_note", "stop_arrived"], await s.WhatAsync(s.Ana));
    });

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

    [Fact]
    public Task Token_that_WhatsApp_refuses_stops_the_company_for_an_hour() => PlayAsync(async s =>
    {
        await RefuseAsync(s, 190, 401);
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        var stopped = s.Now;
        Assert.Equal([AlertCodes.WhatsAppBlocked], await OpenAsync(s));
        await s.PassAsync(62 * Minute);

        Assert.InRange(Assert.Single(await s.ToldAsync(s.Ana)).At, stopped.AddMinutes(60), stopped.AddMinutes(61));
    });

    [Theory]
    [InlineData(131057, 5)]
    [InlineData(131064, 60)]
    public Task What_takes_longer_to_pass_is_tried_again_later(int code, int minutes) => PlayAsync(async s =>
    {
        await RefuseAsync(s, code, 400);
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        var failed = s.Now;
        Assert.Equal(code == 131064 ? [AlertCodes.WhatsAppLimited] : [], await OpenAsync(s));
        await s.PassAsync((minutes + 2) * Minute);

        Assert.InRange(Assert.Single(await s.ToldAsync(s.Ana)).At, failed.AddMinutes(minutes), failed.AddMinutes(minutes + 1));
    });

    [Fact]
    public Task What_fails_for_now_after_it_was_taken_comes_once_more() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.PlanStatusesAsync(new(s.NumberId, FailAfterSent: 131000));
        var trip = await s.AddTripAsync(s.Ana);
        await s.ArriveAsync(trip);
        await s.Host.WhatsApp.PlanStatusesAsync(new(s.NumberId));
        await s.PassAsync(2 * Minute);

        Assert.Equal(["stop_arrived", "stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal("1 of 1", await EndedAsync(s));
        // The second one's button is as good as the first one's.
        await s.TapAsync(s.Ana, "Done here");
        Assert.Equal("done", await s.StateAsync(trip));
    });

    [Fact]
    public Task What_fails_for_good_after_it_was_taken_is_not_sent_again() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.PlanStatusesAsync(new(s.NumberId, FailAfterSent: 131026));
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.PassAsync(30 * Minute);

        Assert.Equal(["stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal(131026, Assert.Single(await s.Api.ListAsync("api/messages"), m => Scenario.Text(m, "status") == "failed").GetProperty("error_code").GetInt32());
    }, AlertCodes.MessageFailed);

    [Fact]
    public Task What_was_delivered_after_it_had_failed_is_not_sent_again() => PlayAsync(async s =>
    {
        await s.Host.WhatsApp.PlanStatusesAsync(new(s.NumberId, Troubled: 1, Troubles: [StatusTrouble.DeliveredAfterFailed]));
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.PassAsync(30 * Minute);

        Assert.Equal("delivered", Scenario.Text(Assert.Single(await s.Api.ListAsync("api/messages")), "status"));
    });

    [Fact]
    public Task Message_that_nobody_hears_of_is_sent_once_more_where_its_rule_says_so() => PlayAsync(async s =>
    {
        var trip = await s.AddTripAsync(s.Ana);
        await SilenceAsync(s);
        await s.ArriveAsync(trip);
        await s.Host.WhatsApp.PlanStatusesAsync(new(s.NumberId));
        await s.PassAsync(9 * Minute);
        Assert.Single(await s.ToldAsync(s.Ana));
        await s.PassAsync(2 * Minute);

        Assert.Equal(["stop_arrived", "stop_arrived"], await s.WhatAsync(s.Ana));
        Assert.Equal(["resent"], await DoubtsAsync(s));
    }, AlertCodes.MessageResent);

    [Fact]
    public Task Answer_that_nobody_hears_of_is_put_before_a_dispatcher() => PlayAsync(async s =>
    {
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await SilenceAsync(s);
        await s.TapAsync(s.Ana, "Done here");
        await s.PassAsync(11 * Minute);

        Assert.Equal(2, (await s.ToldAsync(s.Ana)).Count);
        Assert.Equal(["delivery_unknown"], await s.WaitingAsync());
        Assert.Equal(["handed_over"], await DoubtsAsync(s));
    }, AlertCodes.MessageUnknown);

    [Fact]
    public Task Doubt_about_what_is_no_longer_true_is_counted_and_explained() => PlayAsync(async s =>
    {
        await SilenceAsync(s);
        await s.ArriveAsync(await s.AddTripAsync(s.Ana));
        await s.Host.WhatsApp.PlanStatusesAsync(new(s.NumberId));
        await s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: 131048, HttpStatus: 400));
        await s.ArriveAsync(await s.AddTripAsync(s.Ben));
        await s.PassAsync(TimeSpan.FromHours(4.2));

        Assert.Single(await s.ToldAsync(s.Ana), t => t.What == "stop_arrived");
        Assert.Equal(["expired"], await DoubtsAsync(s));
        var expired = (await s.Api.ListAsync("api/messages")).Single(m => Scenario.Text(m, "driver_id") == s.Ana.DriverId.ToString() && Scenario.Text(m, "reason") == "stop_arrived:expired");
        Assert.Contains((await s.Api.GetAsync($"api/messages/{Scenario.Text(expired, "id")}/why")).GetProperty("timeline").EnumerateArray(), e => Scenario.Text(e, "detail") == "in doubt: expired");
    });

    private static Task RefuseAsync(Scenario s, int code, int status) => s.Host.WhatsApp.FailSendsAsync(new(Count: 1, NumberId: s.NumberId, ErrorCode: code, HttpStatus: status));

    private static Task SilenceAsync(Scenario s) => s.Host.WhatsApp.PlanStatusesAsync(new(s.NumberId, Troubled: 1, Troubles: [StatusTrouble.Silent]));

    private static async Task<IReadOnlyList<string>> OpenAsync(Scenario s) => [.. (await s.Api.ListAsync("api/alerts")).Select(a => Scenario.Text(a, "code")!)];

    private static Task<string[]> DoubtsAsync(Scenario s)
        => s.Host.Database.ScalarAsAdminAsync<string[]>($"select coalesce(array_agg(outcome order by at), '{{}}') from fleet.decisions where tenant_id = '{s.Tenant}' and kind = 'doubt'");

    private static Task<string> EndedAsync(Scenario s)
        => s.Host.Database.ScalarAsAdminAsync<string>($"select count(*) || ' of ' || count(ended_at) from localhost.instances where id like 'MessageRetry-v1:{s.Tenant}:%'")!;
}
