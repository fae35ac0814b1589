using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.OpenId;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>Samsara, WhatsApp and an issuer of tokens in this process, on the business clock of the host.</summary>
public sealed class DemoSimulators : IAsyncDisposable
{
    // Few and quick: what is refused for good (a forgery) is tried as often as the outside would try it, but the day goes on.
    private static readonly DeliveryOptions Impatient = new(MaxAttempts: 3, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(10));

    private readonly HostClock _clock;
    private readonly SamsaraSimulator _samsara;
    private readonly WhatsAppSimulator _whatsApp;

    private DemoSimulators(HostClock clock, SamsaraSimulator samsara, WhatsAppSimulator whatsApp, IssuerSimulator issuer)
        => (_clock, _samsara, _whatsApp, Issuer) = (clock, samsara, whatsApp, issuer);

    public SamsaraControl Samsara => _samsara.Control;

    public WhatsAppControl WhatsApp => _whatsApp.Control;

    public IssuerSimulator Issuer { get; }

    /// <param name="host">Where the host will be.</param>
    public static async Task<DemoSimulators> StartAsync(Uri host)
    {
        var clock = new HostClock(new(host, LocalHostApp.ClockPath));
        var samsara = await SamsaraSimulator.StartAsync(new() { Clock = clock, Delivery = Impatient });
        var whatsApp = await WhatsAppSimulator.StartAsync(new() { Clock = clock, Delivery = Impatient });
        var issuer = await IssuerSimulator.StartAsync();
        issuer.Clock = clock;
        return new(clock, samsara, whatsApp, issuer);
    }

    /// <summary>Of a host for which they are the outside.</summary>
    public LocalHostSettings Around(LocalHostSettings settings) => settings with { GraphBaseUrl = WhatsApp.Address, SamsaraBaseUrl = Samsara.Address, Issuer = Issuer.Issuer };

    public async ValueTask DisposeAsync()
    {
        await _samsara.DisposeAsync();
        await _whatsApp.DisposeAsync();
        await Issuer.DisposeAsync();
        _clock.Dispose();
    }
}
