using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Functions;
using FleetChat.Functions.Drivers;
using FleetChat.LocalRuntime;
using FleetChat.Tests.Postgres;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FleetChat.Tests.Security;

/// <summary>The functions app with its real HTTP server, on a database and a secret folder of its own.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private const string NobodyListens = "http://127.0.0.1:1";
    private readonly IHost _host;
    private readonly bool _isGuest;

    private ApiHost(TestDatabase database, string secrets, IHost host, bool isGuest)
    {
        (Database, SecretsFolder, _host, _isGuest) = (database, secrets, host, isGuest);
        Address = host.Services.GetRequiredService<LocalRuntimeServer>().Address;
    }

    public TestDatabase Database { get; }

    public Uri Address { get; }

    public string SecretsFolder { get; }

    /// <summary>What it was configured with, for another host beside it.</summary>
    public required IReadOnlyDictionary<string, string?> Settings { get; init; }

    public T Get<T>()
        where T : notnull
        => _host.Services.GetRequiredService<T>();

    /// <param name="settings">Beside the usual ones, or in their place.</param>
    /// <param name="configure">To put something of the test's own in a service's place.</param>
    public static async Task<ApiHost> StartAsync(
        string name, IReadOnlyDictionary<string, string?>? settings = null, Action<FunctionsApplicationBuilder>? configure = null)
    {
        var database = await TestDatabase.CreateAsync(name);
        var secrets = Path.Combine(Path.GetTempPath(), $"fleetchat-secrets-{database.Name}");
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(secrets), CancellationToken.None);
        return await StartAsync(database, secrets, settings, configure, isGuest: false);
    }

    /// <summary>Another host of the same installation, to be disposed of before that one.</summary>
    public static Task<ApiHost> StartBesideAsync(ApiHost first, IReadOnlyDictionary<string, string?>? settings = null)
        => StartAsync(first.Database, first.SecretsFolder, settings, null, isGuest: true);

    private static async Task<ApiHost> StartAsync(
        TestDatabase database, string secrets, IReadOnlyDictionary<string, string?>? settings, Action<FunctionsApplicationBuilder>? configure, bool isGuest)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        var all = SettingsOf(database.Logins, secrets);
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) all[key] = value;
        builder.Configuration.AddInMemoryCollection(all);
        builder.UseLocalRuntime(options =>
        {
            options.Postgres = database.Logins.LocalRuntime;
            options.Url = "http://127.0.0.1:0";
            options.FunctionsAssembly = typeof(DriverApi).Assembly;
        });
        builder.AddFleetChat();
        configure?.Invoke(builder);
        var host = builder.Build();
        await host.StartAsync();
        return new(database, secrets, host, isGuest) { Settings = all };
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        if (_isGuest) return;
        await Database.DisposeAsync();
        Directory.Delete(SecretsFolder, recursive: true);
    }

    private static Dictionary<string, string?> SettingsOf(InstalledDatabase logins, string secrets) => new()
    {
        ["FleetChat:Environment"] = "test",
        ["FleetChat:PublicBaseUrl"] = "https://fleetchat.example",
        ["FleetChat:Postgres:App"] = logins.App,
        ["FleetChat:Postgres:System"] = logins.System,
        ["FleetChat:Secrets:Folder"] = secrets,
        ["FleetChat:Media:Folder"] = Path.Combine(secrets, "media"),
        ["FleetChat:Audit:Folder"] = Path.Combine(secrets, "anchors"),
        ["FleetChat:Mail:From"] = "FleetChat <fleetchat@example.com>",
        ["FleetChat:Mail:Folder"] = Path.Combine(secrets, "mail"),
        ["FleetChat:RequestRate:PerSecond"] = "10000",
        ["FleetChat:RequestRate:Burst"] = "10000",
        ["FleetChat:RequestRate:KeyPerSecond"] = "10000",
        ["FleetChat:RequestRate:KeyBurst"] = "10000",
        ["FleetChat:WhatsApp:AppSecret"] = "app-secret-of-the-tests",
        ["FleetChat:WhatsApp:VerifyToken"] = "verify-token-of-the-tests",
        ["FleetChat:WhatsApp:GraphBaseUrl"] = NobodyListens,
    };
}
