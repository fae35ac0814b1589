using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Commands.Trigger;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Tests.Demo;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>Events that somebody sends by hand go the same way as Samsara's.</summary>
public sealed class TriggerTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fleetchat-trigger-").FullName;
    private readonly Company _company = NewCompany();
    private LocalHostApp _app = null!;

    private FoundInstallation Found => new(_folder, fixture.Database.Admin, IsPrivate: false, _app.Address) { Database = fixture.Database.Name };

    public async Task InitializeAsync()
    {
        var settings = TestSettings.Of(fixture.Database, Path.Combine(_folder, "fleetchat"), new("http://127.0.0.1:9"));
        // With this host's secrets the trails begin anew: those before it had their own key.
        await fixture.Database.ExecuteAsAdminAsync("truncate fleet.audit_heads");
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(settings.SecretsFolder), default);
        await using (var core = SetUpServices.Create(settings, TimeProvider.System)) await SeededCompany.EnterAsync(core, _company, new("http://127.0.0.1:9"));
        _app = await LocalHostApp.StartAsync(settings, default);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_known_event_is_taken_by_the_real_door()
    {
        foreach (var sample in SamsaraSamples.Events) Assert.True(await RunAsync(sample.EventType), sample.EventType);

        Assert.Equal(SamsaraSamples.Events.Count, await StoredAsync());
    }

    [Fact]
    public async Task Pings_and_alerts_of_both_envelopes_are_taken_too()
    {
        Assert.True(await RunAsync("Ping"));
        Assert.True(await RunAsync("Alert", "--condition", "panicButton"));
        Assert.True(await RunAsync("AlertIncident", "--condition", "geofenceentry", "--resolved"));
    }

    [Fact]
    public async Task Copies_are_one_event()
    {
        Assert.True(await RunAsync("RouteStopArrival", "--copies", "3", "--event-id", "the-same"));
        Assert.True(await RunAsync("RouteStopArrival", "--event-id", "the-same"));

        Assert.Equal(1, await StoredAsync());
    }

    [Fact]
    public async Task A_stop_of_a_known_route_is_the_subject_and_the_time_is_the_one_that_was_said()
    {
        await RunAsync("RouteStopArrival", "--route", "4711", "--stop", "4712", "--driver", _company.Drivers[1].Id);
        await Until.TrueAsync(() => fixture.Database.ScalarAsAdminAsync<bool>("select exists (select from fleet.transports where samsara_route_id = '4711')"), "the route to be known");

        var delivery = await DeliveryAsync("RouteStopDeparture", "--stop", "4712", "--time", "2026-03-02T08:00:00Z");

        var data = delivery.Envelope["data"]!;
        Assert.Equal(("4711", _company.Drivers[1].Id, "Ben"), (data["route"]!["id"]!.ToString(), data["driver"]!["id"]!.ToString(), data["driver"]!["name"]!.ToString()));
        Assert.Equal("2026-03-02T08:00:00.000Z", delivery.Envelope["eventTime"]!.ToString());
    }

    [Fact]
    public async Task A_file_is_the_data_of_an_event_or_a_whole_delivery()
    {
        var (data, whole, neither) = (Write("""{"note":"mine"}"""), Write("""{"eventType":"Novel","orgId":77,"data":{}}"""), Write("[]"));

        Assert.Equal("mine", (await DeliveryAsync("DriverUpdated", "--file", data)).Envelope["data"]!["note"]!.ToString());
        Assert.Equal(("Novel", "77", _company.WebhookId), Parts(await DeliveryAsync("--file", whole)));
        Assert.True(await RunAsync("Novel2", "--file", data));
        foreach (var words in new[] { new[] { "--file", data }, ["--file", neither], ["--file", "/no/such/file"] })
            await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(words));

        static (string, string, string) Parts(TriggeredDelivery delivery) => (delivery.EventType, delivery.Envelope["orgId"]!.ToString(), delivery.Envelope["webhookId"]!.ToString());
    }

    [Theory]
    [InlineData("no event 'RouteCreated'", "RouteCreated")]
    [InlineData("no company 'acme_001'", "Ping", "--tenant", "acme_001")]
    [InlineData("no driver 404", "DriverUpdated", "--driver", "404")]
    [InlineData("no condition", "AlertIncident", "--condition", "boredom")]
    [InlineData("does not answer", "Ping", "--port", "9")]
    public async Task What_cannot_be_sent_is_said_in_a_sentence(string says, params string[] words)
        => Assert.Contains(says, (await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(words))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_the_host_refuses_is_no_success()
    {
        await fixture.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'terminating' where tenant_id = $1", P.Text(_company.Tenant));

        Assert.False(await RunAsync("Ping"));
    }

    [Fact]
    public async Task Without_a_word_the_known_events_are_listed()
    {
        var said = await CommandConsole.RunAsync(console => TriggerCommand.RunAsync(TriggerOptions.Read([]), console, default));

        Assert.Matches(@"RouteStopArrival\s+a truck reached a stop", said);
        Assert.Contains("hosViolation", said, StringComparison.Ordinal);
    }

    private async Task<bool> RunAsync(params string[] words)
    {
        var isTaken = false;
        await CommandConsole.RunAsync(async console => isTaken = await TriggerCommand.RunAsync(Read(words), Found, console, default));
        return isTaken;
    }

    private async Task<TriggeredDelivery> DeliveryAsync(params string[] words)
    {
        var options = Read(words);
        await using var views = Found.Open();
        var tenant = await TriggeredTenant.FindAsync(views, Found.SecretsFolder, options.Tenant, default);
        return await TriggeredDelivery.MakeAsync(options, tenant, await TriggeredSubject.FindAsync(tenant, options, options.Time ?? DateTimeOffset.UnixEpoch, default), default);
    }

    private TriggerOptions Read(string[] words) => TriggerOptions.Read(words) is { Tenant: null } read ? read with { Tenant = _company.Tenant } : TriggerOptions.Read(words);

    private Task<long> StoredAsync() => fixture.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.inbox where tenant_id = $1 and source = 'samsara'", P.Text(_company.Tenant));

    private string Write(string text)
    {
        var file = Path.Combine(_folder, $"{Path.GetRandomFileName()}.json");
        File.WriteAllText(file, text);
        return file;
    }

    private static Company NewCompany()
    {
        var number = Random.Shared.NextInt64(1_000_000, 9_000_000).ToString(CultureInfo.InvariantCulture);
        Trip none = new("", "", []);
        return new($"trigger_{number}", "Trigger Trucking", "en", long.Parse(number, CultureInfo.InvariantCulture), $"1{number}", $"2{number}", $"3{number}", $"1512{number}",
            [new($"4{number}", "Ann", $"1513{number}", "en", none), new($"5{number}", "Ben", $"1514{number}", "en", none)]);
    }
}
