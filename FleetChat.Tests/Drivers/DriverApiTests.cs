using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Tests.Security;
using Npgsql;

namespace FleetChat.Tests.Drivers;

/// <summary>Drivers as people enter, change and tie them, over HTTP.</summary>
public sealed class DriverApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string OptIn = """
        {"text":"I agree that Company writes to me on WhatsApp.","text_version":"2026-01","language":"en","method":"paper","evidence":"form 17, folder B","agreed_at":"2026-01-05T08:00:00-06:00"}
        """;

    private static int _drivers = 700;

    [Fact]
    public async Task Opt_in_that_comes_with_its_evidence_counts_and_the_evidence_is_kept()
    {
        var driver = await AddAsync($$""","phone":"(512) 555-0161","language":"fr","opt_in":{{OptIn}}""");

        Assert.Equal(("granted", "+15125550161", "fr"), (driver.Text("consent_status"), driver.Text("whatsapp_number"), driver.Text("language")));
        Assert.Equal(JsonValueKind.Null, driver.GetProperty("phone_flag").ValueKind);
        var key = await api.Host.Get<DataKeys>().GetAsync(api.A.Tenant, default);
        var record = (await Db.ListAsync("""
            select text, evidence, text_hash = sha256('I agree that Company writes to me on WhatsApp.'), text_version, language, method, agreed_at, recorded_by, id
            from fleet.consent_records where tenant_id = $1 and driver_id = $2
            """, row => (
                Text: key.Decrypt(EncryptedColumns.ConsentText, row.GetGuid(8), row.Bytes(0)), Evidence: key.Decrypt(EncryptedColumns.ConsentEvidence, row.GetGuid(8), row.Bytes(1)),
                Hash: row.GetBoolean(2), Other: $"{row.GetString(3)} {row.GetString(4)} {row.GetString(5)} {row.Time(6):u} {row.GetString(7)}"),
            default, P.Uuid(driver.GetProperty("id").GetGuid()))).Single();
        Assert.Equal(("I agree that Company writes to me on WhatsApp.", "form 17, folder B", true), (record.Text, record.Evidence, record.Hash));
        Assert.Equal($"2026-01 en paper 2026-01-05 14:00:00Z api_key:{api.A.Key.KeyId}", record.Other);
    }

    [Fact]
    public async Task Evidence_can_only_be_added()
    {
        await AddAsync($$""","phone":"+15125550162","opt_in":{{OptIn}}""");

        foreach (var change in new[] { "update fleet.consent_records set method = 'sms' where tenant_id = $1", "delete from fleet.consent_records where tenant_id = $1" })
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => Db.ExecuteAsync(change, default))).SqlState);
    }

    [Theory]
    [InlineData("text", "")]
    [InlineData("text_version", " ")]
    [InlineData("language", "Spanish!")]
    [InlineData("method", "telepathy")]
    [InlineData("evidence", "")]
    [InlineData("agreed_at", "2099-01-05T08:00:00Z")]
    public async Task Evidence_that_is_not_whole_is_refused(string field, string value)
    {
        var fields = JsonDocument.Parse(OptIn).RootElement.EnumerateObject().Select(f => f.Name == field ? (f.Name, value) : (f.Name, f.Value.GetString()!));
        var optIn = JsonSerializer.Serialize(fields.ToDictionary(f => f.Item1, f => f.Item2));

        using var response = await PostAsync($$""","phone":"+15125550163","opt_in":{{optIn}}""");

        Assert.Equal($"$.opt_in.{field}", HttpAssert.Field(await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "consent.evidence_incomplete")));
    }

    [Fact]
    public async Task Phone_in_doubt_is_flagged_and_nobody_is_taken_to_have_agreed_on_it()
    {
        using var refused = await PostAsync($$""","phone":"525512345678","opt_in":{{OptIn}}""");
        await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, "drivers.phone_in_doubt");

        var driver = await AddAsync(""","phone":"525512345678" """);
        Assert.Equal(("unknown", "no_country"), (driver.Text("consent_status"), driver.Text("phone_flag")));

        var mended = await PatchAsync(driver, $$"""{"phone":"+52 55 1234 5678","opt_in":{{OptIn}}}""");
        Assert.Equal("granted", mended.Text("consent_status"));
        Assert.Equal(JsonValueKind.Null, mended.GetProperty("phone_flag").ValueKind);
    }

    [Fact]
    public async Task Samsaras_roster_is_taken_as_it_is_and_never_opted_in_by_a_phone_in_doubt()
    {
        var number = Interlocked.Increment(ref _drivers);
        var added = await api.Host.Get<AddDriver>().HandleAsync(new(api.A.Tenant, $"driver-{number}", "Roster", "ask at the gate", null, "granted") { IsFromRoster = true }, default);

        var driver = await api.A.GetJsonAsync($"/api/drivers/{added.Value}");

        Assert.Equal(("unknown", "not_possible"), (driver.Text("consent_status"), driver.Text("phone_flag")));
        Assert.Equal(JsonValueKind.Null, driver.GetProperty("whatsapp_number").ValueKind);
    }

    [Theory]
    [InlineData(""","phone":"ask at the gate" """, "drivers.phone_invalid", "$.phone")]
    [InlineData(""","language":"de" """, "drivers.language", "$.language")]
    [InlineData(""","name":" " """, "drivers.name", "$.name")]
    [InlineData(""","samsara_driver_id":"" """, "drivers.samsara_id", "$.samsara_driver_id")]
    public async Task Wrong_field_is_named(string fields, string code, string field)
    {
        using var response = await PostAsync(fields);

        Assert.Equal(field, HttpAssert.Field(await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, code)));
    }

    [Fact]
    public async Task Driver_is_enrolled_once()
    {
        using var again = await api.A.PostAsync("/api/drivers", """{"samsara_driver_id":"driver-1","name":"Ana"}""");

        await HttpAssert.ProblemAsync(again, HttpStatusCode.Conflict, "drivers.already_enrolled");
    }

    [Fact]
    public async Task Change_leaves_what_it_does_not_name()
    {
        var driver = await AddAsync($$""","phone":"+15125550164","language":"es","opt_in":{{OptIn}}""");

        var changed = await PatchAsync(driver, """{"name":"Another Name"}""");

        Assert.Equal(("Another Name", "+15125550164", "es", "granted"), (changed.Text("name"), changed.Text("whatsapp_number"), changed.Text("language"), changed.Text("consent_status")));
    }

    [Fact]
    public async Task New_phone_has_no_consent_and_what_waited_for_the_driver_does_not_go_to_the_old_one()
    {
        var driver = await AddAsync($$""","phone":"+15125550165","opt_in":{{OptIn}}""");
        using var sent = await api.A.PostAsync($"/api/drivers/{driver.GetProperty("id")}/messages", """{"text":"Gate 4."}""");
        Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
        await Db.ExecuteAsync("update fleet.outbound set status = 'waiting', lease_token = null, lease_until = null, due_at = now() + interval '1 hour' where tenant_id = $1 and driver_id = $2",
            default, P.Uuid(driver.GetProperty("id").GetGuid()));

        var changed = await PatchAsync(driver, """{"phone":"+15125550166"}""");

        Assert.Equal("unknown", changed.Text("consent_status"));
        Assert.NotEqual(driver.Text("conversation_id"), changed.Text("conversation_id"));
        Assert.Equal(changed.GetProperty("conversation_id").GetGuid(), await Db.FindAsync(
            "select conversation_id from fleet.outbound where tenant_id = $1 and driver_id = $2", row => row.GetGuid(0), default, P.Uuid(driver.GetProperty("id").GetGuid())));
    }

    [Fact]
    public async Task No_evidence_outweighs_a_stop()
    {
        var driver = await AddAsync($$""","phone":"+15125550167","opt_in":{{OptIn}}""");
        await Db.ExecuteAsync("update fleet.conversations set stopped_at = now() where tenant_id = $1 and id = $2", default, P.Uuid(driver.GetProperty("conversation_id").GetGuid()));

        using var changed = await api.A.SendJsonAsync(HttpMethod.Patch, $"/api/drivers/{driver.GetProperty("id")}", $$"""{"opt_in":{{OptIn}}}""");
        await HttpAssert.ProblemAsync(changed, HttpStatusCode.Conflict, "drivers.phone_stopped");
        using var another = await PostAsync($$""","phone":"+15125550167","opt_in":{{OptIn}}""");
        await HttpAssert.ProblemAsync(another, HttpStatusCode.Conflict, "drivers.phone_stopped");
        Assert.Equal("withdrawn", (await AddAsync(""","phone":"+15125550167" """)).Text("consent_status"));
    }

    [Fact]
    public async Task Somebody_unknown_is_tied_to_a_driver_with_all_that_he_wrote()
    {
        var driver = await AddAsync("");
        var chat = await AddUnknownAsync(ChatIdentity.OfUser("US.1349"));
        var phone = await AddUnknownAsync(ChatIdentity.Of(PhoneNumber.FromWhatsApp("15125550168")!.Value));

        Assert.Equal(chat, (await TieAsync(chat, driver)).GetProperty("conversation_id").GetGuid());
        Assert.Equal(JsonValueKind.Null, (await ShowAsync(driver)).GetProperty("whatsapp_number").ValueKind);
        Assert.Equal(phone, (await TieAsync(phone, driver)).GetProperty("conversation_id").GetGuid());
        await TieAsync(phone, driver);

        var tied = await ShowAsync(driver);
        Assert.Equal(("+15125550168", "unknown"), (tied.Text("whatsapp_number"), tied.Text("consent_status")));
        Assert.Equal(2, await Db.FindAsync("select count(*) from fleet.message_logs where tenant_id = $1 and driver_id = $2", row => row.GetInt64(0), default, P.Uuid(driver.GetProperty("id").GetGuid())));
    }

    [Fact]
    public async Task Driver_with_a_phone_who_writes_under_a_user_id_keeps_his_phone_and_his_consent()
    {
        var driver = await AddAsync($$""","phone":"+15125550169","opt_in":{{OptIn}}""");
        var chat = await AddUnknownAsync(ChatIdentity.OfUser("US.1350"));

        Assert.Equal(driver.GetProperty("conversation_id").GetGuid(), (await TieAsync(chat, driver)).GetProperty("conversation_id").GetGuid());

        Assert.Equal(("+15125550169", "granted"), ((await ShowAsync(driver)).Text("whatsapp_number"), (await ShowAsync(driver)).Text("consent_status")));
    }

    [Fact]
    public async Task Another_drivers_phone_is_not_taken_from_him()
    {
        var driver = await AddAsync("");

        using var response = await api.A.PostAsync($"/api/conversations/{api.A.Conversation}/driver", $$"""{"driver_id":"{{driver.GetProperty("id")}}"}""");

        await HttpAssert.ProblemAsync(response, HttpStatusCode.Conflict, "conversations.has_driver");
    }

    private TenantDb Db => api.Host.Get<TenantDbs>().For(api.A.Tenant);

    // The last of two fields of one name counts.
    private static string Body(string fields)
    {
        var number = Interlocked.Increment(ref _drivers);
        var given = JsonDocument.Parse($"{{{fields.TrimStart(',')}}}").RootElement;
        var all = new Dictionary<string, JsonElement> { ["samsara_driver_id"] = JsonSerializer.SerializeToElement($"driver-{number}"), ["name"] = JsonSerializer.SerializeToElement("Dee") };
        foreach (var field in given.EnumerateObject()) all[field.Name] = field.Value;
        return JsonSerializer.Serialize(all);
    }

    private Task<HttpResponseMessage> PostAsync(string fields) => api.A.PostAsync("/api/drivers", Body(fields));

    private async Task<JsonElement> AddAsync(string fields)
    {
        using var response = await PostAsync(fields);
        return await ReadAsync(response, HttpStatusCode.Created);
    }

    private async Task<JsonElement> PatchAsync(JsonElement driver, string json)
    {
        using var response = await api.A.SendJsonAsync(HttpMethod.Patch, $"/api/drivers/{driver.GetProperty("id")}", json);
        return await ReadAsync(response, HttpStatusCode.OK);
    }

    private async Task<JsonElement> TieAsync(Guid chat, JsonElement driver)
    {
        using var response = await api.A.PostAsync($"/api/conversations/{chat}/driver", $$"""{"driver_id":"{{driver.GetProperty("id")}}"}""");
        return await ReadAsync(response, HttpStatusCode.OK);
    }

    private Task<JsonElement> ShowAsync(JsonElement driver) => api.A.GetJsonAsync($"/api/drivers/{driver.GetProperty("id")}");

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>A chat with somebody who is on no list, and what he wrote.</summary>
    private async Task<Guid> AddUnknownAsync(ChatIdentity identity)
    {
        var key = await api.Host.Get<DataKeys>().GetAsync(api.A.Tenant, default);
        await using var db = await api.Host.Get<TenantDbs>().BeginAsync(api.A.Tenant, default);
        var chat = await Conversations.FindOrCreateAsync(db, key, [identity], api.Host.Get<TimeProvider>(), default);
        await db.CommitAsync(default);
        var message = await api.A.AddInboundAsync("It's me", conversation: chat);
        await Db.ExecuteAsync("update fleet.message_logs set driver_id = null where tenant_id = $1 and id = $2", default, P.Uuid(message));
        await Db.ExecuteAsync("update fleet.dispatcher_entries set driver_id = null where tenant_id = $1 and message_id = $2", default, P.Uuid(message));
        return chat;
    }
}

internal static class JsonText
{
    public static string? Text(this JsonElement element, string name) => element.GetProperty(name).GetString();
}
