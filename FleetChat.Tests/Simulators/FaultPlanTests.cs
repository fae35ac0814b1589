using System.Net;
using FleetChat.Simulators.Faults;

namespace FleetChat.Tests.Simulators;

/// <summary>Trouble at random: the same for the same seed, of the kinds asked for, and gone when it is ended.</summary>
public sealed class FaultPlanTests : IAsyncLifetime
{
    private const long Org = SamsaraBench.Org;

    private SamsaraBench samsara = null!;

    public async Task InitializeAsync() => samsara = await SamsaraBench.StartAsync();

    public async Task DisposeAsync() => await samsara.DisposeAsync();

    [Fact]
    public async Task A_seed_repeats_its_trouble_and_another_does_not()
    {
        FaultPlan plan = new(Seed: 42, Calls: 0.5, CallKinds: [CallTrouble.TooMany, CallTrouble.ServerError, CallTrouble.ExpiredToken]);

        var (first, again, other) = (await StatusesAsync(plan), await StatusesAsync(plan), await StatusesAsync(plan with { Seed = 43 }));

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Contains(HttpStatusCode.OK, first);
        Assert.Contains(HttpStatusCode.TooManyRequests, first);
        var report = await samsara.Control.FaultsAsync();
        Assert.Equal((43, other.Count(status => status != HttpStatusCode.OK)), (report.Plan!.Seed, report.Calls));
    }

    [Fact]
    public async Task Ended_trouble_is_over_and_control_calls_never_meet_any()
    {
        await samsara.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ServerError]));
        await samsara.Control.AddDriverAsync(Org, new("Ann"));
        var (troubled, _) = await samsara.CallAsync(HttpMethod.Get, "/fleet/drivers");

        Assert.Null((await samsara.Control.EndFaultsAsync()).Plan);

        Assert.InRange((int)troubled, 500, 503);
        Assert.Equal(HttpStatusCode.OK, (await samsara.CallAsync(HttpMethod.Get, "/fleet/drivers")).Status);
    }

    [Fact]
    public async Task Only_paths_that_are_meant_meet_trouble()
    {
        await samsara.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ServerError], PathPrefix: "/fleet/routes"));

        Assert.Equal(HttpStatusCode.OK, (await samsara.CallAsync(HttpMethod.Get, "/fleet/drivers")).Status);
    }

    [Fact]
    public async Task Too_many_calls_are_told_a_fraction_of_a_second()
    {
        await samsara.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.TooMany]));
        using var http = new HttpClient { BaseAddress = samsara.Simulator.Address };

        using var answer = await http.GetAsync(new Uri("/me", UriKind.Relative));

        Assert.Matches(@"^0\.\d+$", answer.Headers.GetValues("Retry-After").Single());
        Assert.Contains("requestId", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CallTrouble.ResetBefore, false)]
    [InlineData(CallTrouble.TimeOutBefore, false)]
    [InlineData(CallTrouble.ResetAfter, true)]
    [InlineData(CallTrouble.TimeOutAfter, true)]
    public async Task A_call_that_breaks_is_carried_out_or_not(CallTrouble trouble, bool isDone)
    {
        await using var bench = await WhatsAppBench.StartAsync();
        await bench.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [trouble], TimeOutMs: 50));

        await Assert.ThrowsAsync<HttpRequestException>(() => bench.SendAsync(WhatsAppBench.Template()));

        await bench.Control.EndFaultsAsync();
        Assert.Equal(isDone ? 1 : 0, (await bench.Control.JournalAsync()).Count(entry => entry.Kind == "send.accepted"));
        if (isDone)
            await bench.StatusesAsync(3);
    }

    [Fact]
    public async Task A_call_that_nobody_answers_ends_when_the_caller_goes()
    {
        await samsara.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.TimeOutBefore]));
        using var http = new HttpClient { BaseAddress = samsara.Simulator.Address, Timeout = TimeSpan.FromMilliseconds(100) };

        await Assert.ThrowsAsync<TaskCanceledException>(() => http.GetAsync(new Uri("/me", UriKind.Relative)));
    }

    [Fact]
    public async Task Meta_refuses_in_its_own_words_and_a_link_to_a_file_can_expire()
    {
        await using var bench = await WhatsAppBench.StartAsync();
        await bench.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ExpiredToken]));
        await bench.RefusedAsync(WhatsAppBench.Template(), 190, HttpStatusCode.Unauthorized);
        await bench.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ExpiredMedia]));

        await bench.AcceptedAsync(WhatsAppBench.Template());
        using var http = new HttpClient { BaseAddress = bench.Simulator.Address };
        using var download = await http.GetAsync(new Uri("/whatsapp_business/attachments/secret", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, download.StatusCode);
    }

    [Theory]
    [InlineData(WebhookTrouble.Twice, 2)]
    [InlineData(WebhookTrouble.Delayed, 1)]
    [InlineData(WebhookTrouble.Shuffled, 1)]
    public async Task A_troubled_webhook_comes_late_or_twice(WebhookTrouble trouble, int times)
    {
        await samsara.Control.PlanFaultsAsync(new(Webhooks: 1, WebhookKinds: [trouble], DelayMs: 50));

        await samsara.Control.EmitSampleAsync(Org, "DriverUpdated");

        Assert.Single((await samsara.Receiver.WaitAsync(times)).Select(got => got.Text).Distinct());
        await Until.TrueAsync(async () => await samsara.Control.PendingAsync() == 0, "every copy to be acknowledged");
        Assert.Equal(times, samsara.Receiver.All.Count);
    }

    [Fact]
    public async Task A_lost_webhook_never_comes_and_the_journal_says_so()
    {
        await samsara.Control.PlanFaultsAsync(new(Webhooks: 1, WebhookKinds: [WebhookTrouble.Lost]));

        await samsara.Control.EmitSampleAsync(Org, "DriverUpdated");

        Assert.Equal(0, await samsara.Control.PendingAsync());
        Assert.Empty(samsara.Receiver.All);
        var lost = Assert.Single(await samsara.Control.JournalAsync(), entry => entry.Kind == "fault.webhook");
        Assert.Equal("lost", lost.Data.GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData(-0.1, 0)]
    [InlineData(0, 1.1)]
    public async Task A_plan_that_makes_no_sense_is_refused(double calls, double webhooks)
        => await Assert.ThrowsAsync<InvalidOperationException>(() => samsara.Control.PlanFaultsAsync(new(Calls: calls, Webhooks: webhooks)));

    private async Task<List<HttpStatusCode>> StatusesAsync(FaultPlan plan)
    {
        await samsara.Control.PlanFaultsAsync(plan);
        List<HttpStatusCode> statuses = [];
        for (var call = 0; call < 30; call++)
            statuses.Add((await samsara.CallAsync(HttpMethod.Get, "/me")).Status);
        return statuses;
    }
}
