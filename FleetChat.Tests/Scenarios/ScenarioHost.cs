using FleetChat.Core.Samsara.Polling;
using FleetChat.Core.Security;
using FleetChat.Core.Webhooks;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Journal;
using FleetChat.Simulators.OpenId;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Demo;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Scenarios;

/// <summary>
/// One whole host, both simulators and one stepped clock for all scenarios, one after the other. Each has a company of its own, which
/// leaves service with it.
/// </summary>
public sealed class ScenarioHost : IAsyncLifetime
{
    public const string Name = "scenarios";

    private static readonly TimeZoneInfo Chicago = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    private static readonly TimeOnly Morning = new(9, 0);
    private static readonly TimeOnly LatestBegin = new(13, 0);
    private static readonly TimeSpan TwoSweeps = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Arriving = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-scenarios-");
    private readonly SceneClock _clock = new();
    private DemoSimulators _simulators = null!;
    private LocalHostApp _app = null!;
    private BusinessSteps _steps = null!;
    private (long Samsara, long WhatsApp) _marks;
    private int _companies;

    /// <summary>Core beside the host, for looking at rows.</summary>
    internal ServiceProvider Core { get; private set; } = null!;

    internal LocalHostSettings Settings { get; private set; } = null!;

    internal TestDatabase Database { get; private set; } = null!;

    /// <summary>Whose tokens say who people are; the operator is called by his role.</summary>
    internal IssuerSimulator Issuer => _simulators.Issuer;

    internal SamsaraControl Samsara => _simulators.Samsara;

    internal WhatsAppControl WhatsApp => _simulators.WhatsApp;

    internal DateTimeOffset Now => _clock.Now;

    public async Task InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync(Name);
        Settings = TestSettings.Of(Database, _folder.FullName, new("http://127.0.0.1"));
        _simulators = await DemoSimulators.StartAsync(Settings.Url);
        Issuer.Clock = _clock;
        Settings = _simulators.Around(Settings);
        Core = SetUpServices.Create(Settings, _clock);
        _steps = Steps();
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(Settings.SecretsFolder), default);
        await _steps.FreezeAsync(Now, default);
        _app = await LocalHostApp.StartAsync(Settings, default, services => services
            .Configure<WebhookOptions>(options => options.AllowLoopback = true)
            // The roster is told by its own events.
            .Configure<PollingOptions>(options => options.Drivers = TimeSpan.FromDays(1)));
        await WhatsApp.ChangeSettingsAsync((await WhatsApp.SettingsAsync()) with { AppSecret = Settings.AppSecret });
        await new CompanySetUp(Samsara, WhatsApp).SubscribeAsync(Settings.Url, Settings.VerifyToken, default);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _steps.DisposeAsync();
        await Core.DisposeAsync();
        await _simulators.DisposeAsync();
        await Database.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Plays a scenario with a new company, and holds both simulators' journals against the database when it has ended.</summary>
    /// <param name="alerts">Codes of those that are open in the end, all of them.</param>
    /// <param name="begin">In Chicago; null: some time by day.</param>
    internal async Task PlayAsync(TimeOnly? begin, Func<Scenario, Task> play, string[] alerts)
    {
        var moment = await GoBeforeAsync(begin);
        await using var scenario = await Scenario.BeginAsync(this, ++_companies);
        await StepToAsync(moment);
        await play(scenario);
        // What fell due between two sweeps is found by the next.
        await scenario.PassAsync(TwoSweeps);
        await Agreement.CheckAsync(scenario, alerts);
    }

    /// <summary>A neighbour in the same installation.</summary>
    internal Task<Scenario> AnotherAsync() => Scenario.BeginAsync(this, ++_companies);

    /// <summary>A company whose outside is there comes in, over HTTP. What is due is found by the next sweep.</summary>
    internal async Task<BroughtIn> BringInAsync(Company company)
    {
        using var bringIn = new BringIn(Settings, Issuer, WhatsApp) { PassAsync = _ => StepToAsync(Now + (TwoSweeps / 2)) };
        return (await bringIn.AllAsync([company], default))[0];
    }

    /// <summary>Steps to a moment; what becomes due on the way happens when it is due.</summary>
    internal Task StepToAsync(DateTimeOffset until)
    {
        _clock.Now = until;
        return _steps.StepToAsync(until, withPolls: false, default);
    }

    /// <summary>Where the simulators' journals end at present.</summary>
    internal async Task<(long Samsara, long WhatsApp)> MarkAsync()
    {
        _marks = (Last(await Samsara.JournalAsync(_marks.Samsara), _marks.Samsara), Last(await WhatsApp.JournalAsync(_marks.WhatsApp), _marks.WhatsApp));
        return _marks;

        static long Last(IReadOnlyList<JournalEntry> journal, long before) => journal is [.., var last] ? last.Seq : before;
    }

    private BusinessSteps Steps() => new(Settings) { IsQuietElsewhere = async ct => await Samsara.PendingAsync(ct) == 0 && await WhatsApp.PendingAsync(ct) == 0 };

    /// <summary>By day any moment will do that leaves most of the day. What would have been due on the way was nobody's any more.</summary>
    /// <returns>When the scenario is to begin: a company has time to come in before it.</returns>
    private async Task<DateTimeOffset> GoBeforeAsync(TimeOnly? time)
    {
        var now = TimeZoneInfo.ConvertTime(Now, Chicago).DateTime;
        var local = time is null && TimeOnly.FromDateTime(now) is var clock && clock >= Morning && clock < LatestBegin
            ? now.Date.AddMinutes(Math.Ceiling(now.TimeOfDay.TotalMinutes) + 1) + Arriving
            : now.Date.AddDays(1) + (time ?? Morning).ToTimeSpan();
        var moment = new DateTimeOffset(local, Chicago.GetUtcOffset(local)).ToUniversalTime();
        _clock.Now = moment - Arriving;
        await _steps.FreezeAsync(Now, default);
        await StepToAsync(Now);
        return moment;
    }

    private sealed class SceneClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

[CollectionDefinition(ScenarioHost.Name)]
public sealed class OneScenarioHost : ICollectionFixture<ScenarioHost>;

/// <summary>Scenarios over HTTP on the stepped clock.</summary>
[Collection(ScenarioHost.Name)]
public abstract class ScenarioTests(ScenarioHost host)
{
    /// <inheritdoc cref="ScenarioHost.PlayAsync"/>
    private protected Task PlayAsync(Func<Scenario, Task> play, params string[] alerts) => host.PlayAsync(begin: null, play, alerts);

    /// <inheritdoc cref="ScenarioHost.PlayAsync"/>
    private protected Task PlayAtAsync(TimeOnly begin, Func<Scenario, Task> play, params string[] alerts) => host.PlayAsync(begin, play, alerts);
}
