using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Restores;

namespace FleetChat.Tests.Restores;

/// <summary>What becomes of messages on a database that was put back to an earlier moment.</summary>
public sealed class RestoreTests : IAsyncLifetime
{
    private const string Phone = "+15550001111";
    private static readonly TimeSpan s_lost = TimeSpan.FromMinutes(10);

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

    [Fact]
    public async Task It_does_not_end_before_all_that_came_is_worked_on()
    {
        var (company, _) = await AddCompanyAsync();
        await BeginAsync();
        var unread = await Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"));

        var still = await Fleet.Get<EndRestore>().HandleAsync(new(Anyway: false, "test"), default);

        Assert.Null(still!.EndedAt);
        Assert.Equal(1, still.Companies.Single().Unread);
        Assert.Equal(1, await CountAsync("select count(*) from fleet.platform_pauses where ended_at is null"));
        await Fleet.WorkAsync(unread.Nudges);
        Assert.NotNull((await EndAsync()).EndedAt);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.platform_pauses where ended_at is null"));
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
        Assert.Equal(other, (await EndAsync()).Id);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.platform_restores where ended_at is null"));
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
        var gap = Assert.Single((await EndAsync()).NumberGaps);
        Assert.Equal(new NumberGap("INV", "us", 2, 501), gap);
    }

    private async Task<(TestCompany Company, Guid Driver)> AddCompanyAsync()
    {
        var company = await Fleet.AddCompanyAsync("restored");
        return (company, await Fleet.AddDriverAsync(company, "11", Phone));
    }

    private Task<Guid> BeginAsync(DateTimeOffset? to = null, int numbers = 0)
        => Fleet.Get<BeginRestore>().HandleAsync(new(to ?? Fleet.Clock.GetUtcNow() - s_lost, numbers, "test"), default);

    private async Task<RestoreView> EndAsync()
    {
        var ended = await Fleet.Get<EndRestore>().HandleAsync(new(Anyway: false, "test"), default);
        Assert.NotNull(ended);
        Assert.NotNull(ended.EndedAt);
        return ended;
    }

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
