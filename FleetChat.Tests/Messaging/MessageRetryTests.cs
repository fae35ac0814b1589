using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Messaging;

/// <summary>What fails for now, at once or by a later report, and what rests because of it.</summary>
public sealed class MessageRetryTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Phone = "+15550001111";
    private const string OtherPhone = "+15550002222";
    private static readonly int Orders = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 500 : 5;
    private static readonly string[] Reported = ["sent", "delivered", "read", "failed"];
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task A_message_that_goes_through_costs_no_orchestration()
    {
        var company = await AddCompanyAsync();
        _fleet.AcceptAll();

        await ArriveAsync(company, "11", "61");

        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.orchestration_commands where tenant_id = $1"));
    }

    [Fact]
    public async Task A_message_that_fails_for_now_begins_one_orchestration_however_often_it_fails()
    {
        var company = await AddCompanyAsync();
        Refuse(131000);

        await ArriveAsync(company, "11", "61");
        for (var i = 0; i < 3; i++) await PassAsync(company, TimeSpan.FromMinutes(2));

        Assert.InRange(await CountAsync(company, "select retries::bigint from fleet.outbound where tenant_id = $1"), 3, 4);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.orchestration_commands where tenant_id = $1 and kind = 'start' and flow = 'MessageRetry'"));
        Assert.Equal("retrying", await OutboundAsync(company));
    }

    [Fact]
    public async Task Orchestration_sleeps_until_its_message_is_due_takes_it_up_once_and_ends_with_it()
    {
        var company = await AddCompanyAsync();
        Refuse(131000, TimeSpan.FromMinutes(7));
        await ArriveAsync(company, "11", "61");
        var (now, input) = (_fleet.Clock.GetUtcNow(), new FleetChat.Core.Orchestrations.FlowInput(company.Id.Value, await OutboundIdAsync(company)));
        var retry = _fleet.Get<RetryMessage>();

        Assert.Equal(now.AddMinutes(7), (await retry.HandleAsync(input, default)).LookAt);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(7));
        for (var twice = 0; twice < 2; twice++) Assert.True((await retry.HandleAsync(input, default)).LookAt > now.AddMinutes(60));
        Assert.Equal("waiting", await OutboundAsync(company));
        _fleet.AcceptAll();
        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.Null((await retry.HandleAsync(input, default)).LookAt);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.orchestration_commands where tenant_id = $1 and kind = 'raise'"));
    }

    [Fact]
    public async Task A_message_whose_orchestration_is_lost_is_taken_up_minutes_later()
    {
        var company = await AddCompanyAsync();
        Refuse(131000, TimeSpan.FromMinutes(7));
        await ArriveAsync(company, "11", "61");
        var taken = _fleet.AcceptAll();
        _fleet.LosesOrchestrations = true;
        try
        {
            await PassAsync(company, TimeSpan.FromMinutes(8));
            Assert.Empty(taken);
            _fleet.Clock.Advance(RetryMessage.LostAfter);
            await _fleet.SweepAsync();
            Assert.Single(taken);
        }
        finally
        {
            _fleet.LosesOrchestrations = false;
        }
    }

    [Fact]
    public async Task What_could_be_tried_again_only_when_it_is_no_longer_true_has_expired()
    {
        var company = await AddCompanyAsync();
        Refuse(131000, TimeSpan.FromHours(3));

        await ArriveAsync(company, "11", "61");

        Assert.Equal("expired", await StatusAsync(company));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and reason like '%:expired' and error_code = 131000"));
        Assert.Equal("done", await OutboundAsync(company));
    }

    [Theory]
    [InlineData(131056, 1)]
    [InlineData(130429, 0)]
    [InlineData(80007, 0)]
    public async Task A_limit_stops_what_it_is_about_and_nothing_else(int code, int otherSent)
    {
        var company = await AddCompanyAsync();
        Refuse(code, TimeSpan.FromMinutes(5));
        await ArriveAsync(company, "11", "61");
        var taken = _fleet.AcceptAll();

        await ArriveAsync(company, "11", "62");
        await ArriveAsync(company, "12", "63");
        Assert.Equal(otherSent, taken.Count);
        await PassAsync(company, TimeSpan.FromMinutes(6));

        Assert.Equal(3, taken.Count);
    }

    [Fact]
    public async Task A_paused_template_stops_only_itself_and_one_message_tries_whether_it_works_again()
    {
        var company = await AddCompanyAsync();
        Refuse(132015);
        await ArriveAsync(company, "11", "61");
        var taken = _fleet.AcceptAll();

        await ArriveAsync(company, "12", "62");
        Assert.Empty(taken);
        await DispatchAsync(company, "Come back");
        Assert.Equal(TemplateSet.DispatcherNote, Assert.Single(taken).Content.Template);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.alerts where tenant_id = $1 and code = 'template.stopped' and subject like 'fleetchat_stop_arrived_%_v_ en_US'"));
        await PassAsync(company, TimeSpan.FromMinutes(61));
        await PassAsync(company, TimeSpan.FromMinutes(2));

        Assert.Equal(3, taken.Count);
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.sending_holds where tenant_id = $1"));
    }

    [Theory]
    [InlineData(190, 61)]
    [InlineData(131048, 60 * 4 + 1)]
    public async Task One_message_tries_whether_a_stopped_number_works_again_and_only_then_the_others_go(int code, int minutes)
    {
        var company = await AddCompanyAsync();
        var calls = Refuse(code);
        await ArriveAsync(company, "11", "61", validFor: TimeSpan.FromHours(12));
        await ArriveAsync(company, "12", "62", validFor: TimeSpan.FromHours(12));
        Assert.Single(calls);
        await PassAsync(company, TimeSpan.FromMinutes(minutes));
        Assert.Equal(2, calls.Count);
        var taken = _fleet.AcceptAll();
        await PassAsync(company, TimeSpan.FromMinutes(minutes - 2));
        Assert.Empty(taken);

        await PassAsync(company, TimeSpan.FromMinutes(3));
        await PassAsync(company, TimeSpan.FromMinutes(2));

        Assert.Equal(2, taken.Count);
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.sending_holds where tenant_id = $1"));
    }

    [Fact]
    public async Task Another_token_ends_what_stopped_the_old_one()
    {
        var company = await AddCompanyAsync();
        Refuse(190);
        await ArriveAsync(company, "11", "61");
        // As if it had been refused for another token than the company has now.
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.sending_holds set token_index = '\\x00' where tenant_id = '{company.Id}'");
        var taken = _fleet.AcceptAll();

        await ArriveAsync(company, "12", "62");
        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        Assert.Equal([Phone, OtherPhone], taken.Select(t => t.Recipient).Order(StringComparer.Ordinal));
        Assert.Equal(0, await CountAsync(company, OpenAlerts("whatsapp.blocked")));
    }

    [Fact]
    public async Task What_was_refused_and_what_waited_behind_it_goes_out_at_once_when_a_token_is_taken()
    {
        var company = await AddCompanyAsync();
        Refuse(190);
        await ArriveAsync(company, "11", "61");
        await ArriveAsync(company, "12", "62");
        var taken = _fleet.AcceptAll();
        await _fleet.WorkAsync([], await SendNudgesAsync(company));
        Assert.Empty(taken);

        await TakeTokenAsync(company);

        Assert.Equal([Phone, OtherPhone], taken.Select(t => t.Recipient).Order(StringComparer.Ordinal));
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.sending_holds where tenant_id = $1"));
        Assert.Equal(0, await CountAsync(company, OpenAlerts("whatsapp.blocked")));
    }

    [Fact]
    public async Task What_was_accepted_and_reported_as_refused_goes_out_at_once_too_when_a_token_is_taken()
    {
        var (company, first) = await SendAsync();
        var taken = _fleet.AcceptAll();
        await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", "failed", first.OpaqueId, 131042));
        Assert.Equal("retrying", await OutboundAsync(company));

        await TakeTokenAsync(company);

        Assert.Equal(Phone, Assert.Single(taken).Recipient);
    }

    [Fact]
    public async Task What_is_no_longer_true_when_a_token_is_taken_is_not_sent()
    {
        var company = await AddCompanyAsync();
        Refuse(190);
        await ArriveAsync(company, "11", "61");
        var taken = _fleet.AcceptAll();
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.outbound set valid_until = created_at where tenant_id = '{company.Id}'");
        _fleet.Clock.Advance(TimeSpan.FromMinutes(1));

        await TakeTokenAsync(company);

        Assert.Empty(taken);
        Assert.Equal("expired", await StatusAsync(company));
    }

    [Theory]
    [InlineData(131048)]
    [InlineData(132015)]
    [InlineData(131056)]
    public async Task What_has_nothing_to_do_with_the_token_waits_on(int code)
    {
        var company = await AddCompanyAsync();
        Refuse(code);
        await ArriveAsync(company, "11", "61");
        var taken = _fleet.AcceptAll();

        await TakeTokenAsync(company);

        Assert.Empty(taken);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.sending_holds where tenant_id = $1"));
    }

    // Another process goes by the old one for some seconds.
    [Fact]
    public async Task What_is_refused_for_a_token_that_was_replaced_meanwhile_goes_out_with_the_new_one_and_stops_nothing()
    {
        var company = await AddCompanyAsync();
        var taken = new List<WhatsAppMessage>();
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .Returns(async (WhatsAppMessage message, CancellationToken _) =>
            {
                if (message.AccessToken != "another-token")
                {
                    await GiveTokenAsync(company, "another-token");
                    throw new WhatsAppException(MetaErrors.Classify(190, false), 190, "trace", null);
                }
                taken.Add(message);
                return new WhatsAppAcceptance($"wamid.{message.OpaqueId}", null);
            });

        await ArriveAsync(company, "11", "61");

        Assert.Equal(Phone, Assert.Single(taken).Recipient);
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.sending_holds where tenant_id = $1"));
        Assert.Equal(0, await CountAsync(company, OpenAlerts("whatsapp.blocked")));
        Assert.Equal(1, await CountAsync(company, "select attempts::bigint from fleet.outbound where tenant_id = $1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_dispatchers_words_go_out_as_a_template_where_WhatsApp_says_that_the_window_is_closed(bool later)
    {
        var company = await AddCompanyAsync();
        await WriteAsync(company, "hello");
        var taken = new List<WhatsAppMessage>();
        RefuseFirst(later ? null : 131047, taken);
        await DispatchAsync(company, "Use gate 4");
        if (later)
        {
            var text = Assert.Single(taken);
            taken.Clear();
            await ReportAsync(company, Payloads.Status($"wamid.{text.OpaqueId}", "failed", text.OpaqueId, 131047, Unix()));
        }
        await _fleet.WorkAsync([], await SendNudgesAsync(company));

        var instead = Assert.Single(taken);
        Assert.Equal(TemplateSet.DispatcherNote, instead.Content.Template);
        Assert.Contains("Use gate 4.", instead.Content.Text, StringComparison.Ordinal);
        // What comes now finds the window closed.
        await DispatchAsync(company, "And hurry");
        Assert.Equal(2, taken.Count(t => t.Content.Template == TemplateSet.DispatcherNote));
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.dispatcher_entries where tenant_id = $1 and reason = 'not_sent'"));
    }

    [Fact]
    public async Task A_message_that_failed_after_it_was_accepted_is_sent_again_where_that_may_help()
    {
        var (company, first) = await SendAsync();
        var taken = _fleet.AcceptAll();

        await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", "sent", first.OpaqueId), Payloads.Status($"wamid.{first.OpaqueId}", "failed", first.OpaqueId, 131000));
        Assert.Equal(("sent", "retrying"), (await StatusAsync(company), await OutboundAsync(company)));
        await PassAsync(company, TimeSpan.FromMinutes(1));
        var second = Assert.Single(taken);
        await ReportAsync(company, Payloads.Status($"wamid.{second.OpaqueId}", "delivered", second.OpaqueId));

        Assert.Equal(("delivered", "done"), (await StatusAsync(company), await OutboundAsync(company)));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.orchestration_commands where tenant_id = $1 and kind = 'start'"));
    }

    [Fact]
    public async Task A_dispatchers_message_that_failed_after_it_was_accepted_is_on_the_dispatchers_list_once()
    {
        var company = await AddCompanyAsync();
        await WriteAsync(company, "hello");
        var taken = _fleet.AcceptAll();
        await DispatchAsync(company, "Use gate 4");
        var sent = Assert.Single(taken);

        await ReportAsync(company, Payloads.Status($"wamid.{sent.OpaqueId}", "sent", sent.OpaqueId, timestamp: Unix()), Payloads.Status($"wamid.{sent.OpaqueId}", "failed", sent.OpaqueId, 131026, Unix()));
        // The same once more, and by WhatsApp's own id alone.
        await ReportAsync(company, Payloads.Status($"wamid.{sent.OpaqueId}", "failed", sent.OpaqueId, 131026, Unix()), Payloads.Status($"wamid.{sent.OpaqueId}", "failed", errorCode: 131026, timestamp: Unix() + 1));

        Assert.Equal([sent.MessageId], await _fleet.Db(company).ListAsync(
            "select message_id from fleet.dispatcher_entries where tenant_id = $1 and reason = 'not_sent' and handled_at is null", r => r.GetGuid(0), default));
        var shown = await _fleet.Get<ListConversations>().HandleAsync(new(company.Id, NeedsDispatcher: true, new(50, null)), default);
        Assert.Equal("failed", Assert.Single(Assert.Single(shown.Value.Data).Entries, entry => entry.Reason == "not_sent").Message.Status);
    }

    [Fact]
    public async Task A_dispatchers_message_that_failed_for_now_after_it_was_accepted_is_put_before_nobody_unless_it_fails_for_good()
    {
        var company = await AddCompanyAsync();
        await WriteAsync(company, "hello");
        var taken = _fleet.AcceptAll();
        await DispatchAsync(company, "Use gate 4");
        var sent = Assert.Single(taken);

        await ReportAsync(company, Payloads.Status($"wamid.{sent.OpaqueId}", "failed", sent.OpaqueId, 131000, Unix()));
        Assert.Equal(0, await CountAsync(company, NotSent));
        await PassAsync(company, TimeSpan.FromMinutes(1));
        var again = taken[^1];
        Assert.Equal((2, sent.MessageId), (taken.Count, again.MessageId));
        await ReportAsync(company, Payloads.Status($"wamid.{again.OpaqueId}", "failed", again.OpaqueId, 131026, Unix()));

        Assert.Equal(1, await CountAsync(company, NotSent));
    }

    [Fact]
    public async Task A_message_of_a_rule_that_failed_after_it_was_accepted_is_put_before_nobody()
    {
        var (company, first) = await SendAsync();

        await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", "failed", first.OpaqueId, 131026));

        Assert.Equal("failed", await StatusAsync(company));
        Assert.Equal(0, await CountAsync(company, NotSent));
    }

    [Fact]
    public async Task A_message_that_failed_for_now_and_is_delivered_after_all_is_not_sent_again()
    {
        var (company, first) = await SendAsync();
        var taken = _fleet.AcceptAll();
        await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", "failed", first.OpaqueId, 131000));

        await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", "delivered", first.OpaqueId));
        await PassAsync(company, TimeSpan.FromMinutes(30));

        Assert.Empty(taken);
        Assert.Equal(("delivered", "done"), (await StatusAsync(company), await OutboundAsync(company)));
    }

    [Fact]
    public async Task A_late_word_of_the_attempt_that_failed_does_not_keep_the_message_from_being_sent_again()
    {
        var (company, first) = await SendAsync();
        var taken = _fleet.AcceptAll();
        await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", "failed", first.OpaqueId, 131000));

        await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", "sent", first.OpaqueId));
        await PassAsync(company, TimeSpan.FromMinutes(1));

        Assert.Single(taken);
    }

    [Theory]
    [InlineData(131000, "retrying")]
    [InlineData(131026, "done")]
    public async Task A_failure_that_overtakes_the_answer_to_its_call_is_followed_all_the_same(int code, string outbound)
    {
        var company = await AddCompanyAsync();
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .Returns(async (WhatsAppMessage message, CancellationToken _) =>
            {
                await ReportAsync(company, Payloads.Status($"wamid.{message.OpaqueId}", "failed", message.OpaqueId, code));
                return new WhatsAppAcceptance($"wamid.{message.OpaqueId}", null);
            });
        await ArriveAsync(company, "11", "61");
        Assert.Equal(outbound, await OutboundAsync(company));
        var taken = _fleet.AcceptAll();

        await PassAsync(company, TimeSpan.FromMinutes(1));

        Assert.Equal(outbound == "retrying" ? 1 : 0, taken.Count);
        Assert.Equal("done", await OutboundAsync(company));
    }

    [Theory]
    [InlineData(131049)]
    [InlineData(131026)]
    [InlineData(131050)]
    public async Task A_message_that_WhatsApp_withholds_is_not_sent_again(int code)
    {
        var (company, first) = await SendAsync();
        var taken = _fleet.AcceptAll();

        await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", "failed", first.OpaqueId, code));
        await PassAsync(company, TimeSpan.FromMinutes(60));

        Assert.Empty(taken);
        Assert.Equal("failed", await StatusAsync(company));
    }

    [Fact]
    public async Task What_a_message_costs_is_kept_once()
    {
        var (company, first) = await SendAsync();

        await ReportAsync(company, Priced(first, "sent"), Priced(first, "delivered"), Payloads.Status($"wamid.{first.OpaqueId}", "read", first.OpaqueId));

        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and pricing_category = 'utility' and billable"));
    }

    [Fact]
    public async Task What_a_message_costs_is_kept_once_though_it_was_sent_twice()
    {
        var (company, first) = await SendAsync();
        var taken = _fleet.AcceptAll();
        await ReportAsync(company, Priced(first, "sent"), Payloads.Status($"wamid.{first.OpaqueId}", "failed", first.OpaqueId, 131000));
        await PassAsync(company, TimeSpan.FromMinutes(1));
        var second = Priced(Assert.Single(taken), "delivered");
        second["pricing"]!["category"] = "marketing";
        second["pricing"]!["billable"] = false;

        await ReportAsync(company, second);

        Assert.Equal("delivered", await StatusAsync(company));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and pricing_category = 'utility' and billable"));
    }

    [Fact]
    public async Task Statuses_end_alike_in_whatever_order_they_come()
        => await Gen.Shuffle(Reported).SelectMany(order => Gen.Int[1, 4].Select(count => order[..count])).SampleAsync(async order =>
        {
            Assert.Equal(await PlayAsync([.. order.OrderBy(DeliveryStatus.Rank)]), await PlayAsync(order));
        }, iter: Orders, threads: 1);

    [Fact]
    public async Task Doubts_are_counted_by_the_messages_that_were_sent_again_or_given_to_a_dispatcher()
    {
        var company = await AddCompanyAsync();
        await WriteAsync(company, "hello");
        LoseAnswers();
        await ArriveAsync(company, "11", "61");
        await DispatchAsync(company, "Use gate 4");
        await PassAsync(company, TimeSpan.FromMinutes(11));
        await PassAsync(company, TimeSpan.FromMinutes(11));

        Assert.Equal(
            ["dispatcher_message handed_over", "stop_arrived handed_over", "stop_arrived resent"],
            await _fleet.Db(company).ListAsync(
                "select split_part(subject, ':', 1) || ' ' || outcome from fleet.decisions where tenant_id = $1 and kind = 'doubt' order by 1", r => r.GetString(0), default));
        Assert.Equal(3, await CountAsync(company, "select count(*) from fleet.attempts where tenant_id = $1"));
        Assert.Equal(2, await CountAsync(company, "select count(*) from fleet.dispatcher_entries where tenant_id = $1 and reason = 'delivery_unknown'"));
    }

    [Theory]
    [InlineData("update fleet.outbound set valid_until = created_at", "expired")]
    [InlineData("update fleet.conversations set stopped_at = now()", "opted_out")]
    public async Task A_doubt_that_another_reason_ends_is_counted_too(string ends, string outcome)
    {
        var company = await AddCompanyAsync();
        LoseAnswers();
        await ArriveAsync(company, "11", "61");
        await _fleet.Database.ExecuteAsAdminAsync($"{ends} where tenant_id = '{company.Id}'");

        await PassAsync(company, TimeSpan.FromMinutes(11));

        Assert.Equal([outcome], await _fleet.Db(company).ListAsync("select outcome from fleet.decisions where tenant_id = $1 and kind = 'doubt'", r => r.GetString(0), default));
        Assert.Equal("done", await OutboundAsync(company));
    }

    [Theory]
    [InlineData(190, 61, "whatsapp.blocked")]
    [InlineData(131048, 60 * 4 + 1, "whatsapp.quiet")]
    [InlineData(132015, 61, "template.stopped")]
    [InlineData(131064, 61, "whatsapp.limited")]
    public async Task What_tells_of_a_stop_is_over_when_WhatsApp_takes_messages_again(int code, int minutes, string alert)
    {
        var company = await AddCompanyAsync();
        Refuse(code);
        await ArriveAsync(company, "11", "61", validFor: TimeSpan.FromHours(12));
        Assert.Equal(1, await CountAsync(company, OpenAlerts(alert)));
        _fleet.AcceptAll();

        await PassAsync(company, TimeSpan.FromMinutes(minutes));

        Assert.Equal(0, await CountAsync(company, OpenAlerts(alert)));
    }

    private const string NotSent = "select count(*) from fleet.dispatcher_entries where tenant_id = $1 and reason = 'not_sent'";

    private static string OpenAlerts(string code) => $"select count(*) from fleet.alerts where tenant_id = $1 and code = '{code}' and closed_at is null";

    [Fact]
    public async Task Who_died_between_the_failure_and_its_orchestration_leaves_a_message_in_doubt_or_one_that_is_tried_again()
    {
        var company = await AddCompanyAsync();
        Refuse(131000, TimeSpan.FromMinutes(7));
        await ArriveAsync(company, "11", "61");
        // The row committed with its command, and nobody carried the command out.
        Assert.Equal(("retrying", 1L), (await OutboundAsync(company), await CountAsync(company, "select count(*) from fleet.orchestration_commands where tenant_id = $1 and status = 'waiting'")));

        _fleet.Clock.Advance(TimeSpan.FromMinutes(7));
        await _fleet.Database.ExecuteAsAdminAsync("update fleet.lanes set nudged_at = now() - interval '1 minute'");

        Assert.NotEmpty((await _fleet.Get<Sweep>().HandleAsync(default)).Orchestrate);
    }

    private async Task<string> PlayAsync(string[] statuses)
    {
        var (company, first) = await SendAsync();
        foreach (var status in statuses)
            await ReportAsync(company, Payloads.Status($"wamid.{first.OpaqueId}", status, first.OpaqueId, status == "failed" ? 131026 : null));
        return (await _fleet.Db(company).FindAsync(
            "select concat_ws(' ', status, status_rank, sent_at is null, delivered_at is null, read_at is null, failed_at is null, error_code) from fleet.message_logs where tenant_id = $1", r => r.GetString(0), default))!;
    }

    private static JsonObject Priced(WhatsAppMessage message, string status)
    {
        var body = Payloads.Status($"wamid.{message.OpaqueId}", status, message.OpaqueId);
        body["pricing"] = new JsonObject { ["billable"] = true, ["pricing_model"] = "PMP", ["type"] = "regular", ["category"] = "utility" };
        return body;
    }

    private async Task<TestCompany> AddCompanyAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        await _fleet.AddDriverAsync(company, "12", OtherPhone, "Ben");
        return company;
    }

    private async Task<(TestCompany Company, WhatsAppMessage First)> SendAsync()
    {
        var company = await AddCompanyAsync();
        var taken = _fleet.AcceptAll();
        await ArriveAsync(company, "11", "61");
        return (company, Assert.Single(taken));
    }

    private async Task ArriveAsync(TestCompany company, string driver, string route, TimeSpan? validFor = null)
    {
        var receipt = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, driver, route: route, stop: $"{route}5", at: _fleet.Clock.GetUtcNow()));
        foreach (var nudge in receipt.Nudges)
        {
            var done = await _fleet.Get<ProcessLane>().HandleAsync(nudge, default);
            if (validFor is { } longer) await _fleet.Database.ExecuteAsAdminAsync($"update fleet.outbound set valid_until = created_at + interval '{longer}' where tenant_id = '{company.Id}'");
            await _fleet.WorkAsync(done.Process, done.Send);
        }
    }

    private async Task DispatchAsync(TestCompany company, string text)
    {
        var driver = await _fleet.Db(company).FindAsync("select id from fleet.drivers where tenant_id = $1 and samsara_driver_id = '11'", r => r.GetGuid(0), default);
        await _fleet.WorkAsync([], (await _fleet.Get<SendDispatcherMessage>().HandleAsync(new(company.Id, driver, text, "key"), default)).Value.Nudges);
    }

    private async Task WriteAsync(TestCompany company, string text)
    {
        _fleet.AcceptAll();
        await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text(Phone[1..], text, $"wamid.{company.Id}", Unix())]))).Nudges);
    }

    private async Task ReportAsync(TestCompany company, params JsonObject[] statuses)
    {
        foreach (var status in statuses) await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, statuses: [status]))).Nudges);
    }

    /// <summary>As a change of the company's settings does; then the sweep finds what is due.</summary>
    private async Task TakeTokenAsync(TestCompany company)
    {
        await using (var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default))
        {
            await SendingHoldSql.EndForTakenTokenAsync(db, _fleet.Clock.GetUtcNow(), default);
            await db.CommitAsync(default);
        }
        await _fleet.Database.ExecuteAsAdminAsync("update fleet.lanes set nudged_at = now() - interval '1 minute'");
        var found = await _fleet.Get<Sweep>().HandleAsync(default);
        await _fleet.WorkAsync([], found.Send.Where(nudge => nudge.Tenant == company.Id));
    }

    /// <summary>Behind the back of what this process knows of the company.</summary>
    private async Task GiveTokenAsync(TestCompany company, string token)
    {
        var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
        await _fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set whatsapp_access_token = $2 where tenant_id = $1", default,
            P.Bytes(key.Encrypt(EncryptedColumns.WhatsAppAccessToken, company.Id.Value, Encoding.UTF8.GetBytes(token))));
    }

    private async Task PassAsync(TestCompany company, TimeSpan time)
    {
        _fleet.Clock.Advance(time);
        await _fleet.WorkAsync([], await SendNudgesAsync(company));
    }

    private List<WhatsAppMessage> Refuse(int code, TimeSpan? retryAfter = null)
    {
        var calls = new List<WhatsAppMessage>();
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .Callback((WhatsAppMessage message, CancellationToken _) => calls.Add(message))
            .ThrowsAsync(new WhatsAppException(MetaErrors.Classify(code, false), code, "trace", retryAfter));
        return calls;
    }

    /// <param name="code">Null: not even the first one.</param>
    private void RefuseFirst(int? code, List<WhatsAppMessage> taken)
    {
        var isRefused = code is null;
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((WhatsAppMessage message, CancellationToken _) =>
            {
                if (!isRefused)
                {
                    isRefused = true;
                    throw new WhatsAppException(MetaErrors.Classify(code!.Value, false), code.Value, "trace", null);
                }
                taken.Add(message);
                return new WhatsAppAcceptance($"wamid.{message.OpaqueId}", null);
            });
    }

    private void LoseAnswers()
        => _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>())).ThrowsAsync(new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null));

    private Task<List<Nudge>> SendNudgesAsync(TestCompany company)
        => _fleet.Db(company).ListAsync("select lane from fleet.lanes where tenant_id = $1 and stage = 'send'", r => new Nudge(company.Id, r.GetInt16(0)), default);

    private Task<string?> StatusAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select status from fleet.message_logs where tenant_id = $1 and direction = 'outbound'", r => r.GetString(0), default);

    private Task<string?> OutboundAsync(TestCompany company) => _fleet.Db(company).FindAsync("select status from fleet.outbound where tenant_id = $1", r => r.GetString(0), default);

    private Task<Guid> OutboundIdAsync(TestCompany company) => _fleet.Db(company).FindAsync("select id from fleet.outbound where tenant_id = $1", r => r.GetGuid(0), default);

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, r => r.GetInt64(0), default);

    private long Unix() => _fleet.Clock.GetUtcNow().ToUnixTimeSeconds();
}
