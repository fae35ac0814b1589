using System.Diagnostics;
using FleetChat.LocalHost.Demo.Acts;
using FleetChat.LocalHost.Demo.Months;
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

    private readonly IMortalHost? _mortal;
    private readonly LocalHostSettings _settings;
    private readonly DemoSimulators _simulators;
    private readonly Story _story;
    private readonly Opening _opening;

    private FleetDay(IDemoHost host, IMortalHost? mortal, LocalHostSettings settings, DemoSimulators simulators, Story story)
    {
        (_mortal, _settings, _simulators, _story) = (mortal, simulators.Around(settings), simulators, story);
        _opening = new(host, _settings, simulators);
    }

    /// <summary>Business seconds in a real one; null: as fast as it goes.</summary>
    private double? Speed { get; init; }

    private WhatsAppControl WhatsApp => _simulators.WhatsApp;

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
        await using var stage = new Stage(_settings, _simulators.Samsara, WhatsApp, _story, begin) { Speed = Speed, Stripe = _simulators.Stripe };
        var (planned, notes) = (_mortal is null ? Cast.Small() : Cast.Whole(), new DayNotes());
        await SetUpAsync(stage, planned, ct);
        var fleet = await BringInAsync(stage, planned, notes, ct);
        _story.Begin(fleet.Companies);
        foreach (var act in _mortal is { } mortal ? DayScript.Whole(stage, fleet, notes, mortal) : DayScript.Small(stage, fleet, notes)) await act.PlayAsync(ct);
        var evidence = await Evidence.ReadAsync(stage, fleet, notes, ct);
        return fleet.IsWhole ? evidence with { Bills = await EndMonthAsync(stage, fleet, notes, ct) } : evidence;
    }

    // After all that is known of the day was read: the host forgets some of it as weeks go by.
    private async Task<BillEvidence> EndMonthAsync(Stage stage, Fleet fleet, DayNotes notes, CancellationToken ct)
    {
        using var desk = new BillingDesk(_settings, _simulators.Issuer);
        await new MonthEnd(stage, fleet, notes, desk).PlayAsync(ct);
        return await BillEvidence.ReadAsync(stage, fleet, desk, notes, ct);
    }

    // A small day has no time for a review.
    private Task SetUpAsync(Stage stage, Fleet fleet, CancellationToken ct) => _opening.StartAsync(stage, () => EnterOutsideAsync(stage, fleet, ct), review: fleet.IsWhole ? null : Minute, ct);

    private async Task EnterOutsideAsync(Stage stage, Fleet fleet, CancellationToken ct)
    {
        await _opening.EnterOutsideAsync(fleet.Companies, stage.Now + (fleet.IsWhole ? DayClock.BringingIn : ShortBringingIn), ct);
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
        var all = await _opening.BringInAsync(stage, fleet.Companies, ct);
        foreach (var entered in all) notes.OnboardingSeen[entered.Company.Tenant] = entered.Seen;
        return Fleet.Of([.. all.Select(entered => entered.Company)]);
    }
}
