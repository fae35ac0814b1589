using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Messaging;

/// <summary>Sending that somebody holds, for a company, a number or everybody, and companies out of service, in stepped time.</summary>
public sealed class PauseTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private TestCompany _company = null!;
    private TestCompany _other = null!;
    private List<FleetChat.Core.WhatsApp.WhatsAppMessage> _taken = null!;

    private DateTimeOffset Now => _fleet.Clock.GetUtcNow();

    private TenantPauses Pauses => _fleet.Get<TenantPauses>();

    private PlatformPauses Platform => _fleet.Get<PlatformPauses>();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database);
        (_company, _other) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync("other"));
        foreach (var company in new[] { _company, _other }) await _fleet.AddDriverAsync(company, "11", "+15550001111");
        _taken = _fleet.AcceptAll();
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_a_paused_company_has_to_send_waits_until_it_goes_on_and_no_other_waits_with_it()
    {
        var pause = (await Pauses.PauseAsync(new(_company.Id, new("break"), ByPlatform: false, "user:1"), default)).Value;
        await ArriveAsync(_company);
        await ArriveAsync(_other);

        await SweepAsync();
        Assert.Equal(("sent", "waits"), (await StateAsync(_other), await StateAsync(_company)));
        Assert.DoesNotContain(_company.Id, (await _fleet.Get<Sweep>().HandleAsync(default)).Send.Select(nudge => nudge.Tenant));

        await Pauses.EndAsync(new(_company.Id, pause.Id, ByPlatform: false, "user:1"), default);
        await SweepAsync();
        Assert.Equal("sent", await StateAsync(_company));
        Assert.Equal(["sending.paused", "sending.resumed"], (await _fleet.Get<ReadAudit>().HandleAsync(_company.Id, default).Select(entry => entry.Action).ToListAsync()).TakeLast(2));
    }

    [Fact]
    public async Task Times_finer_than_are_kept_make_no_second_pause_and_no_window_without_length()
    {
        var wanted = new PauseWanted("maintenance", Now.AddMinutes(5).AddTicks(1), Now.AddMinutes(15).AddTicks(3));
        var first = (await Pauses.PauseAsync(new(_company.Id, wanted, ByPlatform: false, "user:1"), default)).Value;
        var second = (await Pauses.PauseAsync(new(_company.Id, wanted, ByPlatform: false, "user:1"), default)).Value;

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(PauseErrors.UntilTooSoon, (await Pauses.PauseAsync(new(_company.Id, new(null, Now.AddMinutes(5), Now.AddMinutes(5).AddTicks(1)), ByPlatform: false, "user:1"), default)).Error);
    }

    [Fact]
    public async Task Window_begins_and_ends_by_itself_and_the_clock_stops_where_it_ends()
    {
        await Pauses.PauseAsync(new(_company.Id, new("maintenance", Now.AddMinutes(5), Now.AddMinutes(15)), ByPlatform: false, "user:1"), default);
        await ArriveAsync(_company);
        await SweepAsync();
        Assert.Equal("sent", await StateAsync(_company));

        _fleet.Clock.Advance(TimeSpan.FromMinutes(5));
        await ArriveAsync(_company, "62");
        await SweepAsync();
        Assert.Single(_taken);
        Assert.Equal(Now.AddMinutes(10), await _fleet.FindNextDueAsync());

        _fleet.Clock.Advance(TimeSpan.FromMinutes(10));
        await SweepAsync();
        Assert.Equal(2, _taken.Count);
    }

    [Fact]
    public async Task Window_that_is_over_is_looked_at_no_more()
    {
        await Pauses.PauseAsync(new(_company.Id, new("maintenance", Until: Now.AddMinutes(5)), ByPlatform: false, "user:1"), default);
        await Platform.PauseAsync(new("platform", null, "maintenance", Until: Now.AddMinutes(10)), "operator", default);

        Assert.Equal(2, (await HeldAsync()).Count);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.All(await HeldAsync(), until => Assert.Equal(Now.AddMinutes(5), until));
        _fleet.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(await HeldAsync());

        Task<List<DateTimeOffset>> HeldAsync() => _fleet.Get<SystemDb>().ListAsync(SendingHoldSql.HeldUntil, row => row.Time(1), default, P.Time(Now));
    }

    [Fact]
    public async Task What_waits_for_the_end_of_a_pause_is_not_stuck_and_after_that_it_is()
    {
        await Pauses.PauseAsync(new(_company.Id, new("maintenance", Until: Now.AddHours(1)), ByPlatform: false, "user:1"), default);
        await ArriveAsync(_company);
        // Nobody goes on with what waits when this one is over.
        var over = (await Pauses.PauseAsync(new(_other.Id, new("maintenance", Until: Now.AddHours(1)), ByPlatform: false, "user:1"), default)).Value;
        await ArriveAsync(_other);
        await Pauses.EndAsync(new(_other.Id, over.Id, ByPlatform: false, "user:1"), default);

        _fleet.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal([_other.Id.Value], await StuckAsync());
        _fleet.Clock.Advance(TimeSpan.FromMinutes(35));
        Assert.Equal([_other.Id.Value], await StuckAsync());
        _fleet.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal([_company.Id.Value, _other.Id.Value], await StuckAsync());

        async Task<IEnumerable<string>> StuckAsync() => (await new FindStuckWork(_fleet.Get<SystemDb>()).ListLateMessagesAsync(Now.AddMinutes(-10), default)).Select(stuck => stuck.TenantId);
    }

    [Fact]
    public async Task Suspension_and_its_end_are_versions_of_the_company_as_other_changes_are()
    {
        var suspend = _fleet.Get<SuspendTenant>();
        await suspend.SuspendAsync(_company.Id, "unpaid", "operator:1", default);
        await suspend.SuspendAsync(_company.Id, "unpaid", "operator:1", default);
        await suspend.SuspendAsync(_company.Id, "asked", "operator:2", default);
        await suspend.LiftAsync(_company.Id, "operator:3", default);

        var versions = (await _fleet.Get<ListTenantVersions>().HandleAsync(_company.Id, new(10, null), default)).Value.Data;
        Assert.Equal(
            [
                ("operator:3", """{"status":{"to":"active","from":"suspended"},"suspended_for":{"to":null,"from":"asked"}}"""),
                ("operator:2", """{"suspended_for":{"to":"asked","from":"unpaid"}}"""),
                ("operator:1", """{"status":{"to":"suspended","from":"active"},"suspended_for":{"to":"unpaid","from":null}}"""),
            ],
            versions.Take(3).Select(version => (version.Actor, version.Changes.ToJsonString())));
        Assert.Equal(versions[0].Version, (await _fleet.Get<GetTenant>().HandleAsync(_company.Id, default)).Value.Configuration.Version);
    }

    [Fact]
    public async Task What_a_pause_outlasts_expires_with_its_reason_and_is_not_sent()
    {
        await Pauses.PauseAsync(new(_company.Id, new("maintenance", Until: Now.AddDays(2)), ByPlatform: false, "user:1"), default);
        await ArriveAsync(_company);
        _fleet.Clock.Advance(TimeSpan.FromDays(2));

        await SweepAsync();

        Assert.Empty(_taken);
        Assert.Equal("expired", await _fleet.Db(_company).FindAsync("select status from fleet.message_logs where tenant_id = $1 and direction = 'outbound'", row => row.GetString(0), default));
        Assert.Equal(1, await _fleet.Db(_company).FindAsync("select count(*)::int from fleet.decisions where tenant_id = $1 and kind = 'unsent' and outcome = 'expired'", row => row.GetInt32(0), default));
    }

    [Fact]
    public async Task Number_that_is_paused_holds_its_company_alone_and_the_platform_everybody()
    {
        var ofNumber = (await Platform.PauseAsync(new("number", _company.PhoneNumberId, "incident"), "operator", default)).Value;
        await ArriveAsync(_company);
        await ArriveAsync(_other);
        await SweepAsync();
        Assert.Equal(("sent", "waits"), (await StateAsync(_other), await StateAsync(_company)));

        var ofAll = (await Platform.PauseAsync(new("platform", null, "maintenance", Until: Now.AddMinutes(10)), "operator", default)).Value;
        await Platform.EndAsync(ofNumber.Id, "operator", default);
        await ArriveAsync(_other, "62");
        await SweepAsync();
        Assert.Single(_taken);
        Assert.Equal(ofAll.Until, await _fleet.FindNextDueAsync());

        _fleet.Clock.Advance(TimeSpan.FromMinutes(10));
        await SweepAsync();
        Assert.Equal(3, _taken.Count);
        Assert.Equal(3, await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.platform_audit_entries where actor = 'operator'"));
    }

    [Fact]
    public async Task Why_a_message_waits_is_told_by_whom_and_until_when()
    {
        var until = Now.AddHours(1);
        await Pauses.PauseAsync(new(_company.Id, new("incident", Until: until), ByPlatform: true, "operator"), default);
        await Platform.PauseAsync(new("platform", null, "maintenance"), "operator", default);
        await ArriveAsync(_company);
        var message = await _fleet.Db(_company).FindAsync("select id from fleet.message_logs where tenant_id = $1 and direction = 'outbound'", row => row.GetGuid(0), default);

        var arrival = await _fleet.Db(_company).FindAsync("select max(id::text)::uuid from fleet.inbox where tenant_id = $1", row => row.GetGuid(0), default);

        foreach (var explained in new[] { await _fleet.Get<ExplainWhy>().HandleAsync(_company.Id, message, default), await _fleet.Get<ExplainWhy>().HandleEventAsync(_company.Id, arrival, default) })
        {
            var held = explained.Value.Timeline.Where(entry => entry.What == WhyWhat.Held).Select(entry => (entry.Detail, entry.DueAt));
            Assert.Equal([("paused by FleetChat: incident", until), ("platform paused: maintenance", (DateTimeOffset?)null)], held.Order());
        }
    }

    [Fact]
    public async Task Pause_by_operators_is_not_the_companys_to_end_and_anothers_is_not_found()
    {
        var pause = (await Pauses.PauseAsync(new(_company.Id, new(), ByPlatform: true, "operator"), default)).Value;

        Assert.Equal("pauses.set_by_platform", (await Pauses.EndAsync(new(_company.Id, pause.Id, ByPlatform: false, "user:1"), default)).Error?.Code);
        Assert.Equal("pauses.not_found", (await Pauses.EndAsync(new(_other.Id, pause.Id, ByPlatform: true, "operator"), default)).Error?.Code);
        Assert.Empty((await Pauses.ListAsync(_other.Id, default)).Value.Data);
        Assert.Null((await Pauses.EndAsync(new(_company.Id, pause.Id, ByPlatform: true, "operator"), default)).Error);
    }

    [Fact]
    public async Task Asked_twice_or_ended_twice_it_is_one()
    {
        var (first, second) = ((await Pauses.PauseAsync(new(_company.Id, new("break"), ByPlatform: false, "a"), default)).Value, (await Pauses.PauseAsync(new(_company.Id, new("break"), ByPlatform: false, "b"), default)).Value);
        var ended = (await Pauses.EndAsync(new(_company.Id, first.Id, ByPlatform: false, "a"), default)).Value;
        _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        var again = (await Pauses.EndAsync(new(_company.Id, first.Id, ByPlatform: false, "b"), default)).Value;

        Assert.Equal(first.Id, second.Id);
        Assert.Equal((ended.EndedAt, "a"), (again.EndedAt, again.EndedBy));
        Assert.Equal((await Platform.PauseAsync(new("platform"), "operator", default)).Value.Id, (await Platform.PauseAsync(new("platform"), "operator", default)).Value.Id);
    }

    [Theory]
    [InlineData(null, null, null, null, "pauses.scope_unknown")]
    [InlineData("platform", "acme_001", null, null, "pauses.subject_unknown")]
    [InlineData("number", "", null, null, "pauses.subject_unknown")]
    [InlineData("number", "+1 555", null, null, "pauses.subject_unknown")]
    [InlineData("tenant", "nobody_at_all_001", null, null, "tenants.not_found")]
    [InlineData("tenant", "' or 1=1", null, null, "tenants.not_found")]
    [InlineData("platform", null, "weather", null, "pauses.reason_unknown")]
    [InlineData("platform", null, null, -1, "pauses.until_too_soon")]
    [InlineData("platform", null, null, 60 * 24 * 400, "pauses.too_far_ahead")]
    public async Task Pause_that_can_not_be_is_refused(string? scope, string? subject, string? reason, int? untilMinutes, string code)
        => Assert.Equal(code, (await Platform.PauseAsync(new(scope, subject, reason, Until: untilMinutes is { } minutes ? Now.AddMinutes(minutes) : null), "operator", default)).Error?.Code);

    [Fact]
    public async Task Suspended_company_takes_in_and_sends_nothing_and_back_in_service_what_is_valid_goes_out()
    {
        var suspend = _fleet.Get<SuspendTenant>();
        Assert.Equal("unpaid", (await suspend.SuspendAsync(_company.Id, "unpaid", "operator", default)).Value.For);
        Assert.Equal("asked", (await suspend.SuspendAsync(_company.Id, "asked", "operator", default)).Value.For);
        await ArriveAsync(_company);
        await SweepAsync();
        Assert.Equal("waits", await StateAsync(_company));

        var lifted = (await suspend.LiftAsync(_company.Id, "operator", default)).Value;
        await SweepAsync();

        Assert.Equal((new Suspension(_company.Id, "active", null), "sent"), (lifted, await StateAsync(_company)));
        Assert.Equal(lifted, (await suspend.LiftAsync(_company.Id, "operator", default)).Value);
        Assert.Equal(["tenant.suspended", "tenant.suspended", "tenant.suspension_lifted"], (await _fleet.Get<ReadAudit>().HandleAsync(_company.Id, default).Select(entry => entry.Action).ToListAsync()).TakeLast(3));
        Assert.Equal("suspensions.reason_unknown", (await suspend.SuspendAsync(_company.Id, "whim", "operator", default)).Error?.Code);
        Assert.Equal("tenants.not_found", (await suspend.LiftAsync(TenantId.Parse("nobody_at_all_001"), "operator", default)).Error?.Code);
    }

    private async Task ArriveAsync(TestCompany company, string route = "61")
    {
        var receipt = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", route: route, stop: $"{route}5", at: Now));
        await _fleet.WorkAsync(receipt.Nudges);
    }

    private async Task SweepAsync() => await _fleet.SweepAsync();

    private async Task<string?> StateAsync(TestCompany company)
        => await _fleet.Db(company).FindAsync("select case status when 'queued' then 'waits' when 'accepted' then 'sent' else status end from fleet.message_logs where tenant_id = $1 and direction = 'outbound' order by created_at limit 1", row => row.GetString(0), default);
}
