using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Restores;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Restores;
using FleetChat.Tests.Messaging.Rules;

namespace FleetChat.Tests.Restores;

/// <summary>What becomes of messages on a database that was put back to an earlier moment.</summary>
public sealed class RestoreTests : IAsyncLifetime
{
    private const string Phone = "+15550001111";
    private static readonly TimeSpan s_lost = TimeSpan.FromMinutes(10);

    /// <summary>After that what was found when all was looked through has been told.</summary>
    private static readonly TimeSpan s_told = TimeSpan.FromMinutes(15);

    private readonly FleetFixture _fixture = new();

    private TestFleet Fleet => _fixture.Fleet;

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task What_waited_is_never_sent_by_itself_and_given_to_a_dispatcher()
    {
        var (company, driver) = await AddCompanyAsync();
        await Fleet.QueueNoteAsync(company, driver);
        await Fleet.QueueNoteAsync(company, driver);
        await Fleet.Database.ExecuteAsAdminAsync("update fleet.outbound set status = 'retrying' where id = (select min(id::text)::uuid from fleet.outbound)");
        var taken = Fleet.AcceptAll();
        await BeginAsync();

        Fleet.Clock.Advance(TimeSpan.FromHours(1));
        await Fleet.SweepAsync();
        var ended = await EndAsync();
        Fleet.Clock.Advance(TimeSpan.FromHours(1));
        await Fleet.SweepAsync();

        Assert.Empty(taken);
        Assert.Equal([DoubtEnd.HandedOver, DoubtEnd.HandedOver], ended.Companies.Single().Messages.Select(m => m.End));
        Assert.Equal(2, await CountAsync($"select count(*) from fleet.dispatcher_entries where reason = '{DispatcherReasons.DeliveryUnknown}' and handled_at is null"));
        Assert.Equal(2, await CountAsync("select count(*) from fleet.decisions where kind = 'doubt' and outcome = 'handed_over'"));
    }

    [Fact]
    public async Task A_status_of_an_attempt_that_was_lost_settles_its_message()
    {
        var (company, driver) = await AddCompanyAsync();
        await Fleet.QueueNoteAsync(company, driver);
        var message = await IdAsync("select id from fleet.message_logs");
        await BeginAsync();

        // Nobody here knows of this attempt: it was made after the moment that the database was put back to.
        var attempt = Fleet.Clock.NewId();
        await ReportAsync(company, "delivered", AttemptReference.Write(attempt, message));

        var told = Assert.Single((await EndAsync()).Companies.Single().Messages);
        Assert.Equal((message, DoubtEnd.Sent), (told.Id, told.End));
        Assert.Equal("delivered", await TextAsync("select status from fleet.message_logs"));
        Assert.Equal(attempt, await IdAsync("select id from fleet.attempts"));
        // It was sent, so it counts.
        Assert.Equal(1, await CountAsync("select count(*) from fleet.usage_facts where kind = 'message_out'"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.dispatcher_entries"));
    }

    [Fact]
    public async Task A_status_may_come_after_the_message_was_given_to_a_dispatcher()
    {
        var (company, driver) = await AddCompanyAsync();
        await Fleet.QueueNoteAsync(company, driver);
        var message = await IdAsync("select id from fleet.message_logs");
        await BeginAsync();
        await EndAsync();

        await ReportAsync(company, "delivered", AttemptReference.Write(Fleet.Clock.NewId(), message));

        Assert.Equal("delivered", await TextAsync("select status from fleet.message_logs"));
    }

    [Fact]
    public async Task One_that_failed_in_the_lost_time_is_not_tried_again_but_shown_to_a_dispatcher()
    {
        var (company, driver) = await AddCompanyAsync();
        await Fleet.QueueNoteAsync(company, driver);
        var message = await IdAsync("select id from fleet.message_logs");
        var taken = Fleet.AcceptAll();
        await BeginAsync();

        // Elsewhere such a failure is tried again after a while.
        await ReportAsync(company, "failed", AttemptReference.Write(Fleet.Clock.NewId(), message), code: 131000);
        var ended = await EndAsync();
        Fleet.Clock.Advance(TimeSpan.FromHours(1));
        await Fleet.SweepAsync();

        Assert.Empty(taken);
        Assert.Equal(DoubtEnd.Failed, Assert.Single(ended.Companies.Single().Messages).End);
        Assert.Equal(DispatcherReasons.NotSent, await TextAsync("select reason from fleet.dispatcher_entries"));
    }

    [Fact]
    public async Task What_is_not_true_any_more_expires_and_bothers_nobody()
    {
        var (company, driver) = await AddCompanyAsync();
        await Fleet.QueueNoteAsync(company, driver);
        await Fleet.Database.ExecuteAsAdminAsync("update fleet.outbound set valid_until = $1", P.Time(Fleet.Clock.GetUtcNow().AddMinutes(30)));
        await BeginAsync();

        Fleet.Clock.Advance(TimeSpan.FromMinutes(31));
        var ended = await EndAsync();

        Assert.Equal(DoubtEnd.Expired, Assert.Single(ended.Companies.Single().Messages).End);
        Assert.Equal("expired", await TextAsync("select status from fleet.message_logs"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.dispatcher_entries"));
    }

    [Fact]
    public async Task What_the_platform_makes_while_a_restore_is_open_is_doubtful_and_what_a_person_asks_for_is_not()
    {
        var (company, _) = await AddCompanyAsync();
        var taken = Fleet.AcceptAll();
        await BeginAsync();

        await ReceiveAsync(company, Payloads.StopArrival(company, "11"));
        var conversation = await IdAsync("select conversation_id from fleet.drivers");
        Assert.Equal(1, await CountAsync("select count(*) from fleet.outbound where status = 'doubt' and restore_id is not null"));
        await Fleet.QueueNoteAsync(company, conversation, driver: null);
        await Fleet.SweepAsync();
        Assert.Empty(taken);

        var ended = await EndAsync();
        await PassOneSecondOfPausesAsync();
        await Fleet.SweepAsync();

        var found = Assert.Single(ended.Companies.Single().Messages);
        Assert.Equal((true, DoubtEnd.HandedOver), (found.IsNew, found.End));
        Assert.Single(taken);
    }

    [Fact]
    public async Task After_its_end_what_happens_is_told_again()
    {
        var (company, _) = await AddCompanyAsync();
        var taken = Fleet.AcceptAll();
        await BeginAsync();
        await EndAsync();
        await PassOneSecondOfPausesAsync();

        await ReceiveAsync(company, Payloads.StopArrival(company, "11"));

        Assert.Single(taken);
    }

    // A healthy database has nothing to be marked: whoever does it stops all sending.
    [Theory]
    [InlineData("status", 0, "No restore is under way, and nothing is to be done.")]
    [InlineData("end", 1, "No restore is open.")]
    public async Task Where_none_was_begun_nothing_is_to_be_done(string verb, int exitCode, string said)
    {
        await using var words = new StringWriter();

        Assert.Equal(exitCode, await RestoreJob.RunAsync(Fleet.Get<IServiceProvider>(), new(verb), "test", words, default));

        Assert.Contains(said, words.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_does_not_end_before_all_that_came_is_worked_on()
    {
        var (company, _) = await AddCompanyAsync();
        await BeginAsync();
        await LookAsync();
        var unread = await Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"));
        // Where there is always something to do, what came a moment ago keeps nobody waiting.
        Fleet.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.True((await GetAsync()).IsLookedThrough);
        Fleet.Clock.Advance(s_told);

        var still = await TryEndAsync();

        Assert.Null(still.EndedAt);
        Assert.Equal(1, still.Companies.Single().Unread);
        Assert.Equal(1, await CountAsync("select count(*) from fleet.platform_pauses where ended_at is null"));
        await Fleet.WorkAsync(unread.Nudges);
        Assert.NotNull((await TryEndAsync()).EndedAt);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.platform_pauses where ended_at is null"));
    }

    [Fact]
    public async Task It_does_not_end_before_what_the_first_look_found_has_settled()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await BeginAsync();
        await day.SeeAsync(day.Route("701", "11", RuleDay.Stop("7011", "Yard")));

        // All is looked through, and the driver is to be told only once dispatch has finished its edits.
        var still = await TryEndAsync();

        Assert.Equal((true, Fleet.Clock.GetUtcNow() + s_told, null), (still.IsLookedThrough, still.EndsFrom, still.EndedAt));
        await day.PassAsync(s_told - TimeSpan.FromSeconds(1));
        Assert.Equal(still.EndsFrom, (await GetAsync()).EndsFrom);
        Assert.Null((await TryEndAsync()).EndedAt);
        await day.PassAsync(TimeSpan.FromSeconds(1));
        var told = Assert.Single((await TryEndAsync()).Companies.Single().Messages);
        Assert.Equal(("route_assigned", DoubtEnd.HandedOver), (told.Rule, told.End));
        await day.PassAsync(TimeSpan.FromMinutes(30));
        Assert.Empty(day.Taken);
    }

    [Fact]
    public async Task It_waits_longer_for_a_company_that_lets_its_edits_settle_for_longer()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await day.ChangeRulesAsync("""{"eta_slipped": {"settle_seconds": 3600}}""");
        await BeginAsync();

        Assert.Equal(Fleet.Clock.GetUtcNow() + TimeSpan.FromMinutes(65), (await TryEndAsync()).EndsFrom);
    }

    [Theory]
    [InlineData("insert into fleet.reminders (tenant_id, kind, subject, lane, due_at, created_at) select tenant_id, 'stop_soon', 'x', 0, $1, $1 from fleet.tenants")]
    [InlineData("insert into fleet.calls (tenant_id, id, lane, kind, effect_key, content, due_at, attempts, created_at) select tenant_id, gen_random_uuid(), 0, 'x', 'x', '', $1 + interval '1 hour', 1, $1 from fleet.tenants")]
    [InlineData("insert into fleet.calls (tenant_id, id, lane, kind, effect_key, content, due_at, attempts, created_at, status, lease_token, lease_until) select tenant_id, gen_random_uuid(), 0, 'x', 'x', '', $1, 1, $1, 'calling', gen_random_uuid(), now() from fleet.tenants")]
    [InlineData("insert into fleet.orchestration_commands (tenant_id, id, lane, kind, flow, subject_id, due_at, created_at) select tenant_id, gen_random_uuid(), 0, 'start', 'x', gen_random_uuid(), $1, $1 from fleet.tenants")]
    public async Task What_is_overdue_or_to_be_tried_again_is_waited_for(string sql)
    {
        await AddCompanyAsync();
        await BeginAsync();
        await LookAsync();
        Assert.Equal(0, (await GetAsync()).Companies.Single().Due);
        await Fleet.Database.ExecuteAsAdminAsync(sql, P.Time(Fleet.Clock.GetUtcNow()));

        Fleet.Clock.Advance(s_told);

        var still = await TryEndAsync();
        Assert.Equal((1, null), (still.Companies.Single().Due, still.EndedAt));
    }

    [Theory]
    [InlineData("delete from fleet.samsara_polls where feed = 'routes'")]
    [InlineData("update fleet.samsara_polls set connection = null, looked_at = null, failures = 1, problem = 'samsara.unreachable' where feed = 'routes'")]
    [InlineData("update fleet.samsara_polls set looked_at = looked_at - interval '1 day' where feed = 'routes'")]
    public async Task A_list_of_Samsaras_that_was_not_gone_through_is_waited_for(string sql)
    {
        await AddCompanyAsync();
        await BeginAsync();
        await LookAsync();
        await Fleet.Database.ExecuteAsAdminAsync(sql);

        var still = await TryEndAsync();

        Assert.Equal(["routes"], still.Companies.Single().NotLookedAt);
        Assert.Equal((false, null), (still.IsLookedThrough, still.EndsFrom));
    }

    [Fact]
    public async Task A_company_whose_token_Samsara_refuses_keeps_no_other_waiting()
    {
        await AddCompanyAsync();
        await BeginAsync();
        await LookAsync();
        await Fleet.Database.ExecuteAsAdminAsync("update fleet.samsara_polls set looked_at = looked_at - interval '1 day', failures = 3, problem = 'samsara.refused'");
        await Fleet.Database.ExecuteAsAdminAsync("insert into fleet.calls (tenant_id, id, lane, kind, effect_key, content, due_at, attempts, created_at) select tenant_id, gen_random_uuid(), 0, 'x', 'x', '', $1, 3, $1 from fleet.tenants", P.Time(Fleet.Clock.GetUtcNow()));

        var view = await GetAsync();

        var company = Assert.Single(view.Companies);
        Assert.True(view.IsLookedThrough);
        Assert.Empty(company.NotLookedAt);
        Assert.Equal(["assignments", "drivers", "routes"], company.Refused);
    }

    [Fact]
    public async Task What_is_too_much_for_a_day_is_in_no_digest_that_goes_out_after_the_end()
    {
        var day = await RuleDay.StartAsync(Fleet);
        await day.ChangeAsync($"update fleet.tenant_configurations set most_unasked_messages = 1, version = version + 1 where tenant_id = '{day.Company.Id}'");
        await BeginAsync();
        for (var route = 0; route < 3; route++) await day.SeeAsync(day.Route($"71{route}", "11", RuleDay.Stop($"71{route}1", $"Yard {route}")));

        await day.PassAsync(TimeSpan.FromMinutes(4));

        Assert.Equal(0, await CountAsync("select count(*) from fleet.held_notices"));
        Assert.Equal(3, (await EndAsync()).Companies.Single().Messages.Count);
        await PassOneSecondOfPausesAsync();
        await day.PassAsync(TimeSpan.FromHours(2));
        Assert.Empty(day.Taken);
    }

    [Fact]
    public async Task What_is_queued_while_its_company_is_ended_is_settled_with_it()
    {
        var (company, driver) = await AddCompanyAsync();
        var chat = await IdAsync("select conversation_id from fleet.drivers");
        await BeginAsync();
        var key = await Fleet.Get<FleetChat.Core.Security.DataKeys>().GetAsync(company.Id, default);
        await using var db = await Fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        db.Cause = "event:test";
        var content = TemplateMessages.Make(TemplateSet.Get("transport_standard_v2"), TemplateSet.DispatcherNote, "en", [], "Ana", "Note.");
        Assert.True(await Outbox.TryAddAsync(db, key, Fleet.Clock, new(Fleet.Clock.NewId(), chat, driver, MessageKind.Template, content, "test", "test:1"), Outbox.LaneOf(chat), default));

        var ending = EndAsync();
        await Until.TrueAsync(async () => ending.IsCompleted || await CountAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0, "the end to wait for who queues");
        await db.CommitAsync(default);

        Assert.Equal(DoubtEnd.HandedOver, Assert.Single((await ending).Companies.Single().Messages).End);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.outbound where status <> 'done'"));
    }

    [Fact]
    public async Task More_than_one_transaction_can_hold_are_all_settled()
    {
        var (company, driver) = await AddCompanyAsync();
        var chat = await IdAsync("select conversation_id from fleet.drivers");
        for (var message = 0; message < 201; message++) await Fleet.QueueNoteAsync(company, chat, driver);
        await BeginAsync();

        Assert.Equal(201, (await EndAsync()).Companies.Single().Messages.Count(message => message.End == DoubtEnd.HandedOver));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.audit_entries where action = 'restore.ended' and detail = 'expired:0 handed_over:201'"));
    }

    [Fact]
    public async Task Begun_twice_it_is_one_and_after_another_restore_it_is_another()
    {
        var (company, driver) = await AddCompanyAsync();
        await Fleet.QueueNoteAsync(company, driver);
        var moment = Fleet.Clock.GetUtcNow();

        var first = await BeginAsync(moment);
        Fleet.Clock.Advance(s_lost);
        var again = await BeginAsync(moment);
        var other = await BeginAsync(moment.AddMinutes(1));

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Equal(other, await IdAsync("select restore_id from fleet.outbound"));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.restores where ended_at is null"));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.platform_pauses where ended_at is null"));
        Assert.Equal(other, (await EndAsync()).Id);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.platform_restores where ended_at is null"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.platform_pauses where ended_at is null"));
    }

    [Fact]
    public async Task Begun_once_more_after_its_end_or_with_other_numbers_it_is_refused()
    {
        await AddCompanyAsync();
        var moment = Fleet.Clock.GetUtcNow();
        await BeginAsync(moment, numbers: 500);

        Assert.Equal("restores.numbers_differ", (await TryBeginAsync(moment, numbers: 501)).Error?.Code);
        Assert.True((await TryBeginAsync(moment, numbers: 500)).IsOk);
        Assert.True((await TryBeginAsync(moment, numbers: null)).IsOk);
        await EndAsync();
        Assert.Equal(RestoreErrors.EndedAlready, (await TryBeginAsync(moment, numbers: 500)).Error);
        Assert.Equal(1, await CountAsync("select count(*) from fleet.platform_restores"));
    }

    [Fact]
    public async Task Its_pause_is_ended_by_nobody_else()
    {
        await AddCompanyAsync();
        await BeginAsync();
        var pause = await IdAsync("select pause_id from fleet.platform_restores");

        Assert.Equal(PauseErrors.OfRestore, (await Fleet.Get<PlatformPauses>().EndAsync(pause, "operator", default)).Error);

        Assert.Equal(1, await CountAsync("select count(*) from fleet.platform_pauses where ended_at is null"));
        await EndAsync();
        Assert.True((await Fleet.Get<PlatformPauses>().EndAsync(pause, "operator", default)).IsOk);
    }

    [Fact]
    public async Task Without_the_anchors_nobody_knows_what_was_lost_and_it_does_not_begin()
    {
        var (company, _) = await AddCompanyAsync();
        await using (var db = await Fleet.Get<TenantDbs>().BeginAsync(company.Id, default))
        {
            db.Audit(Fleet.Clock, "test", "test.done", "1");
            await db.CommitAsync(default);
        }
        var input = new BeginRestoreInput(Fleet.Clock.GetUtcNow(), 0, "test");

        Assert.Equal(RestoreErrors.AnchorsMissing, (await Fleet.Get<BeginRestore>().HandleAsync(input, default)).Error);

        Assert.Equal(0, await CountAsync("select count(*) from fleet.platform_restores"));
        Assert.True((await Fleet.Get<BeginRestore>().HandleAsync(input with { WithoutAnchors = true }, default)).IsOk);
    }

    [Fact]
    public async Task Orchestrations_are_begun_again_wherever_they_are_kept()
    {
        var (company, _) = await AddCompanyAsync();
        await using (var db = await Fleet.Get<TenantDbs>().BeginAsync(company.Id, default))
        {
            await FlowCommands.StartAsync(db, Fleet.Clock, RetryMessage.Flow, Fleet.Clock.NewId(), default);
            await FlowCommands.RaiseAsync(db, Fleet.Clock, RetryMessage.Flow, Fleet.Clock.NewId(), Flow.Changed, default);
            await db.CommitAsync(default);
        }
        await Fleet.Database.ExecuteAsAdminAsync("update fleet.orchestration_commands set status = 'done', outcome = 'begun', finished_at = created_at");

        await BeginAsync();

        Assert.Equal("start", await TextAsync("select string_agg(kind, ' ') from fleet.orchestration_commands where status = 'waiting' and due_at <= now()"));
    }

    [Fact]
    public async Task Numbers_of_invoices_go_on_behind_those_that_may_have_been_given()
    {
        var (company, _) = await AddCompanyAsync();
        Assert.Equal(1, await TakeNumberAsync(company, "INV"));

        await BeginAsync(numbers: 500);

        Assert.Equal(502, await TakeNumberAsync(company, "INV"));
        Assert.Equal(503, await TakeNumberAsync(company, "INV"));
        // One that may have been begun in the lost time.
        Assert.Equal(501, await TakeNumberAsync(company, "CN"));
        Assert.Equal(502, await TakeNumberAsync(company, "CN"));
        Assert.Equal([new NumberGap("CN", "us", 1, 500), new NumberGap("INV", "us", 2, 501)], (await EndAsync()).NumberGaps);
    }

    [Fact]
    public async Task Unless_somebody_says_how_many_so_many_numbers_are_left_out_that_each_company_may_have_had_two_invoices()
    {
        await AddCompanyAsync();
        await BeginAsync(numbers: null);
        Assert.Equal(1000, await CountAsync("select numbers_left::bigint from fleet.platform_restores"));

        await Fleet.Database.ExecuteAsAdminAsync("insert into directory.tenants (tenant_id, status, data_region, created_at) select 'many_' || n, 'terminated', 'us', now() from generate_series(1000, 1599) n");
        await BeginAsync(Fleet.Clock.GetUtcNow() - s_lost - s_lost, numbers: null);
        Assert.Equal(1202, await CountAsync("select max(numbers_left)::bigint from fleet.platform_restores"));
    }

    private async Task<(TestCompany Company, Guid Driver)> AddCompanyAsync()
    {
        var company = await Fleet.AddCompanyAsync("restored");
        return (company, await Fleet.AddDriverAsync(company, "11", Phone));
    }

    private async Task<Guid> BeginAsync(DateTimeOffset? to = null, int? numbers = 0)
    {
        var begun = await TryBeginAsync(to ?? Fleet.Clock.GetUtcNow() - s_lost, numbers);
        Assert.True(begun.IsOk, begun.Error?.Code);
        return begun.Value;
    }

    private async Task<FleetChat.Core.Result<Guid>> TryBeginAsync(DateTimeOffset to, int? numbers)
    {
        await Fleet.Get<AnchorChains>().HandleAsync(default);
        return await Fleet.Get<BeginRestore>().HandleAsync(new(to, numbers, "test"), default);
    }

    private async Task<RestoreView> GetAsync() => (await Fleet.Get<GetRestore>().HandleAsync(default))!;

    private async Task<RestoreView> TryEndAsync() => (await Fleet.Get<EndRestore>().HandleAsync(new(Anyway: false, "test"), default))!;

    /// <summary>Whether or not all was looked through.</summary>
    private async Task<RestoreView> EndAsync()
    {
        var ended = await Fleet.Get<EndRestore>().HandleAsync(new(Anyway: true, "test"), default);
        Assert.NotNull(ended);
        Assert.NotNull(ended.EndedAt);
        return ended;
    }

    /// <summary>As if Samsara's lists were gone through by now.</summary>
    private Task LookAsync() => Fleet.Database.ExecuteAsAdminAsync("""
        insert into fleet.samsara_polls (tenant_id, feed, connection, looked_at)
        select t.tenant_id, f.feed, sha256('x'), $1
        from fleet.tenants t, unnest(array['routes', 'drivers', 'assignments']) as f (feed)
        """, P.Time(Fleet.Clock.GetUtcNow()));

    // What this process knows of pauses is at most so old.
    private Task PassOneSecondOfPausesAsync()
        => Until.TrueAsync(async () => await Fleet.Get<PlatformPauses>().FindRunningAsync(null, Fleet.Clock.GetUtcNow(), default) is null, "the pause to be over");

    private async Task ReceiveAsync(TestCompany company, string body) => await Fleet.WorkAsync((await Fleet.FromSamsaraAsync(company, body)).Nudges);

    private async Task ReportAsync(TestCompany company, string status, string opaque, int? code = null)
    {
        var report = await Fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status("wamid.lost", status, opaque, code)]));
        await Fleet.WorkAsync(report.Nudges);
    }

    private async Task<int> TakeNumberAsync(TestCompany company, string series)
        => await Fleet.Db(company).FindAsync("select fleet.take_number($2, 'us') where $1 <> ''", row => row.GetInt32(0), default, P.Text(series));

    private Task<Guid> IdAsync(string sql) => Fleet.Database.ScalarAsAdminAsync<Guid>(sql);

    private Task<string> TextAsync(string sql) => Fleet.Database.ScalarAsAdminAsync<string>(sql);

    private Task<long> CountAsync(string sql) => Fleet.Database.ScalarAsAdminAsync<long>(sql);
}
