using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Holds;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;
using FleetChat.Simulators.Samsara;
using FleetChat.Tests.Samsara;

namespace FleetChat.Tests.Messaging.Holds;

/// <summary>What can wait waits while its driver drives, as Samsara's simulator tells it over HTTP.</summary>
public sealed class AtTheWheelTests : IAsyncLifetime
{
    private PolledFleet _polled = null!;
    private TestCompany _company = null!;
    private string _ana = null!;
    private string _truck = null!;
    private Guid _driver;
    private List<WhatsAppMessage> _taken = null!;

    public async Task InitializeAsync()
    {
        _polled = await PolledFleet.StartAsync();
        _taken = _polled.Fleet.AcceptAll();
        _company = await _polled.AddCompanyAsync();
        _ana = await _polled.Samsara.AddDriverAsync(Org, new("Ana"));
        _truck = await _polled.Samsara.AddVehicleAsync(Org, new("Truck 7"));
        _driver = await _polled.Fleet.AddDriverAsync(_company, _ana, "+15550001111");
    }

    public async Task DisposeAsync() => await _polled.DisposeAsync();

    [Fact]
    public async Task Waits_while_the_driver_drives_and_goes_out_within_a_minute_after()
    {
        await DutyAsync("driving");
        var message = await QueueAsync();
        await PassAsync(TimeSpan.FromMinutes(20));
        Assert.Empty(_taken);
        Assert.Equal("hos", (await ViewAsync(message)).HeldBecause);

        await DutyAsync("onDuty");
        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(message, Assert.Single(_taken).MessageId);
        Assert.Null((await ViewAsync(message)).HeldBecause);
        Assert.Equal(["hos not_driving"], await HoldsAsync());
        await PassAsync(TimeSpan.FromMinutes(5));
        Assert.Single(_taken);
    }

    [Fact]
    public async Task Goes_out_at_once_to_one_who_does_not_drive_and_one_look_serves_a_minute()
    {
        await DutyAsync("offDuty");
        await QueueAsync();
        await QueueAsync();
        Assert.Equal(2, _taken.Count);
        Assert.Single(await AskedAsync());

        _polled.Fleet.Clock.Advance(Wheel.Fresh + TimeSpan.FromSeconds(1));
        await QueueAsync();
        Assert.Equal(3, _taken.Count);
        Assert.Equal(2, (await AskedAsync()).Count);
        await PassAsync(TimeSpan.FromMinutes(10));
        // With nothing held nobody is watched.
        Assert.Equal(2, (await AskedAsync()).Count);
    }

    [Fact]
    public async Task What_cannot_wait_goes_out_while_he_drives_and_what_was_held_keeps_its_order()
    {
        await DutyAsync("driving");
        var first = await QueueAsync();
        _polled.Fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await QueueAsync();
        var urgent = await QueueAsync(canWait: false);
        Assert.Equal([urgent], _taken.Select(t => t.MessageId));

        await DutyAsync("offDuty");
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal([urgent, first, second], _taken.Select(t => t.MessageId));
    }

    [Fact]
    public async Task Without_hours_of_service_the_speed_of_his_truck_tells_and_a_passenger_of_it_is_not_at_its_wheel()
    {
        var bo = await _polled.Samsara.AddDriverAsync(Org, new("Bo"));
        var partner = await _polled.Fleet.AddDriverAsync(_company, bo, "+15550002222", "Bo");
        await _polled.Samsara.AssignAsync(Org, new(_ana, _truck));
        await _polled.Samsara.AssignAsync(Org, new(bo, _truck, IsPassenger: true));
        await SeeCrewAsync();
        await MoveAsync(55);
        var held = await QueueAsync();
        await QueueAsync(driver: partner);
        await PassAsync(WatchWheel.Interval);
        Assert.Equal(partner, await DriverOfAsync(Assert.Single(_taken)));
        Assert.Equal("speed", (await ViewAsync(held)).HeldBecause);

        _polled.Fleet.Clock.Advance(TimeSpan.FromSeconds(30));
        await MoveAsync(0);
        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([partner, _driver], await Task.WhenAll(_taken.Select(DriverOfAsync)));
        Assert.Equal(["asking unknown", "speed not_driving"], await HoldsAsync());
    }

    [Fact]
    public async Task While_Samsara_is_away_it_waits_two_minutes_and_ten_for_one_who_was_seen_driving()
    {
        await _polled.Samsara.FailCallsAsync(new(503, Count: 100_000));
        await QueueAsync();
        await PassAsync(WatchWheel.LongestDoubt - TimeSpan.FromSeconds(1));
        Assert.Empty(_taken);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Single(_taken);

        await _polled.Samsara.ClearFaultsAsync();
        await DutyAsync("driving");
        _polled.Fleet.Clock.Advance(Wheel.Fresh + TimeSpan.FromSeconds(1));
        await QueueAsync();
        await _polled.Samsara.FailCallsAsync(new(503, Count: 100_000));
        await PassAsync(WatchWheel.LongestDoubtOfDriving - TimeSpan.FromMinutes(1));
        Assert.Single(_taken);
        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(2, _taken.Count);
        Assert.Equal(["asking unknown", "hos unknown"], await HoldsAsync());
    }

    [Fact]
    public async Task A_token_that_may_not_read_it_holds_nothing_back()
    {
        await _polled.Samsara.AddTokenAsync(Org, new("narrow", Scopes: ["Read Drivers"]));
        var narrow = await _polled.AddCompanyAsync("narrow", Org, "narrow");
        var driver = await _polled.Fleet.AddDriverAsync(narrow, _ana, "+15550001111");
        await DutyAsync("driving");

        await QueueAsync(narrow, driver);

        Assert.Single(_taken);
    }

    [Fact]
    public async Task A_company_without_a_token_is_not_held_up()
    {
        var silent = await _polled.AddCompanyAsync("silent", 9, null);
        await QueueAsync(silent, await _polled.Fleet.AddDriverAsync(silent, "1", "+15550001111"));

        Assert.Single(_taken);
    }

    [Fact]
    public async Task A_slow_or_refused_Samsara_of_one_company_holds_nothing_of_another()
    {
        var other = await _polled.AddCompanyAsync("other");
        var bo = await _polled.Samsara.AddDriverAsync(PolledFleet.OrgOf(other), new("Bo"));
        var hers = await _polled.Fleet.AddDriverAsync(other, bo, "+15550001111");
        await _polled.Samsara.ChangeDriverAsync(PolledFleet.OrgOf(other), bo, new(DutyStatus: "driving"));
        await DutyAsync("offDuty");

        await QueueAsync(other, hers);
        await QueueAsync();

        Assert.Equal(_company.PhoneNumberId, Assert.Single(_taken).PhoneNumberId);
        Assert.Equal(["hos "], await HoldsAsync(other));
        Assert.Equal(["asking not_driving"], await HoldsAsync());
    }

    [Fact]
    public async Task What_is_worth_nothing_any_more_expires_at_the_wheel_and_what_is_replaced_is_not_sent_after()
    {
        await DutyAsync("driving");
        var late = await QueueAsync(validFor: TimeSpan.FromMinutes(5));
        var replaced = await QueueAsync(about: "stop:7");
        await Outbox.SupersedeAsync(_polled.Fleet.Db(_company), _polled.Fleet.Clock, "stop:7", default);
        await PassAsync(TimeSpan.FromMinutes(6));

        Assert.Equal(("expired", "test:expired"), await StatusAsync(late));
        Assert.Equal(("expired", "test:superseded"), await StatusAsync(replaced));
        Assert.Equal(["hos over", "hos over"], await HoldsAsync());
        await DutyAsync("offDuty");
        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.Empty(_taken);
    }

    [Fact]
    public async Task A_stop_from_the_driver_wins_over_what_waits_for_him()
    {
        await DutyAsync("driving");
        var held = await QueueAsync();
        await _polled.Fleet.Database.ExecuteAsAdminAsync($"update fleet.conversations set stopped_at = now() where tenant_id = '{_company.Id}'");
        await DutyAsync("offDuty");
        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Empty(_taken);
        Assert.Equal(("refused", "test:opted_out"), await StatusAsync(held));
    }

    [Fact]
    public async Task A_look_that_nobody_was_told_of_is_taken_all_the_same()
    {
        await DutyAsync("offDuty");
        var lane = await AddAsync(_company, _driver, null, null, canWait: true);
        // The process dies between the commit of the hold and the nudge of the look.
        await _polled.Fleet.Get<SendLane>().HandleAsync(new(_company.Id, lane.Lane), default);
        Assert.Equal(["asking "], await HoldsAsync());

        await _polled.Fleet.SweepAsync();

        Assert.Single(_taken);
    }

    [Fact]
    public async Task A_watcher_that_gave_up_is_called_again_when_the_message_comes_due_again()
    {
        await DutyAsync("driving");
        await QueueAsync();
        await _polled.Fleet.Database.ExecuteAsAdminAsync("update fleet.calls set status = 'failed', finished_at = now() where kind = 'wheel'");
        await DutyAsync("offDuty");
        await PassAsync(WatchWheel.LongestDoubt);
        Assert.Empty(_taken);

        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(_taken);
    }

    [Fact]
    public async Task Samsara_that_asks_for_a_long_quiet_keeps_no_message_longer_than_doubt_may()
    {
        await _polled.Samsara.FailCallsAsync(new(429, Count: 100_000, RetryAfterSeconds: 7200));
        await QueueAsync(validFor: TimeSpan.FromMinutes(30));
        await PassAsync(WatchWheel.LongestDoubt - TimeSpan.FromSeconds(1));
        Assert.Empty(_taken);

        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(_taken);
        Assert.Equal(["asking unknown"], await HoldsAsync());
    }

    [Fact]
    public async Task Whom_the_hours_of_service_tell_of_is_known_whatever_becomes_of_the_speeds()
    {
        var (bo, cy) = (await _polled.Samsara.AddDriverAsync(Org, new("Bo")), await _polled.Samsara.AddDriverAsync(Org, new("Cy")));
        var (resting, untold) = (await _polled.Fleet.AddDriverAsync(_company, bo, "+15550002222", "Bo"), await _polled.Fleet.AddDriverAsync(_company, cy, "+15550003333", "Cy"));
        await _polled.Samsara.AssignAsync(Org, new(cy, _truck));
        await SeeCrewAsync();
        await DutyAsync("driving");
        await _polled.Samsara.ChangeDriverAsync(Org, bo, new(DutyStatus: "offDuty"));
        await _polled.Samsara.FailCallsAsync(new(503, Count: 100_000, PathPrefix: "/fleet/vehicles/stats"));

        var driving = await QueueAsync();
        await QueueAsync(driver: resting);
        await QueueAsync(driver: untold);
        await PassAsync(WatchWheel.Interval);
        Assert.Equal([resting], await Task.WhenAll(_taken.Select(DriverOfAsync)));

        await PassAsync(TimeSpan.FromMinutes(15));
        Assert.Equal([resting, untold], await Task.WhenAll(_taken.Select(DriverOfAsync)));
        Assert.Equal("hos", (await ViewAsync(driving)).HeldBecause);
    }

    [Fact]
    public async Task Holds_that_are_over_are_forgotten_after_a_month_and_open_ones_are_not()
    {
        await DutyAsync("offDuty");
        await QueueAsync();
        _polled.Fleet.Clock.Advance(TimeSpan.FromMinutes(5));
        await DutyAsync("driving");
        await QueueAsync();
        Assert.Equal(["asking not_driving", "hos "], await HoldsAsync());

        _polled.Fleet.Clock.Advance(TimeSpan.FromDays(31));
        await _polled.Fleet.Get<KeepInbox>().HandleAsync(default);

        Assert.Equal(["hos "], await HoldsAsync());
    }

    [Fact]
    public async Task A_truck_that_nobody_has_looked_at_for_long_says_nothing_of_who_left_it()
    {
        await _polled.Samsara.AssignAsync(Org, new(_ana, _truck));
        await SeeCrewAsync();
        await _polled.Fleet.Database.ExecuteAsAdminAsync("update fleet.vehicle_looks set looked_at = looked_at - interval '6 minutes'");
        await MoveAsync(55);

        await QueueAsync();

        Assert.Single(_taken);
    }

    private long Org => PolledFleet.OrgOf(_company);

    private Task DutyAsync(string status) => _polled.Samsara.ChangeDriverAsync(Org, _ana, new(DutyStatus: status));

    private Task MoveAsync(double speed) => _polled.Samsara.MoveVehicleAsync(Org, _truck, new(30.27, -97.74, speed));

    private async Task SeeCrewAsync()
    {
        await _polled.AddRouteAsync(_company, vehicle: _truck);
        await _polled.PollAsync(_company);
        await _polled.PollAsync(_company, "assignments");
        await _polled.Fleet.SweepAsync();
    }

    private Task PassAsync(TimeSpan time) => PassAsync(time, TimeSpan.FromSeconds(15));

    private async Task PassAsync(TimeSpan time, TimeSpan step)
    {
        for (var left = time; left > TimeSpan.Zero; left -= step)
        {
            _polled.Fleet.Clock.Advance(left < step ? left : step);
            await _polled.Fleet.SweepAsync();
        }
    }

    private Task<Guid> QueueAsync(bool canWait = true, TimeSpan? validFor = null, string? about = null, Guid? driver = null)
        => QueueAsync(_company, driver ?? _driver, validFor, about, canWait);

    private async Task<Guid> QueueAsync(TestCompany company, Guid driver, TimeSpan? validFor = null, string? about = null, bool canWait = true)
    {
        var (message, lane) = await AddAsync(company, driver, validFor, about, canWait);
        await _polled.Fleet.WorkAsync([], [new(company.Id, lane)]);
        return message;
    }

    private async Task<(Guid Message, short Lane)> AddAsync(TestCompany company, Guid driver, TimeSpan? validFor, string? about, bool canWait)
    {
        var db = _polled.Fleet.Db(company);
        var conversation = await db.FindAsync("select conversation_id from fleet.drivers where tenant_id = $1 and id = $2", row => row.GetGuid(0), default, P.Uuid(driver));
        var id = TimeProvider.System.NewId();
        var message = new NewMessage(id, conversation, driver, MessageKind.Template, new("Hello") { Template = TemplateSet.DispatcherNote, Language = "en_US" }, "test", $"test:{id:N}")
        {
            ValidUntil = validFor is { } span ? _polled.Now + span : null,
            Supersedes = about,
            CanWait = canWait,
        };
        var lane = Outbox.LaneOf(conversation);
        Assert.True(await Outbox.TryAddAsync(db, await _polled.Fleet.Get<DataKeys>().GetAsync(company.Id, default), _polled.Fleet.Clock, message, lane, default));
        return (id, lane);
    }

    private async Task<MessageView> ViewAsync(Guid message) => (await _polled.Fleet.Get<GetMessage>().HandleAsync(_company.Id, message, default)).Value;

    private async Task<(string Status, string Reason)> StatusAsync(Guid message) => await ViewAsync(message) is var view ? (view.Status, view.Reason) : default;

    private Task<List<string>> HoldsAsync(TestCompany? company = null)
        => _polled.Fleet.Db(company ?? _company).ListAsync("select reason || ' ' || coalesce(release, '') from fleet.holds where tenant_id = $1 order by 1", row => row.GetString(0), default);

    private Task<Guid> DriverOfAsync(WhatsAppMessage message)
        => _polled.Fleet.Db(_company).FindAsync("select driver_id from fleet.message_logs where tenant_id = $1 and id = $2", row => row.GetGuid(0), default, P.Uuid(message.MessageId));

    private async Task<IReadOnlyList<string?>> AskedAsync()
        => [.. (await _polled.Samsara.JournalAsync()).Where(e => e.Kind == "rest.request").Select(e => e.Data.GetProperty("path").GetString()).Where(path => path == "/fleet/hos/clocks")];
}
