using FleetChat.Core.Security;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>A fleet's day on the business clock, and then what has to be true.</summary>
public sealed class FleetDay
{
    // Real time: a day that does not come to rest is a defect, and somebody waits for the answer.
    private static readonly TimeSpan LongestDay = TimeSpan.FromMinutes(6);

    private readonly IDemoHost _host;
    private readonly IMortalHost? _mortal;
    private readonly LocalHostSettings _settings;
    private readonly SamsaraControl _samsara;
    private readonly WhatsAppControl _whatsApp;
    private readonly Story _story;

    private FleetDay(IDemoHost host, IMortalHost? mortal, LocalHostSettings settings, SamsaraControl samsara, WhatsAppControl whatsApp, Story story)
        => (_host, _mortal, _settings, _samsara, _whatsApp, _story) = (host, mortal, settings, samsara, whatsApp, story);

    /// <summary>Business seconds in a real one; null: as fast as it goes.</summary>
    private double? Speed { get; init; }

    /// <summary>Three companies and forty drivers, from night to noon; the host is killed on the way.</summary>
    /// <param name="speed">Business seconds in a real one; null: as fast as it goes.</param>
    public static FleetDay Whole(IMortalHost host, LocalHostSettings settings, SamsaraControl samsara, WhatsAppControl whatsApp, Story story, double? speed = null)
        => new(host, host, settings, samsara, whatsApp, story) { Speed = speed };

    /// <summary>Its first minutes, with two companies.</summary>
    public static FleetDay Small(IDemoHost host, LocalHostSettings settings, SamsaraControl samsara, WhatsAppControl whatsApp, Story story)
        => new(host, mortal: null, settings, samsara, whatsApp, story);

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
        await using var stage = new Stage(_settings, _samsara, _whatsApp, _story, begin) { Speed = Speed };
        var (fleet, notes) = (_mortal is null ? Cast.Small() : Cast.Whole(), new DayNotes());
        await SetUpAsync(stage, fleet.Companies, ct);
        _story.Begin(fleet.Companies);
        foreach (var act in _mortal is { } mortal ? DayScript.Whole(stage, fleet, notes, mortal) : DayScript.Small(stage, fleet, notes)) await act.PlayAsync(ct);
        return await Evidence.ReadAsync(stage, fleet, notes, ct);
    }

    /// <summary>The companies through Core, the host beside it; the first message waits for both.</summary>
    private async Task SetUpAsync(Stage stage, IReadOnlyList<Company> companies, CancellationToken ct)
    {
        await stage.FreezeAsync(ct);
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(_settings.SecretsFolder), ct);
        await Task.WhenAll(_host.StartAsync(_settings, ct), EnterAsync(stage, companies, ct));
        await _whatsApp.ChangeSettingsAsync((await _whatsApp.SettingsAsync(ct)) with { AppSecret = _settings.AppSecret }, ct);
        await new CompanySetUp(_samsara, _whatsApp).SubscribeAsync(_settings.Url, _settings.VerifyToken, ct);
    }

    private async Task EnterAsync(Stage stage, IReadOnlyList<Company> companies, CancellationToken ct)
    {
        var setUp = new CompanySetUp(_samsara, _whatsApp);
        await using var core = SetUpServices.Create(_settings, new FixedTime(stage.Now));
        foreach (var company in companies)
        {
            stage.Enter(company, await setUp.EnterInFleetChatAsync(core, company, ct));
            await setUp.EnterInSimulatorsAsync(company, _settings.Url, stage.Now, ct);
        }

        // One phone may be in both companies' rosters, or twice in one.
        foreach (var phone in companies.SelectMany(c => c.Everybody).GroupBy(d => d.Phone))
        {
            var userId = phone.First().UserId;
            await _whatsApp.AddUserAsync(new(phone.Key, string.Join(" or ", phone.Select(d => d.Name).Distinct()), UserId: userId, HidesPhone: userId is not null), ct);
        }
        await _whatsApp.AddUserAsync(new(Cast.Stranger, "Somebody"), ct);
        await _whatsApp.AddUserAsync(new(Cast.Finder, "Finder"), ct);
        await _whatsApp.AddWabaAsync(new(Cast.NobodysWabaId, "Nobody's"), ct);
        await _whatsApp.AddNumberAsync(new(Cast.NobodysNumberId, Cast.NobodysWabaId, Cast.NobodysPhone, "Nobody's"), ct);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
