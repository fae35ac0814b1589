using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Tests.Messaging.Rules;

namespace FleetChat.Tests.Monitoring;

/// <summary>Whatever a driver got, or did not get, can be explained afterwards.</summary>
public sealed class WhyTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Phone = "15550001111";

    private TestFleet Fleet => fixture.Fleet;

    [Fact]
    public async Task Message_is_explained_from_its_event_to_what_the_driver_answered_and_what_that_changed()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await HearArrivalAsync(day, "901", "arrival-901");
        var message = await FindAsync(day, "stop_arrived");
        var (wamid, opaque) = (day.Taken.Single().OpaqueId, day.Taken.Single().OpaqueId);
        await FromWhatsAppAsync(day, statuses: [Payloads.Status($"wamid.{wamid}", "delivered", opaque, timestamp: day.Now.ToUnixTimeSeconds() + 1)]);
        await FromWhatsAppAsync(day, messages: [Payloads.Tap(Phone, new ButtonPayload(message, "stop_done").ToString(), "Done", "wamid.tap-901", $"wamid.{wamid}", day.Now.ToUnixTimeSeconds() + 60)]);

        await Fleet.Database.ExecuteAsAdminAsync("""
            insert into fleet.write_backs (tenant_id, id, transport_id, stop_id, message_id, way, content, created_at)
            select tenant_id, id, transport_id, stop_id, id, 'notes', '', created_at
            from fleet.message_logs
            where tenant_id = $1 and direction = 'inbound'
            """, P.Text(day.Company.Id.Value));

        var why = await ExplainAsync(day, message.ToString());

        Assert.Equal(("message", "delivered: stop_arrived"), (why.About, why.Conclusion));
        AssertInOrder(why, WhyWhat.Received, WhyWhat.Noted, WhyWhat.Decided, WhyWhat.Made, WhyWhat.Tried, WhyWhat.Answered, WhyWhat.Reported, WhyWhat.Reply, WhyWhat.WrittenBack);
        Assert.Equal("arrival-901", why.Timeline[0].ExternalId);
        Assert.Contains(why.Timeline, e => e.What == WhyWhat.Noted && e.Detail.StartsWith("stop_done, driver", StringComparison.Ordinal));
        // The word that confirms the tap is part of it.
        Assert.Equal(["outbound", "inbound", "outbound"], why.Messages.Select(m => m.Direction));
    }

    [Fact]
    public async Task Event_is_found_by_Samsaras_id_by_ours_by_its_fact_and_by_its_effect()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await HearArrivalAsync(day, "902", "arrival-902");
        var row = await IdAsync(day, "select id from fleet.inbox where tenant_id = $1");
        var fact = await IdAsync(day, "select id from fleet.transport_events where tenant_id = $1 and what = 'stop_arrived'");
        var effect = await Fleet.Db(day.Company).FindAsync("select effect_key from fleet.message_logs where tenant_id = $1", r => r.GetString(0), default);

        foreach (var id in new[] { "arrival-902", row.ToString(), fact.ToString() })
        {
            var why = await ExplainAsync(day, id);
            Assert.Equal(("event", row.ToString(), "one message"), (why.About, why.Id, why.Conclusion));
            Assert.Equal("accepted", Assert.Single(why.Messages).Status);
        }
        Assert.Equal("message", (await ExplainAsync(day, effect!)).About);
    }

    [Fact]
    public async Task Same_fact_under_another_id_leads_to_the_message_that_was_made_of_the_first()
    {
        var day = await RuleDay.StartAsync(Fleet);
        var at = day.Now;
        await HearArrivalAsync(day, "903", "first-903", at);
        await HearArrivalAsync(day, "903", "second-903", at);
        var message = await FindAsync(day, "stop_arrived");

        var second = await ExplainAsync(day, "second-903");
        Assert.Contains(message, second.Messages.Select(m => m.Id));
        Assert.Contains(second.Timeline, e => e is { What: WhyWhat.Received, ExternalId: "first-903" });

        Assert.Contains((await ExplainAsync(day, message.ToString())).Timeline, e => e is { What: WhyWhat.CameAgain, ExternalId: "second-903" });
    }

    [Fact]
    public async Task Edits_that_settled_are_all_named_by_the_message_that_told_of_them_and_a_replaced_one_names_the_newer()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await day.SeeAsync(day.Route("904", "11", RuleDay.Stop("9041", "Yard", day.Now.AddHours(3))));
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await day.SeeAsync(day.Route("904", "11", RuleDay.Stop("9041", "Dock", day.Now.AddHours(4))));
        day.Refuse();
        await day.PassAsync(TimeSpan.FromMinutes(4));
        await day.SeeAsync(day.Route("904", "11", RuleDay.Stop("9041", "Dock 2", day.Now.AddHours(5))));
        await day.PassAsync(TimeSpan.FromMinutes(4));

        var replaced = await ExplainAsync(day, (await FindAsync(day, "route_assigned:superseded")).ToString());

        Assert.Equal(2, replaced.Timeline.Count(e => e.What == WhyWhat.Received));
        var newer = await FindAsync(day, "route_assigned");
        Assert.EndsWith($"by {newer}", Assert.Single(replaced.Timeline, e => e.What == WhyWhat.Superseded).Detail, StringComparison.Ordinal);
        Assert.Contains(replaced.Timeline, e => e is { What: WhyWhat.Answered, Detail: "transient 131000" });
        var waits = await ExplainAsync(day, newer.ToString());
        Assert.Equal("to be sent", waits.Timeline[^1].Detail);
        day.Accept();
    }

    [Fact]
    public async Task Event_that_led_to_nothing_says_why()
    {
        var day = await RuleDay.StartAsync(Fleet);
        var at = day.Now.AddHours(3);
        await day.SeeAsync(day.Route("905", "11", RuleDay.Stop("9051", "Yard", at)), isFirstLook: true);
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await HearEtaAsync(day, at, 40);
        var slipped = await LastEventAsync(day);
        Assert.StartsWith("no message: not looked at yet", (await ExplainAsync(day, slipped)).Conclusion, StringComparison.Ordinal);
        await day.PassAsync(TimeSpan.FromMinutes(1));
        await HearEtaAsync(day, at, 0);
        await day.PassAsync(TimeSpan.FromMinutes(4));

        Assert.Contains("within its time again", (await ExplainAsync(day, slipped)).Conclusion, StringComparison.Ordinal);

        await day.ChangeRulesAsync("""{"stop_arrived": {"is_on": false}}""");
        await HearArrivalAsync(day, "906", "off-906");
        Assert.Equal("no message: stop_arrived: noted: rule stop_arrived is off", (await ExplainAsync(day, "off-906")).Conclusion);
    }

    [Fact]
    public async Task Reminder_tells_when_it_was_set_and_what_was_decided()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await day.SeeAsync(day.Route("907", "11", RuleDay.Stop("9071", "Yard", day.Now.AddHours(3))));
        var reminder = await Fleet.Db(day.Company).FindAsync("select kind || ':' || subject from fleet.reminders where tenant_id = $1 and kind = 'route_notice'", r => r.GetString(0), default);
        Assert.Equal("no message: not looked at yet", (await ExplainAsync(day, reminder!)).Conclusion);

        await day.PassAsync(TimeSpan.FromMinutes(4));

        Assert.Equal("one message", (await ExplainAsync(day, $"reminder:{reminder}")).Conclusion);
    }

    [Fact]
    public async Task Digest_names_all_that_was_held_for_it()
    {
        var day = await RuleDay.StartAsync(Fleet);
        for (var route = 0; route < 8; route++) await day.SeeAsync(day.Route($"91{route}", "11", RuleDay.Stop($"91{route}1", $"Yard {route}", day.Now.AddHours(9))));
        await day.PassAsync(TimeSpan.FromMinutes(70));

        var digest = await ExplainAsync(day, (await FindAsync(day, "digest")).ToString());

        Assert.Equal(2, digest.Timeline.Count(e => e is { What: WhyWhat.NotTold, Detail: "route_assigned: held: digest" }));
        Assert.Equal(2, digest.Timeline.Count(e => e.What == WhyWhat.Received));
    }

    [Fact]
    public async Task Hold_at_the_wheel_is_told_with_its_end()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await HearArrivalAsync(day, "920", "arrival-920");
        await Fleet.Database.ExecuteAsAdminAsync("""
            insert into fleet.holds (tenant_id, id, message_id, driver_id, held_at, reason, released_at, release)
            select tenant_id, id, id, driver_id, created_at, 'hos', created_at + interval '5 minutes', 'not_driving'
            from fleet.message_logs
            where tenant_id = $1
            """, P.Text(day.Company.Id.Value));

        var why = await ExplainAsync(day, "arrival-920");

        Assert.Contains(why.Timeline, e => e is { What: WhyWhat.Held, Detail: "held: at the wheel (hos)" });
        Assert.Equal("not_driving", why.Timeline[^1].Detail);
    }

    [Fact]
    public async Task Dispatchers_message_comes_from_no_event()
    {
        var day = await RuleDay.StartAsync(Fleet);
        var driver = await IdAsync(day, "select id from fleet.drivers where tenant_id = $1 and samsara_driver_id = '11'");
        var sent = (await Fleet.Get<SendDispatcherMessage>().HandleAsync(new(day.Company.Id, driver, "Call me", "key-1"), default)).Value;

        var why = await ExplainAsync(day, sent.MessageId.ToString());

        Assert.Equal([WhyWhat.Made, WhyWhat.Waiting], why.Timeline.Select(e => e.What));
        Assert.Equal("queued: dispatcher_message:key-1", why.Conclusion);
    }

    [Fact]
    public async Task Another_companys_ids_are_no_ids_here()
    {
        var (day, other) = (await RuleDay.StartAsync(Fleet), await RuleDay.StartAsync(Fleet));
        await HearArrivalAsync(day, "921", "arrival-921");
        var message = await FindAsync(day, "stop_arrived");

        foreach (var id in new[] { message.ToString(), "arrival-921", "route_notice:x", "nothing", "" })
            Assert.Equal(ExplainWhy.NotFound, (await Fleet.Get<ExplainWhy>().HandleAsync(new(other.Company.Id, id), default)).Error);
    }

    [Fact]
    public async Task Whatsapps_own_ids_stay_out_of_it_because_they_hold_phones()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await FromWhatsAppAsync(day, messages: [Payloads.Text(Phone, "where to?", "wamid.question", day.Now.ToUnixTimeSeconds())]);

        var why = await ExplainAsync(day, "wamid.question");

        AssertInOrder(why, WhyWhat.Received, WhyWhat.Reply, WhyWhat.ToDispatcher);
        Assert.All(why.Timeline, e => Assert.Null(e.ExternalId));
    }

    private async Task<Explanation> ExplainAsync(RuleDay day, string id)
    {
        var result = await Fleet.Get<ExplainWhy>().HandleAsync(new(day.Company.Id, id), default);
        Assert.True(result.IsOk, $"{id}: {result.Error?.Code}");
        Assert.Equal(result.Value.Timeline.OrderBy(e => e.At), result.Value.Timeline);
        return result.Value;
    }

    private static void AssertInOrder(Explanation why, params string[] expected)
    {
        var at = 0;
        foreach (var entry in why.Timeline) if (at < expected.Length && entry.What == expected[at]) at++;
        Assert.True(at == expected.Length, $"no {(at < expected.Length ? expected[at] : "")} in {string.Join(" | ", why.Timeline.Select(e => $"{e.At:HH:mm:ss} {e.What} {e.Detail}"))}");
    }

    private async Task HearArrivalAsync(RuleDay day, string route, string eventId, DateTimeOffset? at = null)
        => await Fleet.WorkAsync((await Fleet.FromSamsaraAsync(day.Company, Payloads.StopArrival(day.Company, "11", route, $"{route}2", eventId, at ?? day.Now))).Nudges);

    private static Task HearEtaAsync(RuleDay day, DateTimeOffset at, int late) => day.HearStopAsync(
        "RouteStopEtaUpdated", "905", "11", new() { ["id"] = "9051", ["state"] = "en route", ["eta"] = RuleDay.Text(at.AddMinutes(late)), ["scheduledArrivalTime"] = RuleDay.Text(at) });

    private async Task<string> LastEventAsync(RuleDay day) => (await IdAsync(day, "select id from fleet.inbox where tenant_id = $1 order by id desc limit 1")).ToString();

    private Task FromWhatsAppAsync(RuleDay day, System.Text.Json.Nodes.JsonObject[]? messages = null, System.Text.Json.Nodes.JsonObject[]? statuses = null)
        => WorkAsync(Payloads.WhatsApp(day.Company, messages: messages ?? [], statuses: statuses ?? []));

    private async Task WorkAsync(string body) => await Fleet.WorkAsync((await Fleet.FromWhatsAppAsync(body)).Nudges);

    private Task<Guid> FindAsync(RuleDay day, string reason)
        => Fleet.Db(day.Company).FindAsync("select id from fleet.message_logs where tenant_id = $1 and reason = $2 order by id limit 1", r => r.GetGuid(0), default, P.Text(reason));

    private Task<Guid> IdAsync(RuleDay day, string sql) => Fleet.Db(day.Company).FindAsync(sql, r => r.GetGuid(0), default);
}
