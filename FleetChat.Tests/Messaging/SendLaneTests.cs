using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Messaging;

/// <summary>Sending at its edges: what crosses each other, what never ends, what stops a whole tenant.</summary>
public sealed class SendLaneTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Phone = "+15550001111";
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task A_report_that_settles_a_doubtful_message_while_it_is_about_to_be_resent_wins()
    {
        var (company, attempt) = await LoseAnswerAsync();
        _fleet.Clock.Advance(TimeSpan.FromMinutes(11));
        var report = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status("wamid.real", "sent", attempt)]));

        // The sender has read the message as doubtful, and waits for the row that the report's transaction holds.
        await using var reporting = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        await reporting.ListAsync(SendSql.LockMessages, r => r.GetInt32(0), default, P.Uuids([await MessageIdAsync(company)]));
        var sender = _fleet.WorkAsync([], await SendNudgesAsync(company));
        await Until.TrueAsync(async () => await WaitingAsync() > 0, "the sender waits for the report");
        var settled = await reporting.ExecuteAsync(
            "update fleet.outbound set status = 'done' where tenant_id = $1", default);
        await reporting.CommitAsync(default);
        // The strict WhatsApp outside still loses every answer: a call would be a second attempt.
        await sender;
        await _fleet.WorkAsync(report.Nudges);

        Assert.Equal(1, settled);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.attempts where tenant_id = $1"));
        Assert.Equal("sent", await StatusAsync(company));
    }

    // Whoever settles it raises the flags of what else he wrote, with its row still locked.
    [Fact]
    public async Task What_was_lost_is_taken_up_while_a_report_settles_it_without_a_deadlock()
    {
        var (company, _) = await LoseAnswerAsync();
        var nudges = await SendNudgesAsync(company);
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.outbound set status = 'sending', lease_token = gen_random_uuid(), lease_until = now() - interval '1 minute' where tenant_id = '{company.Id}'");

        await using var reporting = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        await reporting.ExecuteAsync("update fleet.outbound set status = 'done', lease_token = null, lease_until = null where tenant_id = $1", default);
        var sender = _fleet.WorkAsync([], nudges);
        await Until.TrueAsync(async () => await WaitingAsync() > 0, "the sender waits for the report");
        await reporting.ExecuteAsync(LaneSql.RaiseFlags, default, P.Text(Lanes.SendStage), P.Smalls([.. nudges.Select(n => n.Lane)]));
        await reporting.CommitAsync(default);
        await sender;

        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.outbound where tenant_id = $1 and status = 'done'"));
    }

    [Fact]
    public async Task A_doubtful_message_waits_for_a_report_that_came_in_time_and_is_still_unread()
    {
        var (company, attempt) = await LoseAnswerAsync();
        var report = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status("wamid.real", "sent", attempt)]));
        _fleet.Clock.Advance(TimeSpan.FromHours(1));
        var taken = _fleet.AcceptAll();

        // As after an outage: the sender is woken before the reader.
        await _fleet.WorkAsync([], await SendNudgesAsync(company));
        Assert.Empty(taken);
        await _fleet.WorkAsync(report.Nudges);
        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.Empty(taken);
        Assert.Equal("sent", await StatusAsync(company));
    }

    [Fact]
    public async Task A_doubtful_message_that_waits_for_a_report_does_not_hold_back_the_next_one()
    {
        var (company, attempt) = await LoseAnswerAsync();
        await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status("wamid.real", "sent", attempt)]));
        _fleet.Clock.Advance(TimeSpan.FromHours(1));
        await ArriveAsync(company, "11", "62", work: false);
        var taken = _fleet.AcceptAll();

        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.NotEqual(attempt, Assert.Single(taken).OpaqueId);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.outbound where tenant_id = $1 and status = 'doubt'"));
    }

    [Fact]
    public async Task The_doubt_about_a_dead_senders_message_begins_when_it_is_found()
    {
        var company = await AddCompanyWithDriverAsync();
        await ArriveAsync(company, "11", "61", work: false);
        // Killed between the attempt's commit and the call's end.
        await _fleet.Database.ExecuteAsAdminAsync($"""
            update fleet.outbound set status = 'sending', attempts = 1, lease_token = gen_random_uuid(), lease_until = now() - interval '1 second' where tenant_id = '{company.Id}';
            insert into fleet.attempts (tenant_id, id, outbound_id, message_id, started_at)
            select tenant_id, gen_random_uuid(), id, message_id, created_at from fleet.outbound where tenant_id = '{company.Id}'
            """);
        var taken = _fleet.AcceptAll();

        _fleet.Clock.Advance(TimeSpan.FromHours(1));
        await _fleet.WorkAsync([], await SendNudgesAsync(company));
        Assert.Empty(taken);
        _fleet.Clock.Advance(SendPolicy.DoubtWindow);
        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.Single(taken);
    }

    [Fact]
    public async Task A_message_that_stays_doubtful_is_resent_once_and_then_handed_to_a_dispatcher()
    {
        var (company, _) = await LoseAnswerAsync();

        for (var round = 0; round < 5; round++)
        {
            _fleet.Clock.Advance(TimeSpan.FromMinutes(11));
            await _fleet.WorkAsync([], await SendNudgesAsync(company));
        }

        Assert.Equal(2, await CountAsync(company, "select count(*) from fleet.attempts where tenant_id = $1"));
        Assert.Equal("failed", await StatusAsync(company));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.dispatcher_entries where tenant_id = $1 and reason = 'delivery_unknown'"));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.alerts where tenant_id = $1 and code = 'message.unknown'"));
    }

    [Fact]
    public async Task Both_ids_of_a_message_that_was_resent_are_known()
    {
        var (company, _) = await LoseAnswerAsync();
        _fleet.Clock.Advance(TimeSpan.FromMinutes(11));
        var taken = _fleet.AcceptAll();
        await _fleet.WorkAsync([], await SendNudgesAsync(company));
        var second = Assert.Single(taken);
        await ReportAsync(company, "wamid.first", "delivered", await FirstAttemptAsync(company));

        await ReportAsync(company, $"wamid.{second.OpaqueId}", "read", opaque: null);

        Assert.Equal("read", await StatusAsync(company));
    }

    [Theory]
    [InlineData(190)]
    [InlineData(0)]
    [InlineData(131031)]
    public async Task A_refusal_of_the_whole_number_holds_the_sending_and_burns_no_message(int code)
    {
        var company = await AddCompanyWithDriverAsync();
        await _fleet.AddDriverAsync(company, "12", "+15550002222", "Ben");
        FailWith(new(WhatsAppFailure.Blocked, code, "trace", null));
        await ArriveAsync(company, "11", "61");
        await ArriveAsync(company, "12", "62");
        await _fleet.WorkAsync([], await SendNudgesAsync(company));
        Assert.InRange(await CountAsync(company, "select count(*) from fleet.attempts where tenant_id = $1"), 1, 2);
        Assert.Equal(2, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and status = 'queued'"));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.alerts where tenant_id = $1 and code = 'whatsapp.blocked'"));

        var taken = _fleet.AcceptAll();
        await _fleet.WorkAsync([], await SendNudgesAsync(company));
        Assert.Empty(taken);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(61));
        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.Equal(2, taken.Count);
    }

    [Fact]
    public async Task A_slow_call_holds_back_its_own_driver_and_nobody_else()
    {
        var company = await AddCompanyWithDriverAsync();
        var ben = await _fleet.AddDriverAsync(company, "12", "+15550002222", "Ben");
        // Both in one lane, whatever their conversations' ids are.
        await ArriveAsync(company, "11", "61", work: false);
        await ArriveAsync(company, "12", "62", work: false);
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.outbound set lane = 0 where tenant_id = '{company.Id}'");
        await ArriveAsync(company, "12", "63", work: false);
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.outbound set lane = 0 where tenant_id = '{company.Id}'");
        var slow = new TaskCompletionSource();
        var taken = new List<string>();
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .Returns(async (WhatsAppMessage message, CancellationToken _) =>
            {
                if (message.Recipient == Phone) await slow.Task;
                lock (taken) taken.Add(message.Recipient);
                return new WhatsAppAcceptance($"wamid.{message.OpaqueId}", null);
            });

        var sending = _fleet.WorkAsync([], [new(company.Id, 0)]);
        await Until.TrueAsync(() => { lock (taken) return taken.Count == 2; }, "Ben's two messages are sent while the other call is slow");
        slow.SetResult();
        await sending;

        Assert.Equal(["+15550002222", "+15550002222", Phone], taken);
        Assert.NotEqual(Guid.Empty, ben);
    }

    [Fact]
    public async Task A_message_that_does_not_open_ends_alone_and_the_lane_goes_on()
    {
        var company = await AddCompanyWithDriverAsync();
        await _fleet.AddDriverAsync(company, "12", "+15550002222", "Ben");
        await ArriveAsync(company, "11", "61", work: false);
        await ArriveAsync(company, "12", "62", work: false);
        await _fleet.Database.ExecuteAsAdminAsync(
            $"update fleet.message_logs set content = '\\x00' where tenant_id = '{company.Id}' and driver_id = (select id from fleet.drivers where tenant_id = '{company.Id}' and samsara_driver_id = '11')");
        var taken = _fleet.AcceptAll();

        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.Equal("+15550002222", Assert.Single(taken).Recipient);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.alerts where tenant_id = $1 and code = 'message.unreadable'"));
    }

    [Fact]
    public async Task A_long_row_of_messages_that_end_unsent_needs_no_more_than_one_connection_at_a_time()
    {
        var company = await AddCompanyWithDriverAsync();
        for (var stop = 0; stop < 30; stop++) await ArriveAsync(company, "11", $"9{stop:00}", work: false);
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.outbound set valid_until = '2020-01-01' where tenant_id = '{company.Id}'");

        // One conversation, so one message ends in each round; the strict WhatsApp outside fails on any call.
        _fleet.WhatsApp.Reset();
        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.Equal(30, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and status = 'expired'"));
        Assert.InRange(await _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and usename <> current_user"), 0, 10);
    }

    [Fact]
    public async Task Nothing_is_sent_for_a_suspended_company()
    {
        var company = await AddCompanyWithDriverAsync();
        await ArriveAsync(company, "11", "61", work: false);
        await _fleet.Database.ExecuteAsAdminAsync(
            $"update fleet.tenants set status = 'suspended' where tenant_id = '{company.Id}'; update directory.tenants set status = 'suspended' where tenant_id = '{company.Id}'");
        await _fleet.Get<FleetChat.Core.Tenants.TenantSettingsCache>().ReadAsync(company.Id, default);

        // The strict WhatsApp outside fails on any call.
        _fleet.WhatsApp.Reset();
        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.Equal("queued", await StatusAsync(company));
    }

    [Fact]
    public async Task A_dispatcher_is_told_when_his_message_could_not_go()
    {
        var company = await AddCompanyWithDriverAsync();
        var driver = await _fleet.Db(company).FindAsync("select id from fleet.drivers where tenant_id = $1", r => r.GetGuid(0), default);
        await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages:
            [Payloads.Text("15550001111", "hello", $"wamid.{company.Id}", _fleet.Clock.GetUtcNow().ToUnixTimeSeconds())]))).Nudges);
        var sent = (await _fleet.Get<SendDispatcherMessage>().HandleAsync(new(company.Id, driver, "Use gate 4", "key"), default)).Value;
        Assert.Equal(MessageKind.Text, sent.Kind);
        _fleet.Clock.Advance(TimeSpan.FromHours(13));

        await _fleet.WorkAsync([], sent.Nudges);

        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.dispatcher_entries where tenant_id = $1 and reason = 'not_sent'"));
    }

    [Fact]
    public async Task No_phone_number_stands_in_any_id_column()
    {
        var company = await AddCompanyWithDriverAsync();
        // A message id as WhatsApp makes them: Base64 around the user's number.
        var wamid = "wamid." + Convert.ToBase64String("HB\u000015550001111\u0002"u8);
        await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15550001111", "hi", wamid)]))).Nudges);

        foreach (var table in new[] { "message_logs", "inbox", "inbox_keys", "attempts" })
            Assert.Equal(0, await _fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.{table} t where t::text like '%{wamid}%' or t::text like '%15550001111%'"));
    }

    private async Task<TestCompany> AddCompanyWithDriverAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        return company;
    }

    private async Task<(TestCompany Company, string Attempt)> LoseAnswerAsync()
    {
        var company = await AddCompanyWithDriverAsync();
        var attempt = "";
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .Callback((WhatsAppMessage message, CancellationToken _) => attempt = message.OpaqueId)
            .ThrowsAsync(new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null));
        await ArriveAsync(company, "11", "61");
        return (company, attempt);
    }

    private async Task ArriveAsync(TestCompany company, string driver, string route, bool work = true)
    {
        var receipt = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, driver, route: route, stop: $"{route}5", at: _fleet.Clock.GetUtcNow()));
        foreach (var nudge in receipt.Nudges)
        {
            var done = await _fleet.Get<ProcessLane>().HandleAsync(nudge, default);
            if (work) await _fleet.WorkAsync(done.Process, done.Send);
        }
    }

    private async Task ReportAsync(TestCompany company, string wamid, string status, string? opaque)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status(wamid, status, opaque)]))).Nudges);

    private void FailWith(WhatsAppException exception)
        => _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>())).ThrowsAsync(exception);

    private Task<List<Nudge>> SendNudgesAsync(TestCompany company)
        => _fleet.Db(company).ListAsync("select lane from fleet.lanes where tenant_id = $1 and stage = 'send'", r => new Nudge(company.Id, r.GetInt16(0)), default);

    private Task<Guid> MessageIdAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select id from fleet.message_logs where tenant_id = $1", r => r.GetGuid(0), default);

    private async Task<string> FirstAttemptAsync(TestCompany company)
        => (await _fleet.Db(company).FindAsync("select id from fleet.attempts where tenant_id = $1 order by started_at limit 1", r => r.GetGuid(0), default)).ToString("N");

    private Task<string?> StatusAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select status from fleet.message_logs where tenant_id = $1 and direction = 'outbound'", r => r.GetString(0), default);

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, r => r.GetInt64(0), default);

    private Task<long> WaitingAsync()
        => _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
}
