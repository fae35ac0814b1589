using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FleetChat.Tests.Postgres;

[Through(Door.Direct)]
public sealed class DirectHostDatabaseTests() : HostDatabaseTests(Door.Direct)
{
    [DoorFact]
    public async Task Statements_that_come_often_are_prepared_where_the_setting_says_so()
    {
        using var host = Build(prepare: "true");

        Assert.NotEqual(0, await PreparedAfterManyAsync(host));
    }

    [DoorFact]
    public async Task What_is_prepared_is_planned_once_for_all_companies()
    {
        const string CountPlans = "select sum(generic_plans)::int, sum(custom_plans)::int from pg_catalog.pg_prepared_statements where $1 <> '' and statement like '%fleet.drivers%'";
        using var host = Build(prepare: "true");
        await PreparedAfterManyAsync(host);

        var (generic, custom) = await host.Services.GetRequiredService<TenantDbs>().For(TenantId.Parse("tenant_002"))
            .FindAsync(CountPlans, row => (row.GetInt32(0), row.GetInt32(1)), CancellationToken.None);

        Assert.True(generic > 0);
        Assert.Equal(0, custom);
    }

    // As in Azure, whose start has none of LocalHost's own checks.
    [DoorFact]
    public async Task A_host_with_the_owners_login_refuses_before_anything_of_it_starts()
    {
        var worker = new Worker();
        using var host = Build(app: Logins.Owner, worker: worker);

        var refused = await Assert.ThrowsAsync<DatabaseRefusedException>(() => host.StartAsync());

        Assert.Contains("FleetChat:Postgres:App", refused.Message, StringComparison.Ordinal);
        Assert.Contains("member of fleetchat_owner", refused.Message, StringComparison.Ordinal);
        Assert.False(worker.Started);
    }
}

[Through(Door.PgBouncer)]
public sealed class PgBouncerHostDatabaseTests() : HostDatabaseTests(Door.PgBouncer);

/// <summary>Core in an ordinary host: how it starts with a database, and what it leaves in its sessions.</summary>
public abstract class HostDatabaseTests(Door door) : IAsyncLifetime
{
    private TestDatabase _database = null!;

    private protected InstalledDatabase Logins => _database.Logins;

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync("host", door);

    public Task DisposeAsync() => _database.DisposeAsync().AsTask();

    [DoorFact]
    public async Task A_host_with_the_installers_logins_starts()
    {
        var worker = new Worker();
        using var host = Build(worker: worker);

        await host.StartAsync();
        await host.StopAsync();

        Assert.True(worker.Started);
    }

    [DoorFact]
    public async Task Nothing_is_prepared_by_default_whatever_the_connection_string_says()
    {
        using var host = Build(app: $"{_database.Logins.App};Max Auto Prepare=50", prepare: null);

        Assert.Equal(0, await PreparedAfterManyAsync(host));
    }

    private protected IHost Build(string? app = null, string? prepare = null, Worker? worker = null)
    {
        var builder = new HostBuilder();
        builder.ConfigureServices(services =>
        {
            // First, as the worker's own service is.
            if (worker is not null) services.AddSingleton<IHostedService>(worker);
            services.AddFleetChatCore(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["FleetChat:Environment"] = "test",
                ["FleetChat:PublicBaseUrl"] = "http://127.0.0.1",
                // One session, so that it is always the same one that is asked what it prepared.
                ["FleetChat:Postgres:App"] = $"{app ?? _database.Logins.App};Maximum Pool Size=1",
                ["FleetChat:Postgres:System"] = _database.Logins.System,
                ["FleetChat:Postgres:Prepare"] = prepare,
                ["FleetChat:Secrets:Folder"] = Path.GetTempPath(),
                ["FleetChat:Audit:Folder"] = Path.Combine(Path.GetTempPath(), "fleetchat-test-anchors"),
                ["FleetChat:Media:Folder"] = Path.GetTempPath(),
                ["FleetChat:Mail:From"] = "FleetChat <fleetchat@example.com>",
                ["FleetChat:Mail:Folder"] = Path.GetTempPath(),
                ["FleetChat:WhatsApp:AppSecret"] = "an app secret",
                ["FleetChat:WhatsApp:VerifyToken"] = "a verify token",
            }).Build());
        });
        return builder.Build();
    }

    private protected static async Task<int> PreparedAfterManyAsync(IHost host)
    {
        const string CountDrivers = "select count(*) from fleet.drivers where tenant_id = $1";
        const string CountPrepared = "select count(*)::int from pg_catalog.pg_prepared_statements where $1 <> ''";
        var db = host.Services.GetRequiredService<TenantDbs>().For(TenantId.Parse("tenant_001"));
        for (var i = 0; i < 20; i++) await db.FindAsync(CountDrivers, row => row.GetInt64(0), CancellationToken.None);
        return await db.FindAsync(CountPrepared, row => row.GetInt32(0), CancellationToken.None);
    }

    private protected sealed class Worker : IHostedService
    {
        public bool Started { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Started = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
