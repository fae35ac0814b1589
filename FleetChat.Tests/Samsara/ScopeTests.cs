using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Simulators.Samsara;
using FleetChat.Tests.Guards;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.Samsara;

/// <summary>Two companies of one Samsara organization, each one tag of it, see nothing of each other.</summary>
public sealed class ScopeTests : IAsyncLifetime, IDisposable
{
    private const long Org = 5005929;
    private const string Token = "token of the whole org";
    private const string Canary = "CANARY";
    private static readonly Tag North = new("100", "North");
    private static readonly Tag South = new("200", "South");

    // Two steps below North; nothing bears the one between.
    private static readonly Tag NorthYard = new("102", "North yard", "101");

    private readonly Logs _logs = new();
    private PolledFleet _polled = null!;
    private TestCompany _north = null!;
    private TestCompany _south = null!;
    private Side _ofNorth = null!;
    private Side _ofSouth = null!;
    private int _events;

    private sealed record Side(string Driver, string Vehicle, RouteView Route);

    public async Task InitializeAsync()
    {
        _polled = await PolledFleet.StartAsync(services => services.AddSingleton<ILoggerProvider>(_logs));
        await _polled.Samsara.AddOrgAsync(new(Org, "both", Token));
        await _polled.Samsara.AddTagAsync(Org, new("101", "North region", North.Id));
        (_north, _south) = (await _polled.AddCompanyAsync("north", Org, Token, North.Id), await _polled.AddCompanyAsync("south", Org, Token, South.Id));
        (_ofNorth, _ofSouth) = (await AddSideAsync(NorthYard), await AddSideAsync(South));
    }

    public async Task DisposeAsync() => await _polled.DisposeAsync();

    public void Dispose() => _logs.Dispose();

    [Fact]
    [Catches(Guard.TagScope, IsLong = true)]
    public async Task Nothing_of_one_companys_events_is_left_with_the_other()
    {
        await SendAllAsync(_south, _ofNorth);

        var outcomes = await _polled.Fleet.Db(_south).ListAsync("select kind, status, outcome from fleet.inbox where tenant_id = $1", row => (row.GetString(0), row.GetString(1), row.TextOrNull(2)), default);
        Assert.Equal(_events, outcomes.Count);
        Assert.DoesNotContain(outcomes, o => o is not (_, "done", "out_of_scope"));
        await AssertNothingLeftAsync(_south, [Canary, _ofNorth.Driver, _ofNorth.Vehicle, _ofNorth.Route.Id]);
        Assert.DoesNotContain(_logs.Lines, line => line.Contains(Canary, StringComparison.Ordinal));
        Assert.Empty(await _polled.OpenAlertsAsync(_south));
    }

    [Fact]
    public async Task Everything_of_ones_own_events_gets_through_also_from_tags_deep_below_ones_own()
    {
        await SendAllAsync(_north, _ofNorth);

        var refused = await _polled.Fleet.Db(_north).ListAsync("select kind from fleet.inbox where tenant_id = $1 and (status <> 'done' or outcome = 'out_of_scope') order by kind", row => row.GetString(0), default);
        // These name nobody but an address, and no tag of it.
        Assert.Empty(refused.Except(["AddressCreated", "AddressDeleted", "AddressUpdated", "IssueCreated"]));
    }

    [Fact]
    public async Task Polls_of_each_see_its_own_and_nothing_of_the_other()
    {
        foreach (var company in new[] { _north, _south })
        {
            foreach (var feed in new[] { "drivers", "routes" }) await _polled.PollAsync(company, feed);
        }

        Assert.Equal([_ofNorth.Route.Id], await RoutesSeenAsync(_north));
        Assert.Equal([_ofSouth.Route.Id], await RoutesSeenAsync(_south));
        Assert.Equal([_ofSouth.Driver], (await _polled.FactsAsync(_south, "driver.seen")).Select(f => f.GetProperty("driver").GetProperty("id").GetString()));
        await AssertNothingLeftAsync(_south, [Canary + " of 102", _ofNorth.Driver, _ofNorth.Vehicle, _ofNorth.Route.Id]);
    }

    [Fact]
    public async Task Route_that_is_given_to_the_other_company_is_gone_for_the_first()
    {
        foreach (var feed in new[] { "drivers", "routes" }) await _polled.PollAsync(_north, feed);
        await _polled.Samsara.ChangeRouteAsync(Org, _ofNorth.Route.Id, new(DriverId: _ofSouth.Driver));

        await _polled.PollAsync(_north);

        Assert.Equal(_ofNorth.Route.Id, Assert.Single(await _polled.FactsAsync(_north, "route.gone")).GetProperty("route_id").GetString());
        Assert.Single(await _polled.FactsAsync(_north, "route.seen"));
    }

    [Fact]
    [Catches(Guard.TagScope, IsLong = true)]
    public async Task Event_waits_while_Samsara_is_away_and_is_not_lost()
    {
        await _polled.Samsara.FailCallsAsync(new(503, Count: 1000));
        await SendAsync(_north, "RouteStopArrival", _ofNorth);
        for (var hour = 0; hour < 30; hour++)
        {
            _polled.Fleet.Clock.Advance(TimeSpan.FromHours(1));
            await _polled.Fleet.SweepAsync();
        }
        Assert.StartsWith("later: scope ", await _polled.Fleet.OutcomeAsync(_north, "event-1"), StringComparison.Ordinal);
        Assert.Equal(2, await CountAsync(_north, "fleet.calls"));

        await _polled.Samsara.ClearFaultsAsync();
        _polled.Fleet.Clock.Advance(TimeSpan.FromMinutes(6));
        await _polled.Fleet.SweepAsync();

        Assert.DoesNotContain("scope", await _polled.Fleet.OutcomeAsync(_north, "event-1"), StringComparison.Ordinal);
    }

    [Fact]
    [Catches(Guard.TagScope)]
    public async Task Same_driver_is_looked_up_once_for_many_events_and_again_after_an_hour()
    {
        for (var number = 0; number < 5; number++) await SendAsync(_south, "DriverUpdated", _ofNorth);
        Assert.Equal(1, await LookUpsAsync());

        _polled.Fleet.Clock.Advance(TimeSpan.FromHours(2));
        await SendAsync(_south, "DriverUpdated", _ofNorth);
        Assert.Equal(2, await LookUpsAsync());
    }

    [Fact]
    [Catches(Guard.TagScope)]
    public async Task Driver_who_comes_over_is_ones_own_from_the_next_look_at_the_roster_on()
    {
        await SendAsync(_south, "MissingDvirPastDue", _ofNorth with { Vehicle = _ofSouth.Vehicle });
        Assert.Equal("out_of_scope", await _polled.Fleet.OutcomeAsync(_south, "event-1"));

        await _polled.Samsara.ChangeDriverAsync(Org, _ofNorth.Driver, new(Tags: [South]));
        await _polled.PollAsync(_south, "drivers");
        await SendAsync(_south, "MissingDvirPastDue", _ofNorth with { Vehicle = _ofSouth.Vehicle });

        Assert.NotEqual("out_of_scope", await _polled.Fleet.OutcomeAsync(_south, "event-2"));
    }

    [Fact]
    public async Task Ping_and_a_company_that_is_the_whole_organization_are_not_asked_about()
    {
        var whole = await _polled.AddCompanyAsync("whole", Org, Token);
        await SendAsync(whole, "EngineFaultOn", _ofNorth);
        await _polled.Fleet.WorkAsync((await _polled.Fleet.FromSamsaraAsync(_south, """{"eventId":"ping","eventMs":1772463600000,"eventType":"Ping","event":{"text":"Ping"}}""")).Nudges);

        Assert.Equal("ignored: no rule", await _polled.Fleet.OutcomeAsync(whole, "event-1"));
        Assert.Equal("ignored: no rule", await _polled.Fleet.OutcomeAsync(_south, "ping"));
        Assert.Equal(0, await CountAsync(whole, "fleet.calls") + await CountAsync(_south, "fleet.calls"));
    }

    [Fact]
    [Catches(Guard.TagScope)]
    public async Task Truck_that_comes_to_a_place_is_told_to_its_own_companys_driver_and_nothing_to_the_other()
    {
        _polled.Fleet.AcceptAll();
        foreach (var (company, side) in new[] { (_north, _ofNorth), (_south, _ofSouth) })
        {
            await _polled.Fleet.AddDriverAsync(company, side.Driver, "+15125550101", "Ana", "en");
            await _polled.Fleet.Database.ExecuteAsAdminAsync($$$"""update fleet.tenant_configurations set rules = '{"site_entered":{"is_on":true}}', version = version + 1 where tenant_id = '{{{company.Id}}}'""");
            await _polled.Fleet.Get<TenantSettingsCache>().ReadAsync(company.Id, default);
        }
        await _polled.Samsara.AssignAsync(Org, new(_ofNorth.Driver, _ofNorth.Vehicle));
        foreach (var company in new[] { _north, _south }) await SendAsync(company, "GeofenceEntry", _ofNorth);
        for (var look = 0; look < 4; look++)
        {
            _polled.Fleet.Clock.Advance(TimeSpan.FromSeconds(10));
            await _polled.Fleet.SweepAsync();
        }

        Assert.Equal("out_of_scope", await _polled.Fleet.OutcomeAsync(_south, "event-2"));
        Assert.Equal(["site_entered"], await _polled.Fleet.Db(_north).ListAsync("select reason from fleet.message_logs where tenant_id = $1 and reason <> 'introduction'", row => row.GetString(0), default));
        await AssertNothingLeftAsync(_south, [Canary, _ofNorth.Driver, _ofNorth.Vehicle]);
        Assert.Equal(0, await CountAsync(_south, "fleet.site_visits") + await CountAsync(_south, "fleet.message_logs"));
    }

    private async Task<Side> AddSideAsync(Tag tag)
    {
        var driver = await _polled.Samsara.AddDriverAsync(Org, new($"{Canary} of {tag.Id}", Phone: "512 555 0101", Tags: [tag]));
        var vehicle = await _polled.Samsara.AddVehicleAsync(Org, new($"{Canary} of {tag.Id}", Tags: [tag]));
        return new(driver, vehicle, await _polled.AddRouteAsync(_north, driver, name: $"{Canary} of {tag.Id}"));
    }

    private async Task SendAllAsync(TestCompany company, Side about)
    {
        foreach (var sample in SamsaraSamples.Events) await SendAsync(company, sample.EventType, about);
        foreach (var condition in SamsaraIncidents.Conditions) await SendAsync(company, "AlertIncident", about, SamsaraIncidents.Data(condition.Name, SubjectOf(about)));
        await SendAsync(company, "SomethingNew", about, new() { ["driver"] = new JsonObject { ["id"] = about.Driver }, ["words"] = "x" });
        await SendLegacyAsync(company, new() { ["driver"] = new JsonObject { ["id"] = long.Parse(about.Driver, System.Globalization.CultureInfo.InvariantCulture), ["name"] = "x" } });
        await SendLegacyAsync(company, new() { ["details"] = $"Somebody submitted a document (ID: {about.Driver}_1772463600000)" });
        await SendLegacyAsync(company, new() { ["device"] = new JsonObject { ["id"] = long.Parse(about.Vehicle, System.Globalization.CultureInfo.InvariantCulture), ["name"] = "x" } });
    }

    private Task SendAsync(TestCompany company, string eventType, Side about, JsonObject? data = null) => SendAsync(company, new JsonObject
    {
        ["data"] = Canaries(data ?? SamsaraSamples.Data(eventType, SubjectOf(about))),
        ["orgId"] = Org,
        ["webhookId"] = company.WebhookId,
        ["eventType"] = eventType,
        ["eventId"] = $"event-{++_events}",
    });

    private Task SendLegacyAsync(TestCompany company, JsonObject alert)
    {
        alert["orgId"] = Org;
        return SendAsync(company, new JsonObject { ["eventId"] = $"event-{++_events}", ["eventMs"] = 1772463600000, ["eventType"] = "Alert", ["event"] = Canaries(alert) });
    }

    private async Task SendAsync(TestCompany company, JsonObject body)
    {
        var receipt = await _polled.Fleet.FromSamsaraAsync(company, body.ToJsonString());
        Assert.True(receipt.IsAccepted);
        await _polled.Fleet.WorkAsync(receipt.Nudges);
    }

    private SampleSubject SubjectOf(Side about) => new()
    {
        Now = _polled.Now, OrgId = Org, DriverId = about.Driver, DriverName = Canary, VehicleId = about.Vehicle, VehicleName = Canary, RouteId = about.Route.Id, RouteName = Canary,
        StopId = about.Route.Stops[0].Id, StopName = Canary, NextStopId = about.Route.Stops[1].Id, AddressName = Canary,
    };

    /// <summary>A canary in every string that is neither an id nor a time nor a code that decides.</summary>
    private static JsonNode Canaries(JsonNode node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToList())
                {
                    if (value is JsonValue text && text.GetValueKind() == JsonValueKind.String)
                        members[name] = name is "id" or "type" or "state" or "details" || name.EndsWith("Id", StringComparison.Ordinal) || name.EndsWith("Time", StringComparison.Ordinal) || name == "time"
                            ? (string?)text + (name == "details" ? Canary : "")
                            : Canary + (string?)text;
                    else if (value is not null) Canaries(value);
                }
                break;
            case JsonArray items:
                foreach (var item in items.OfType<JsonNode>()) Canaries(item);
                break;
        }
        return node;
    }

    /// <summary>In no column of the company's rows, in clear or opened.</summary>
    private async Task AssertNothingLeftAsync(TestCompany company, IReadOnlyList<string> words)
    {
        var (db, key) = (_polled.Fleet.Db(company), await _polled.Fleet.Get<DataKeys>().GetAsync(company.Id, default));
        var tables = await db.ListAsync("""
            select c.oid::regclass::text
            from pg_catalog.pg_class c
            where c.relnamespace = 'fleet'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and has_table_privilege(c.oid, 'select') and $1 <> ''
              and exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
            """, row => row.GetString(0), default);
        Assert.Contains("fleet.inbox", tables);
        var found = new List<string>();
        foreach (var table in tables)
        {
            foreach (var row in await db.ListAsync($"select t::text from {table} t where tenant_id = $1", row => row.GetString(0), default)) Look(table, row);
        }
        var openable = (await db.ListAsync("""
            select c.table_name || '.' || c.column_name
            from information_schema.columns c
            join information_schema.columns id on id.table_schema = c.table_schema and id.table_name = c.table_name and id.column_name = 'id'
            where c.table_schema = 'fleet' and c.data_type = 'bytea' and $1 <> ''
            """, row => row.GetString(0), default)).ToHashSet();
        Assert.Contains("calls.content", openable);
        foreach (var column in typeof(EncryptedColumns).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (Column)f.GetValue(null)!).Where(c => openable.Contains(c.ToString()) && tables.Contains($"fleet.{c.Table}")))
        {
            foreach (var (id, value) in await db.ListAsync($"select id, {column.Name} from fleet.{column.Table} where tenant_id = $1 and {column.Name} is not null", row => (row.GetGuid(0), row.Bytes(1)), default))
                Look(column.ToString(), Encoding.UTF8.GetString(key.Decrypt(column, id.ToString("N"), value)));
        }
        Assert.Empty(found);

        void Look(string where, string text) => found.AddRange(words.Where(word => text.Contains(word, StringComparison.Ordinal)).Select(word => $"{word} in {where}: {text}"));
    }

    private async Task<IEnumerable<string?>> RoutesSeenAsync(TestCompany company)
        => (await _polled.FactsAsync(company, "route.seen")).Select(f => f.GetProperty("route").GetProperty("id").GetString());

    private async Task<int> LookUpsAsync()
        => (await _polled.Samsara.JournalAsync()).Count(e => e.Kind == "rest.request" && e.Data.GetProperty("path").GetString() == $"/fleet/drivers/{_ofNorth.Driver}");

    private Task<long> CountAsync(TestCompany company, string table) => _polled.Fleet.Db(company).FindAsync($"select count(*) from {table} where tenant_id = $1", row => row.GetInt64(0), default);

    private sealed class Logs : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
