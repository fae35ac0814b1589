using System.Net;

namespace FleetChat.Tests.LocalRuntime;

public sealed class KilledProcessTests
{
    private static readonly DateTimeOffset Start = new(2027, 3, 1, 10, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_a_killed_process_was_doing_is_done_by_another_before_the_clock_moves_on()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(Start);
        await using var process = await RuntimeProcess.StartAsync(app.Database.Logins.LocalRuntime);
        using (var put = await process.Http.PostAsync("put", new StringContent("hold:door"))) Assert.Equal(HttpStatusCode.Accepted, put.StatusCode);
        await Until.TrueAsync(
            () => app.Database.ScalarAsAdminAsync<bool>("select exists (select from localhost.queue_messages where claimed_by is not null)"),
            because: "the process to begin the message");
        await app.StartHostAsync("survivor");
        app.Log.Open("door");

        var stepping = app.Clock.StepToAsync(Start.AddHours(2), new() { ShortestPeriod = TimeSpan.FromMinutes(10) });
        await Until.TrueAsync(
            () => app.Database.ScalarAsAdminAsync<bool>("select probe > 2 from localhost.clock"), because: "the stepper to find the process at work");
        var whileItWorked = await app.Clock.ReadAsync();
        await process.KillAsync();
        await stepping.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(Start, whileItWorked.Now);
        Assert.Equal(["hold:door 2 survivor"], app.Log.Of("Work"));
        Assert.Equal(["2027-03-01T11:00:00 pastDue=False", "2027-03-01T12:00:00 pastDue=False"], app.Log.Of("Hourly"));
        Assert.True(Index(app.Log, "Worked hold:door survivor") < Index(app.Log, "Hourly 2027-03-01T11:00:00 pastDue=False"));
    }

    private static int Index(RuntimeLog log, string entry) => log.Entries.ToList().IndexOf(entry);
}
