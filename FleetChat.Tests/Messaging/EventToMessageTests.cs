using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Guards;
using FleetChat.Tests.Postgres;
using Moq;

namespace FleetChat.Tests.Messaging;

[Through(Door.Direct)]
public sealed class DirectEventToMessageTests(FleetFixture fixture) : EventToMessageTests(fixture), IClassFixture<FleetFixture>;

[Through(Door.PgBouncer)]
public sealed class PgBouncerEventToMessageTests(PgBouncerFleetFixture fixture) : EventToMessageTests(fixture), IClassFixture<PgBouncerFleetFixture>;

/// <summary>The whole way of an event in one process: receive, process, send, answer, report.</summary>
public abstract class EventToMessageTests(FleetFixture fixture)
{
    private const string Phone = "+15550001111";
    private const string Digits = "15550001111";
    private readonly TestFleet _fleet = fixture.Fleet;

    [DoorFact]
    public async Task A_stop_reached_becomes_a_message_with_the_buttons_of_its_kind()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        var taken = _fleet.AcceptAll();

        var receipt = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"));
        await _fleet.WorkAsync(receipt.Nudges);

        var message = Assert.Single(taken);
        Assert.Equal(Phone, message.Recipient);
        Assert.Equal([ButtonActions.Loaded, ButtonActions.Unloaded, ButtonActions.Problem], message.Content.Buttons!.Select(b => b.Action));
        Assert.Equal(["Ana", "Dock 4", "Load 6001"], message.Content.Parameters!);
        Assert.Equal("arrived", await StopStateAsync(company, "7002"));
        Assert.Equal("arrived", await TransportStatusAsync(company, "6001"));
        Assert.Equal("accepted", await MessageStatusAsync(company, message.MessageId));
    }

    [DoorFact]
    [Catches(Guard.Dedupe)]
    public async Task A_redelivered_webhook_and_the_same_fact_by_another_id_have_no_second_effect()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        var taken = _fleet.AcceptAll();

        foreach (var body in new[] { Payloads.StopArrival(company, "11"), Payloads.StopArrival(company, "11"), Payloads.StopArrival(company, "11", eventId: "by another way") })
        {
            var receipt = await _fleet.FromSamsaraAsync(company, body);
            Assert.True(receipt.IsAccepted);
            await _fleet.WorkAsync(receipt.Nudges);
        }

        Assert.Single(taken);
        Assert.Equal(2, await CountAsync(company, "select count(*) from fleet.inbox where tenant_id = $1"));
    }

    [DoorFact]
    public async Task A_tap_moves_the_stop_and_the_transport_after_it()
    {
        var (company, message) = await SendOneAsync();

        await TapAsync(company, message, ButtonActions.StopDone, "wamid.tap-1");

        Assert.Equal("done", await StopStateAsync(company, "7002"));
        Assert.Equal("en_route", await TransportStatusAsync(company, "6001"));
        Assert.Equal(0, await CountAsync(company, OpenEntries));
    }

    [DoorFact]
    public async Task A_second_tap_on_the_same_button_changes_nothing_and_bothers_nobody()
    {
        var (company, message) = await SendOneAsync();

        await TapAsync(company, message, ButtonActions.StopDone, "wamid.tap-1");
        await TapAsync(company, message, ButtonActions.StopDone, "wamid.tap-2");

        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.transport_events where tenant_id = $1 and what = 'stop_done'"));
        Assert.Equal(0, await CountAsync(company, OpenEntries));
    }

    [DoorFact]
    public async Task A_problem_is_put_before_a_dispatcher()
    {
        var (company, message) = await SendOneAsync();

        await TapAsync(company, message, ButtonActions.Problem, "wamid.tap-1");

        Assert.Equal("problem", await ReasonAsync(company));
        Assert.Equal("arrived", await StopStateAsync(company, "7002"));
    }

    [DoorFact]
    public async Task A_payload_that_names_a_message_of_another_chat_moves_nothing()
    {
        var (company, message) = await SendOneAsync();
        await _fleet.AddDriverAsync(company, "12", "+15550002222");

        var forged = Payloads.Tap("15550002222", new ButtonPayload(message.MessageId, ButtonActions.StopDone).ToString(), "Done here", "wamid.forged", null);
        await ReceiveAsync(Payloads.WhatsApp(company, messages: [forged]));

        Assert.Equal("arrived", await StopStateAsync(company, "7002"));
        Assert.Equal("free_text", await ReasonAsync(company));
    }

    [DoorFact]
    public async Task On_a_shared_phone_each_tap_belongs_to_the_driver_whose_message_it_answers()
    {
        var company = await _fleet.AddCompanyAsync();
        var ana = await _fleet.AddDriverAsync(company, "11", Phone);
        var ben = await _fleet.AddDriverAsync(company, "12", "+1 (555) 000-1111", "Ben");
        var taken = _fleet.AcceptAll();
        await ReceiveSamsaraAsync(company, Payloads.StopArrival(company, "11", route: "61", stop: "71"));
        await ReceiveSamsaraAsync(company, Payloads.StopArrival(company, "12", route: "62", stop: "72"));
        Assert.Equal(2, taken.Count);

        await TapAsync(company, taken.Single(m => m.Content.Parameters![0] == "Ben"), ButtonActions.StopDone, "wamid.tap-ben");

        Assert.Equal("arrived", await StopStateAsync(company, "71"));
        Assert.Equal("done", await StopStateAsync(company, "72"));
        Assert.Equal(ben, await _fleet.Db(company).FindAsync("select driver_id from fleet.message_logs where tenant_id = $1 and direction = 'inbound'", r => r.GetGuid(0), default));
        Assert.NotEqual(ana, ben);
    }

    [DoorFact]
    public async Task Free_text_of_a_shared_phone_without_a_transport_under_way_asks_a_dispatcher_who_writes()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        await _fleet.AddDriverAsync(company, "12", Phone, "Ben");

        await ReceiveAsync(Payloads.WhatsApp(company, messages: [Payloads.Text(Digits, "on my way", "wamid.t1")]));

        Assert.Equal("who_writes", await ReasonAsync(company));
    }

    [DoorFact]
    public async Task A_phone_that_drives_for_two_companies_is_two_drivers()
    {
        var (one, two) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync("bravo"));
        await _fleet.AddDriverAsync(one, "11", Phone);
        await _fleet.AddDriverAsync(two, "11", Phone);
        var taken = _fleet.AcceptAll();
        await ReceiveSamsaraAsync(one, Payloads.StopArrival(one, "11"));
        await ReceiveSamsaraAsync(two, Payloads.StopArrival(two, "11"));
        Assert.Equal([one.PhoneNumberId, two.PhoneNumberId], taken.Select(m => m.PhoneNumberId));

        await TapAsync(two, taken[1], ButtonActions.StopDone, "wamid.tap-two");

        Assert.Equal("arrived", await StopStateAsync(one, "7002"));
        Assert.Equal("done", await StopStateAsync(two, "7002"));
    }

    [DoorFact]
    public async Task An_unknown_sender_gets_one_answer_without_fleet_data_and_a_dispatcher_is_told()
    {
        var company = await _fleet.AddCompanyAsync();
        var taken = _fleet.AcceptAll();

        await ReceiveAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15559998888", "hello?", "wamid.u1", Now())]));
        await ReceiveAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15559998888", "anybody?", "wamid.u2", Now())]));

        var answer = Assert.Single(taken);
        Assert.Contains("isn't on the company's driver list", answer.Content.Text, StringComparison.Ordinal);
        Assert.Equal(2, await CountAsync(company, OpenEntries));
    }

    [DoorFact]
    public async Task After_a_stop_nothing_that_waits_is_sent()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        var arrival = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"));
        var work = await _fleet.Get<FleetChat.Core.Inbox.ProcessLane>().HandleAsync(arrival.Nudges.Single(), default);
        var taken = _fleet.AcceptAll();
        await ReceiveAsync(Payloads.WhatsApp(company, messages: [Payloads.Text(Digits, "¡Alto!", "wamid.s1", _fleet.Clock.GetUtcNow().ToUnixTimeSeconds())]));

        await _fleet.WorkAsync([], work.Send);

        Assert.EndsWith("write START.", Assert.Single(taken).Content.Text, StringComparison.Ordinal);
        Assert.Equal("refused", await _fleet.Db(company).FindAsync("select status from fleet.message_logs where tenant_id = $1 and direction = 'outbound' and reason like 'stop_arrived%'", r => r.GetString(0), default));
        Assert.Equal("withdrawn", await _fleet.Db(company).FindAsync("select consent_status from fleet.drivers where tenant_id = $1", r => r.GetString(0), default));
    }

    [DoorFact]
    public async Task Statuses_only_move_forward_whatever_order_they_arrive_in()
    {
        var (company, message) = await SendOneAsync();
        var wamid = $"wamid.{message.OpaqueId}";

        foreach (var status in new[] { "read", "sent", "delivered" })
            await ReceiveAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status(wamid, status, message.OpaqueId)]));

        Assert.Equal("read", await MessageStatusAsync(company, message.MessageId));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and sent_at is not null and delivered_at is not null and read_at is not null"));
    }

    [DoorFact]
    public async Task A_delivery_after_a_failure_counts_and_a_failure_after_a_delivery_does_not()
    {
        var (company, message) = await SendOneAsync();
        var wamid = $"wamid.{message.OpaqueId}";

        await ReceiveAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status(wamid, "failed", errorCode: 131026)]));
        Assert.Equal("failed", await MessageStatusAsync(company, message.MessageId));
        await ReceiveAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status(wamid, "delivered")]));
        await ReceiveAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status(wamid, "failed", errorCode: 131026, timestamp: 1772463800)]));

        Assert.Equal("delivered", await MessageStatusAsync(company, message.MessageId));
    }

    [DoorFact]
    public async Task A_lost_answer_is_settled_by_the_status_that_brings_the_attempt_back()
    {
        var (company, attempt) = await LoseAnswerAsync();

        await ReceiveAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status("wamid.real", "delivered", attempt)]));
        _fleet.Clock.Advance(TimeSpan.FromMinutes(11));
        var sweep = await _fleet.Get<FleetChat.Core.Inbox.Sweep>().HandleAsync(default);
        await _fleet.WorkAsync(sweep.Process, sweep.Send);

        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and status = 'delivered' and wamid is not null"));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.attempts where tenant_id = $1 and outcome = 'accepted'"));
    }

    [DoorFact]
    public async Task A_lost_answer_that_no_status_settles_is_resent_after_the_doubt_window_and_counted()
    {
        var (company, _) = await LoseAnswerAsync();
        var taken = _fleet.AcceptAll();

        await _fleet.WorkAsync([], [.. await NudgeAllAsync(company)]);
        Assert.Empty(taken);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(11));
        await _fleet.WorkAsync([], [.. await NudgeAllAsync(company)]);

        Assert.Single(taken);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.outbound where tenant_id = $1 and resends = 1 and status = 'done'"));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.alerts where tenant_id = $1 and code = 'message.resent'"));
    }

    [DoorFact]
    public async Task A_failure_that_may_pass_is_tried_again_with_growing_delay()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        FailWith(new(WhatsAppFailure.Transient, 131000, "trace", null));
        await ReceiveSamsaraAsync(company, Payloads.StopArrival(company, "11"));
        Assert.Equal("queued", await _fleet.Db(company).FindAsync("select status from fleet.message_logs where tenant_id = $1", r => r.GetString(0), default));
        var taken = _fleet.AcceptAll();

        await _fleet.WorkAsync([], [.. await NudgeAllAsync(company)]);
        Assert.Empty(taken);
        _fleet.Clock.Advance(TimeSpan.FromSeconds(11));
        await _fleet.WorkAsync([], [.. await NudgeAllAsync(company)]);

        Assert.Single(taken);
        Assert.Equal(2, await CountAsync(company, "select attempts::bigint from fleet.message_logs where tenant_id = $1"));
    }

    [DoorFact]
    public async Task A_failure_for_good_is_not_tried_again_and_raises_an_alert()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        FailWith(new(WhatsAppFailure.Permanent, 131026, "trace", null));

        await ReceiveSamsaraAsync(company, Payloads.StopArrival(company, "11"));

        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and status = 'failed' and error_code = 131026"));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.alerts where tenant_id = $1 and code = 'message.failed'"));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.outbound where tenant_id = $1 and status = 'done'"));
    }

    [DoorFact]
    public async Task A_message_that_is_no_longer_true_expires_unsent()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);

        await ReceiveSamsaraAsync(company, Payloads.StopArrival(company, "11", at: _fleet.Clock.GetUtcNow().AddHours(-3)));

        Assert.Equal("expired", await _fleet.Db(company).FindAsync("select status from fleet.message_logs where tenant_id = $1", r => r.GetString(0), default));
    }

    [DoorFact]
    public async Task Nothing_goes_to_a_driver_without_consent()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone, consent: "asked");

        await ReceiveSamsaraAsync(company, Payloads.StopArrival(company, "11"));

        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1"));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.alerts where tenant_id = $1 and code = 'driver.no_consent'"));
    }

    private const string OpenEntries = "select count(*) from fleet.dispatcher_entries where tenant_id = $1 and handled_at is null";

    private async Task<(TestCompany Company, WhatsAppMessage Message)> SendOneAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        var taken = _fleet.AcceptAll();
        await ReceiveSamsaraAsync(company, Payloads.StopArrival(company, "11"));
        return (company, Assert.Single(taken));
    }

    private async Task<(TestCompany Company, string Attempt)> LoseAnswerAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        var attempt = "";
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .Callback((WhatsAppMessage message, CancellationToken _) => attempt = message.OpaqueId)
            .ThrowsAsync(new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null));
        await ReceiveSamsaraAsync(company, Payloads.StopArrival(company, "11"));
        return (company, attempt);
    }

    private void FailWith(WhatsAppException exception)
        => _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>())).ThrowsAsync(exception);

    private async Task ReceiveSamsaraAsync(TestCompany company, string body) => await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, body)).Nudges);

    private async Task ReceiveAsync(string body) => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(body)).Nudges);

    private Task TapAsync(TestCompany company, WhatsAppMessage message, string action, string wamid)
        => ReceiveAsync(Payloads.WhatsApp(company, messages:
            [Payloads.Tap(Digits, new ButtonPayload(message.MessageId, action).ToString(), "as on the button", wamid, $"wamid.{message.OpaqueId}")]));

    private Task<List<FleetChat.Core.Inbox.Nudge>> NudgeAllAsync(TestCompany company)
        => _fleet.Db(company).ListAsync("select lane from fleet.lanes where tenant_id = $1 and stage = 'send'", r => new FleetChat.Core.Inbox.Nudge(company.Id, r.GetInt16(0)), default);

    private long Now() => _fleet.Clock.GetUtcNow().ToUnixTimeSeconds();

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, r => r.GetInt64(0), default);

    private Task<string?> ReasonAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select reason from fleet.dispatcher_entries where tenant_id = $1", r => r.GetString(0), default);

    private Task<string?> StopStateAsync(TestCompany company, string stop)
        => _fleet.Db(company).FindAsync("select state from fleet.stops where tenant_id = $1 and samsara_stop_id = $2", r => r.GetString(0), default, P.Text(stop));

    private Task<string?> TransportStatusAsync(TestCompany company, string route)
        => _fleet.Db(company).FindAsync("select status from fleet.transports where tenant_id = $1 and samsara_route_id = $2", r => r.GetString(0), default, P.Text(route));

    private Task<string?> MessageStatusAsync(TestCompany company, Guid message)
        => _fleet.Db(company).FindAsync("select status from fleet.message_logs where tenant_id = $1 and id = $2", r => r.GetString(0), default, P.Uuid(message));
}
