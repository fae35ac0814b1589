using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Reminders;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Postgres;
using Moq;

namespace FleetChat.Tests.Inbox;

/// <summary>What a stepped clock stops at is what the sweep finds there.</summary>
public sealed class NextDueTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private TestCompany _company = null!;

    private DateTimeOffset Now => _fleet.Clock.GetUtcNow();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database);
        _company = await _fleet.AddCompanyAsync();
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_soonest_of_what_waits_is_due_next_and_found_then()
    {
        Assert.Null(await NextAsync());

        await CallAsync("once", Now.AddHours(3));
        Assert.Equal(Now.AddHours(3), await NextAsync());
        await RemindAsync("later", Now.AddHours(2));
        await RemindAsync("parked", DateTimeOffset.MaxValue);
        Assert.Equal(Now.AddHours(2), await NextAsync());

        _fleet.Clock.Advance(TimeSpan.FromHours(2));
        await _fleet.WorkAsync(await SweepAsync(work => work.Process));
        Assert.Equal(Now.AddHours(1), await NextAsync());
        _fleet.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Single(await SweepAsync(work => work.Call));
    }

    [Fact]
    public async Task Polls_count_only_where_they_are_asked_for()
    {
        await CallAsync("poll:routes", Now.AddMinutes(1));

        Assert.Equal(Now.AddMinutes(1), await NextAsync());
        Assert.Null(await NextAsync(withPolls: false));
    }

    [Fact]
    public async Task An_event_is_due_at_once_and_one_that_failed_when_it_is_tried_again()
    {
        await _fleet.AddDriverAsync(_company, "11", "+15550001111");
        await _database.ExecuteAsAdminAsync("alter table fleet.stops add constraint refuses check (false) not valid");
        var receipt = await _fleet.FromSamsaraAsync(_company, Payloads.StopArrival(_company, "11"));
        Assert.Equal(Now, await NextAsync());

        await _fleet.WorkAsync(receipt.Nudges);

        Assert.Equal(Now.AddSeconds(10), await NextAsync());
    }

    [Fact]
    public async Task A_message_of_a_company_whose_sending_is_held_is_due_when_the_hold_ends()
    {
        await _fleet.AddDriverAsync(_company, "11", "+15550001111");
        await _fleet.AddDriverAsync(_company, "12", "+15550002222");
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new WhatsAppException(WhatsAppFailure.Blocked, 190, "trace", null));
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(_company, Payloads.StopArrival(_company, "11", route: "6001", stop: "1"))).Nudges);
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(_company, Payloads.StopArrival(_company, "12", route: "6002", stop: "2"))).Nudges);
        var taken = _fleet.AcceptAll();

        Assert.Equal(Now.AddHours(1), await NextAsync());
        Assert.Empty(await SweepAsync(work => work.Send));
        _fleet.Clock.Advance(TimeSpan.FromHours(1));
        await _fleet.WorkAsync([], await SweepAsync(work => work.Send));

        Assert.Equal(2, taken.Count);
    }

    [Fact]
    public async Task What_is_told_to_a_companys_program_is_due_when_its_pause_ends()
    {
        await _database.ExecuteAsAdminAsync($"""
            insert into fleet.webhook_endpoints (tenant_id, id, url, types, secrets, lane, paused_until, created_at, updated_at)
            values ('{_company.Id}', '11111111-1111-1111-1111-111111111111', '', array['alert.opened'], '', 0, '{Now.AddMinutes(7):O}', now(), now());
            insert into fleet.webhook_deliveries (tenant_id, endpoint_id, id, type, subject_id, detail, occurred_at, lane, due_at, armed_at, created_at)
            values ('{_company.Id}', '11111111-1111-1111-1111-111111111111', gen_random_uuid(), 'alert.opened', gen_random_uuid(), '', now(), 0, '{Now:O}', now(), now())
            """);

        Assert.Equal(Now.AddMinutes(7), await NextAsync());
    }

    [Fact]
    public async Task A_company_that_is_not_at_work_has_no_calls_due()
    {
        await CallAsync("once", Now);
        await _database.ExecuteAsAdminAsync($"update directory.tenants set status = 'suspended' where tenant_id = '{_company.Id}'");

        Assert.Null(await NextAsync());
        Assert.Empty(await SweepAsync(work => work.Call));
    }

    [Fact]
    public async Task The_sweep_nudges_a_lane_that_was_told_a_moment_ago_but_none_that_is_held()
    {
        var receipt = await _fleet.FromSamsaraAsync(_company, Payloads.StopArrival(_company, "11"));
        await _fleet.WorkAsync(receipt.Nudges);
        await _database.ExecuteAsAdminAsync("update fleet.inbox set status = 'pending', finished_at = null");

        Assert.Single(await SweepAsync(work => work.Process));
        Assert.True(await LaneSql.TryTakeAsync(_fleet.Db(_company), Lanes.ProcessStage, receipt.Nudges.Single().Lane, _fleet.Clock.NewId(), TimeSpan.FromMinutes(1), default));
        Assert.Empty(await SweepAsync(work => work.Process));
    }

    private Task<DateTimeOffset?> NextAsync(bool withPolls = true) => _fleet.Get<FindNextDue>().HandleAsync(_fleet.Clock.GetUtcNow(), withPolls, default);

    private async Task<IReadOnlyList<Nudge>> SweepAsync(Func<LaneWork, IReadOnlyList<Nudge>> of) => of(await _fleet.Get<Sweep>().HandleAsync(default));

    private Task RemindAsync(string subject, DateTimeOffset at) => Core.Reminders.Reminders.SetAsync(_fleet.Db(_company), _fleet.Clock, new("test", subject), at, default);

    private async Task CallAsync(string kind, DateTimeOffset at)
    {
        var key = await _fleet.Get<DataKeys>().GetAsync(_company.Id, default);
        await CallSql.TryInsertAsync(_fleet.Db(_company), key, _fleet.Clock, new(CallLanes.Samsara, kind, kind, JsonSerializer.SerializeToElement(1)) { DueAt = at }, default);
    }
}
