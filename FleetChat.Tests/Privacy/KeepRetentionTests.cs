using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Privacy;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Privacy;

/// <summary>What a company keeps no longer: contents, phones and media go; id, time, direction and status stay.</summary>
public sealed class KeepRetentionTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Phone = "15550001111";
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task After_the_companys_days_contents_and_media_are_gone_and_who_spoke_when_is_not()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.Get<ChangeTenant>().HandleAsync(new(company.Id, new(ComplianceSettings: new(DataRetentionDays: 40)), "test"), default);
        await _fleet.AddDriverAsync(company, "11", $"+{Phone}");
        var (old, medium) = (await SayAsync(company, "The old word"), Guid.Empty);
        medium = await KeepMediumAsync(company, old);
        var before = await RowAsync(company, old);
        _fleet.Clock.Advance(TimeSpan.FromDays(39));
        await KeepAsync();
        Assert.Equal("The old word", await TextAsync(company, old));

        _fleet.Clock.Advance(TimeSpan.FromDays(1.5));
        var young = await SayAsync(company, "The young word");
        await KeepAsync();
        await KeepAsync();

        Assert.Equal(("", "The young word"), (await TextAsync(company, old), await TextAsync(company, young)));
        Assert.Equal(before, await RowAsync(company, old));
        Assert.Null(await _fleet.Get<IMediaStore>().OpenAsync(MediaSql.NameOf(company.Id, medium), default));
        Assert.Equal(("erased", true), await _fleet.Db(company).FindAsync("select f.state, m.wamid is null from fleet.media f join fleet.message_logs m on m.tenant_id = $1 and m.id = f.message_id where f.tenant_id = $1",
            row => (row.GetString(0), row.GetBoolean(1)), default));
    }

    [Fact]
    public async Task Many_messages_of_one_moment_are_forgotten_slice_by_slice()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", $"+{Phone}");
        for (var i = 0; i < 3; i++) await SayAsync(company, $"Word {i}");
        await _fleet.Database.ExecuteAsAdminAsync("""
            insert into fleet.message_logs (tenant_id, id, conversation_id, direction, content, kind, timestamp, status, status_rank, reason, effect_key, created_at)
            select m.tenant_id, gen_random_uuid(), m.conversation_id, 'inbound', m.content, 'text', m.timestamp, 'received', 7, 'x', 'many:' || n, m.created_at
            from (select * from fleet.message_logs where tenant_id = $1 limit 1) m, generate_series(1, 1200) n
            """, P.Text(company.Id.Value));
        _fleet.Clock.Advance(TimeSpan.FromDays(400));

        await KeepAsync();

        Assert.Equal(0, await _fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.message_logs where tenant_id = '{company.Id}' and length(content) > 60"));
    }

    [Fact]
    public async Task Who_left_long_ago_has_no_phone_any_more_and_his_STOP_still_holds_when_he_is_back()
    {
        var company = await _fleet.AddCompanyAsync();
        var driver = await _fleet.AddDriverAsync(company, "11", $"+{Phone}");
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => new WhatsAppAcceptance($"wamid.out.{_fleet.Clock.NewId()}", Phone));
        await SayAsync(company, "STOP");
        await _fleet.Database.ExecuteAsAdminAsync("update fleet.drivers set status = 'deactivated' where tenant_id = $1", P.Text(company.Id.Value));
        _fleet.Clock.Advance(TimeSpan.FromDays(400));

        await KeepAsync();

        Assert.Null((await _fleet.Get<GetDriver>().HandleAsync(company.Id, driver, default)).Value.WhatsappNumber);
        var chat = (await _fleet.Get<ListConversations>().HandleAsync(new(company.Id, false, new(10, null)), default)).Value.Data.Single();
        Assert.Null(chat.WhatsappNumber);

        var again = await _fleet.AddDriverAsync(company, "12", $"+{Phone}");
        Assert.Equal("withdrawn", (await _fleet.Get<GetDriver>().HandleAsync(company.Id, again, default)).Value.ConsentStatus);
        chat = (await _fleet.Get<ListConversations>().HandleAsync(new(company.Id, false, new(10, null)), default)).Value.Data.Single();
        Assert.Equal($"+{Phone}", chat.WhatsappNumber);
    }

    [Fact]
    public async Task The_phone_of_a_driver_who_is_there_stays_however_long_he_is_silent()
    {
        var company = await _fleet.AddCompanyAsync();
        var driver = await _fleet.AddDriverAsync(company, "11", $"+{Phone}");
        _fleet.Clock.Advance(TimeSpan.FromDays(800));

        await KeepAsync();

        Assert.Equal($"+{Phone}", (await _fleet.Get<GetDriver>().HandleAsync(company.Id, driver, default)).Value.WhatsappNumber);
    }

    [Fact]
    public async Task Chat_that_is_taken_by_a_new_driver_at_the_same_time_is_not_forgotten_under_him()
    {
        var company = await _fleet.AddCompanyAsync();
        await SayAsync(company, "Hello");
        _fleet.Clock.Advance(TimeSpan.FromDays(400));
        var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);

        await using (var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default))
        {
            var chat = await Conversations.FindOrCreateAsync(db, key, [ChatIdentity.Of(PhoneReading.Of($"+{Phone}", "US").Number!.Value)], _fleet.Clock, default);
            await KeepAsync();
            var driver = _fleet.Clock.NewId();
            await db.ExecuteAsync("""
                insert into fleet.drivers (tenant_id, id, samsara_driver_id, name, conversation_id, consent_status, created_at, updated_at)
                values ($1, $2, '11', $3, $4, 'granted', now(), now())
                """, default, P.Uuid(driver), P.Bytes(key.Encrypt(EncryptedColumns.DriverName, driver, "Ana")), P.Uuid(chat));
            await db.CommitAsync(default);
        }
        await KeepAsync();

        Assert.Equal([$"+{Phone}"], (await _fleet.Get<ListConversations>().HandleAsync(new(company.Id, false, new(10, null)), default)).Value.Data.Select(chat => chat.WhatsappNumber));
    }

    [Fact]
    public async Task Drivers_who_come_while_chats_are_forgotten_are_reached_all_the_same()
    {
        for (var round = 0; round < 10; round++)
        {
            var company = await _fleet.AddCompanyAsync();
            await SayAsync(company, "Hello");
            _fleet.Clock.Advance(TimeSpan.FromDays(400));

            await Task.WhenAll(Task.Run(KeepAsync), Task.Run(() => _fleet.AddDriverAsync(company, "11", $"+{Phone}")), Task.Run(KeepAsync));

            Assert.Equal([$"+{Phone}"], (await _fleet.Get<ListConversations>().HandleAsync(new(company.Id, false, new(10, null)), default)).Value.Data.Select(chat => chat.WhatsappNumber));
        }
    }

    private Task KeepAsync() => _fleet.Get<KeepRetention>().HandleAsync(default);

    private async Task<Guid> SayAsync(TestCompany company, string text)
    {
        var now = _fleet.Clock.GetUtcNow();
        var receipt = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text(Phone, text, $"wamid.{_fleet.Clock.NewId()}", now.ToUnixTimeSeconds())]));
        await _fleet.WorkAsync(receipt.Nudges);
        return await _fleet.Db(company).FindAsync("select id from fleet.message_logs where tenant_id = $1 and direction = 'inbound' order by created_at desc, id desc limit 1", row => row.GetGuid(0), default);
    }

    private async Task<string> TextAsync(TestCompany company, Guid message)
    {
        var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
        return await _fleet.Db(company).FindAsync("select content from fleet.message_logs where tenant_id = $1 and id = $2", row => MessageContent.Open(key, message, row.Bytes(0)).Text, default, P.Uuid(message)) ?? "";
    }

    private async Task<string> RowAsync(TestCompany company, Guid message)
        => (await _fleet.Db(company).FindAsync("select id || ' ' || timestamp || ' ' || direction || ' ' || status || ' ' || reason from fleet.message_logs where tenant_id = $1 and id = $2", row => row.GetString(0), default, P.Uuid(message)))!;

    private async Task<Guid> KeepMediumAsync(TestCompany company, Guid message)
    {
        var (id, db, now) = (_fleet.Clock.NewId(), _fleet.Db(company), _fleet.Clock.GetUtcNow());
        var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
        await MediaSql.InsertAsync(db, id, message, "image", now, default);
        await _fleet.Get<IMediaStore>().WriteAsync(MediaSql.NameOf(company.Id, id), MediaCipher.Seal(key, id, new MemoryStream([1, 2, 3])), default);
        Assert.True(await MediaSql.TrySetFetchedAsync(db, id, "image/jpeg", 3, key.BlindIndex("test", "x"), TimeZoneInfo.Utc, now, default));
        return id;
    }
}
