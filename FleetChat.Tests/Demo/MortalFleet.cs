using System.Globalization;
using System.Security.Cryptography;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Demo;

/// <summary>Companies on a host that is a process of its own and gets killed, with simulators that live on in theirs.</summary>
internal sealed class MortalFleet : IAsyncDisposable
{
    private readonly string _folder;
    private readonly BusinessSteps _clock;

    private MortalFleet(TestDatabase database, string folder, SimulatorsProcess simulators, ChildProcessHost host, Stage stage)
        => (Database, _folder, Simulators, Host, Stage, _clock) = (database, folder, simulators, host, stage, new(stage.Settings));

    public TestDatabase Database { get; }

    public SimulatorsProcess Simulators { get; }

    public ChildProcessHost Host { get; }

    public Stage Stage { get; }

    /// <summary>As the commands find it.</summary>
    public FoundInstallation Found => new(_folder, Database.Admin, IsPrivate: false, Stage.Settings.Url) { Database = Database.Name };

    /// <summary>Of a test's random moments.</summary>
    public static int Seed()
        => Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <param name="begin">The business clock stands there; null: it runs.</param>
    /// <param name="enter">Puts a company into the simulators; null: with its drivers' trips.</param>
    /// <param name="stripe">A simulator of Stripe; null: nothing is charged.</param>
    public static async Task<MortalFleet> StartAsync(string name, IReadOnlyList<Company> companies, DateTimeOffset? begin = null, Func<Company, Company>? enter = null, Uri? stripe = null)
    {
        var database = await TestDatabase.CreateAsync(name);
        var folder = Directory.CreateTempSubdirectory("fleetchat-kills-").FullName;
        var settings = TestSettings.Of(database, Path.Combine(folder, "fleetchat"), new("http://127.0.0.1")) with { HooksOnLoopback = true };
        var simulators = await SimulatorsProcess.StartAsync(new(settings.Url, LocalHostApp.ClockPath));
        settings = settings with { GraphBaseUrl = simulators.WhatsApp.Address, SamsaraBaseUrl = simulators.Samsara.Address, StripeBaseUrl = stripe };
        var stage = new Stage(settings, simulators.Samsara, simulators.WhatsApp, Story.Untold(), begin);
        var fleet = new MortalFleet(database, folder, simulators, new(folder), stage);
        if (begin is not null) await stage.FreezeAsync(default);
        await fleet.SetUpAsync(companies, enter ?? (company => company));
        return fleet;
    }

    // They run out in real time, which stands still beside hours of seconds: nobody else holds any. A lane that the dead one only
    // knew of (FairShare) is found by its flag, which has to be as old.
    private const string EndLeases = """
        update fleet.lanes set lease_until = now() where lease_until > now();
        update fleet.lanes set nudged_at = now() - interval '10 seconds' where nudged;
        update fleet.outbound set lease_until = now() where lease_until > now();
        update fleet.calls set lease_until = now() where lease_until > now();
        update fleet.webhook_deliveries set lease_until = now() where lease_until > now();
        update fleet.orchestration_commands set lease_until = now() where lease_until > now()
        """;

    /// <summary>Another host takes the place of this one, and finds that what it held has run out.</summary>
    /// <param name="meanwhile">While nobody is there.</param>
    public async Task KillAsync(Func<Task>? meanwhile = null)
    {
        await Host.KillAsync();
        if (meanwhile is not null) await meanwhile();
        await Database.ExecuteAsAdminAsync(EndLeases);
        await Host.StartAgainAsync(CancellationToken.None);
    }

    /// <summary>The clock alone: nobody waits for what comes of it.</summary>
    public Task SetClockAsync(DateTimeOffset at) => _clock.FreezeAsync(at, default);

    /// <summary>Business time passes in one leap: what became due on the way happens late, and all at once.</summary>
    public async Task LeapAsync(TimeSpan time)
    {
        await _clock.FreezeAsync(Stage.Now + time, default);
        await Stage.StepToAsync(Stage.Now + time, default);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _clock.DisposeAsync();
        await Stage.DisposeAsync();
        await Simulators.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task SetUpAsync(IReadOnlyList<Company> companies, Func<Company, Company> enter) => SetUpAsync(Stage, Host, companies, enter);

    /// <summary>Starts the host, and has companies known there and in the simulators.</summary>
    internal static async Task SetUpAsync(Stage stage, ChildProcessHost host, IReadOnlyList<Company> companies, Func<Company, Company> enter)
    {
        var ct = CancellationToken.None;
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(stage.Settings.SecretsFolder), ct);
        var setUp = new CompanySetUp(stage.Samsara, stage.WhatsApp);
        await using var core = SetUpServices.Create(stage.Settings, TimeProvider.System);
        await stage.WhatsApp.ChangeSettingsAsync(new(AppSecret: stage.Settings.AppSecret), ct);
        await host.StartAsync(stage.Settings, ct);
        foreach (var company in companies)
        {
            stage.Enter(company, await SeededCompany.EnterAsync(core, company, stage.Samsara.Address));
            await setUp.EnterWholeAsync(enter(company), stage.Settings.Url, stage.Now, ct);
        }
        foreach (var phone in companies.SelectMany(c => c.Drivers).Select(d => d.Phone).Distinct()) await stage.WhatsApp.AddUserAsync(new(phone, phone), ct);
        await setUp.SubscribeAsync(stage.Settings.Url, stage.Settings.VerifyToken, ct);
    }
}
