using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Messaging.Rates;

/// <summary>A number that is full waits out its fraction of a second, and not for the sweep.</summary>
public sealed class RatePausesTests
{
    private static readonly TenantId Acme = TenantId.Parse("acme_001");
    private static readonly TenantId Other = TenantId.Parse("other_001");

    [Fact]
    public async Task One_lane_waits_for_all_of_its_company_and_for_no_other()
    {
        var clock = new FakeTimeProvider();
        var (pauses, until) = (new OpenPauses(clock), clock.GetUtcNow() + TimeSpan.FromSeconds(1));
        var waiting = pauses.WaitAsync(new(Acme, 1), until, default);
        Assert.Empty(await pauses.WaitAsync(new(Acme, 2), until, default));
        var other = pauses.WaitAsync(new(Other, 3), until, default);

        clock.Advance(TimeSpan.FromSeconds(1));
        pauses.End();

        Assert.Equal([new(Acme, 1), new Nudge(Acme, 2)], await waiting);
        Assert.Equal([new Nudge(Other, 3)], await other);
    }

    [Fact]
    public async Task Where_the_clock_stands_still_or_the_pause_is_long_nobody_goes_on()
    {
        var clock = new FakeTimeProvider();
        var pauses = new OpenPauses(clock);
        pauses.End();
        Assert.Empty(await pauses.WaitAsync(new(Acme, 1), clock.GetUtcNow() + TimeSpan.FromSeconds(1), default));
        Assert.Empty(await pauses.WaitAsync(new(Acme, 1), clock.GetUtcNow() + TimeSpan.FromHours(1), default));
    }

    [Fact]
    public async Task Nobody_is_woken_a_little_too_early_and_then_left_to_the_sweep()
    {
        var pauses = new RatePauses(TimeProvider.System);
        for (var i = 0; i < 60; i++)
            Assert.NotEmpty(await pauses.WaitAsync(new(Acme, 1), TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(10 + i * 0.37), default));
    }

    // With one message a second each lane but the first finds no room at all.
    [Fact]
    public async Task Sender_goes_on_by_itself_whenever_its_number_has_room()
    {
        Func<Task<bool>> isQuiet = () => Task.FromResult(true);
        await using var rated = await RatedFleet.StartAsync(new(MessagesPerSecond: 1), clock => new PassingPauses(clock, () => isQuiet()));
        var company = await rated.AddCompanyAsync();
        isQuiet = async () => await rated.Fleet.Db(company).FindAsync("select count(*) from fleet.outbound where tenant_id = $1 and status = 'sending'", row => row.GetInt64(0), default) == 0;
        await NumberRate.SetAsync(rated.Fleet.Db(company), company.PhoneNumberId, 1, default);
        await rated.QueueAsync(company, await rated.AddDriversAsync(company, 4));
        var from = rated.Now;

        await rated.SendAsync(company);

        Assert.Equal(4, (await rated.JournalAsync("send.accepted")).Count);
        await rated.AssertNothingRefusedAsync();
        Assert.InRange(rated.Now - from, 3 * TimeSpan.FromSeconds(1), 4 * NumberRate.Window);
    }

    /// <summary>Ends when the test says so.</summary>
    private sealed class OpenPauses(TimeProvider time) : RatePauses(time)
    {
        private readonly TaskCompletionSource _end = new();

        public void End() => _end.SetResult();

        protected override Task PauseAsync(TimeSpan pause, CancellationToken ct) => _end.Task;
    }

    /// <summary>The clock goes on as long as somebody waits, and not while a call is under way: for WhatsApp that one would come a second later.</summary>
    private sealed class PassingPauses(FakeTimeProvider clock, Func<Task<bool>> isQuiet) : RatePauses(clock)
    {
        protected override async Task PauseAsync(TimeSpan pause, CancellationToken ct)
        {
            await Until.TrueAsync(isQuiet, "no call is under way");
            clock.Advance(pause);
        }
    }
}
