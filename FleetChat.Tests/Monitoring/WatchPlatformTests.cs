using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Monitoring;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Monitoring;

/// <summary>What no counter tells: work to which nobody comes.</summary>
public sealed class WatchPlatformTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("watch");
        _fleet = await TestFleet.StartAsync(_database);
        _company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(_company, "53207939", "+15550001111");
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Each_stage_is_told_of_and_waits_for_nothing_while_nothing_is_due()
    {
        using var measured = new Measured();

        var state = await LookAsync();

        Assert.Equal(["call", "orchestrate", "process", "remind", "send", "webhooks"], state.OldestWork.Keys.Order());
        Assert.All(state.OldestWork.Values, age => Assert.Equal(TimeSpan.Zero, age));
        Assert.Equal((0, 0, 0), (state.ParkedEvents, state.LateInvoices, state.Alerts.Count));
        Assert.True(measured.Has("fleetchat.work.oldest", 0, "stage=send"));
    }

    [Fact]
    public async Task Event_that_nobody_processes_and_message_that_nobody_sends_grow_old()
    {
        using var measured = new Measured();
        var nudge = Assert.Single(await ReceiveAsync());
        _fleet.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(TimeSpan.FromSeconds(40), (await LookAsync()).OldestWork["process"]);
        Assert.True(measured.Has("fleetchat.work.oldest", 40, "stage=process"));
        Assert.True(measured.Sum("fleetchat.watch.minutes", "stage=process result=late") >= 1);

        await _fleet.Get<ProcessLane>().HandleAsync(nudge, default);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(2));
        var state = await LookAsync();

        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMinutes(2)), (state.OldestWork["process"], state.OldestWork["send"]));
        Assert.True(measured.Sum("fleetchat.watch.minutes", "stage=send result=late") >= 1);
    }

    [Fact]
    public async Task Message_that_somebody_holds_is_not_late_and_has_its_time_anew_when_it_is_let_go()
    {
        await _fleet.Get<TenantPauses>().PauseAsync(new(_company.Id, new("break", null, _fleet.Clock.GetUtcNow().AddHours(1)), ByPlatform: false, "user:1"), default);
        await _fleet.Get<ProcessLane>().HandleAsync(Assert.Single(await ReceiveAsync()), default);

        _fleet.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(TimeSpan.Zero, (await LookAsync()).OldestWork["send"]);

        await _database.ExecuteAsAdminAsync("update directory.tenants set status = 'suspended'");
        _fleet.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(TimeSpan.Zero, (await LookAsync()).OldestWork["send"]);
    }

    [Fact]
    public async Task Events_that_were_put_aside_are_counted()
    {
        await ReceiveAsync();
        await _database.ExecuteAsAdminAsync("update fleet.inbox set status = 'parked', attempts = 5");

        Assert.Equal(1, (await LookAsync()).ParkedEvents);
    }

    // On Azure nobody but the host has the audit trail's key, and the page about it says what to type instead.
    [Fact]
    public async Task What_the_runbook_says_to_type_gives_an_event_back_and_closes_its_alert()
    {
        var nudge = Assert.Single(await ReceiveAsync());
        await _database.ExecuteAsAdminAsync("update fleet.inbox set attempts = 4, payload = payload || '\\x00'");
        await _fleet.Get<ProcessLane>().HandleAsync(nudge, default);
        Assert.Equal("parked 1", await StateAsync());

        await _database.ExecuteAsAdminAsync("update fleet.inbox set payload = substring(payload for length(payload) - 1)");
        var id = await _database.ScalarAsAdminAsync<Guid>("select id from fleet.inbox");
        var page = Sources.Read("docs/runbooks/events-parked.md");
        await _database.ExecuteAsAdminAsync(page.Split("```sql")[1].Split("```")[0].Replace("TENANT", _company.Id.Value, StringComparison.Ordinal).Replace("EVENT", id.ToString(), StringComparison.Ordinal));

        Assert.Equal("pending 0", await StateAsync());
        _fleet.AcceptAll();
        // The page's time is the database's, which the test's clock is far behind.
        await _database.ExecuteAsAdminAsync($"update fleet.inbox set due_at = timestamptz '{_fleet.Clock.GetUtcNow():O}'");
        await _fleet.SweepAsync();
        Assert.Equal("done 0", await StateAsync());

        Task<string> StateAsync() => _database.ScalarAsAdminAsync<string>("select i.status || ' ' || (select count(*) from fleet.alerts where closed_at is null and code = 'inbox.parked') from fleet.inbox i");
    }

    [Fact]
    public async Task Alert_about_the_platform_is_told_for_an_hour_and_without_its_subject()
    {
        await Alerts.RaiseForPlatformAsync(_fleet.Get<SystemDb>(), _fleet.Clock, [(AlertCodes.InboxUnknownNumber, "1"), (AlertCodes.InboxUnknownNumber, "2")], Alerts.Warning, default);

        Assert.Equal([new(AlertCodes.InboxUnknownNumber, "warning", 2)], (await LookAsync()).Alerts);

        _fleet.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Empty((await LookAsync()).Alerts);
    }

    [Fact]
    public async Task Month_that_should_be_closed_is_counted_after_its_grace_and_four_hours()
    {
        await _database.ExecuteAsAdminAsync($"update fleet.billing_state set ends_at = timestamptz '{_fleet.Clock.GetUtcNow():O}'");

        _fleet.Clock.Advance(TimeSpan.FromHours(27));
        Assert.Equal(0, (await LookAsync()).LateInvoices);
        _fleet.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, (await LookAsync()).LateInvoices);
    }

    private Task<PlatformState> LookAsync() => _fleet.Get<WatchPlatform>().HandleAsync(default);

    private async Task<IReadOnlyList<Nudge>> ReceiveAsync()
        => (await _fleet.FromSamsaraAsync(_company, Payloads.StopArrival(_company, "53207939", at: _fleet.Clock.GetUtcNow()))).Nudges;
}
