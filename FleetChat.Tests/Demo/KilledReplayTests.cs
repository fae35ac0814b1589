using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Commands.Replay;
using FleetChat.LocalHost.Demo;
using FleetChat.Tests.LocalHost;

namespace FleetChat.Tests.Demo;

/// <summary>What people give back by <c>replay</c> is a row, and outlives the host that would have come for it.</summary>
public sealed class KilledReplayTests
{
    [Fact]
    public async Task What_was_given_back_is_taken_up_by_the_next_host_when_this_one_is_killed_before_its_sweep()
    {
        var company = Cast.Freight();
        await using var fleet = await MortalFleet.StartAsync("killed_replay", [company], TimeProvider.System.GetUtcNow());
        var driver = company.Drivers[0];
        var row = await HostWithCompany.ParkAsync(fleet.Found, fleet.Stage.Settings, fleet.Database,
            "RouteStopArrival", "--event-id", "the-arrival", "--route", driver.Trip.RouteId, "--stop", driver.Trip.Stops[0].Id, "--driver", driver.Id, "--tenant", company.Tenant);

        // The clock stands, so no sweep comes between.
        await CommandConsole.RunAsync(async console => Assert.True(await ReplayCommand.RunAsync(CommandOptions.ReadReplay(["--tenant", company.Tenant, "--event", "the-arrival"]), fleet.Found, console, default)));
        await fleet.Host.KillAsync();
        Assert.Equal("pending", await StatusAsync());
        await fleet.Host.StartAgainAsync(default);
        // What the dead one held runs out in real time, while the clock of business stands: a sweep comes with each step.
        await Until.TrueAsync(async () =>
        {
            await fleet.Stage.StepToAsync(fleet.Stage.Now.AddSeconds(5), default);
            return await StatusAsync() == "done";
        }, because: "the next host to take it up", TimeSpan.FromMinutes(2));
        await fleet.Stage.StepToAsync(fleet.Stage.Now.AddMinutes(2), default);

        Assert.Single((await Journals.ReadAsync(fleet.Stage.Samsara, fleet.Stage.WhatsApp, default)).Taken, t => t.Template == TemplateSet.StopArrived && t.To == driver.Phone);

        Task<string> StatusAsync() => fleet.Database.ScalarAsAdminAsync<string>("select status from fleet.inbox where id = $1", P.Uuid(row));
    }
}
