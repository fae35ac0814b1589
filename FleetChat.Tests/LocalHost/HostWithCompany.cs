using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Commands.Trigger;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Tests.Demo;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.LocalHost;

/// <summary>A real host with one company whose WhatsApp does not answer, as the commands find it.</summary>
internal sealed class HostWithCompany : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fleetchat-command-").FullName;
    private readonly TestDatabase _database;
    private LocalHostApp _app = null!;

    private HostWithCompany(TestDatabase database) => _database = database;

    public Company Company { get; } = NewCompany();

    public FoundInstallation Found => new(_folder, _database.Admin, IsPrivate: false, _app.Address) { Database = _database.Name };

    public FoundInstallation Stopped => Found with { Admin = null };

    public static async Task<HostWithCompany> StartAsync(TestDatabase database)
    {
        var host = new HostWithCompany(database);
        var settings = TestSettings.Of(database, Path.Combine(host._folder, "fleetchat"), new("http://127.0.0.1:9"));
        // With this host's secrets the trails begin anew: those before it had their own key.
        await database.ExecuteAsAdminAsync("truncate fleet.audit_heads");
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(settings.SecretsFolder), default);
        await using (var core = SetUpServices.Create(settings, TimeProvider.System)) await EnterAsync(core, host.Company);
        host._app = await LocalHostApp.StartAsync(settings, default);
        return host;
    }

    /// <summary>Another company on the same host.</summary>
    public async Task<Company> AddCompanyAsync()
    {
        var company = NewCompany();
        var settings = TestSettings.Of(_database, Path.Combine(_folder, "fleetchat"), new("http://127.0.0.1:9"));
        await using var core = SetUpServices.Create(settings, TimeProvider.System);
        await EnterAsync(core, company);
        return company;
    }

    /// <summary>An event by the real door, and the wait until it is dealt with.</summary>
    public async Task<Guid> TriggerAsync(params string[] words)
    {
        var before = await ListEventsAsync();
        await CommandConsole.RunAsync(console => TriggerCommand.RunAsync(TriggerOptions.Read([.. words, "--tenant", Company.Tenant]), Found, console, default));
        await Until.TrueAsync(async () => (await ListEventsAsync()).Count > before.Count, "the event to be dealt with");
        return Assert.Single((await ListEventsAsync()).Except(before));
    }

    public Task<Guid> ParkAsync(params string[] words)
        => ParkAsync(Found, TestSettings.Of(_database, Path.Combine(_folder, "fleetchat"), new("http://127.0.0.1:9")), _database, [.. words, "--tenant", Company.Tenant]);

    /// <summary>An event that is put aside before anybody works on it.</summary>
    public static async Task<Guid> ParkAsync(FoundInstallation found, LocalHostSettings settings, TestDatabase database, params string[] words)
    {
        var options = TriggerOptions.Read(words);
        await using var views = found.Open();
        var tenant = await TriggeredTenant.FindAsync(views, found.SecretsFolder, options.Tenant, default);
        var delivery = await TriggeredDelivery.MakeAsync(options, tenant, await TriggeredSubject.FindAsync(tenant, options, TimeProvider.System.GetUtcNow(), default), default);
        var body = SamsaraEnvelope.Body(delivery.Envelope);
        await using var core = SetUpServices.Create(settings, TimeProvider.System);
        // Stored without a nudge: the sweep would come for it, but not within the moment until it is parked.
        await core.GetRequiredService<StoreItems>().HandleAsync(tenant.Id, [SamsaraDelivery.TryParse(body)!.ToItem(body)], default);
        return await database.ScalarAsAdminAsync<Guid>(
            "update fleet.inbox set status = 'parked', attempts = 5, outcome = 'failed: test' where tenant_id = $1 and status = 'pending' returning id", P.Text(tenant.Id.ToString()));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<List<Guid>> ListEventsAsync()
        => [.. await _database.ScalarAsAdminAsync<Guid[]>("select coalesce(array_agg(id), '{}') from fleet.inbox where tenant_id = $1 and status <> 'pending'", P.Text(Company.Tenant))];

    private static Task EnterAsync(IServiceProvider core, Company company) => SeededCompany.EnterAsync(core, company, new("http://127.0.0.1:9"));

    private static Company NewCompany()
    {
        var number = Random.Shared.NextInt64(1_000_000, 9_000_000).ToString(CultureInfo.InvariantCulture);
        Trip none = new("", "", []);
        return new($"command_{number}", "Command Trucking", "en", long.Parse(number, CultureInfo.InvariantCulture), $"1{number}", $"2{number}", $"3{number}", $"1512{number}",
            [new($"4{number}", "Ann Archer", $"1513{number}", "en", none), new($"5{number}", "Ben", $"1514{number}", "en", none)]);
    }
}
