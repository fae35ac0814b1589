using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Tests.Data;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.Tests.Inbox;

/// <summary>Each test has a database and a clock of its own: days are made and dropped for all tenants at once.</summary>
public sealed class KeepInboxTests : IAsyncLifetime
{
    private readonly FleetFixture _fixture = new();

    private TestFleet Fleet => _fixture.Fleet;

    private TestDatabase Database => Fleet.Database;

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_day_that_nobody_prepared_is_made_with_the_rows_that_came_before_it()
    {
        var (one, other) = (await StartAsync("one"), await StartAsync("other"));
        Fleet.Clock.Advance(TimeSpan.FromDays(400));
        var nudges = (await Fleet.FromSamsaraAsync(one, Arrival(one, "first"))).Nudges;
        await Fleet.FromSamsaraAsync(other, Arrival(other, "first"));
        Assert.Equal(2, await CountAsync("select count(*) from fleet.inbox_unprepared"));

        await KeepAsync();

        Assert.Equal(0, await CountAsync("select count(*) from fleet.inbox_unprepared"));
        Assert.Equal(1, await Fleet.Db(one).FindAsync("select count(*) from fleet.inbox where received_on = $2 and $1 <> ''", r => r.GetInt64(0), default, P.Day(Today)));
        await Fleet.WorkAsync(nudges);
        Assert.Equal(1, await CountAsync("select count(*) from fleet.inbox where status = 'done'"));
        await using var admin = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database.Admin) { Pooling = false }.ConnectionString);
        await admin.OpenAsync();
        Assert.Equal([], await Catalog.FindingsAsync(admin));
    }

    [Fact]
    public async Task One_day_that_cannot_be_made_does_not_stop_the_others()
    {
        var name = Today.AddDays(1).ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        // In the way of the one day whose rows have to be moved.
        await Database.ExecuteAsAdminAsync("create table fleet.inbox_late (somebody_left text)");
        var company = await StartAsync();
        await Fleet.FromSamsaraAsync(company, Arrival(company, "today"));

        var failure = await Assert.ThrowsAsync<AggregateException>(KeepAsync);

        Assert.IsType<PostgresException>(Assert.Single(failure.InnerExceptions));
        Assert.True(await Database.ScalarAsAdminAsync<bool>("select to_regclass('fleet.inbox_' || $1) is not null", P.Text(name)));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.inbox_unprepared"));
    }

    [Fact]
    public async Task A_long_reader_makes_upkeep_wait_for_its_next_run_and_nobody_else()
    {
        var company = await StartAsync();
        await Fleet.FromSamsaraAsync(company, Arrival(company, "today"));
        await using (var reader = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database.Admin) { Pooling = false }.ConnectionString))
        {
            await reader.OpenAsync();
            await using var transaction = await reader.BeginTransactionAsync();
            await using var read = new NpgsqlCommand("select count(*) from fleet.inbox", reader, transaction);
            await read.ExecuteScalarAsync();

            await KeepAsync();
            Assert.Equal(1, await CountAsync("select count(*) from fleet.inbox_unprepared"));
        }

        await KeepAsync();
        Assert.Equal(0, await CountAsync("select count(*) from fleet.inbox_unprepared"));
    }

    [Fact]
    public async Task Days_that_are_over_go_wherever_they_lie_and_those_with_work_stay()
    {
        var company = await StartAsync();
        await Fleet.WorkAsync((await Fleet.FromSamsaraAsync(company, Arrival(company, "unprepared, done"))).Nudges);
        Fleet.Clock.Advance(TimeSpan.FromDays(1));
        var waits = Today;
        var nudges = (await Fleet.FromSamsaraAsync(company, Arrival(company, "unprepared, waits"))).Nudges;
        Fleet.Clock.Advance(TimeSpan.FromDays(2));
        await KeepAsync();
        await Fleet.FromSamsaraAsync(company, Arrival(company, "prepared, done"));
        await Fleet.WorkAsync(nudges);
        await Database.ExecuteAsAdminAsync("update fleet.inbox set status = 'pending', finished_at = null where received_on = $1", P.Day(waits));

        Fleet.Clock.Advance(TimeSpan.FromDays(40));
        await KeepAsync();

        Assert.Equal([waits], await Fleet.Db(company).ListAsync("select received_on from fleet.inbox where tenant_id = $1", r => r.GetFieldValue<DateOnly>(0), default));
    }

    [Fact]
    public async Task Keys_are_forgotten_in_slices_after_thirty_days()
    {
        var company = await StartAsync();
        await Database.ExecuteAsAdminAsync("""
            insert into fleet.inbox_keys (tenant_id, source, external_index, received_at)
            select $1, 'samsara', sha256(n::text::bytea), $2 + n * interval '1 millisecond'
            from generate_series(1, 25000) n
            """, P.Text(company.Id.Value), P.Time(Fleet.Clock.GetUtcNow().AddDays(-31)));
        await Fleet.FromSamsaraAsync(company, Arrival(company, "new"));

        await KeepAsync();

        Assert.Equal([Fleet.Clock.GetUtcNow()], await Fleet.Db(company).ListAsync("select received_at from fleet.inbox_keys where tenant_id = $1", r => r.Time(0), default));
    }

    [Fact]
    public async Task What_was_set_aside_routed_to_nobody_or_sent_is_forgotten_and_the_log_is_not()
    {
        var company = await StartAsync();
        await LeaveTracesAsync(company);
        Fleet.Clock.Advance(TimeSpan.FromDays(29));
        await KeepAsync();
        Assert.Equal([1, 1, 1, 1, 1], await TracesAsync());

        Fleet.Clock.Advance(TimeSpan.FromDays(2));
        await KeepAsync();

        Assert.Equal([0, 0, 0, 0, 1], await TracesAsync());
    }

    [Fact]
    public async Task Work_of_the_sender_that_is_not_done_is_kept()
    {
        var company = await StartAsync();
        await LeaveTracesAsync(company);
        await Database.ExecuteAsAdminAsync("update fleet.outbound set status = 'doubt'");

        Fleet.Clock.Advance(TimeSpan.FromDays(31));
        await KeepAsync();

        Assert.Equal([0, 0, 1, 1, 1], await TracesAsync());
    }

    [Fact]
    public async Task Answers_to_repeated_requests_are_forgotten_though_nobody_asks_again()
    {
        var company = await StartAsync();
        await Database.ExecuteAsAdminAsync("""
            insert into fleet.idempotency_keys (tenant_id, key, request_hash, created_at)
            select $1, 'key ' || hours, sha256(''), now() - hours * interval '1 hour'
            from unnest(array[0, 23, 25, 9600]) hours
            """, P.Text(company.Id.Value));

        await KeepAsync();

        Assert.Equal(["key 0", "key 23"], await Fleet.Db(company).ListAsync("select key from fleet.idempotency_keys where tenant_id = $1 order by key", r => r.GetString(0), default));
    }

    [Fact]
    public async Task Echoes_and_calls_that_are_over_are_forgotten_and_a_call_that_waits_is_not()
    {
        var company = await StartAsync();
        await Database.ExecuteAsAdminAsync("""
            insert into fleet.echoes (tenant_id, echo_index, written_at)
            select $1, sha256(days::text::bytea), $2 - days * interval '1 day'
            from unnest(array[29, 31]) days
            """, P.Text(company.Id.Value), P.Time(Fleet.Clock.GetUtcNow()));
        await Database.ExecuteAsAdminAsync("""
            insert into fleet.calls (tenant_id, id, lane, kind, effect_key, content, status, due_at, created_at, finished_at)
            select $1, gen_random_uuid(), 0, 'test', status || days, '', status, $2, $2 - days * interval '1 day', case when status <> 'waiting' then $2 end
            from unnest(array[29, 31]) days
            cross join unnest(array['waiting', 'done', 'failed']) status
            """, P.Text(company.Id.Value), P.Time(Fleet.Clock.GetUtcNow()));

        await KeepAsync();

        Assert.Equal([Fleet.Clock.GetUtcNow().AddDays(-29)], await Fleet.Db(company).ListAsync("select written_at from fleet.echoes where tenant_id = $1", r => r.Time(0), default));
        Assert.Equal(
            ["done29", "failed29", "waiting29", "waiting31"],
            await Fleet.Db(company).ListAsync("select effect_key from fleet.calls where tenant_id = $1 order by effect_key", r => r.GetString(0), default));
    }

    [Fact]
    public async Task Where_trucks_were_a_month_ago_is_forgotten()
    {
        var company = await StartAsync();
        await Database.ExecuteAsAdminAsync("""
            insert into fleet.site_visits (tenant_id, id, samsara_vehicle_id, samsara_address_id, heard_at)
            select $1, gen_random_uuid(), 'truck', 'place ' || days, $2 - days * interval '1 day'
            from unnest(array[29, 31]) days
            """, P.Text(company.Id.Value), P.Time(Fleet.Clock.GetUtcNow()));

        await KeepAsync();

        Assert.Equal(["place 29"], await Fleet.Db(company).ListAsync("select samsara_address_id from fleet.site_visits where tenant_id = $1", r => r.GetString(0), default));
    }

    [Fact]
    public async Task Payloads_and_attempts_may_be_forgotten_sooner_than_the_keys_and_what_is_parked_not_before_them()
    {
        var (company, begun) = (await StartAsync(), Today);
        await LeaveTracesAsync(company);
        Fleet.Clock.Advance(TimeSpan.FromDays(1));
        await Fleet.FromSamsaraAsync(company, Arrival(company, "parked"));
        await Database.ExecuteAsAdminAsync("update fleet.inbox set status = 'parked' where status = 'pending'");
        Fleet.Get<IOptions<InboxOptions>>().Value.PayloadDays = 7;

        Fleet.Clock.Advance(TimeSpan.FromDays(7));
        await KeepAsync();
        Assert.Equal([1, 1, 0, 0, 1], await TracesAsync());
        Assert.Equal([begun.AddDays(1)], await Fleet.Db(company).ListAsync("select distinct received_on from fleet.inbox where tenant_id = $1", r => r.GetFieldValue<DateOnly>(0), default));
        // Whoever redelivers is still known.
        Assert.Empty((await Fleet.FromSamsaraAsync(company, Arrival(company, "arrival"))).Nudges);

        Fleet.Clock.Advance(TimeSpan.FromDays(10));
        await KeepAsync();
        Assert.Equal(1, await CountAsync("select count(*) from fleet.inbox where status = 'parked'"));
        Fleet.Clock.Advance(TimeSpan.FromDays(20));
        await KeepAsync();
        Assert.Equal(0, await CountAsync("select count(*) from fleet.inbox"));
    }

    private DateOnly Today => DateOnly.FromDateTime(Fleet.Clock.GetUtcNow().UtcDateTime);

    private async Task<TestCompany> StartAsync(string name = "acme")
    {
        var company = await Fleet.AddCompanyAsync(name);
        await Fleet.AddDriverAsync(company, "11", "+15550001111");
        Fleet.AcceptAll();
        return company;
    }

    private string Arrival(TestCompany company, string eventId) => Payloads.StopArrival(company, "11", eventId: eventId, at: Fleet.Clock.GetUtcNow().AddMinutes(-1));

    private async Task LeaveTracesAsync(TestCompany company)
    {
        await Fleet.WorkAsync((await Fleet.FromSamsaraAsync(company, Arrival(company, "arrival"))).Nudges);
        await Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", eventId: "foreign", orgId: "1"));
        await Fleet.FromWhatsAppAsync(Payloads.WhatsApp(company with { PhoneNumberId = "nobody's", AccountId = "nobody's" }, messages: [Payloads.Text("15550001111", "hello", "wamid.nobody")]));
        Assert.Equal([1, 1, 1, 1, 1], await TracesAsync());
    }

    private async Task<IReadOnlyList<long>> TracesAsync() => await Database.ScalarAsAdminAsync<long[]>("""
        select array[(select count(*) from fleet.set_aside), (select count(*) from fleet.unrouted), (select count(*) from fleet.outbound),
                     (select count(*) from fleet.attempts), (select count(*) from fleet.message_logs)]
        """);

    private Task KeepAsync() => Fleet.Get<KeepInbox>().HandleAsync(default);

    private Task<long> CountAsync(string sql) => Database.ScalarAsAdminAsync<long>(sql);
}
