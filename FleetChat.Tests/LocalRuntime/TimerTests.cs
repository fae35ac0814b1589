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
}
