using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Samsara;

/// <summary>Samsara on loopback: its REST API, its webhooks, and the control calls that move its fleets.</summary>
public sealed class SamsaraSimulator : IAsyncDisposable
{
    public const string Name = "samsara";

    private readonly SimulatorApp app;
    private readonly WebhookSender sender;
    private readonly JournalFile? ownJournal;

    private SamsaraSimulator(SimulatorApp app, WebhookSender sender, JournalFile? ownJournal)
    {
        (this.app, this.sender, this.ownJournal) = (app, sender, ownJournal);
        Control = new(app.Address);
    }

    public Uri Address => app.Address;

    public SamsaraControl Control { get; }

    public static async Task<SamsaraSimulator> StartAsync(SamsaraOptions? options = null)
    {
        options ??= new();
        var journal = new JournalFile(options.JournalPath);
        return await StartAsync(options, journal, ownsJournal: true);
    }

    internal static async Task<SamsaraSimulator> StartAsync(SamsaraOptions options, JournalFile file, bool ownsJournal)
    {
        var journal = new SimulatorJournal(file, Name, options.Clock);
        var faults = new FaultDice(journal);
        var sender = new WebhookSender(options.Delivery, status => (int)status is >= 200 and < 300, journal, faults);
        var state = new SamsaraState(options.Settings);
        var events = new SamsaraEvents(options, journal, sender);
        var world = new SamsaraWorld(state, events, options.Clock);
        var rest = new SamsaraRest(state, options.Clock, journal);
        var app = await SimulatorApp.StartAsync(options.Url, options.Clock, journal, () => events.Pending, faults, SamsaraRest.Refusals, routes =>
        {
            SamsaraControlApi.Map(routes, world, events);
            rest.Map(routes, world);
        });
        return new(app, sender, ownsJournal ? file : null);
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        await app.DisposeAsync();
        await sender.DisposeAsync();
        ownJournal?.Dispose();
    }
}
