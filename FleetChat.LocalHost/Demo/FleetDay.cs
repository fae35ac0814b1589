using System.Diagnostics;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>A fleet's day on the business clock, and then what has to be true.</summary>
public sealed class FleetDay
{
    // Real time: a day that does not come to rest is a defect, and somebody waits for the answer.
    private static readonly TimeSpan LongestDay = TimeSpan.FromMinutes(6);

    private static readonly TimeSpan ShortBringingIn = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly IDemoHost _host;
    private readonly IMortalHost? _mortal;
    private readonly LocalHostSettings _settings;
    private readonly DemoSimulators _simulators;
    private readonly Story _story;

    private FleetDay(IDemoHost host, IMortalHost? mortal, LocalHostSettings settings, DemoSimulators simulators, Story story)
        => (_host, _mortal, _settings, _simulators, _story) = (host, mortal, simulators.Around(settings), simulators, story);

    /// <summary>Business seconds in a real one; null: as fast as it goes.</summary>
    private double? Speed { get; init; }

    private WhatsAppControl WhatsApp => _simulators.WhatsApp;

    private CompanySetUp Outside => new(_simulators.Samsara, WhatsApp);

    /// <summary>Three companies and forty drivers, from night to noon; the host is killed on the way.</summary>
    /// <param name="settings">Samsara, WhatsApp and whoever says who people are come from the simulators.</param>
    /// <param name="speed">Business seconds in a real one; null: as fast as it goes.</param>
    public static FleetDay Whole(IMortalHost host, LocalHostSettings settings, DemoSimulators simulators, Story story, double? speed = null)
        => new(host, host, settings, simulators, story) { Speed = speed };

    /// <summary>Its first minutes, with two companies.</summary>
    public static FleetDay Small(IDemoHost host, LocalHostSettings settings, DemoSimulators simulators, Story story) => new(host, mortal: null, settings, simulators, story);

    /// <exception cref="StartRefusedException"/>
    /// <exception cref="TimeoutException">The host never came to rest.</exception>
    public async Task<DayOutcome> RunAsync(CancellationToken ct) => Expectations.Judge(await PlayAsync(ct));

    internal async Task<Evidence> PlayAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Speed is null ? LongestDay : Timeout.InfiniteTimeSpan);
        try
        {
            return await PlayToTheEndAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"the day did not come to rest within {LongestDay}");
        }
    }

    private async Task<Evidence> PlayToTheEndAsync(CancellationToken ct)
    {
        // Real time: where the day begins, when nothing of it has happened yet.
        DateTimeOffset? begin = _mortal is null ? null : DayClock.NextMorning(TimeProvider.System.GetUtcNow());
        await using var stage = new Stage(_settings, _simulators.Samsara, WhatsApp, _story, begin) { Speed = Speed };
        var (planned, notes) = (_mortal is null ? Cast.Small() : Cast.Whole(), new DayNotes());
        await SetUpAsync(stage, planned, ct);
        var fleet = await BringInAsync(stage, planned, notes, ct);
        _story.Begin(fleet.Companies);
        foreach (var act in _mortal is { } mortal ? DayScript.Whole(stage, fleet, notes, mortal) : DayScript.Small(stage, fleet, notes)) await act.PlayAsync(ct);
        return await Evidence.ReadAsync(stage, fleet, notes, ct);
    }

    /// <summary>What is outside, and the host beside it; the first company waits for both.</summary>
    private async Task SetUpAsync(Stage stage, Fleet fleet, CancellationToken ct)
    {
        await stage.FreezeAsync(ct);
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(_settings.SecretsFolder), ct);
        await Task.WhenAll(_host.StartAsync(_settings, ct), EnterOutsideAsync(stage, fleet, ct));
        // A small day has no time for a review.
        await WhatsApp.ChangeSettingsAsync((await WhatsApp.SettingsAsync(ct)) with { AppSecret = _settings.AppSecret, TemplateReview = fleet.IsWhole ? null : Minute }, ct);
        await Outside.SubscribeAsync(_settings.Url, _settings.VerifyToken, ct);
    }

    private async Task EnterOutsideAsync(Stage stage, Fleet fleet, CancellationToken ct)
    {
        foreach (var company in fleet.Companies) await Outside.EnterOutsideAsync(company, stage.Now + (fleet.IsWhole ? DayClock.BringingIn : ShortBringingIn), isListenedTo: false, ct);
        // One phone may be in both companies' rosters, or twice in one.
        foreach (var phone in fleet.Companies.SelectMany(c => c.Everybody).GroupBy(d => d.Phone))
        {
            var userId = phone.First().UserId;
            await WhatsApp.AddUserAsync(new(phone.Key, string.Join(" or ", phone.Select(d => d.Name).Distinct()), UserId: userId, HidesPhone: userId is not null), ct);
        }
        await WhatsApp.AddUserAsync(new(Cast.Stranger, "Somebody"), ct);
        await WhatsApp.AddUserAsync(new(Cast.Finder, "Finder"), ct);
        await WhatsApp.AddWabaAsync(new(Cast.NobodysWabaId, "Nobody's"), ct);
        await WhatsApp.AddNumberAsync(new(Cast.NobodysNumberId, Cast.NobodysWabaId, Cast.NobodysPhone, "Nobody's"), ct);
    }

    private async Task<Fleet> BringInAsync(Stage stage, Fleet fleet, DayNotes notes, CancellationToken ct)
    {
        stage.Tell("An operator registers the companies. Their admins find their invitations in the mail, and connect Samsara and WhatsApp; Meta reviews templates.");
        if (fleet.Haulage is { WabaId: var account })
        {
            await WhatsApp.DecideReviewAsync(new(Cast.RejectedTemplate, Verdict.Reject, WabaId: account), ct);
            await WhatsApp.DecideReviewAsync(new(Cast.RecategorisedTemplate, Verdict.Recategorise, WabaId: account), ct);
        }
        notes.Registered = Stopwatch.GetTimestamp();
        using var bringIn = new BringIn(_settings, _simulators.Issuer, WhatsApp) { PassAsync = token => stage.StepToAsync(stage.Now + Minute, token) };
        var all = await bringIn.AllAsync(fleet.Companies, ct);
        foreach (var entered in all)
        {
            stage.Enter(entered.Company, entered.Key);
            notes.OnboardingSeen[entered.Company.Tenant] = entered.Seen;
        }
        return Fleet.Of([.. all.Select(entered => entered.Company)]);
    }
}
