using System.Globalization;
using System.Text;
using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara.Polling;
using FleetChat.Core.Security;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Samsara;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Samsara;

/// <summary>A fleet whose Samsara is the simulator, asked over HTTP. Nothing is polled but when the test says so.</summary>
public sealed class PolledFleet : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly SamsaraSimulator _simulator;
    private int _orgs;

    private PolledFleet(TestDatabase database, TestFleet fleet, SamsaraSimulator simulator) => (_database, Fleet, _simulator) = (database, fleet, simulator);

    public TestFleet Fleet { get; }

    public SamsaraControl Samsara => _simulator.Control;

    public DateTimeOffset Now => Fleet.Clock.GetUtcNow();

    public static async Task<PolledFleet> StartAsync(Action<IServiceCollection>? outside = null)
    {
        var database = await TestDatabase.BorrowAsync();
        var fleet = await TestFleet.StartAsync(database, outside);
        return new(database, fleet, await SamsaraSimulator.StartAsync(new() { Clock = fleet.Clock, Delivery = DeliveryOptions.Samsara }));
    }

    /// <summary>With an org of its own.</summary>
    public async Task<TestCompany> AddCompanyAsync(string name = "acme")
    {
        var org = 7000 + ++_orgs;
        await Samsara.AddOrgAsync(new(org, name, TokenOf(org)));
        return await AddCompanyAsync(name, org, TokenOf(org));
    }

    /// <summary>In an org that there is.</summary>
    public Task<TestCompany> AddCompanyAsync(string name, long org, string? token, string tag = "")
        => Fleet.AddCompanyAsync(name, new(_simulator.Address, token, org.ToString(CultureInfo.InvariantCulture), tag));

    public static string TokenOf(long org) => $"token-of-{org}";

    /// <summary>One look at a feed, a second after the last, and all that comes of it.</summary>
    public async Task PollAsync(TestCompany company, string feed = "routes")
    {
        Fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        await Fleet.Get<KeepPolls>().HandleAsync(default);
        await Fleet.Db(company).ExecuteAsync("update fleet.calls set due_at = $3 where tenant_id = $1 and kind = $2 and status = 'waiting'", default, P.Text($"poll:{feed}"), P.Time(Now));
        await CallAsync(company);
    }

    public Task CallAsync(TestCompany company) => Fleet.WorkAsync([], [], [new(company.Id, CallLanes.Samsara)]);

    /// <summary>The facts of a kind in the order of their arrival, opened.</summary>
    public async Task<IReadOnlyList<JsonElement>> FactsAsync(TestCompany company, string kind)
    {
        var key = await Fleet.Get<DataKeys>().GetAsync(company.Id, default);
        return await Fleet.Db(company).ListAsync("select id, payload from fleet.inbox where tenant_id = $1 and kind = $2 order by id", row =>
        {
            using var json = JsonDocument.Parse(key.Decrypt(EncryptedColumns.InboxPayload, row.GetGuid(0).ToString("N"), row.Bytes(1)));
            return json.RootElement.Clone();
        }, default, P.Text(kind));
    }

    /// <summary>How a call of this kind ended last.</summary>
    public Task<string?> OutcomeOfCallAsync(TestCompany company, string kind)
        => Fleet.Db(company).FindAsync("select outcome from fleet.calls where tenant_id = $1 and kind = $2 order by id desc limit 1", row => row.TextOrNull(0), default, P.Text(kind));

    public Task<List<string>> OpenAlertsAsync(TestCompany company)
        => Fleet.Db(company).ListAsync("select code from fleet.alerts where tenant_id = $1 and closed_at is null order by code", row => row.GetString(0), default);

    public Task<RouteView> AddRouteAsync(TestCompany company, string? driver = null, string? vehicle = null, TimeSpan ahead = default, IReadOnlyList<string>? tags = null, string name = "Load")
        => Samsara.AddRouteAsync(OrgOf(company), new(name, [new("Yard", Now + ahead), new("Mill", Now + ahead + TimeSpan.FromHours(2))], DriverId: driver, VehicleId: vehicle, TagIds: tags));

    public static long OrgOf(TestCompany company) => long.Parse(company.OrgId, CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync();
        await _simulator.DisposeAsync();
        await _database.DisposeAsync();
    }
}
