using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Tests.Samsara;

namespace FleetChat.Tests.Drivers;

/// <summary>Samsara's roster, followed: nobody is written to because he stands there, and nobody after he left.</summary>
public sealed class RosterTests : IAsyncLifetime
{
    private PolledFleet _polled = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _polled = await PolledFleet.StartAsync();
        _company = await _polled.AddCompanyAsync();
    }

    public async Task DisposeAsync() => await _polled.DisposeAsync();

    [Fact]
    public async Task Drivers_of_the_roster_are_enrolled_with_unknown_consent_and_not_written_to()
    {
        var (ana, bo) = (await AddAsync("Ana", "(512) 555-0101", locale: "mx"), await AddAsync("Bo", "call me"));
        await PollAsync();
        var late = await AddAsync("Cy", "+1 512 555 0103");
        await PollAsync();

        Assert.Equal(("Ana", "+15125550101", "unknown", "active", null), await FindAsync(ana));
        Assert.Equal(("Bo", null, "unknown", "active", null), await FindAsync(bo));
        Assert.Equal(("Cy", "+15125550103", "unknown", "active", null), await FindAsync(late));
        Assert.Equal(0, await CountAsync("fleet.message_logs"));
    }

    [Fact]
    public async Task First_look_leaves_what_people_entered()
    {
        var ana = await AddAsync("Ana M.", "512 555 0199");
        await _polled.Fleet.AddDriverAsync(_company, ana, "+15125550101", language: "es");

        await PollAsync();

        Assert.Equal(("Ana", "+15125550101", "granted", "active", "es"), await FindAsync(ana));
    }

    [Fact]
    public async Task Another_phone_is_one_that_nobody_agreed_on_and_what_waited_is_refused()
    {
        var ana = await EnrolledAsync();
        await QueueAsync(ana);
        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Phone: "512 555 0102", Locale: "mx"));
        await PollAsync();

        Assert.Equal(("Ana", "+15125550102", "unknown", "active", "en"), await FindAsync(ana));
        Assert.Equal(["driver.phone_changed"], await _polled.OpenAlertsAsync(_company));
        Assert.Equal(("refused", "test:no_consent"), await MessageAsync());
    }

    [Fact]
    public async Task Same_phone_written_otherwise_changes_nothing()
    {
        var ana = await EnrolledAsync();
        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Phone: "+1-512-555-0101", Name: "Ana Maria"));
        await PollAsync();

        Assert.Equal(("Ana Maria", "+15125550101", "granted", "active", "en"), await FindAsync(ana));
        Assert.Empty(await _polled.OpenAlertsAsync(_company));
    }

    [Fact]
    public async Task Change_of_something_else_there_does_not_undo_what_was_entered_here()
    {
        var ana = await EnrolledAsync();
        await _polled.Fleet.Db(_company).ExecuteAsync("update fleet.drivers set consent_status = 'granted', whatsapp_number = null, conversation_id = null where tenant_id = $1", default);
        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Name: "Ana Maria"));
        await PollAsync();

        Assert.Equal(("Ana Maria", null, "granted", "active", "en"), await FindAsync(ana));
    }

    [Fact]
    public async Task Phone_that_said_STOP_stays_silent_and_a_STOP_goes_with_its_driver()
    {
        var ana = await EnrolledAsync();
        var bo = await AddAsync("Bo", "512 555 0104");
        await PollAsync();
        await _polled.Fleet.Database.ExecuteAsAdminAsync("update fleet.conversations set stopped_at = now(); update fleet.drivers set consent_status = 'withdrawn'");
        var cy = await AddAsync("Cy", "512 555 0104");
        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Phone: "512 555 0105"));
        await PollAsync();

        Assert.Equal("withdrawn", (await FindAsync(bo)).Consent);
        Assert.Equal("withdrawn", (await FindAsync(cy)).Consent);
        Assert.Equal("withdrawn", (await FindAsync(ana)).Consent);
        Assert.Equal(["withdrawn phone_changed system"], await _polled.Fleet.Db(_company).ListAsync("""
            select r.state || ' ' || r.method || ' ' || r.recorded_by
            from fleet.consent_records r
            join fleet.drivers d on d.tenant_id = $1 and d.id = r.driver_id
            where r.tenant_id = $1 and d.samsara_driver_id = $2
            """, row => row.GetString(0), default, P.Text(cy)));
    }

    [Fact]
    public async Task Who_is_deactivated_gets_nothing_any_more_and_his_transport_is_flagged_until_he_is_back()
    {
        var ana = await EnrolledAsync();
        await QueueAsync(ana);
        await _polled.Fleet.Db(_company).ExecuteAsync("""
            insert into fleet.transports (tenant_id, id, samsara_route_id, samsara_driver_id, driver_id, name, status_at, route_at, created_at, updated_at)
            select tenant_id, id, '6001', samsara_driver_id, id, 'Load', now(), now(), now(), now() from fleet.drivers where tenant_id = $1
            """, default);
        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Active: false));
        await PollAsync();

        Assert.Equal(("Ana", "+15125550101", "granted", "deactivated", "en"), await FindAsync(ana));
        Assert.Equal(["driver.deactivated"], await _polled.OpenAlertsAsync(_company));
        Assert.Equal(("refused", "test:driver_deactivated"), await MessageAsync());

        await _polled.Samsara.ChangeDriverAsync(Org, ana, new(Active: true));
        await PollAsync();
        Assert.Equal("active", (await FindAsync(ana)).Status);
        Assert.Empty(await _polled.OpenAlertsAsync(_company));
    }

    [Fact]
    public async Task Who_left_before_we_knew_him_is_nobody()
    {
        var gone = await AddAsync("Gone", "512 555 0109");
        await _polled.Samsara.ChangeDriverAsync(Org, gone, new(Active: false));
        await PollAsync();

        Assert.Equal(0, await CountAsync("fleet.drivers"));
        Assert.Empty(await _polled.FactsAsync(_company, "driver.seen"));
    }

    [Fact]
    public async Task Licences_and_notes_of_the_roster_are_not_copied()
    {
        var ana = await _polled.Samsara.AddDriverAsync(Org, new("Ana", Notes: "private"));
        await PollAsync();

        var driver = Assert.Single(await _polled.FactsAsync(_company, "driver.seen")).GetProperty("driver");
        Assert.Equal(ana, driver.GetProperty("id").GetString());
        Assert.DoesNotContain("private", driver.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_of_Samsaras_about_a_driver_is_followed_unless_it_is_older_than_what_is_known()
    {
        var ana = await EnrolledAsync();
        await SendAsync("new", ana, "Ana New", _polled.Now.AddMinutes(-1));
        Assert.Equal("ignored: older than what is known", await _polled.Fleet.OutcomeAsync(_company, "new"));

        _polled.Fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        await SendAsync("newer", ana, "Ana Newer", _polled.Now);

        Assert.Equal("Ana Newer", (await FindAsync(ana)).Name);
    }

    [Fact]
    public async Task Who_comes_while_a_worker_that_died_holds_the_lane_is_enrolled_when_its_lease_is_over()
    {
        await EnrolledAsync();
        var bo = await AddAsync("Bo", "+1 512 555 0104");
        await LeaseAsync("now() + interval '1 hour'");
        await PollAsync();
        var whileHeld = await CountAsync("fleet.drivers");
        await LeaseAsync("now() - interval '1 second'");
        await _polled.Fleet.WorkAsync(Enumerable.Range(0, Lanes.PerTenant).Select(lane => new Nudge(_company.Id, (short)lane)));

        Assert.Equal(1, whileHeld);
        Assert.Equal(("Bo", "+15125550104", "unknown", "active", null), await FindAsync(bo));
    }

    private Task LeaseAsync(string until) => _polled.Fleet.Db(_company).ExecuteAsync($"""
        insert into fleet.lanes (tenant_id, stage, lane, nudged, nudged_at, lease_token, lease_until)
        select $1, '{Lanes.ProcessStage}', lane, false, now(), gen_random_uuid(), {until}
        from generate_series(0, {Lanes.PerTenant - 1}) lane
        on conflict (tenant_id, stage, lane) do update
        set lease_token = excluded.lease_token, lease_until = excluded.lease_until
        """, default);

    private long Org => PolledFleet.OrgOf(_company);

    private Task PollAsync() => _polled.PollAsync(_company, "drivers");

    private Task<string> AddAsync(string name, string phone, string? locale = null) => _polled.Samsara.AddDriverAsync(Org, new(name, Phone: phone, Locale: locale));

    /// <summary>Ana, who agreed, after the first look.</summary>
    private async Task<string> EnrolledAsync()
    {
        var ana = await AddAsync("Ana", "512 555 0101");
        await _polled.Fleet.AddDriverAsync(_company, ana, "+15125550101");
        await PollAsync();
        return ana;
    }

    private async Task QueueAsync(string samsaraId)
    {
        var key = await _polled.Fleet.Get<FleetChat.Core.Security.DataKeys>().GetAsync(_company.Id, default);
        var (id, conversation) = await _polled.Fleet.Db(_company).FindAsync("select id, conversation_id from fleet.drivers where tenant_id = $1 and samsara_driver_id = $2",
            row => (row.GetGuid(0), row.GetGuid(1)), default, P.Text(samsaraId));
        await Outbox.TryAddAsync(_polled.Fleet.Db(_company), key, _polled.Fleet.Clock, new(_polled.Fleet.Clock.NewId(), conversation, id, MessageKind.Template, new("hello"), "test", "test"),
            Outbox.LaneOf(conversation), default);
        await _polled.Fleet.Db(_company).ExecuteAsync("update fleet.outbound set due_at = due_at + interval '1 hour' where tenant_id = $1", default);
    }

    private Task SendAsync(string eventId, string driver, string name, DateTimeOffset at) => SendAsync($$$"""
        {"eventId":"{{{eventId}}}","eventType":"DriverUpdated","orgId":{{{_company.OrgId}}},
         "data":{"driver":{"id":"{{{driver}}}","name":"{{{name}}}","phone":"512 555 0101","driverActivationStatus":"active","updatedAtTime":"{{{at:yyyy-MM-dd'T'HH:mm:ss'Z'}}}" } } }
        """);

    private async Task SendAsync(string body) => await _polled.Fleet.WorkAsync((await _polled.Fleet.FromSamsaraAsync(_company, body)).Nudges);

    private async Task<(string Name, string? Number, string Consent, string Status, string? Language)> FindAsync(string samsaraId)
    {
        var all = await _polled.Fleet.Get<ListDrivers>().HandleAsync(new(_company.Id, null, new(50, null)), default);
        var driver = all.Value.Data.Single(d => d.SamsaraDriverId == samsaraId);
        return (driver.Name, driver.WhatsappNumber, driver.ConsentStatus, driver.Status, driver.Language);
    }

    private Task<(string, string)> MessageAsync()
        => _polled.Fleet.Db(_company).FindAsync("select status, reason from fleet.message_logs where tenant_id = $1", row => (row.GetString(0), row.GetString(1)), default);

    private Task<long> CountAsync(string table) => _polled.Fleet.Db(_company).FindAsync($"select count(*) from {table} where tenant_id = $1", row => row.GetInt64(0), default);
}
