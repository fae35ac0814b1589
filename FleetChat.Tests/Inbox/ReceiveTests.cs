using System.Text;
using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Samsara;
using FleetChat.Tests.Guards;

namespace FleetChat.Tests.Inbox;

/// <summary>What is stored, kept aside or rejected, and for whom.</summary>
public sealed class ReceiveTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Stored = "select count(*) from fleet.inbox where tenant_id = $1";
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    [Catches(Guard.Signature)]
    public async Task A_wrong_signature_and_an_unknown_tenant_are_rejected_alike_and_nothing_is_stored()
    {
        var company = await _fleet.AddCompanyAsync();
        var foreign = await _fleet.AddCompanyAsync();

        var wrong = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"), foreign.WebhookSecret);
        var unknown = await _fleet.Get<ReceiveSamsaraWebhook>().HandleAsync(new("no_such_tenant", "1", "v1=00", "{}"u8.ToArray()), default);
        var absurd = await _fleet.Get<ReceiveSamsaraWebhook>().HandleAsync(new("../%00 DROP", null, null, []), default);

        Assert.All([wrong, unknown, absurd], receipt => Assert.False(receipt.IsAccepted));
        Assert.Equal(0, await CountAsync(company, Stored));
    }

    [Theory]
    [InlineData("999", null, "foreign_org")]
    [InlineData(null, "777", "foreign_webhook")]
    [Catches(Guard.Org)]
    public async Task An_event_of_another_org_or_webhook_is_kept_aside_once_and_alerted(string? org, string? webhook, string reason)
    {
        var company = await _fleet.AddCompanyAsync();
        var body = Payloads.StopArrival(company, "11", orgId: org, webhookId: webhook);

        var first = await _fleet.FromSamsaraAsync(company, body);
        var again = await _fleet.FromSamsaraAsync(company, body);

        Assert.True(first.IsAccepted && again.IsAccepted);
        Assert.Equal(0, await CountAsync(company, Stored));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.set_aside where tenant_id = $1 and reason = $2", P.Text(reason)));
        Assert.Equal(2, await CountAsync(company, "select count::bigint from fleet.alerts where tenant_id = $1 and code = $2", P.Text($"inbox.{reason}")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"eventId":7,"eventType":""}""")]
    [InlineData("""{"eventId":"a","eventType":["b"]}""")]
    [InlineData("""{"eventId":"\ud800","eventType":"x"}""")]
    public async Task What_is_signed_and_cannot_be_read_is_kept_aside(string body)
    {
        var company = await _fleet.AddCompanyAsync();

        var receipt = await _fleet.FromSamsaraAsync(company, body);

        Assert.True(receipt.IsAccepted);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.set_aside where tenant_id = $1 and reason = 'unparsable'"));
    }

    [Theory]
    [InlineData("""{"eventId":"ping-1","eventMs":1589474494538,"eventType":"Ping","event":{"text":"Ping"}}""")]
    [InlineData("""{"eventId":"nul-\u0000-1","eventType":"Odd\u0000Type","data":{"driver":{"id":"\u0000"}}}""")]
    [InlineData("""{"eventId":"deep","eventType":"RouteStopArrival","data":{"route":{"id":{}},"routeStopDetails":[]}}""")]
    [InlineData("""{"eventId":"x","eventId":"y","eventType":"Twice","orgId":null,"webhookId":""}""")]
    public async Task An_event_that_names_no_org_is_accepted_on_its_signature_and_processed_without_harm(string body)
    {
        var company = await _fleet.AddCompanyAsync();

        var receipt = await _fleet.FromSamsaraAsync(company, body);
        await _fleet.WorkAsync(receipt.Nudges);

        Assert.Equal(1, await CountAsync(company, Stored));
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.inbox where tenant_id = $1 and status = 'done' and outcome like 'ignored: %'"));
    }

    [Fact]
    public async Task One_post_with_two_companies_numbers_reaches_both_and_what_belongs_to_nobody_is_kept()
    {
        var (one, two) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync());
        var nobody = one with { PhoneNumberId = "000111222333", AccountId = "000999" };

        var receipt = await _fleet.FromWhatsAppAsync(Payloads.Post(
            Payloads.Change(one, messages: [Payloads.Text("15550001111", "hi", "wamid.batch1")]),
            Payloads.Change(nobody, messages: [Payloads.Text("15550001111", "hi", "wamid.batch2")]),
            Payloads.Change(two, messages: [Payloads.Text("15550001111", "hi", "wamid.batch3")], statuses: [Payloads.Status("wamid.z", "sent")])));

        Assert.True(receipt.IsAccepted);
        Assert.Equal(1, await CountAsync(one, Stored));
        Assert.Equal(2, await CountAsync(two, Stored));
        Assert.Equal(1, await _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.unrouted where phone_number_id = '000111222333'"));
        Assert.Equal(1, await _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.platform_alerts where subject = '000111222333'"));
    }

    [Fact]
    public async Task A_number_of_one_company_never_brings_messages_to_another_whose_account_it_names()
    {
        var (one, two) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync());

        await _fleet.FromWhatsAppAsync(Payloads.Post(Payloads.Change(one with { AccountId = two.AccountId }, messages: [Payloads.Text("15550001111", "hi", "wamid.cross")])));

        Assert.Equal(1, await CountAsync(one, Stored));
        Assert.Equal(0, await CountAsync(two, Stored));
    }

    [Fact]
    public async Task A_message_from_before_a_company_had_the_number_is_not_its_message()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.number_assignments set valid_from = '2026-03-01' where tenant_id = '{company.Id}'");

        var receipt = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages:
            [Payloads.Text("15550001111", "old", "wamid.old", timestamp: 1760000000), Payloads.Text("15550001111", "new", "wamid.new")]));

        Assert.True(receipt.IsAccepted);
        Assert.Equal(1, await CountAsync(company, Stored));
        Assert.Equal(1, await _fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.unrouted where phone_number_id = '{company.PhoneNumberId}'"));
    }

    [Fact]
    [Catches(Guard.Dedupe)]
    public async Task An_account_update_goes_to_the_company_of_the_account()
    {
        var company = await _fleet.AddCompanyAsync();
        var update = new JsonObject
        {
            ["object"] = "whatsapp_business_account",
            ["entry"] = new JsonArray(new JsonObject
            {
                ["id"] = company.AccountId,
                ["time"] = 1772463500,
                ["changes"] = new JsonArray(new JsonObject { ["field"] = "account_update", ["value"] = new JsonObject { ["event"] = "DISABLED_UPDATE" } }),
            }),
        }.ToJsonString();

        await _fleet.FromWhatsAppAsync(update);
        var again = await _fleet.FromWhatsAppAsync(update);

        Assert.True(again.IsAccepted);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.inbox where tenant_id = $1 and kind = 'account_update'"));
    }

    [Fact]
    public async Task A_thousand_updates_in_one_post_are_all_stored()
    {
        var company = await _fleet.AddCompanyAsync();
        var messages = Enumerable.Range(0, 1000).Select(i => Payloads.Text($"1555{i:0000000}", new string('ñ', 500), $"wamid.many-{i}")).ToArray();

        await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: messages));

        Assert.Equal(1000, await CountAsync(company, Stored));
    }

    [Fact]
    public async Task A_thousand_updates_that_belong_to_nobody_are_kept_and_make_one_alert_that_counts_them()
    {
        var nobody = (await _fleet.AddCompanyAsync()) with { PhoneNumberId = "000111222444", AccountId = "000998" };
        var body = Payloads.WhatsApp(nobody, messages: [.. Enumerable.Range(0, 1000).Select(i => Payloads.Text($"1555{i:0000000}", "hi", $"wamid.nobody-{i}"))]);

        await _fleet.FromWhatsAppAsync(body);
        var again = await _fleet.FromWhatsAppAsync(body);

        Assert.True(again.IsAccepted);
        Assert.Equal(1000, await _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.unrouted where phone_number_id = '000111222444'"));
        Assert.Equal(2000, await _fleet.Database.ScalarAsAdminAsync<int>("select count from fleet.platform_alerts where subject = '000111222444'"));
    }

    [Fact]
    public async Task A_number_that_went_to_another_company_a_moment_ago_brings_its_messages_there()
    {
        var (before, after) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync());
        await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(before, messages: [Payloads.Text("15550001111", "hi", "wamid.move1", timestamp: 1772463000)]));
        await _fleet.Database.ExecuteAsAdminAsync($"""
            update fleet.number_assignments set valid_to = '2026-03-02 14:55:00Z' where tenant_id = '{before.Id}';
            insert into fleet.number_assignments values ('{after.Id}', '{before.PhoneNumberId}', '{before.AccountId}', '2026-03-02 14:55:00Z', null);
            update directory.phone_numbers set tenant_id = '{after.Id}' where phone_number_id = '{before.PhoneNumberId}';
            """);

        var receipt = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(before, messages: [Payloads.Text("15550001111", "hi", "wamid.move2")]));

        Assert.Equal(after.Id, Assert.Single(receipt.Nudges).Tenant);
        Assert.Equal(1, await CountAsync(before, Stored));
        Assert.Equal(1, await CountAsync(after, Stored));
        Assert.Equal(0, await _fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.unrouted where phone_number_id = '{before.PhoneNumberId}'"));
    }

    [Fact]
    public async Task A_webhook_secret_that_was_changed_is_taken_although_the_old_one_is_remembered()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"));
        var key = await _fleet.Get<FleetChat.Core.Security.DataKeys>().GetAsync(company.Id, default);
        var secret = Convert.ToBase64String("another secret"u8);
        await _fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set samsara_webhook_secret = $2 where tenant_id = $1", default,
            P.Bytes(key.Encrypt(FleetChat.Core.Security.EncryptedColumns.SamsaraWebhookSecret, company.Id.Value, Encoding.UTF8.GetBytes(secret))));

        await Until.TrueAsync(async () => (await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "12"), secret)).IsAccepted,
            "the new secret is known", TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Payloads_lie_encrypted_and_open_only_in_their_own_row()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15550001111", "a secret sentence", "wamid.enc")]));

        var payload = await _fleet.Db(company).FindAsync("select payload from fleet.inbox where tenant_id = $1", r => r.Bytes(0), default);

        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(payload!), StringComparison.Ordinal);
        var key = await _fleet.Get<FleetChat.Core.Security.DataKeys>().GetAsync(company.Id, default);
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(
            () => key.Decrypt(FleetChat.Core.Security.EncryptedColumns.InboxPayload, Guid.Empty, payload!));
    }

    private Task<long> CountAsync(TestCompany company, string sql, params Npgsql.NpgsqlParameter[] parameters)
        => _fleet.Db(company).FindAsync(sql, r => r.GetInt64(0), default, parameters);
}
