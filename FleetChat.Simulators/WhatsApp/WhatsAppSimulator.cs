using System.Net;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>WhatsApp's Cloud API on loopback: the Graph calls, the webhooks, and the people with their phones.</summary>
public sealed class WhatsAppSimulator : IAsyncDisposable
{
    public const string Name = "whatsapp";

    private readonly SimulatorApp app;
    private readonly TemplateReviews reviews;
    private readonly WebhookSender sender;
    private readonly JournalFile? ownJournal;

    private WhatsAppSimulator(SimulatorApp app, TemplateReviews reviews, WebhookSender sender, JournalFile? ownJournal)
    {
        (this.app, this.reviews, this.sender, this.ownJournal) = (app, reviews, sender, ownJournal);
        Control = new(app.Address);
    }

    public Uri Address => app.Address;

    public WhatsAppControl Control { get; }

    public static async Task<WhatsAppSimulator> StartAsync(WhatsAppOptions? options = null)
    {
        options ??= new();
        return await StartAsync(options, new JournalFile(options.JournalPath), ownsJournal: true);
    }

    internal static async Task<WhatsAppSimulator> StartAsync(WhatsAppOptions options, JournalFile file, bool ownsJournal)
    {
        var clock = options.Clock;
        var journal = new SimulatorJournal(file, Name, clock);
        var faults = new FaultDice(journal);
        var sender = new WebhookSender(options.Delivery, status => status == HttpStatusCode.OK, journal, faults);
        var state = new WhatsAppState(options.Settings);
        var updates = new WhatsAppUpdates(options, journal, sender);
        var statuses = new WhatsAppStatuses(state, updates, clock);
        var people = new WhatsAppPeople(state, updates, statuses, clock, journal);
        var sending = new WhatsAppSending(state, updates, statuses, clock, journal);
        var rest = new GraphRest(state, clock, journal);
        var app = await SimulatorApp.StartAsync(options.Url, clock, journal, () => updates.Pending, faults, GraphErrorException.Refusals, routes =>
        {
            WhatsAppControlApi.Map(routes, new WhatsAppSetup(state, people), people, updates);
            rest.Map(routes, sending, people);
        });
        people.Address = app.Address;
        return new(app, new TemplateReviews(state, people, clock), sender, ownsJournal ? file : null);
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        await app.DisposeAsync();
        await reviews.DisposeAsync();
        await sender.DisposeAsync();
        ownJournal?.Dispose();
    }
}
