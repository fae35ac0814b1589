using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.OpenId;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.Stripe;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>Samsara, WhatsApp, Stripe and an issuer of tokens in this process, on the business clock of the host.</summary>
public sealed class DemoSimulators : IAsyncDisposable
{
    // Few and quick: what is refused for good (a forgery) is tried as often as the outside would try it, but the day goes on.
    private static readonly DeliveryOptions Impatient = new(MaxAttempts: 3, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(10));

    // A stepped clock stands still until a webhook has come: one that is tried again by that clock would be waited for without end.
    private static readonly StripeSettings StandingStill = new(FirstDelay: TimeSpan.Zero, WebhookTimeOut: TimeSpan.FromMinutes(1));

    private readonly HostClock _clock;
    private readonly SamsaraSimulator _samsara;
    private readonly WhatsAppSimulator _whatsApp;
    private readonly StripeSimulator _stripe;

    private DemoSimulators(HostClock clock, SamsaraSimulator samsara, WhatsAppSimulator whatsApp, StripeSimulator stripe, IssuerSimulator issuer)
        => (_clock, _samsara, _whatsApp, _stripe, Issuer) = (clock, samsara, whatsApp, stripe, issuer);

    public SamsaraControl Samsara => _samsara.Control;

    public WhatsAppControl WhatsApp => _whatsApp.Control;

    public StripeControl Stripe => _stripe.Control;

    public IssuerSimulator Issuer { get; }

    /// <param name="host">Where the host will be.</param>
    public static async Task<DemoSimulators> StartAsync(Uri host)
    {
        var clock = new HostClock(new(host, LocalHostApp.ClockPath));
        var samsara = await SamsaraSimulator.StartAsync(new() { Clock = clock, Delivery = Impatient });
        var whatsApp = await WhatsAppSimulator.StartAsync(new() { Clock = clock, Delivery = Impatient });
        var stripe = await StripeSimulator.StartAsync(new() { Clock = clock, Endpoints = [new(new(host, "/api/stripe/webhook"), LocalHostSettings.StripeSecret)], Settings = StandingStill });
        var issuer = await IssuerSimulator.StartAsync();
        issuer.Clock = clock;
        return new(clock, samsara, whatsApp, stripe, issuer);
    }

    /// <summary>Of a host for which they are the outside.</summary>
    public LocalHostSettings Around(LocalHostSettings settings) => settings with { GraphBaseUrl = WhatsApp.Address, SamsaraBaseUrl = Samsara.Address, StripeBaseUrl = Stripe.Address, Issuer = Issuer.Issuer };

    public async ValueTask DisposeAsync()
    {
        await _samsara.DisposeAsync();
        await _whatsApp.DisposeAsync();
        await _stripe.DisposeAsync();
        await Issuer.DisposeAsync();
        _clock.Dispose();
    }
}
