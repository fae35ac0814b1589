using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Stripe;

/// <summary>Does what is due when the business clock says so, though nobody calls.</summary>
internal sealed class StripeTime : IAsyncDisposable
{
    // Looking, not waiting: the business clock may jump at any moment of real time.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly StripeState state;
    private readonly TimeProvider clock;
    private readonly PeriodicTimer timer = new(Glance);
    private readonly Task loop;

    public StripeTime(StripeState state, TimeProvider clock)
    {
        (this.state, this.clock) = (state, clock);
        loop = Task.Run(LoopAsync);
    }

    public async ValueTask DisposeAsync()
    {
        timer.Dispose();
        await loop;
    }

    private async Task LoopAsync()
    {
        while (await timer.WaitForNextTickAsync())
        {
            if (clock is HostClock host && AnythingLater())
                await host.RefreshAsync(CancellationToken.None);
            lock (state.Gate)
                state.Schedule.RunDue();
        }
    }

    private bool AnythingLater()
    {
        lock (state.Gate)
            return !state.Schedule.IsEmpty;
    }
}
