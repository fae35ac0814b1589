using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;

namespace FleetChat.Tests.Messaging;

/// <summary>What comes in that is no sentence of a driver's, who wrote it, and whose trip it may move.</summary>
public sealed class InboundMessageTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Phone = "+15550001111";
    private const string Digits = "15550001111";
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task A_changed_number_opens_no_window_gets_no_answer_and_is_put_before_a_dispatcher()
    {
        var company = await _fleet.AddCompanyAsync();
        var taken = _fleet.AcceptAll();

        await ReceiveAsync(company, Special("wamid.1", "system", new() { ["body"] = "as WhatsApp words it", ["type"] = "user_changed_number", ["wa_id"] = "12195555358" }));

        Assert.Empty(taken);
        Assert.Equal("number_changed", await TextAsync(company, "select reason from fleet.dispatcher_entries where tenant_id = $1"));
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.conversations where tenant_id = $1 and last_inbound_at is not null"));
        Assert.Contains($"{Digits} -> 12195555358", (await ContentAsync(company, "wamid.1")).Text, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.identities where tenant_id = $1"));
    }

    [Theory]
    [InlineData("request_welcome", 0)]
    [InlineData("unsupported", 1)]
    [InlineData("edit", 1)]
    [InlineData("revoke", 0)]
    public async Task What_is_no_message_opens_no_window_and_is_never_answered(string type, long entries)
    {
        var company = await _fleet.AddCompanyAsync();
        var taken = _fleet.AcceptAll();

        await ReceiveAsync(company, Special("wamid.1", type, []));

        Assert.Empty(taken);
        Assert.Equal(entries, await CountAsync(company, "select count(*) from fleet.dispatcher_entries where tenant_id = $1"));
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.conversations where tenant_id = $1 and last_inbound_at is not null"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_its_writer_took_back_is_erased_whichever_comes_first(bool revokedFirst)
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        JsonObject[] messages = [Payloads.Text(Digits, "something private", "wamid.1"), Special("wamid.2", "revoke", new() { ["original_message_id"] = "wamid.1" })];

        foreach (var message in revokedFirst ? messages.Reverse() : messages) await ReceiveAsync(company, message);

        Assert.Equal("", (await ContentAsync(company, "wamid.1")).Text);
        Assert.Equal("free_text", await TextAsync(company, "select reason from fleet.dispatcher_entries where tenant_id = $1"));
    }

    [Fact]
    public async Task Nobody_takes_back_a_message_of_somebody_else()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        await ReceiveAsync(company, Payloads.Text(Digits, "on my way", "wamid.1"));
        var revoke = Special("wamid.2", "revoke", new() { ["original_message_id"] = "wamid.1" });
        revoke["from"] = "15550002222";

        await ReceiveAsync(company, revoke);

        Assert.Equal("on my way", (await ContentAsync(company, "wamid.1")).Text);
    }

    [Fact]
    public async Task Who_wants_no_marketing_still_gets_his_trips_and_people_are_told()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        var preference = new JsonObject { ["wa_id"] = Digits, ["category"] = "marketing_messages", ["value"] = "stop", ["timestamp"] = 1772463500 };
        var change = Payloads.Change(company);
        change["change"]!["field"] = "user_preferences";
        change["change"]!["value"]!["user_preferences"] = new JsonArray(preference);

        await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.Post(change))).Nudges);

        Assert.Equal("info", await TextAsync(company, "select severity from fleet.alerts where tenant_id = $1 and code = 'driver.stopped_marketing'"));
        Assert.Equal("granted", await TextAsync(company, "select consent_status from fleet.drivers where tenant_id = $1"));
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.conversations where tenant_id = $1 and stopped_at is not null"));
    }

    [Theory]
    [InlineData("Unsubscribe", "No, thanks", "withdrawn")]
    [InlineData("fc1:0123456789abcdef0123456789abcdef:stop_done", "Cancel", "granted")]
    public async Task A_button_is_a_stop_by_what_it_carries_unless_it_is_ours(string payload, string title, string consent)
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);

        await ReceiveAsync(company, Payloads.Tap(Digits, payload, title, "wamid.1", null));

        Assert.Equal(consent, await TextAsync(company, "select consent_status from fleet.drivers where tenant_id = $1"));
    }

    [Theory]
    [InlineData("en_route", "assigned", true)]
    [InlineData("assigned", null, true)]
    [InlineData("assigned", "assigned", false)]
    [InlineData("en_route", "en_route", false)]
    [InlineData("delivered", null, false)]
    public async Task On_a_shared_phone_the_one_on_the_road_wrote_else_the_only_one_with_a_trip(string anas, string? bens, bool isAna)
    {
        var (company, ana, ben) = await SharePhoneAsync();
        await AddTransportAsync(company, ana, anas);
        if (bens is not null) await AddTransportAsync(company, ben, bens);

        await ReceiveAsync(company, Payloads.Text(Digits, "on my way", "wamid.1"));

        Assert.Equal(isAna ? ana : null, await WriterAsync(company));
    }

    [Fact]
    public async Task A_trip_that_nobody_ended_yesterday_says_nothing_about_who_writes_today()
    {
        var (company, ana, ben) = await SharePhoneAsync();
        await AddTransportAsync(company, ana, "en_route", age: TimeSpan.FromHours(25));
        await AddTransportAsync(company, ben, "accepted");

        await ReceiveAsync(company, Payloads.Text(Digits, "on my way", "wamid.1"));

        Assert.Equal(ben, await WriterAsync(company));
    }

    [Fact]
    public async Task A_driver_who_left_does_not_write_any_more()
    {
        var (company, ana, ben) = await SharePhoneAsync();
        await AddTransportAsync(company, ana, "en_route");
        await _fleet.Db(company).ExecuteAsync("update fleet.drivers set status = 'deactivated' where tenant_id = $1 and id = $2", default, P.Uuid(ana));

        await ReceiveAsync(company, Payloads.Text(Digits, "on my way", "wamid.1"));

        Assert.Equal(ben, await WriterAsync(company));
    }

    [Fact]
    public async Task Who_no_longer_has_the_trip_does_not_move_its_stop()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);
        var other = await _fleet.AddDriverAsync(company, "12", "+15550002222", "Ben");
        var taken = _fleet.AcceptAll();
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"))).Nudges);
        await _fleet.Db(company).ExecuteAsync("update fleet.transports set driver_id = $2 where tenant_id = $1", default, P.Uuid(other));
        var message = Assert.Single(taken);

        await ReceiveAsync(company, Payloads.Tap(Digits, new ButtonPayload(message.MessageId, ButtonActions.StopDone).ToString(), "Done", "wamid.1", $"wamid.{message.OpaqueId}"));

        Assert.Equal("arrived", await TextAsync(company, "select state from fleet.stops where tenant_id = $1 and samsara_stop_id = '7002'"));
        Assert.Equal("step_not_possible", await TextAsync(company, "select reason from fleet.dispatcher_entries where tenant_id = $1"));
    }

    [Fact]
    public async Task A_message_from_the_future_opens_the_window_from_its_arrival_on()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone);

        await ReceiveAsync(company, Payloads.Text(Digits, "hi", "wamid.1", timestamp: 4102444800));

        Assert.Equal(_fleet.Clock.GetUtcNow(), await _fleet.Db(company).FindAsync("select last_inbound_at from fleet.conversations where tenant_id = $1", r => r.Time(0), default));
    }

    private async Task<(TestCompany Company, Guid Ana, Guid Ben)> SharePhoneAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        return (company, await _fleet.AddDriverAsync(company, "11", Phone), await _fleet.AddDriverAsync(company, "12", Phone, "Ben"));
    }

    private Task AddTransportAsync(TestCompany company, Guid driver, string status, TimeSpan age = default) => _fleet.Db(company).ExecuteAsync("""
        insert into fleet.transports (tenant_id, id, samsara_route_id, driver_id, name, status, status_at, route_at, created_at, updated_at)
        values ($1, $2, $2::text, $3, 'Load', $4, $5, $5, $5, $5)
        """, default, P.Uuid(_fleet.Clock.NewId()), P.Uuid(driver), P.Text(status), P.Time(_fleet.Clock.GetUtcNow() - age));

    private static JsonObject Special(string wamid, string type, JsonObject content) => Payloads.Special(Digits, wamid, type, content);

    private async Task ReceiveAsync(TestCompany company, JsonObject message)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [message]))).Nudges);

    private async Task<MessageContent> ContentAsync(TestCompany company, string wamid)
    {
        var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
        return (await _fleet.Db(company).FindAsync("select id, content from fleet.message_logs where tenant_id = $1 and wamid_index = $2",
            r => MessageContent.Open(key, r.GetGuid(0), r.Bytes(1)), default, P.Bytes(key.WamidIndex(wamid))))!;
    }

    private Task<Guid?> WriterAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select driver_id from fleet.message_logs where tenant_id = $1 and direction = 'inbound'", r => r.GuidOrNull(0), default);

    private Task<string?> TextAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, r => r.GetString(0), default);

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, r => r.GetInt64(0), default);
}
