using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Drivers;

/// <summary>One person whom WhatsApp knows by several numbers and ids.</summary>
public sealed class ConversationsTests : IClassFixture<FleetFixture>
{
    private const string RosterPhone = "+15550001111";
    private const string RosterDigits = "15550001111";
    private const string OtherDigits = "15550009999";
    private readonly TestFleet _fleet;

    public ConversationsTests(FleetFixture fixture)
    {
        _fleet = fixture.Fleet;
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((WhatsAppMessage message, CancellationToken _) => new WhatsAppAcceptance($"wamid.{message.OpaqueId}", OtherDigits));
    }

    [Fact]
    public async Task A_stop_from_before_a_phone_and_a_user_id_were_known_to_be_one_silences_the_driver_when_they_are()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", RosterPhone);
        await ReceiveAsync(company, FromUser("US.1", "STOP", "wamid.1"));
        Assert.Equal("granted", await ConsentAsync(company, "11"));

        await ReceiveAsync(company, FromUser("US.1", "hello", "wamid.2", RosterDigits));

        Assert.Equal("withdrawn", await ConsentAsync(company, "11"));
        Assert.Equal(1, await CountAsync(company, "select count(distinct conversation_id) from fleet.identities where tenant_id = $1"));
    }

    [Fact]
    public async Task Who_wrote_by_another_number_before_we_sent_is_the_driver_from_then_on()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", RosterPhone);
        await ReceiveAsync(company, Payloads.Text(OtherDigits, "hello?", "wamid.before"));
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"))).Nudges);

        await ReceiveAsync(company, Payloads.Text(OtherDigits, "STOP", "wamid.after"));

        Assert.Equal("withdrawn", await ConsentAsync(company, "11"));
        Assert.Equal(1, await CountAsync(company, """
            select count(*)
            from fleet.message_logs m
            join fleet.drivers d on d.tenant_id = m.tenant_id and d.conversation_id = m.conversation_id
            where m.tenant_id = $1 and m.direction = 'inbound'
            """));
    }

    [Fact]
    public async Task A_stop_reaches_all_conversations_of_a_person_whom_the_roster_has_twice()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", RosterPhone);
        await _fleet.AddDriverAsync(company, "12", "+15550002222");
        await TieAsync(company, "12", ChatIdentity.OfUser("US.2"));

        await ReceiveAsync(company, FromUser("US.2", "STOP", "wamid.1", RosterDigits));

        Assert.Equal("withdrawn", await ConsentAsync(company, "11"));
        Assert.Equal("withdrawn", await ConsentAsync(company, "12"));
    }

    [Fact]
    public async Task What_waits_in_a_conversation_that_is_joined_to_another_stays_within_reach_of_a_stop()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", RosterPhone);
        await ProcessAsync(company, FromUser("US.1", "hello?", "wamid.1"));
        await ReceiveAsync(company, FromUser("US.1", "STOP", "wamid.2", RosterDigits));

        await _fleet.WorkAsync([], Enumerable.Range(0, Lanes.PerTenant).Select(lane => new Nudge(company.Id, (short)lane)));

        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and direction = 'outbound' and status = 'refused'"));
    }

    [Fact]
    public async Task Who_loses_the_race_to_begin_a_conversation_leaves_no_empty_one()
    {
        var company = await _fleet.AddCompanyAsync();
        var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
        await using var winner = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        var won = await Conversations.FindOrCreateAsync(winner, key, [ChatIdentity.OfUser("US.7")], _fleet.Clock, default);

        var losing = LoseAsync(company, key);
        await Until.TrueAsync(async () => await _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0, "the loser waits for the winner");
        await winner.CommitAsync(default);

        Assert.Equal(won, await losing);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.conversations where tenant_id = $1"));
        Assert.Equal(2, await CountAsync(company, "select count(*) from fleet.identities where tenant_id = $1"));
    }

    private async Task<Guid> LoseAsync(TestCompany company, DataKey key)
    {
        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        var conversation = await Conversations.FindOrCreateAsync(db, key, [ChatIdentity.OfUser("US.7"), ChatIdentity.OfUser("US.8")], _fleet.Clock, default);
        await db.CommitAsync(default);
        return conversation;
    }

    private async Task TieAsync(TestCompany company, string samsaraId, ChatIdentity identity)
    {
        var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
        var conversation = await _fleet.Db(company).FindAsync("select conversation_id from fleet.drivers where tenant_id = $1 and samsara_driver_id = $2", r => r.GetGuid(0), default, P.Text(samsaraId));
        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        await Conversations.AddIdentityAsync(db, key, conversation, identity, _fleet.Clock, default);
        await db.CommitAsync(default);
    }

    private static JsonObject FromUser(string user, string text, string wamid, string? phone = null)
    {
        var message = Payloads.Text(phone ?? "", text, wamid);
        message["from_user_id"] = user;
        return message;
    }

    private async Task ReceiveAsync(TestCompany company, JsonObject message)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [message]))).Nudges);

    private async Task ProcessAsync(TestCompany company, JsonObject message)
    {
        foreach (var nudge in (await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [message]))).Nudges)
            await _fleet.Get<ProcessLane>().HandleAsync(nudge, default);
    }

    private Task<string?> ConsentAsync(TestCompany company, string samsaraId)
        => _fleet.Db(company).FindAsync("select consent_status from fleet.drivers where tenant_id = $1 and samsara_driver_id = $2", r => r.GetString(0), default, P.Text(samsaraId));

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, r => r.GetInt64(0), default);
}
