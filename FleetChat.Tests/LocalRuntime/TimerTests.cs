using FleetChat.Tests.LocalHost;

namespace FleetChat.Tests.LocalRuntime;

public sealed class TimerTests
{
    private static readonly DateTimeOffset Morning = new(2027, 3, 1, 10, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_timer_that_was_missed_while_nobody_ran_fires_once_and_says_so()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Morning);
        await using (var first = await app.StartHostAsync("one")) await first.Server.WaitUntilIdleAsync(CancellationToken.None);

        await app.Clock.FreezeAsync(Morning.AddHours(4));
        await app.StartHostAsync("again");
        await app.Clock.StepToAsync(Morning.AddHours(5), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });

        Assert.Equal(["2027-03-01T14:30:00 pastDue=True", "2027-03-01T15:00:00 pastDue=False"], app.Log.Of("Hourly"));
    }

    [Fact]
    public async Task A_timer_that_comes_round_within_a_minute_lets_missed_times_go()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Morning);
        await using (var first = await app.StartHostAsync("one")) await first.Server.WaitUntilIdleAsync(CancellationToken.None);

        await app.Clock.FreezeAsync(Morning.AddHours(4));
        await app.StartHostAsync("again");
        await app.Clock.StepToAsync(Morning.AddHours(4).AddSeconds(6));

        Assert.Equal(["2027-03-01T14:30:05"], app.Log.Of("Sweep"));
    }

    [Fact]
    public async Task A_timer_that_runs_at_start_runs_once_when_the_first_host_starts()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Morning);
        var one = await app.StartHostAsync("one");
        await app.StartHostAsync("two");

        await app.Clock.StepToAsync(Morning.AddMinutes(1), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });
        await one.Server.WaitUntilIdleAsync(CancellationToken.None);

        Assert.Equal(["one"], app.Log.Of("AtStart"));
    }

    [Fact]
    public async Task A_timer_that_a_dead_process_was_running_is_fired_by_another()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Morning);
        await app.StartHostAsync("one");
        await app.Clock.StepToAsync(Morning.AddMinutes(1), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });
        await app.Database.ExecuteAsAdminAsync("""
            update localhost.timers
            set running_host = 4711
            where name = 'Hourly'
            """);

        await app.Clock.StepToAsync(Morning.AddHours(1), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });

        Assert.Equal(["2027-03-01T11:00:00 pastDue=False"], app.Log.Of("Hourly"));
    }

    [Fact]
    public async Task A_missed_timer_fires_once_when_several_hosts_start_at_the_same_time()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Morning);
        await using (var first = await app.StartHostAsync("one")) await first.Server.WaitUntilIdleAsync(CancellationToken.None);

        await app.Clock.FreezeAsync(Morning.AddHours(4));
        var hosts = await Task.WhenAll(app.StartHostAsync("a"), app.StartHostAsync("b"), app.StartHostAsync("c"));
        await hosts[0].Server.WaitUntilIdleAsync(CancellationToken.None);

        Assert.Equal(["2027-03-01T14:30:00 pastDue=True"], app.Log.Of("Hourly"));
    }

    [Fact]
    public async Task When_the_clock_is_set_back_times_come_again()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Morning);
        await app.StartHostAsync("one");
        await app.StartHostAsync("two");
        await app.Clock.StepToAsync(Morning.AddHours(2), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });

        await app.Clock.FreezeAsync(Morning);
        await app.Clock.StepToAsync(Morning.AddHours(1), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });
        await app.Clock.FreezeAsync(Morning.AddDays(-40));
        await app.Clock.StepToAsync(Morning.AddDays(-40).AddHours(1), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });

        Assert.Equal(
            ["2027-03-01T11:00:00", "2027-03-01T12:00:00", "2027-03-01T11:00:00", "2027-01-20T11:00:00"],
            app.Log.Of("Hourly").Select(h => h.Split(' ')[0]));
    }

    [Fact]
    public async Task When_the_clock_was_set_back_while_nobody_ran_times_come_again()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Morning.AddDays(30));
        await using (var first = await app.StartHostAsync("one")) await first.Server.WaitUntilIdleAsync(CancellationToken.None);

        await app.Clock.FreezeAsync(Morning);
        await app.StartHostAsync("again");
        await app.Clock.StepToAsync(Morning.AddHours(1), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });

        Assert.Equal(["2027-03-01T11:00:00 pastDue=False"], app.Log.Of("Hourly"));
    }

    [Fact]
    public async Task A_running_clock_that_is_set_forth_and_back_leaves_timers_running()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.StartHostAsync("one");
        await app.Clock.SetOffsetAsync(TimeSpan.FromDays(30));
        await Until.TrueAsync(() => app.Log.Of("Sweep").Count > 0, because: "the timer to fire in a month's time");

        await app.Clock.SetOffsetAsync(TimeSpan.Zero);

        var sweeps = app.Log.Of("Sweep").Count;
        await Until.TrueAsync(() => app.Log.Of("Sweep").Count > sweeps + 1, because: "the timer to fire today");
    }

    [Theory]
    [InlineData("set running_host = $2", "CutAfter")]
    [InlineData("set running_host = $2", "CutBefore")]
    [InlineData("set running_host = null,\n    last_due", "CutAfter")]
    [InlineData("set running_host = null,\n    last_due", "CutBefore")]
    public async Task A_timer_fires_once_although_an_answer_was_lost(string statement, string fault)
    {
        await using var app = await RuntimeApp.CreateAsync();
        var proxy = app.NewProxy();
        await app.Clock.FreezeAsync(Morning);
        var host = await app.StartHostAsync("one", proxy.ConnectionString);
        await host.Server.WaitUntilIdleAsync(CancellationToken.None);

        var lost = proxy.SpoilNext(statement, Enum.Parse<ProxyFault>(fault));
        await app.Clock.StepToAsync(Morning.AddHours(2), new() { ShortestPeriod = TimeSpan.FromHours(1) }).WaitAsync(TimeSpan.FromSeconds(30));
        await lost;

        Assert.Equal(["2027-03-01T11:00:00 pastDue=False", "2027-03-01T12:00:00 pastDue=False"], app.Log.Of("Hourly"));
        Assert.Equal(app.Log.Of("EveryTenMinutes").Distinct(), app.Log.Of("EveryTenMinutes"));
    }

    [LinuxFact]
    public async Task A_host_that_was_paused_while_its_timer_ran_changes_nothing_when_it_goes_on()
    {
        var june = new DateTimeOffset(2027, 6, 1, 12, 0, 0, TimeSpan.Zero);
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(june.AddMinutes(-5));
        await using var process = await RuntimeProcess.StartAsync(app.Database.Logins.LocalRuntime);
        await app.Clock.FreezeAsync(june);
        await Until.TrueAsync(async () => (await process.Http.GetStringAsync("log")).Contains("Yearly begun", StringComparison.Ordinal), because: "the timer to fire");

        process.Pause();
        await app.Database.ExecuteAsAdminAsync("update localhost.hosts set lease = interval '1 second'");
        app.Log.Open("yearly");
        await app.StartHostAsync("survivor");
        await Until.TrueAsync(() => app.Log.Of("Yearly").Count == 2, because: "the survivor to fire it");
        process.Resume();
        using (await process.Http.PostAsync("open/yearly", content: null)) { }
        await Until.TrueAsync(async () => (await process.Http.GetStringAsync("log")).Contains("Yearly done", StringComparison.Ordinal), because: "the first run to end");
        await app.Clock.StepToAsync(june.AddHours(1), new() { ShortestPeriod = TimeSpan.FromHours(1) });

        Assert.Equal(["begun survivor", "done survivor"], app.Log.Of("Yearly"));
        Assert.DoesNotContain("begun", (await process.Http.GetStringAsync("log")).Replace("Yearly begun process", "", StringComparison.Ordinal).Split("Yearly done")[1], StringComparison.Ordinal);
        Assert.Equal(
            new DateTime(2028, 6, 1, 12, 0, 0, DateTimeKind.Utc),
            await app.Database.ScalarAsAdminAsync<DateTime>("select next_due from localhost.timers where name = 'Yearly'"));
    }
}
