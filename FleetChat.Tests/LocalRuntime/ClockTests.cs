using System.Text.Json;

namespace FleetChat.Tests.LocalRuntime;

public sealed class ClockTests
{
    private static readonly DateTimeOffset Start = new(2027, 3, 1, 9, 59, 0, TimeSpan.Zero);

    [Fact]
    public async Task Stepping_fires_every_timer_once_at_its_time_across_two_hosts()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);
        await app.StartHostAsync("one");
        await app.StartHostAsync("two");

        await app.Clock.StepToAsync(Start.AddHours(3), new() { ShortestPeriod = TimeSpan.FromMinutes(1) });

        Assert.Equal(["2027-03-01T10:00:00", "2027-03-01T11:00:00", "2027-03-01T12:00:00"], Times(app.Log.Of("Hourly")));
        var tenMinutes = Times(app.Log.Of("EveryTenMinutes"));
        Assert.Equal(18, tenMinutes.Length);
        Assert.Equal(tenMinutes.Distinct(), tenMinutes);
        Assert.Equal("2027-03-01T12:50:00", tenMinutes[^1]);
    }

    [Fact]
    public async Task The_clock_stands_still_until_what_a_timer_began_is_done()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);
        await app.StartHostAsync("one");
        await app.StartHostAsync("two");

        await app.Clock.StepToAsync(Start.AddHours(2), new() { ShortestPeriod = TimeSpan.FromMinutes(1) });

        var ticks = app.Log.Of("TakeTick");
        Assert.Equal(12, ticks.Count);
        Assert.All(ticks, tick => Assert.Equal(tick.Split(" at ")[0], tick.Split(" at ")[1]));
    }

    [Fact]
    public async Task Timers_faster_than_the_shortest_period_fire_once_at_each_stop()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);
        await app.StartHostAsync("one");

        await app.Clock.StepToAsync(Start.AddHours(2), new() { ShortestPeriod = TimeSpan.FromHours(1) });

        Assert.Equal(["2027-03-01T10:00:00", "2027-03-01T11:00:00", "2027-03-01T11:59:00"], Times(app.Log.Of("Sweep")));
    }

    [Fact]
    public async Task Without_a_shortest_period_the_clock_stops_at_every_due_time()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);
        await app.StartHostAsync("one");

        await app.Clock.StepToAsync(Start.AddSeconds(12).AddTicks(-3)); // Finer than Postgres keeps it.

        Assert.Equal(["2027-03-01T09:59:05", "2027-03-01T09:59:10"], Times(app.Log.Of("Sweep")));
        Assert.Equal(Start.AddSeconds(12), (await app.Clock.ReadAsync()).Now);
    }

    [Fact]
    public async Task A_call_under_way_holds_the_clock()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);
        var host = await app.StartHostAsync("one");
        var held = host.Http.GetStringAsync("hold/door");
        await Until.TrueAsync(() => app.Log.Of("Hold").Count == 1, because: "the call to begin");

        var stepping = app.Clock.StepToAsync(Start.AddHours(1), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });
        await Until.TrueAsync(async () => await ProbesAsync(app) > 3, because: "the stepper to look a few times");
        var whileHeld = await app.Clock.ReadAsync();
        app.Log.Open("door");
        await stepping;

        Assert.Equal(Start, whileHeld.Now);
        Assert.Equal("held", await held);
        Assert.Equal(Start.AddHours(1), (await app.Clock.ReadAsync()).Now);
    }

    [Fact]
    public async Task What_is_due_elsewhere_is_a_stop_too()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);
        await app.StartHostAsync("one");
        var stops = new List<DateTimeOffset>();

        await app.Clock.StepToAsync(Start.AddMinutes(3), new()
        {
            ShortestPeriod = TimeSpan.FromHours(1),
            NextDueElsewhere = (after, _) =>
            {
                stops.Add(after);
                return Task.FromResult<DateTimeOffset?>(after < Start.AddSeconds(77) ? Start.AddSeconds(77) : null);
            },
        });

        Assert.Equal([Start, Start.AddSeconds(60), Start.AddSeconds(77)], stops);
    }

    [Fact]
    public async Task What_is_overdue_elsewhere_makes_the_clock_stop_for_the_next_fast_timer()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);
        await app.StartHostAsync("one");

        await app.Clock.StepToAsync(Start.AddMinutes(1), new()
        {
            ShortestPeriod = TimeSpan.FromHours(1),
            NextDueElsewhere = (_, _) => Task.FromResult<DateTimeOffset?>(app.Log.Of("Sweep").Count < 2 ? Start.AddSeconds(7) : null),
        });

        Assert.Equal(["2027-03-01T09:59:07", "2027-03-01T09:59:10", "2027-03-01T10:00:00"], Times(app.Log.Of("Sweep")));
    }

    [Fact]
    public async Task An_offset_moves_the_running_clock_of_every_host()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var one = await app.StartHostAsync("one");
        var two = await app.StartHostAsync("two");

        await app.Clock.SetOffsetAsync(TimeSpan.FromDays(30));

        await Until.TrueAsync(async () => await OffsetAsync(one) == 30 && await OffsetAsync(two) == 30, because: "both hosts to follow");
        Assert.True((await app.Clock.ReadAsync()).IsRunning);
    }

    [Fact]
    public async Task A_frozen_clock_runs_on_from_where_it_stood()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);

        await app.Clock.RunAsync();

        var reading = await app.Clock.ReadAsync();
        Assert.True(reading.IsRunning);
        Assert.InRange(reading.Now, Start, Start.AddMinutes(1));
    }

    private static string[] Times(IEnumerable<string> entries) => [.. entries.Select(e => e.Split(' ')[0])];

    private static Task<long> ProbesAsync(RuntimeApp app) => app.Database.ScalarAsAdminAsync<long>("select probe from localhost.clock");

    private static async Task<int> OffsetAsync(RuntimeHost host)
    {
        using var clock = JsonDocument.Parse(await host.Http.GetStringAsync("runtime/localhost/clock"));
        return (int)TimeSpan.FromMilliseconds(clock.RootElement.GetProperty("offset_ms").GetInt64()).TotalDays;
    }
}
