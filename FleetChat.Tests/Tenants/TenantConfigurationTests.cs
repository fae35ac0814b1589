using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Samsara;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Tenants;

/// <summary>A company's configuration over HTTP: versions, secrets that are tried before they are taken, and who may change what.</summary>
[Collection(nameof(ConnectedFixture))]
public sealed class TenantConfigurationTests(ConnectedFixture host)
{
    private const string Own = "/api/tenant";

    [Fact]
    public async Task Configuration_has_the_names_of_the_product()
    {
        var configuration = (await host.CompanyAsync(await host.RegisteredAsync())).GetProperty("configuration");

        Assert.Equal(["api_token", "group_id", "webhook_secret", "webhook_url"], Names(configuration.GetProperty("samsara_config")));
        Assert.Equal(["access_token", "business_account_id", "ownership", "phone_number", "phone_number_id"], Names(configuration.GetProperty("whatsapp_config")));
        Assert.Equal(["data_retention_days", "driver_consent_required", "gdpr_enabled"], Names(configuration.GetProperty("compliance_settings")));
        Assert.Equal(["color_scheme", "company_logo_url", "custom_domain", "message_footer"], Names(configuration.GetProperty("branding")));
        Assert.Equal("transport_standard_v2", configuration.GetProperty("message_templates").GetString());
        Assert.Equal(365, configuration.GetProperty("compliance_settings").GetProperty("data_retention_days").GetInt32());
    }

    [Fact]
    public async Task A_change_without_the_version_that_was_seen_is_refused_and_so_is_one_that_is_late()
    {
        using var seen = await host.AsAsync(Roles.TenantAdmin, HttpMethod.Get, Own);
        var tag = seen.Headers.ETag!.ToString();
        foreach (var missing in new[] { null, "*", "" })
        {
            using var refused = await PatchOwnAsync("""{"escalate_after_minutes":20}""", missing);
            await HttpAssert.ProblemAsync(refused, HttpStatusCode.PreconditionRequired, "request.if_match_missing");
        }

        var answers = await Task.WhenAll(Enumerable.Range(21, 8).Select(minutes => PatchOwnAsync($$"""{"escalate_after_minutes":{{minutes}}}""", tag)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        foreach (var late in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK)) await HttpAssert.ProblemAsync(late, HttpStatusCode.PreconditionFailed, "tenants.version_stale");
        using var strange = await PatchOwnAsync("""{"escalate_after_minutes":20}""", "\"no version\"");
        await HttpAssert.ProblemAsync(strange, HttpStatusCode.PreconditionFailed, "tenants.version_stale");
        using var weak = await PatchOwnAsync("""{"escalate_after_minutes":15}""", $"W/{answers.Single(a => a.IsSuccessStatusCode).Headers.ETag}");
        Assert.Equal(HttpStatusCode.OK, weak.StatusCode);
    }

    [Fact]
    public async Task Company_changes_its_own_settings_and_no_others()
    {
        var before = (await host.B.GetJsonAsync(Own)).GetRawText();

        var changed = await OkAsync(await ChangeOwnAsync("""{"most_unasked_messages":3,"branding":{"message_footer":"Alfa Haulage"},"primary_contact":{"name":"Ida","email":"ida@example.com"},"address":"1 Road"}"""));

        var configuration = changed.GetProperty("configuration");
        Assert.Equal((3, "Alfa Haulage", "load"), (configuration.GetProperty("most_unasked_messages").GetInt32(), configuration.GetProperty("branding").GetProperty("message_footer").GetString(), configuration.GetProperty("load_reference_key").GetString()));
        Assert.Equal(JsonValueKind.Null, (await OkAsync(await ChangeOwnAsync("""{"address":""}"""))).GetProperty("address").ValueKind);
        Assert.Equal(before, (await host.B.GetJsonAsync(Own)).GetRawText());
    }

    [Theory]
    [InlineData("""{"escalate_after_minutes":0}""", "$.escalate_after_minutes")]
    [InlineData("""{"escalate_after_minutes":1441}""", "$.escalate_after_minutes")]
    [InlineData("""{"most_unasked_messages":101}""", "$.most_unasked_messages")]
    [InlineData("""{"most_unasked_messages":"six"}""", "$.most_unasked_messages")]
    [InlineData("""{"load_reference_key":""}""", "$.load_reference_key")]
    [InlineData("""{"message_templates":"no_such_set"}""", "$.message_templates")]
    [InlineData("""{"samsara_config":{"webhook_secret":"not base64!"}}""", "$.samsara_config.webhook_secret")]
    [InlineData("""{"samsara_config":{"webhook_url":"https://elsewhere.example/"}}""", "$.samsara_config.webhook_url")]
    [InlineData("""{"samsara_config":{"group_id":"a b"}}""", "$.samsara_config.group_id")]
    [InlineData("""{"samsara_config":{"api_token":""}}""", "$.samsara_config.api_token")]
    [InlineData("""{"samsara_config":{"token":"x"}}""", "$.samsara_config.token")]
    [InlineData("""{"whatsapp_config":{"phone_number":"555"}}""", "$.whatsapp_config.phone_number")]
    [InlineData("""{"whatsapp_config":{"ownership":"mine"}}""", "$.whatsapp_config.ownership")]
    [InlineData("""{"compliance_settings":{"data_retention_days":29}}""", "$.compliance_settings.data_retention_days")]
    [InlineData("""{"compliance_settings":{"data_retention_days":3651}}""", "$.compliance_settings.data_retention_days")]
    [InlineData("""{"data_processing":{"legal_basis":"because"}}""", "$.data_processing.legal_basis")]
    [InlineData("""{"branding":{"company_logo_url":"http://example.com/logo.png"}}""", "$.branding.company_logo_url")]
    [InlineData("""{"branding":{"color_scheme":"red"}}""", "$.branding.color_scheme")]
    [InlineData("""{"branding":{"custom_domain":"https://fleet.example.com"}}""", "$.branding.custom_domain")]
    [InlineData("""{"branding":{"message_footer":"Hello {{1}}"}}""", "$.branding.message_footer")]
    [InlineData("""{"primary_contact":{"email":"nobody"}}""", "$.primary_contact.email")]
    [InlineData("""{"no_such_field":1}""", "$.no_such_field")]
    public async Task What_makes_no_sense_is_refused_with_its_place(string json, string path)
    {
        using var answer = await ChangeOwnAsync(json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(path, HttpAssert.Field(JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task The_tier_is_FleetChats_to_change()
    {
        using var refused = await ChangeOwnAsync("""{"service_tier":"enterprise"}""");
        var problem = await HttpAssert.ProblemAsync(refused, HttpStatusCode.Forbidden, "tenants.operator_only");
        Assert.Equal("$.service_tier", HttpAssert.Field(problem));
        await OkAsync(await ChangeOwnAsync("""{"service_tier":"starter"}"""));

        var id = await host.RegisteredAsync();
        Assert.Equal("enterprise", (await OkAsync(await host.ChangeAsync(id, new { service_tier = "enterprise" }))).GetProperty("service_tier").GetString());
    }

    [Fact]
    public async Task Samsaras_token_is_taken_once_Samsara_has_named_its_org_and_shown_as_set()
    {
        var (org, token) = await host.AddOrgAsync();
        var id = await host.RegisteredAsync();

        var changed = await OkAsync(await host.ChangeAsync(id, new { samsara_config = new { api_token = token } }));

        var configuration = changed.GetProperty("configuration");
        Assert.Equal($"{org}", configuration.GetProperty("samsara_connection").GetProperty("org_id").GetString());
        var shown = configuration.GetProperty("samsara_config").GetProperty("api_token");
        Assert.True(shown.GetProperty("set").GetBoolean());
        Assert.Equal(token[^4..], shown.GetProperty("last_four").GetString());
        Assert.StartsWith("operator:", shown.GetProperty("set_by").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(JsonValueKind.Null, shown.GetProperty("set_at").ValueKind);
        Assert.Equal(token, (await host.Host.Get<TenantSettingsCache>().ReadAsync(TenantId.Parse(id), default))!.Samsara!.Token);
        foreach (var table in new[] { "tenant_versions", "audit_entries", "tenant_configurations" })
            Assert.DoesNotContain(token, await host.Host.Database.ScalarAsAdminAsync<string>($"select string_agg(t::text, '') from fleet.{table} t"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_that_is_missing_is_named_and_nothing_is_changed()
    {
        var (org, _) = await host.AddOrgAsync();
        await host.Samsara.Control.AddTokenAsync(org, new($"narrow_{org}", Scopes: [.. SamsaraScope.Needed.Select(s => s.Name).Where(s => s != "Read Routes")]));
        var id = await host.RegisteredAsync();

        using var narrow = await host.ChangeAsync(id, new { samsara_config = new { api_token = $"narrow_{org}" }, branding = new { message_footer = "Not taken" } });
        Assert.Contains("Read Routes", (await HttpAssert.ProblemAsync(narrow, HttpStatusCode.BadRequest, "samsara.scope_missing")).GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var wrong = await host.ChangeAsync(id, new { samsara_config = new { api_token = "nobodys_token" } });
        await HttpAssert.ProblemAsync(wrong, HttpStatusCode.BadRequest, "samsara.token_refused");
        // Nobody is at this company's Samsara.
        using var down = await ChangeOwnAsync("""{"samsara_config":{"api_token":"some_token_or_other"}}""");
        await HttpAssert.ProblemAsync(down, HttpStatusCode.ServiceUnavailable, "samsara.unreachable");

        var configuration = (await host.CompanyAsync(id)).GetProperty("configuration");
        Assert.Equal(1, configuration.GetProperty("version").GetInt32());
        Assert.False(configuration.GetProperty("samsara_config").GetProperty("api_token").GetProperty("set").GetBoolean());
    }

    [Fact]
    public async Task Two_companies_of_one_organization_have_tags_of_their_own()
    {
        var (_, token) = await host.AddOrgAsync();
        var (first, second) = (await host.RegisteredAsync("First Secret Name"), await host.RegisteredAsync("Second"));
        await OkAsync(await host.ChangeAsync(first, new { samsara_config = new { api_token = token, group_id = "north" } }));

        foreach (var group in new[] { "north", "" })
        {
            using var refused = await host.ChangeAsync(second, new { samsara_config = new { api_token = token, group_id = group } });
            var problem = await HttpAssert.ProblemAsync(refused, HttpStatusCode.Conflict, "tenants.group_overlaps");
            Assert.DoesNotContain("first", problem.ToString(), StringComparison.OrdinalIgnoreCase);
        }
        await OkAsync(await host.ChangeAsync(second, new { samsara_config = new { api_token = token, group_id = "south" } }));
        using var grown = await host.ChangeAsync(first, new { samsara_config = new { group_id = "" } });
        await HttpAssert.ProblemAsync(grown, HttpStatusCode.Conflict, "tenants.group_overlaps");
        await OkAsync(await host.ChangeAsync(first, new { samsara_config = new { group_id = "north_east" } }));
    }

    [Fact]
    public async Task Of_those_who_want_the_whole_organization_at_once_one_gets_it()
    {
        var (_, token) = await host.AddOrgAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.RegisteredAsync("Greedy")));

        var answers = await Task.WhenAll(ids.Select((id, n) => host.ChangeAsync(id, new { samsara_config = new { api_token = token, group_id = n % 2 == 0 ? "" : "same" } })));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => !answer.IsSuccessStatusCode), answer => Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode));
    }

    [Fact]
    public async Task A_number_of_the_companys_own_is_read_with_its_token_before_it_is_taken()
    {
        var own = await host.AddNumberAsync();
        var id = await host.RegisteredAsync();
        object Number(string token, string? phone = null) => new { whatsapp_config = new { ownership = "company", phone_number_id = own.NumberId, business_account_id = own.Account, access_token = token, phone_number = phone } };

        using var wrong = await host.ChangeAsync(id, Number("not_the_token_at_all"));
        await HttpAssert.ProblemAsync(wrong, HttpStatusCode.BadRequest, "whatsapp.token_refused");
        using var other = await host.ChangeAsync(id, Number(own.Token, "+13125559999"));
        await HttpAssert.ProblemAsync(other, HttpStatusCode.BadRequest, "tenants.phone_differs");
        using var incomplete = await host.ChangeAsync(id, new { whatsapp_config = new { ownership = "company", phone_number_id = own.NumberId } });
        Assert.Equal("$.whatsapp_config.business_account_id", HttpAssert.Field(await HttpAssert.ProblemAsync(incomplete, HttpStatusCode.BadRequest, "tenants.number_incomplete")));

        var taken = (await OkAsync(await host.ChangeAsync(id, Number(own.Token)))).GetProperty("configuration").GetProperty("whatsapp_config");
        Assert.Equal(($"+{own.Phone}", own.Account, "company", own.Token[^4..]), (taken.GetProperty("phone_number").GetString(), taken.GetProperty("business_account_id").GetString(),
            taken.GetProperty("ownership").GetString(), taken.GetProperty("access_token").GetProperty("last_four").GetString()));
        var (settings, again) = ((await host.Host.Get<TenantSettingsCache>().ReadAsync(TenantId.Parse(id), default))!, await host.RegisteredAsync());
        Assert.Equal((own.NumberId, own.Token), (settings.PhoneNumberId, settings.WhatsAppAccessToken));
        using var held = await host.ChangeAsync(again, Number(own.Token));
        await HttpAssert.ProblemAsync(held, HttpStatusCode.Conflict, "tenants.number_taken");
    }

    [Fact]
    public async Task What_was_refused_for_a_token_is_due_as_soon_as_another_one_is_taken()
    {
        var (own, id) = (await host.AddNumberAsync(), await host.RegisteredAsync("Blocked"));
        await OkAsync(await host.ChangeAsync(id, new { whatsapp_config = new { ownership = "company", phone_number_id = own.NumberId, business_account_id = own.Account, access_token = own.Token } }));
        var db = host.Host.Get<TenantDbs>().For(TenantId.Parse(id));
        await RefuseAsync(db, own.Token);

        await OkAsync(await host.ChangeAsync(id, new { branding = new { message_footer = "Drive safely" } }));
        Assert.Equal((1L, 1L, 1L), await WaitingAsync(db));
        using var wrong = await host.ChangeAsync(id, new { whatsapp_config = new { access_token = "not_the_token_at_all" } });
        await HttpAssert.ProblemAsync(wrong, HttpStatusCode.BadRequest, "whatsapp.token_refused");
        Assert.Equal((1L, 1L, 1L), await WaitingAsync(db));
        await host.Meta.Control.AddTokenAsync(new($"another_{own.Token}", [own.Account]));
        await OkAsync(await host.ChangeAsync(id, new { whatsapp_config = new { access_token = $"another_{own.Token}" } }));

        Assert.Equal((0L, 0L, 0L), await WaitingAsync(db));
    }

    [Fact]
    public async Task A_number_of_the_pool_is_not_the_companys_to_change()
    {
        using var refused = await ChangeOwnAsync("""{"whatsapp_config":{"access_token":"a_token_of_the_companys"}}""");
        await HttpAssert.ProblemAsync(refused, HttpStatusCode.Forbidden, "tenants.number_of_pool");
        // What is there already may be sent back.
        await OkAsync(await ChangeOwnAsync("""{"whatsapp_config":{"ownership":"pool","business_account_id":"managed_by_fleetchat"}}"""));
    }

    [Fact]
    public async Task Every_change_is_a_version_with_its_author_and_its_difference_and_without_secrets()
    {
        var (_, token) = await host.AddOrgAsync();
        var id = await host.RegisteredAsync("Versioned");
        await OkAsync(await host.ChangeAsync(id, new { samsara_config = new { api_token = token, group_id = "west" }, primary_contact = new { name = "Ida Canary" } }));
        await OkAsync(await host.ChangeAsync(id, new { branding = new { message_footer = "Drive safely" } }));
        // What changes nothing is no version.
        await OkAsync(await host.ChangeAsync(id, new { branding = new { message_footer = "Drive safely" } }));

        var versions = (await host.Host.Get<Core.Tenants.Configuration.ListTenantVersions>().HandleAsync(TenantId.Parse(id), new(2, null), default)).Value;
        var rest = (await host.Host.Get<Core.Tenants.Configuration.ListTenantVersions>().HandleAsync(TenantId.Parse(id), new(2, versions.NextCursor), default)).Value;

        Assert.Equal([3, 2, 1], versions.Data.Concat(rest.Data).Select(version => version.Version));
        var footer = Assert.Single(versions.Data[0].Changes);
        Assert.Equal(("branding.message_footer", "", "Drive safely"), (footer.Key, (string?)footer.Value!["from"], (string?)footer.Value["to"]));
        var text = versions.Data[1].Changes.ToJsonString();
        Assert.Contains("\"samsara_config.api_token\":{\"set\":true}", text, StringComparison.Ordinal);
        Assert.Contains("\"primary_contact\":{\"set\":true}", text, StringComparison.Ordinal);
        Assert.DoesNotContain(token, text, StringComparison.Ordinal);
        Assert.DoesNotContain("last_four", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Canary", text, StringComparison.Ordinal);
        Assert.All(versions.Data, version => Assert.StartsWith("operator:", version.Actor, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_companys_versions_are_shown_page_by_page_to_itself()
    {
        for (var minutes = 40; minutes < 43; minutes++) await OkAsync(await ChangeOwnAsync($$"""{"escalate_after_minutes":{{minutes}}}"""));

        var page = await host.A.GetJsonAsync($"{Own}/versions?limit=2");
        var next = await host.A.GetJsonAsync($"{Own}/versions?limit=2&cursor={page.GetProperty("next_cursor").GetString()}");

        var shown = page.GetProperty("data").EnumerateArray().Concat(next.GetProperty("data").EnumerateArray()).Select(version => version.GetProperty("version").GetInt32()).ToList();
        Assert.Equal(shown.OrderDescending(), shown);
        Assert.Equal(shown.Count, shown.Distinct().Count());
        using var foreign = await host.B.GetAsync($"{Own}/versions?cursor={page.GetProperty("next_cursor").GetString()}");
        await HttpAssert.ProblemAsync(foreign, HttpStatusCode.BadRequest, "request.cursor_invalid");
    }

    [Fact]
    public async Task Under_the_GDPR_a_company_begins_once_it_has_accepted_the_agreement_and_named_its_basis_and_its_days()
    {
        var id = await host.RegisteredAsync("European");
        async Task<string?> ActivateAsync() => (await host.Host.Get<ActivateTenant>().HandleAsync(TenantId.Parse(id), "test", default)).Error?.Code;

        using var baseless = await host.ChangeAsync(id, new { compliance_settings = new { gdpr_enabled = true, data_retention_days = 200 } });
        Assert.Equal("$.data_processing.legal_basis", HttpAssert.Field(await HttpAssert.ProblemAsync(baseless, HttpStatusCode.BadRequest, "tenants.legal_basis_missing")));
        using var endless = await host.ChangeAsync(id, new { compliance_settings = new { gdpr_enabled = true }, data_processing = new { legal_basis = "contract" } });
        await HttpAssert.ProblemAsync(endless, HttpStatusCode.BadRequest, "tenants.retention_missing");
        await OkAsync(await host.ChangeAsync(id, new { compliance_settings = new { gdpr_enabled = true, data_retention_days = 200 }, data_processing = new { legal_basis = "contract" } }));
        Assert.Equal("tenants.agreement_missing", await ActivateAsync());

        var accepted = await OkAsync(await host.ChangeAsync(id, new { data_processing = new { accept_agreement = "dpa-2026-03" } }));
        Assert.Equal("dpa-2026-03", accepted.GetProperty("configuration").GetProperty("data_processing").GetProperty("agreement_version").GetString());
        Assert.Null(await ActivateAsync());
        Assert.Null(await ActivateAsync());
        Assert.Equal("active", (await host.CompanyAsync(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_company_at_work_is_under_the_GDPR_with_the_agreement_or_not_at_all()
    {
        using var refused = await ChangeOwnAsync("""{"compliance_settings":{"gdpr_enabled":true,"data_retention_days":365},"data_processing":{"legal_basis":"contract"}}""");
        await HttpAssert.ProblemAsync(refused, HttpStatusCode.Conflict, "tenants.agreement_missing");

        var changed = await OkAsync(await ChangeOwnAsync("""{"compliance_settings":{"gdpr_enabled":true,"data_retention_days":365},"data_processing":{"legal_basis":"contract","accept_agreement":"1"}}"""));
        Assert.True(changed.GetProperty("configuration").GetProperty("compliance_settings").GetProperty("gdpr_enabled").GetBoolean());
        Assert.Equal(0, changed.GetProperty("warnings").GetArrayLength());
        var shorter = await OkAsync(await ChangeOwnAsync("""{"compliance_settings":{"data_retention_days":90}}"""));
        Assert.Equal("tenants.retention_short", shorter.GetProperty("warnings")[0].GetProperty("code").GetString());
    }

    /// <summary>As the sender leaves a message that WhatsApp refused for this token.</summary>
    private async Task RefuseAsync(TenantDb db, string token)
    {
        var (time, key) = (host.Host.Get<TimeProvider>(), await host.Host.Get<DataKeys>().GetAsync(db.Tenant, default));
        var now = time.GetUtcNow();
        var driver = (await host.Host.Get<AddDriver>().HandleAsync(new(db.Tenant, "driver-1", "Ana", "+15558231000", "en", "granted"), default)).Value;
        var chat = await db.FindAsync("select conversation_id from fleet.drivers where tenant_id = $1 and id = $2", row => row.GetGuid(0), default, P.Uuid(driver));
        var message = new NewMessage(time.NewId(), chat, driver, MessageKind.Text, new("Use gate 4."), "test", "test:refused") { DueAt = now.AddHours(1) };
        Assert.True(await Outbox.TryAddAsync(db, key, time, message, Outbox.LaneOf(chat), default));
        await db.ExecuteAsync("""
            insert into fleet.attempts (tenant_id, id, outbound_id, message_id, started_at, closed_at, outcome, error_code)
            select $1, $2, o.id, o.message_id, $3, $3, 'transient', 190
            from fleet.outbound o
            where o.tenant_id = $1
            """, default, P.Uuid(time.NewId()), P.Time(now));
        await SendingHoldSql.HoldAsync(db, new(HoldScope.Tenant, "", now.AddHours(1), Probes: true, key.BlindIndex("whatsapp_access_token", token)), 190, now, default);
        await Alerts.RaiseAsync(db, time, AlertCodes.WhatsAppBlocked, Alerts.Critical, "190", default);
    }

    /// <summary>Messages that are not due, holds, and open alerts about them.</summary>
    private static Task<(long Messages, long Holds, long Alerts)> WaitingAsync(TenantDb db) => db.FindAsync("""
        select (select count(*) from fleet.outbound where tenant_id = $1 and due_at > now()),
               (select count(*) from fleet.sending_holds where tenant_id = $1),
               (select count(*) from fleet.alerts where tenant_id = $1 and code = 'whatsapp.blocked' and closed_at is null)
        """, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), default);

    private async Task<HttpResponseMessage> ChangeOwnAsync(string json)
    {
        using var seen = await host.AsAsync(Roles.TenantAdmin, HttpMethod.Get, Own);
        return await PatchOwnAsync(json, seen.Headers.ETag!.ToString());
    }

    private Task<HttpResponseMessage> PatchOwnAsync(string json, string? ifMatch) => host.AsAsync(Roles.TenantAdmin, HttpMethod.Patch, Own, json, ifMatch);

    private static Task<JsonElement> OkAsync(HttpResponseMessage answered) => ConnectedFixture.JsonAsync(answered);

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal);
}
