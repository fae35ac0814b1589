using System.Globalization;
using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Tests.Transports;

/// <summary>Facts about a route that come late, twice, in pieces or from the future.</summary>
public sealed class StopArrivalTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private readonly TestFleet _fleet = fixture.Fleet;

    [Theory]
    [InlineData("2026-03-02T14:55:00.000Z")]
    [InlineData("2026-03-02T14:59:00.000Z")]
    [InlineData("2026-03-02T14:58:00.123Z")]
    public async Task One_visit_is_told_once_though_it_comes_with_two_arrival_times(string corrected)
    {
        var (company, taken) = await StartAsync();

        await ReceiveAsync(company, Arrival(company, "first", at: "2026-03-02T14:58:00.000Z"));
        await ReceiveAsync(company, Arrival(company, "corrected", at: corrected));

        Assert.Single(taken);
        Assert.Equal("noted: the stop is arrived already", await OutcomeAsync(company, "corrected"));
    }

    [Fact]
    public async Task An_arrival_that_a_later_events_list_brought_is_told_once_when_its_own_event_comes()
    {
        var (company, taken) = await StartAsync();
        // The list says that 60011 has been departed from, 7002 is where the event happens and 7003 is arrived at already.
        var other = Arrival(company, "other stop", at: "2026-03-02T14:59:30.000Z");
        other["data"]!["route"]!["stops"]!.AsArray().Add(new JsonObject { ["id"] = "7003", ["name"] = "Gate", ["state"] = "arrived", ["actualArrivalTime"] = "2026-03-02T14:59:00Z" });
        await ReceiveAsync(company, other);
        taken.Clear();

        await ReceiveAsync(company, Arrival(company, "own", stop: "7003", at: "2026-03-02T14:59:00.000Z"));
        await ReceiveAsync(company, Arrival(company, "own, corrected", stop: "7003", at: "2026-03-02T14:59:05.000Z"));

        Assert.Equal("Gate", Assert.Single(taken).Content.Parameters![1]);
    }

    [Fact]
    public async Task A_reassignment_that_a_tap_overtook_still_names_the_driver_who_is_written_to()
    {
        var (company, taken) = await StartAsync();
        var ben = await _fleet.AddDriverAsync(company, "12", "+15550003333", "Ben");
        await ReceiveAsync(company, Arrival(company, "Ana's", driver: "11", at: "2026-03-02T14:50:00.000Z"));
        await TapAsync(company, taken[0], at: "2026-03-02T14:58:00Z");

        // Older than the tap, newer than what named Ana.
        await ReceiveAsync(company, Arrival(company, "Ben's", driver: "12", stop: "60019", at: "2026-03-02T14:55:00.000Z"));

        Assert.Equal(ben, await DriverAsync(company));
        Assert.Equal("Ben", taken.Where(m => m.Content.Template is not null).ElementAt(1).Content.Parameters![0]);
    }

    [Fact]
    public async Task A_fact_without_effect_on_a_stop_counts_for_the_age_of_its_driver()
    {
        var (company, _) = await StartAsync();
        var ben = await _fleet.AddDriverAsync(company, "12", "+15550003333", "Ben");
        await ReceiveAsync(company, Arrival(company, "1", driver: "11", at: "2026-03-02T14:50:00.000Z"));
        // The same stop again, so nothing moves, but the driver is another.
        await ReceiveAsync(company, Arrival(company, "2", driver: "12", at: "2026-03-02T14:58:00.000Z"));

        await ReceiveAsync(company, Arrival(company, "3", driver: "11", at: "2026-03-02T14:54:00.000Z"));

        Assert.Equal(ben, await DriverAsync(company));
    }

    [Fact]
    public async Task A_fact_that_names_no_driver_does_not_shut_out_one_that_is_older_and_does()
    {
        var (company, _) = await StartAsync();
        var nameless = Arrival(company, "1", at: "2026-03-02T14:58:00.000Z");
        nameless["data"]!.AsObject().Remove("driver");
        await ReceiveAsync(company, nameless);
        Assert.Null(await DriverAsync(company));

        await ReceiveAsync(company, Arrival(company, "2", driver: "11", stop: "60019", at: "2026-03-02T14:54:00.000Z"));

        Assert.NotNull(await DriverAsync(company));
    }

    [Fact]
    public async Task An_older_fact_overwrites_nothing_that_describes_a_route_or_its_stops()
    {
        var (company, _) = await StartAsync();
        var newer = Arrival(company, "newer", at: "2026-03-02T14:58:00.000Z");
        newer["data"]!["route"]!["name"] = "Load, renamed";
        newer["data"]!["route"]!["stops"]![2]!["name"] = "New mill";
        newer["data"]!["route"]!["stops"]![2]!["eta"] = "2026-03-02T18:00:00Z";
        await ReceiveAsync(company, newer);
        var older = Arrival(company, "older", at: "2026-03-02T14:50:00.000Z");
        older["data"]!["route"]!["stops"]!.AsArray().RemoveAt(0);
        older["data"]!["route"]!["stops"]![1]!["scheduledArrivalTime"] = "2026-03-02T16:00:00Z";

        await ReceiveAsync(company, older);

        Assert.Equal(("New mill", 2, "delivery", true, true), await _fleet.Db(company).FindAsync(
            "select name, sequence, kind, eta is not null, scheduled_at is null from fleet.stops where tenant_id = $1 and samsara_stop_id = '60019'",
            r => (r.GetString(0), r.GetInt32(1), r.GetString(2), r.GetBoolean(3), r.GetBoolean(4)), default));
        Assert.Equal("Load, renamed", await _fleet.Db(company).FindAsync("select name from fleet.transports where tenant_id = $1", r => r.GetString(0), default));
    }

    [Fact]
    public async Task A_route_without_a_list_of_stops_gets_them_one_by_one_and_is_not_over_before_they_are_listed()
    {
        var (company, taken) = await StartAsync();
        await ReceiveAsync(company, Fragment(company, "1", "7001", "2026-03-02T14:50:00.000Z"));
        await TapAsync(company, taken[0], at: "2026-03-02T14:52:00Z");
        Assert.Equal("en_route", await StatusAsync(company));

        await ReceiveAsync(company, Fragment(company, "2", "7002", "2026-03-02T14:58:00.000Z"));

        Assert.Equal(["Stop 1", "Stop 2"], taken.Where(m => m.Content.Template is not null).Select(m => m.Content.Parameters![1]));
        Assert.Equal("arrived", await StatusAsync(company));
        Assert.Equal(["7001 0 other", "7002 1 other"], await StopsAsync(company));
    }

    [Fact]
    public async Task A_fragment_of_a_stop_that_is_known_changes_neither_its_name_nor_its_place_nor_its_kind()
    {
        var (company, _) = await StartAsync();
        await ReceiveAsync(company, Arrival(company, "1", at: "2026-03-02T14:50:00.000Z"));
        var known = await StopsAsync(company);

        await ReceiveAsync(company, Fragment(company, "2", "60019", "2026-03-02T14:58:00.000Z"));

        Assert.Equal(known, await StopsAsync(company));
        Assert.Equal("arrived", await _fleet.Db(company).FindAsync("select state from fleet.stops where tenant_id = $1 and name = 'Mill'", r => r.GetString(0), default));
    }

    [Fact]
    public async Task A_list_gives_a_stop_known_by_a_fragment_its_place_even_if_it_is_older()
    {
        var (company, _) = await StartAsync();
        await ReceiveAsync(company, Fragment(company, "1", "60019", "2026-03-02T14:58:00.000Z"));

        await ReceiveAsync(company, Arrival(company, "2", at: "2026-03-02T14:50:00.000Z"));

        Assert.Equal(["60011 0 pickup", "7002 1 other", "60019 2 delivery"], await StopsAsync(company));
    }

    [Fact]
    public async Task An_event_without_its_routes_id_finds_the_transport_by_its_stop()
    {
        var (company, taken) = await StartAsync();
        await ReceiveAsync(company, Arrival(company, "1", at: "2026-03-02T14:50:00.000Z"));
        var nameless = Arrival(company, "2", stop: "60019", at: "2026-03-02T14:58:00.000Z");
        nameless["data"]!.AsObject().Remove("route");

        await ReceiveAsync(company, nameless);

        Assert.Equal(["Ana", "Mill", "Load 6001"], taken[1].Content.Parameters!);
    }

    [Fact]
    public async Task An_event_whose_route_and_stop_are_both_unknown_is_ignored()
    {
        var (company, _) = await StartAsync();
        var nameless = Arrival(company, "1", at: "2026-03-02T14:58:00.000Z");
        nameless["data"]!.AsObject().Remove("route");

        await ReceiveAsync(company, nameless);

        Assert.StartsWith("ignored:", await OutcomeAsync(company, "1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_arrival_from_the_future_does_not_shut_out_those_of_today()
    {
        var (company, taken) = await StartAsync();
        await ReceiveAsync(company, Arrival(company, "1", driver: "11", at: "2031-01-01T00:00:00.000Z"));
        var ben = await _fleet.AddDriverAsync(company, "12", "+15550003333", "Ben");
        _fleet.Clock.Advance(TimeSpan.FromMinutes(10));

        await ReceiveAsync(company, Arrival(company, "2", driver: "12", stop: "60019", at: Text(_fleet.Clock.GetUtcNow())));

        Assert.Equal(ben, await DriverAsync(company));
        Assert.Equal(2, taken.Count);
    }

    private async Task<(TestCompany Company, List<WhatsAppMessage> Taken)> StartAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", "+15550001111");
        return (company, _fleet.AcceptAll());
    }

    private static JsonObject Arrival(TestCompany company, string eventId, string at, string driver = "11", string stop = "7002")
    {
        // The list stays the same; only where the truck is differs.
        var body = JsonNode.Parse(Payloads.StopArrival(company, driver, eventId: eventId))!.AsObject();
        body["data"]!["routeStopDetails"] = new JsonObject { ["id"] = stop, ["state"] = "arrived", ["actualArrivalTime"] = at };
        body["data"]!["time"] = at;
        return body;
    }

    private static JsonObject Fragment(TestCompany company, string eventId, string stop, string at)
    {
        var body = Arrival(company, eventId, at, stop: stop);
        body["data"]!["route"]!.AsObject().Remove("stops");
        return body;
    }

    private async Task ReceiveAsync(TestCompany company, JsonObject body) => await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, body.ToJsonString())).Nudges);

    private async Task TapAsync(TestCompany company, WhatsAppMessage message, string at)
    {
        var tap = Payloads.Tap(message.Recipient.TrimStart('+'), new ButtonPayload(message.MessageId, ButtonActions.StopDone).ToString(), "Done", $"wamid.tap-{message.OpaqueId}",
            $"wamid.{message.OpaqueId}", DateTimeOffset.Parse(at, CultureInfo.InvariantCulture).ToUnixTimeSeconds());
        await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [tap]))).Nudges);
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private Task<Guid?> DriverAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select driver_id from fleet.transports where tenant_id = $1", r => r.GuidOrNull(0), default);

    private Task<string?> StatusAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select status from fleet.transports where tenant_id = $1", r => r.GetString(0), default);

    private Task<List<string>> StopsAsync(TestCompany company)
        => _fleet.Db(company).ListAsync("select samsara_stop_id || ' ' || sequence || ' ' || kind from fleet.stops where tenant_id = $1 order by sequence", r => r.GetString(0), default);

    private Task<string?> OutcomeAsync(TestCompany company, string eventId)
        => _fleet.OutcomeAsync(company, eventId);
}
