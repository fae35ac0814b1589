using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Stripe;

/// <summary>Stripe's API on loopback for one account: customers, cards and debits, payments, refunds, disputes, events and their webhooks.</summary>
public sealed class StripeSimulator : IAsyncDisposable
{
    public const string Name = "stripe";

    private readonly SimulatorApp app;
    private readonly StripeTime time;
    private readonly StripeDeliveries deliveries;
    private readonly JournalFile? ownJournal;

    private StripeSimulator(SimulatorApp app, StripeTime time, StripeDeliveries deliveries, JournalFile? ownJournal)
    {
        (this.app, this.time, this.deliveries, this.ownJournal) = (app, time, deliveries, ownJournal);
        Control = new(app.Address);
    }

    public Uri Address => app.Address;

    public StripeControl Control { get; }

    public static async Task<StripeSimulator> StartAsync(StripeSimulatorOptions? options = null)
    {
        options ??= new();
        return await StartAsync(options, new JournalFile(options.JournalPath), ownsJournal: true);
    }

    internal static async Task<StripeSimulator> StartAsync(StripeSimulatorOptions options, JournalFile file, bool ownsJournal)
    {
        var clock = options.Clock;
        var journal = new SimulatorJournal(file, Name, clock);
        var faults = new FaultDice(journal);
        var state = new StripeState(options.Settings, clock);
        var deliveries = new StripeDeliveries(state, clock, journal, faults, options.Seed);
        var events = new StripeEvents(state, deliveries, journal);
        var ledger = new StripeLedger(journal);
        var (payments, back) = (new StripePayments(state, events, ledger), new StripeMoneyBack(state, events, ledger));
        var desk = new StripeDesk(state, events, deliveries, payments, back, ledger);
        var rest = new StripeRest(state, clock, journal);
        foreach (var endpoint in options.Endpoints)
            desk.AddEndpoint(endpoint);
        var app = await SimulatorApp.StartAsync(options.Url, clock, journal, () => deliveries.Pending, faults, StripeErrorException.Refusals, routes =>
        {
            StripeControlApi.Map(routes, desk);
            new CheckoutPage(state, events).Map(routes);
            rest.Map(routes, payments, back, events);
        });
        state.Address = app.Address;
        return new(app, new StripeTime(state, clock), deliveries, ownsJournal ? file : null);
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        await app.DisposeAsync();
        await time.DisposeAsync();
        await deliveries.DisposeAsync();
        ownJournal?.Dispose();
    }
}
