using System.Globalization;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.Benchmarks.Fleet;

/// <summary>An installation of FleetChat with companies and drivers, in a database of its own; its host is a process as people run it.</summary>
internal sealed class BenchmarkFleet : IAsyncDisposable
{
    private const int AtOnce = 16;
    private static readonly Uri Nowhere = new("http://127.0.0.1:9");
    private readonly string _folder;
    private readonly Uri? _samsara;
    private ServeProcess? _host;

    private BenchmarkFleet(string folder, LocalHostSettings settings, string admin, Uri? samsara, IReadOnlyList<LoadCompany> companies)
        => (_folder, Settings, Admin, _samsara, Companies) = (folder, settings, admin, samsara, companies);

    public LocalHostSettings Settings { get; }

    /// <summary>The superuser's connection string to the database.</summary>
    public string Admin { get; }

    public IReadOnlyList<LoadCompany> Companies { get; }

    /// <param name="samsara">Where Samsara is asked; null: no company has given a token, and nobody asks.</param>
    public static async Task<BenchmarkFleet> InstallAsync(
        BenchmarkPostgres postgres, string database, int companies, int driversPerCompany, Uri? graph, CancellationToken ct, Uri? samsara = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(postgres.Folder, $"fleetchat-{database}")).FullName;
        var installed = await DatabaseInstaller.InstallAsync(postgres.AdminConnectionString, database, DatabaseLogins.For(database), ct);
        var secrets = Path.Combine(folder, "secrets");
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(secrets), ct);
        var settings = new LocalHostSettings(installed, secrets, LocalHostSettings.FreeUrl(), LocalHostSettings.NewSecret(), LocalHostSettings.NewSecret(), graph ?? Nowhere);
        var admin = new NpgsqlConnectionStringBuilder(postgres.AdminConnectionString) { Database = database }.ConnectionString;
        var fleet = new BenchmarkFleet(folder, settings, admin, samsara, [.. Enumerable.Range(0, companies).Select(NewCompany)]);
        await fleet.EnterAsync(driversPerCompany, ct);
        return fleet;
    }

    /// <summary>Core's use cases on this database, without a host. Commits wait for no disk: nobody measures them.</summary>
    public ServiceProvider OpenCore(string? app = null)
    {
        var lazily = new NpgsqlConnectionStringBuilder(app ?? Settings.Database.App) { Options = "-c synchronous_commit=off" }.ConnectionString;
        return SetUpServices.Create(Settings with { Database = Settings.Database with { App = lazily } }, TimeProvider.System);
    }

    public async Task StartHostAsync(CancellationToken ct)
    {
        var file = Path.Combine(_folder, "serve.json");
        await Settings.WriteAsync(file, ct);
        _host = await ServeProcess.StartAsync(file, ct);
    }

    /// <summary>Of the host's process since it was started.</summary>
    /// <exception cref="NotMeasuredException">The system does not say.</exception>
    public TimeSpan HostTime() => CpuTimes.OfProcess(_host!.ProcessId) ?? throw new NotMeasuredException("Processors' time is counted on Linux alone.");

    public LoadPlan Plan(string kind, int[] order, double perSecond, double warmUp, double seconds, int connections, int driversPerCompany, long first)
        => new(Settings.Url, kind, Companies, order, perSecond, warmUp, seconds, connections, driversPerCompany, first * Companies.Count);

    /// <summary>Each company in its turn.</summary>
    public int[] InTurn => [.. Enumerable.Range(0, Companies.Count)];

    private const string CountPending = "select count(*) from fleet.inbox where status = 'pending'";

    /// <summary>Until everything that was stored has been looked at.</summary>
    public async Task DrainAsync(CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(Admin);
        await using var pending = source.CreateCommand(CountPending);
        while ((long)(await pending.ExecuteScalarAsync(ct))! > 0) await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
    }

    public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static LoadCompany NewCompany(int number) => new(
        string.Create(CultureInfo.InvariantCulture, $"fleet_{number:000}"), 9000 + number, string.Create(CultureInfo.InvariantCulture, $"{141100 + number}"),
        Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24)), Invariant($"10654{number:0000}"), Invariant($"10229{number:0000}"));

    private async Task EnterAsync(int driversPerCompany, CancellationToken ct)
    {
        await using var core = OpenCore();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForAsync(0, Companies.Count, options, async (company, end) => await EnterCompanyAsync(core, company, end));
        await Parallel.ForAsync(0, Companies.Count * driversPerCompany, options, async (driver, end) => await EnterDriverAsync(core, driver % Companies.Count, driver / Companies.Count, end));
        await using var source = NpgsqlDataSource.Create(Admin);
        await using var settle = source.CreateBatch();
        foreach (var statement in new[] { OpenWindows, Analyze, "checkpoint" }) settle.BatchCommands.Add(new(statement));
        await settle.ExecuteNonQueryAsync(ct);
    }

    // What is empty yet counts as small if nobody says that it is empty.
    private const string Analyze = "analyze fleet.tenants, fleet.drivers, fleet.conversations, fleet.identities";

    // They have written a moment ago: what is sent to them counts against no limit of begun conversations.
    private const string OpenWindows = "update fleet.conversations set last_inbound_at = now()";

    private async Task EnterCompanyAsync(ServiceProvider core, int number, CancellationToken ct)
    {
        var company = Companies[number];
        // Without a token nothing is looked up in Samsara.
        var token = _samsara is null ? null : LocalHostSettings.NewSecret();
        var samsara = new SamsaraSetup(_samsara ?? Nowhere, company.OrgId.ToString(CultureInfo.InvariantCulture), company.WebhookId, company.WebhookSecret, token);
        var whatsApp = new WhatsAppSetup(Invariant($"+1555010{number:0000}"), company.PhoneNumberId, company.AccountId, LocalHostSettings.NewSecret());
        Must(await SetUpTenant.Of(core).HandleAsync(new(TenantId.Parse(company.Tenant), $"Fleet {number}", "US", "America/Chicago", "en", "USD", samsara, whatsApp) { ServiceTier = "enterprise" }, ct));
    }

    private async Task EnterDriverAsync(ServiceProvider core, int company, int driver, CancellationToken ct)
        => Must(await core.GetRequiredService<AddDriver>().HandleAsync(
            new(TenantId.Parse(Companies[company].Tenant), SamsaraEventWriter.DriverId(company, driver), $"Driver {driver}", Invariant($"+1312{200 + company}{driver:0000}"), "en", "granted"), ct));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static void Must<T>(Result<T> result)
    {
        if (!result.IsOk) throw new NotMeasuredException(result.Error.Message);
    }
}
