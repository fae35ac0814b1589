using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Demo.Months;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo;

/// <summary>All that the expectations may look at: what the API answers each company, and what the simulators wrote down.</summary>
internal sealed record Evidence
{
    /// <summary>Every list of the API.</summary>
    public static readonly IReadOnlyList<string> Lists = ["api/drivers", "api/transports", "api/messages", "api/conversations", "api/alerts?include=closed", "api/events"];

    public required CompanyEvidence Freight { get; init; }

    public required CompanyEvidence Cargo { get; init; }

    /// <summary>Null: it has no part in this day.</summary>
    public CompanyEvidence? Haulage { get; init; }

    public required Journals Journals { get; init; }

    public required DayNotes Notes { get; init; }

    /// <summary>Of the newcomers, by name.</summary>
    public IReadOnlyDictionary<string, ConsentEvidence> Consents { get; init; } = new Dictionary<string, ConsentEvidence>();

    /// <summary>Null: the month does not end in this day's story.</summary>
    public BillEvidence? Bills { get; init; }

    /// <summary>Real time, from the registration to a delivered message; null: none was.</summary>
    public TimeSpan? BroughtInWithin { get; init; }

    /// <summary>Statuses that were seen to go backwards during the day.</summary>
    public required IReadOnlyList<string> Backwards { get; init; }

    public IReadOnlyList<CompanyEvidence> Companies => Haulage is { } haulage ? [Freight, Cargo, haulage] : [Freight, Cargo];

    public static async Task<Evidence> ReadAsync(Stage stage, Fleet fleet, DayNotes notes, CancellationToken ct) => new()
    {
        Freight = await CompanyEvidence.ReadAsync(stage, fleet.Freight, notes, fleet.IsWhole, ct),
        Cargo = await CompanyEvidence.ReadAsync(stage, fleet.Cargo, notes, fleet.IsWhole, ct),
        Haulage = fleet.Haulage is { } haulage ? await CompanyEvidence.ReadAsync(stage, haulage, notes, fleet.IsWhole, ct) : null,
        Consents = fleet.Haulage is { } newcomers ? await ConsentEvidence.ReadAsync(stage, newcomers, ct) : new Dictionary<string, ConsentEvidence>(),
        Journals = await Journals.ReadAsync(stage.Samsara, stage.WhatsApp, ct),
        Notes = notes,
        BroughtInWithin = notes.BroughtInWithin,
        Backwards = stage.Watch.Backwards,
    };

    /// <summary>Samsara's webhooks to this company that were signed rightly, its own, and answered with 200.</summary>
    public IEnumerable<SamsaraWebhook> Accepted(CompanyEvidence company)
        => Journals.Samsara.Where(w => w.WebhookId == company.Company.WebhookId && w is { IsGenuine: true, Acknowledged: true });

    /// <summary>WhatsApp's updates of this company's number that were signed rightly and answered with 200.</summary>
    public IEnumerable<WhatsAppUpdate> AcceptedUpdates(CompanyEvidence company)
        => Journals.Updates.Where(u => u.PhoneNumberId == company.Company.NumberId && u is { Forged: false, Acknowledged: true, Wamid: not null });

    public IEnumerable<TakenMessage> TakenFrom(CompanyEvidence company) => Journals.Taken.Where(t => t.PhoneNumberId == company.Company.NumberId);

    /// <summary>What WhatsApp took for a driver, in the order in which it did.</summary>
    /// <param name="template">Null: of any template, or none.</param>
    public IReadOnlyList<TakenMessage> TakenFor(CompanyEvidence company, Driver driver, string? template = null)
        => [.. TakenFrom(company).Where(t => t.To == driver.Phone && (template is null || t.Template == template)).OrderBy(t => t.Seq)];
}

/// <param name="Page">The same to print.</param>
internal sealed record ConsentEvidence(ApiConsent Consent, string Page)
{
    public IReadOnlyList<ApiConsentEntry> History => Consent.History;

    public static async Task<IReadOnlyDictionary<string, ConsentEvidence>> ReadAsync(Stage stage, Company company, CancellationToken ct)
    {
        var (found, api) = (new Dictionary<string, ConsentEvidence>(), stage.ApiOf(company));
        foreach (var driver in (await api.ListAsync<ApiDriver>("api/drivers", ct)).Where(d => company.Newcomers.Any(n => n.Id == d.SamsaraDriverId)))
        {
            var (_, page) = await api.AskAsync(HttpMethod.Get, $"api/drivers/{driver.Id}/consent/page", body: null, ct);
            found[driver.Name] = new(await api.GetAsync<ApiConsent>($"api/drivers/{driver.Id}/consent", ct), page);
        }
        return found;
    }
}

/// <summary>What the API answers one company.</summary>
internal sealed record CompanyEvidence
{
    public required Company Company { get; init; }

    public required IReadOnlyList<ApiDriver> Drivers { get; init; }

    public required IReadOnlyList<ApiTransport> Transports { get; init; }

    public required IReadOnlyList<ApiMessage> Messages { get; init; }

    public required IReadOnlyList<ApiConversation> Conversations { get; init; }

    public required IReadOnlyList<ApiAlert> Alerts { get; init; }

    public required IReadOnlyList<ApiEvent> Events { get; init; }

    public required IReadOnlyList<ApiRule> Rules { get; init; }

    public IReadOnlyList<ApiTemplate> Templates { get; init; } = [];

    /// <summary>As its admin saw it while it went on.</summary>
    public IReadOnlyList<ApiOnboarding> OnboardingSeen { get; init; } = [];

    /// <summary>In the end; null: it came in another way.</summary>
    public ApiOnboarding? Onboarding { get; init; }

    /// <summary>Of each message that was sent, or was to be, and of each event; none of a small day.</summary>
    public required IReadOnlyDictionary<Guid, ApiExplanation> Explanations { get; init; }

    /// <summary>Every word of these answers.</summary>
    public required string Words { get; init; }

    public IEnumerable<Guid> Ids =>
    [
        .. Drivers.Select(d => d.Id), .. Transports.Select(t => t.Id), .. Transports.SelectMany(t => t.Stops!).Select(s => s.Id), .. Messages.Select(m => m.Id),
        .. Conversations.Select(c => c.Id), .. Alerts.Select(a => a.Id), .. Events.Select(e => e.Id),
    ];

    /// <param name="withExplanations">They are a question for each message.</param>
    public static async Task<CompanyEvidence> ReadAsync(Stage stage, Company company, DayNotes notes, bool withExplanations, CancellationToken ct)
    {
        var api = stage.ApiOf(company);
        var words = new List<string>();
        api.Transcript = words;
        var transports = new List<ApiTransport>();
        foreach (var transport in await api.ListAsync<ApiTransport>("api/transports", ct)) transports.Add(await api.GetAsync<ApiTransport>($"api/transports/{transport.Id}", ct));
        var messages = await stage.LookAsync(company, ct);
        var explanations = new Dictionary<Guid, ApiExplanation>();
        foreach (var message in messages.Where(m => withExplanations && m.IsOutbound)) explanations[message.Id] = await api.GetAsync<ApiExplanation>($"api/messages/{message.Id}/why", ct);
        var events = await api.ListAsync<ApiEvent>("api/events", ct);
        foreach (var arrived in events.Where(_ => withExplanations)) explanations[arrived.Id] = await api.GetAsync<ApiExplanation>($"api/events/{arrived.Id}/why", ct);
        var seen = notes.OnboardingSeen.TryGetValue(company.Tenant, out var views) ? views : null;
        var evidence = new CompanyEvidence
        {
            Company = company,
            Drivers = await api.ListAsync<ApiDriver>("api/drivers", ct),
            Transports = transports,
            Messages = messages,
            Conversations = await api.ListAsync<ApiConversation>("api/conversations", ct),
            Alerts = await api.ListAsync<ApiAlert>("api/alerts?include=closed", ct),
            Events = events,
            Rules = (await api.GetAsync<ApiRules>("api/rules", ct)).Data,
            Templates = (await api.GetAsync<ApiTemplates>("api/templates", ct)).Items,
            OnboardingSeen = seen ?? [],
            Onboarding = seen is null ? null : await api.GetAsync<ApiOnboarding>("api/onboarding", ct),
            Explanations = explanations,
            Words = "",
        };
        api.Transcript = null;
        return evidence with { Words = string.Concat(words) };
    }

    public ApiTransport? TripOf(Driver driver) => Find(driver.Trip);

    public ApiTransport? Find(Trip trip) => Transports.SingleOrDefault(t => t.SamsaraRouteId == trip.RouteId);

    public string? StateOf(Driver driver, int stop) => FindStop(driver, stop)?.State;

    public ApiStop? FindStop(Driver driver, int stop) => TripOf(driver)?.Stops!.SingleOrDefault(s => s.SamsaraStopId == driver.Trip.Stops[stop].Id);

    /// <summary>How often the timeline of the driver's trip tells this of the stop.</summary>
    public int Times(string what, Driver driver, int stop)
        => FindStop(driver, stop) is { } found ? TripOf(driver)!.Timeline!.Count(entry => entry.What == what && entry.StopId == found.Id) : 0;

    /// <summary>What the driver was told about the stop.</summary>
    public IEnumerable<ApiMessage> ToldAbout(Driver driver, int stop)
        => FindStop(driver, stop) is { } found ? Messages.Where(m => m is { IsOutbound: true, Template: TemplateSet.StopArrived or TemplateSet.StopArrivedUnsure } && m.StopId == found.Id) : [];

    public ApiMessage? Inbound(string? wamid) => Messages.SingleOrDefault(m => !m.IsOutbound && m.WhatsappMessageId == wamid);

    /// <summary>What was sent to a driver, or was to be.</summary>
    public IEnumerable<ApiMessage> SentTo(Driver driver) => Drivers.SingleOrDefault(d => d.SamsaraDriverId == driver.Id) is { Id: var id } ? Messages.Where(m => m.IsOutbound && m.DriverId == id) : [];

    public Guid IdOf(Driver driver) => Drivers.Single(d => d.SamsaraDriverId == driver.Id).Id;
}
