using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Inbox;

[Through(Door.Direct)]
public sealed class DirectNudgeTests(FleetFixture fixture) : NudgeTests(fixture), IClassFixture<FleetFixture>;

[Through(Door.PgBouncer)]
public sealed class PgBouncerNudgeTests(PgBouncerFleetFixture fixture) : NudgeTests(fixture), IClassFixture<PgBouncerFleetFixture>;

/// <summary>Nudges coalesce, and no row waits for the sweep because of it.</summary>
public abstract class NudgeTests(FleetFixture fixture)
{
    private readonly TestFleet _fleet = fixture.Fleet;

    [DoorFact]
    public async Task Rows_that_come_while_a_nudge_is_under_way_make_no_second_one()
    {
        var company = await _fleet.AddCompanyAsync();

        var first = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "1"));
        var second = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "2"));

        Assert.Single(first.Nudges);
        Assert.Empty(second.Nudges);
    }

    [DoorFact]
    public async Task A_row_that_commits_while_the_worker_reads_is_picked_up_by_its_own_nudge()
    {
        var company = await _fleet.AddCompanyAsync();
        var nudge = (await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "1"))).Nudges.Single();

        // The worker has put the flag down and read what there is; it has not finished yet.
        var db = _fleet.Db(company);
        await LaneSql.LowerFlagAsync(db, Lanes.ProcessStage, nudge.Lane, default);
        await using var reading = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        Assert.Single(await InboxSql.ClaimAsync(reading, nudge.Lane, _fleet.Clock.GetUtcNow(), 50, default));
        var late = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "2"));
        await reading.CommitAsync(default);

        Assert.Equal([nudge], late.Nudges);
        await _fleet.WorkAsync(late.Nudges);
        Assert.Equal(2, await DoneAsync(company));
    }

    [DoorFact]
    public async Task A_host_that_stops_while_a_company_rests_tells_what_was_done()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", "+15125550111");
        var nudge = (await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "1"))).Nudges.Single();
        for (var stop = 2; stop <= 10; stop++) await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: $"{stop}"));
        using var stopping = new CancellationTokenSource();
        var other = new TaskCompletionSource<LaneWork>();
        var atWork = _fleet.Get<FairShare>().TakeTurnAsync(new(TenantId.Parse("somebody_else"), 0), Lanes.ProcessStage, 1, () => other.Task);

        var worker = _fleet.Get<ProcessLane>().HandleAsync(nudge, stopping.Token);
        var looks = 0;
        // Seen twice: the worker knows it too by then.
        await Until.TrueAsync(async () => await DoneAsync(company) == 10 && await IsFreeAsync(company) && ++looks == 2, "the lane is given back");
        await stopping.CancelAsync();

        Assert.NotEmpty((await worker).Send);
        other.SetResult(new());
        await atWork;
    }

    [DoorFact]
    public async Task A_worker_that_puts_the_flag_down_waits_for_a_row_that_is_just_being_stored()
    {
        var company = await _fleet.AddCompanyAsync();
        var nudge = (await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "1"))).Nudges.Single();
        await _fleet.WorkAsync([nudge]);
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.lanes set nudged = true, nudged_at = now() where tenant_id = '{company.Id}'");

        // A receiver has stored its row and found the flag up: it nudges nobody. It has not committed yet.
        await using var storing = await _fleet.Database.AppSource.OpenConnectionAsync();
        await using var transaction = await storing.BeginTransactionAsync();
        await using var batch = new NpgsqlBatch(storing, transaction)
        {
            BatchCommands =
            {
                new(TenantDb.SetTenant) { Parameters = { P.Text(company.Id.Value) } },
                new("update fleet.inbox set status = 'pending', finished_at = null where tenant_id = $1") { Parameters = { P.Text(company.Id.Value) } },
                new(LaneSql.RaiseFlags) { Parameters = { P.Text(company.Id.Value), P.Text(Lanes.ProcessStage), P.Smalls([nudge.Lane]) } },
            },
        };
        await batch.ExecuteNonQueryAsync();
        var worker = _fleet.WorkAsync([nudge]);
        await Until.TrueAsync(async () => await WaitingAsync() > 0, "the worker waits for the receiver's lock");
        Assert.False(worker.IsCompleted);
        await transaction.CommitAsync();
        await worker;

        Assert.Equal(1, await DoneAsync(company));
    }

    [DoorFact]
    public async Task A_nudge_for_a_lane_that_another_worker_holds_makes_that_worker_look_again()
    {
        var company = await _fleet.AddCompanyAsync();
        var nudge = (await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "1"))).Nudges.Single();
        var (db, token) = (_fleet.Db(company), Guid.Parse("11111111-1111-1111-1111-111111111111"));
        Assert.True(await LaneSql.TryTakeAsync(db, Lanes.ProcessStage, nudge.Lane, token, TimeSpan.FromMinutes(1), default));

        await _fleet.WorkAsync([nudge]);

        Assert.Equal(0, await DoneAsync(company));
        Assert.True(await LaneSql.MustLookAgainAsync(db, Lanes.ProcessStage, nudge.Lane, token, TimeSpan.FromMinutes(1), default));
        Assert.False(await LaneSql.MustLookAgainAsync(db, Lanes.ProcessStage, nudge.Lane, token, TimeSpan.FromMinutes(1), default));
    }

    [DoorFact]
    public async Task A_worker_whose_lease_ran_out_changes_nothing_of_the_lane()
    {
        var company = await _fleet.AddCompanyAsync();
        var nudge = (await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"))).Nudges.Single();
        var (db, paused, next) = (_fleet.Db(company), Guid.Parse("11111111-1111-1111-1111-111111111111"), Guid.Parse("22222222-2222-2222-2222-222222222222"));
        Assert.True(await LaneSql.TryTakeAsync(db, Lanes.ProcessStage, nudge.Lane, paused, TimeSpan.Zero, default));
        Assert.True(await LaneSql.TryTakeAsync(db, Lanes.ProcessStage, nudge.Lane, next, TimeSpan.FromMinutes(1), default));

        Assert.False(await LaneSql.TryExtendAsync(db, Lanes.ProcessStage, nudge.Lane, paused, TimeSpan.FromMinutes(1), default));
        Assert.False(await LaneSql.MustLookAgainAsync(db, Lanes.ProcessStage, nudge.Lane, paused, TimeSpan.FromMinutes(1), default));

        Assert.True(await LaneSql.TryExtendAsync(db, Lanes.ProcessStage, nudge.Lane, next, TimeSpan.FromMinutes(1), default));
    }

    [DoorFact]
    public async Task The_sweep_finds_a_row_whose_nudge_was_lost_and_leaves_fresh_ones_alone()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"));
        var fresh = await _fleet.Get<Sweep>().HandleAsync(default);
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.lanes set nudged_at = now() - interval '11 seconds' where tenant_id = '{company.Id}'");

        var swept = await _fleet.Get<Sweep>().HandleAsync(default);

        Assert.DoesNotContain(fresh.Process, n => n.Tenant == company.Id);
        Assert.Single(swept.Process, n => n.Tenant == company.Id);
    }

    [DoorFact]
    public async Task A_row_that_fails_is_overtaken_tried_again_and_parked_with_an_alert_after_five_times()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", "+15550001111");
        _fleet.AcceptAll();
        var receipt = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "1"));
        await _fleet.Database.ExecuteAsAdminAsync("alter table fleet.stops add constraint refuses_one check (samsara_stop_id <> '1') not valid");
        await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", route: "6002", stop: "2"));

        for (var attempt = 1; attempt <= 5; attempt++)
        {
            await _fleet.WorkAsync(receipt.Nudges);
            _fleet.Clock.Advance(TimeSpan.FromMinutes(5));
        }
        await _fleet.Database.ExecuteAsAdminAsync("alter table fleet.stops drop constraint refuses_one");

        Assert.Equal(1, await DoneAsync(company));
        Assert.Equal("failed: PostgresException 23514 refuses_one",
            await _fleet.Db(company).FindAsync("select outcome from fleet.inbox where tenant_id = $1 and status = 'parked' and attempts = 5", r => r.GetString(0), default));
        Assert.Equal(1, await _fleet.Db(company).FindAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'inbox.parked'", r => r.GetInt64(0), default));
    }

    [Fact]
    public async Task A_row_that_does_not_open_fails_alone_and_the_others_of_its_lane_go_on()
    {
        var company = await _fleet.AddCompanyAsync();
        var nudge = (await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", stop: "1"))).Nudges.Single();
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.inbox set payload = '\\x00' where tenant_id = '{company.Id}'");
        await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", route: "6002", stop: "2"));

        await _fleet.WorkAsync([nudge]);

        Assert.Equal(1, await DoneAsync(company));
        Assert.Equal(1, await _fleet.Db(company).FindAsync("select count(*) from fleet.inbox where tenant_id = $1 and status = 'pending' and attempts = 1", r => r.GetInt64(0), default));
    }

    [Fact]
    public async Task A_worker_that_fails_gives_its_lane_back_at_once()
    {
        var company = await _fleet.AddCompanyAsync();
        var nudge = (await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"))).Nudges.Single();
        await _fleet.Database.ExecuteAsAdminAsync("create function fleet.out_of_space() returns trigger language plpgsql as 'begin raise sqlstate ''53100''; end'; create trigger full_disk before update on fleet.inbox for each row execute function fleet.out_of_space()");
        await Assert.ThrowsAsync<PostgresException>(() => _fleet.WorkAsync([nudge]));
        await _fleet.Database.ExecuteAsAdminAsync("drop trigger full_disk on fleet.inbox; drop function fleet.out_of_space()");

        await _fleet.WorkAsync([nudge]);

        Assert.Equal(1, await DoneAsync(company));
        Assert.Equal(0, await _fleet.Db(company).FindAsync("select max(attempts)::bigint from fleet.inbox where tenant_id = $1", r => r.GetInt64(0), default));
    }

    private Task<long> DoneAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select count(*) from fleet.inbox where tenant_id = $1 and status = 'done'", r => r.GetInt64(0), default);

    private Task<bool> IsFreeAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select bool_and(lease_token is null) from fleet.lanes where tenant_id = $1 and stage = 'process'", r => r.GetBoolean(0), default);

    private Task<long> WaitingAsync()
        => _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
}
