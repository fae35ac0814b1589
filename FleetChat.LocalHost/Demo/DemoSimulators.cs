using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>Both simulators in this process, on the business clock of the host.</summary>
public sealed class DemoSimulators : IAsyncDisposable
{
    // Few and quick: what is refused for good (a forgery) is tried as often as the outside would try it, but the day goes on.
    private static readonly DeliveryOptions Impatient = new(MaxAttempts: 3, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(10));

    private readonly HostClock _clock;
    private readonly SamsaraSimulator _samsara;
    private readonly WhatsAppSimulator _whatsApp;

    private DemoSimulators(HostClock clock, SamsaraSimulator samsara, WhatsAppSimulator whatsApp) => (_clock, _samsara, _whatsApp) = (clock, samsara, whatsApp);

    public SamsaraControl Samsara => _samsara.Control;

    public WhatsAppControl WhatsApp => _whatsApp.Control;

    /// <param name="host">Where the host will be.</param>
    public static async Task<DemoSimulators> StartAsync(Uri host)
    {
        var clock = new HostClock(new(host, LocalHostApp.ClockPath));
        var samsara = await SamsaraSimulator.StartAsync(new() { Clock = clock, Delivery = Impatient });
        var whatsApp = await WhatsAppSimulator.StartAsync(new() { Clock = clock, Delivery = Impatient });
        return new(clock, samsara, whatsApp);
    }

    public async ValueTask DisposeAsync()
    {
        await _samsara.DisposeAsync();
        await _whatsApp.DisposeAsync();
        _clock.Dispose();
    }
}
