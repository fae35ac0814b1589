using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Messaging.Rules;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moq;

namespace FleetChat.Tests.Transports;

/// <summary>A day of routes that are given to trucks, and of people who get on and off.</summary>
internal sealed class CrewDay : IAsyncDisposable
{
    public const string Ana = "+15550001111";
    public const string Ben = "+15550003333";
    public const string Truck = "281474";
    public static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);
    private readonly TestDatabase _database;
    private int _taps;

    private CrewDay(TestDatabase database, TestFleet fleet, FakeCrews crews, RuleDay rules) => (_database, Fleet, Crews, Rules) = (database, fleet, crews, rules);

    public TestFleet Fleet { get; }

    public FakeCrews Crews { get; }

    public RuleDay Rules { get; }

    public TestCompany Company => Rules.Company;

    public DateTimeOffset Now => Rules.Now;

    /// <param name="token">Null: Samsara may not be asked.</param>
    public static async Task<CrewDay> StartAsync(string? token = "token")
    {
        var database = await TestDatabase.BorrowAsync();
        var crews = new FakeCrews();
        var fleet = await TestFleet.StartAsync(database, services => services.Replace(ServiceDescriptor.Singleton(crews.Client)));
        return new(database, fleet, crews, await RuleDay.StartAsync(fleet, token));
    }

    /// <summary>A route of two stops, given to the truck; it starts in two hours.</summary>
    public JsonObject Route(string id, string? driver = null, string truck = Truck, string state = "scheduled")
    {
        var route = Rules.Route(id, driver, RuleDay.Stop($"{id}1", "Yard", Start.AddHours(2), state), RuleDay.Stop($"{id}2", "Mill", Start.AddHours(5)));
        route["vehicle"] = new JsonObject { ["id"] = truck, ["name"] = "Truck" };
        route["scheduledRouteStartTime"] = RuleDay.Text(Start.AddHours(2));
        route["scheduledRouteEndTime"] = RuleDay.Text(Start.AddHours(9));
        return route;
    }

    /// <summary>Nine in the morning there.</summary>
    public static DateTimeOffset Start => new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero);

    /// <summary>From now on these are on board, by Samsara's ids; a passenger with a question mark. Nobody has looked yet.</summary>
    public void Board(params string[] members) => Crews.Board(Truck, Now, members);

    /// <summary>As <see cref="Board"/>, and polling sees it.</summary>
    public async Task SwapAsync(params string[] members)
    {
        Board(members);
        await LookAsync();
    }

    /// <summary>One look at the truck, and all that comes of it.</summary>
    public async Task LookAsync()
    {
        await using (var db = await Fleet.Get<TenantDbs>().BeginAsync(Company.Id, default))
        {
            var settings = (await Fleet.Get<TenantSettingsCache>().FindAsync(Company.Id, default))!;
            await VehicleCrew.RequestAsync(new Processing(db, await Fleet.Get<DataKeys>().GetAsync(Company.Id, default), settings, Fleet.Clock), Truck, default);
            await db.CommitAsync(default);
        }
        await Fleet.WorkAsync([], [], [new(Company.Id, CallLanes.Samsara)]);
    }

    /// <summary>A fact that others are on board, once more or late.</summary>
    public async Task RepeatAsync()
    {
        var payload = new JsonObject { ["vehicle_id"] = Truck, ["seen_at"] = RuleDay.Text(Now.AddMinutes(-10)) };
        var items = new InboxItem[] { new(InboxSource.Samsara, SamsaraEvents.CrewChanged, $"poll:{Fleet.Clock.NewId():N}", Truck, System.Text.Encoding.UTF8.GetBytes(payload.ToJsonString())) };
        await Fleet.WorkAsync((await Fleet.Get<StoreItems>().HandleAsync(Company.Id, items, default)).Nudges);
    }

    public Task ArriveAsync(string route, string stop, DateTimeOffset? at = null)
        => Rules.HearStopAsync("RouteStopArrival", route, null, new() { ["id"] = stop, ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(at ?? Now) });

    /// <summary>The truck comes to a place, or leaves it, as a webhook tells.</summary>
    /// <param name="at">When it did; null: now.</param>
    public Task CrossAsync(string address, bool isExit = false, DateTimeOffset? at = null) => Rules.HearAsync(isExit ? "GeofenceExit" : "GeofenceEntry", new()
    {
        ["address"] = new JsonObject { ["id"] = address, ["name"] = $"Place {address}", ["formattedAddress"] = "1 Main St" },
        ["vehicle"] = new JsonObject { ["id"] = Truck, ["name"] = "Truck", ["assetType"] = "vehicle" },
    }, at);

    public async Task TapAsync(WhatsAppMessage message, string action)
    {
        var tap = Payloads.Tap(message.Recipient.TrimStart('+'), new ButtonPayload(message.MessageId, action).ToString(), action, $"wamid.crew.{++_taps}", null, Now.ToUnixTimeSeconds());
        await Fleet.WorkAsync((await Fleet.FromWhatsAppAsync(Payloads.WhatsApp(Company, messages: [tap]))).Nudges);
    }

    public IReadOnlyList<string> To(string phone) => [.. Rules.Taken.Where(m => m.Recipient == phone && m.Content.Template is not null).Select(m => m.Content.Template!["fleetchat_".Length..^3])];

    public WhatsAppMessage Last(string phone) => Rules.Taken.Last(m => m.Recipient == phone);

    public Task<List<string>> OpenAlertsAsync() => ListAsync("select code from fleet.alerts where tenant_id = $1 and closed_at is null order by code");

    /// <summary>Samsara's ids of who has it: <c>11+12?</c>.</summary>
    public Task<List<string>> CrewsAsync() => ListAsync("""
        select coalesce(d.samsara_driver_id, '') || coalesce('+' || c.samsara_driver_id, '') || coalesce(' ' || t.crew_problem, '')
        from fleet.transports t
        left join fleet.drivers d on d.tenant_id = t.tenant_id and d.id = t.driver_id
        left join fleet.drivers c on c.tenant_id = t.tenant_id and c.id = t.co_driver_id
        where t.tenant_id = $1
        order by t.samsara_route_id
        """);

    public Task<List<string>> ListAsync(string sql) => Fleet.Db(Company).ListAsync(sql, r => r.GetString(0), default);

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync();
        await _database.DisposeAsync();
    }
}

/// <summary>Samsara as far as it says who is in which vehicle.</summary>
internal sealed class FakeCrews
{
    private readonly Mock<ISamsaraClient> _mock = new();
    private readonly List<SamsaraAssignment> _assignments = [];

    public FakeCrews()
    {
        _mock.Setup(s => s.ListAssignmentsAsync(It.IsAny<SamsaraAccess>(), It.IsAny<IReadOnlyCollection<string>>(), It.IsAny<DateTimeOffset>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((SamsaraAccess _, IReadOnlyCollection<string> vehicles, DateTimeOffset from, DateTimeOffset to, CancellationToken _) => IsDown
                ? throw new SamsaraException(SamsaraFailure.Transient, 503, null, null)
                : [.. _assignments.Where(a => vehicles.Contains(a.VehicleId) && a.StartsAt <= to && !(a.EndsAt <= from))]);
        _mock.Setup(s => s.ListDutiesAsync(It.IsAny<SamsaraAccess>(), It.IsAny<IReadOnlyCollection<string>>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        _mock.Setup(s => s.ListSpeedsAsync(It.IsAny<SamsaraAccess>(), It.IsAny<IReadOnlyCollection<string>>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        _mock.Setup(s => s.GetRouteAsync(It.IsAny<SamsaraAccess>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((SamsaraAccess _, string id, CancellationToken _) => JsonSerializer.SerializeToElement(new { id, notes = "" }));
    }

    public ISamsaraClient Client => _mock.Object;

    public bool IsDown { get; set; }

    public void Board(string vehicle, DateTimeOffset now, params string[] members)
    {
        for (var at = 0; at < _assignments.Count; at++)
        {
            if (_assignments[at].VehicleId == vehicle && _assignments[at].EndsAt is null) _assignments[at] = _assignments[at] with { EndsAt = now };
        }
        _assignments.AddRange(members.Select(m => new SamsaraAssignment(vehicle, m.TrimEnd('?'), now, null, m.EndsWith('?'))));
    }

    /// <summary>Somebody is planned to drive it then.</summary>
    public void Plan(string vehicle, string driver, DateTimeOffset from, DateTimeOffset? to) => _assignments.Add(new(vehicle, driver, from, to, IsPassenger: false));
}
