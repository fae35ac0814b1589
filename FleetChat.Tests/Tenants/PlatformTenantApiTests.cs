using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Registration;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Tenants;

/// <summary>An operator registers companies over HTTP. AccessTests tells that nobody else may.</summary>
[Collection(nameof(ConnectedFixture))]
public sealed class PlatformTenantApiTests(ConnectedFixture host)
{
    private static readonly object s_whole = new
    {
        company_name = "ABC Trucking",
        legal_name = "ABC Trucking, Inc.",
        primary_contact = new { name = "Ida Canary", email = "ida.canary@example.com", phone = "+1 312 555 0155" },
        estimated_driver_count = 250,
        service_tier = "professional",
        data_region = "us",
        country = "US",
        address = "7 Canary Wharf, Tulsa",
        tax_id = "canary-12-3456789",
        time_zone = "America/Chicago",
        working_hours = new { days = new[] { "mon", "fri" }, from = "07:00", until = "18:30" },
        default_language = "es",
        currency = "USD",
    };

    [Fact]
    public async Task Company_is_registered_with_all_its_fields_and_shown_with_them()
    {
        using var answer = await host.RegisterAsync(s_whole);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var made = await ConnectedFixture.JsonAsync(answer);
        var id = made.GetProperty("tenant_id").GetString()!;

        Assert.Matches("^abc_trucking_[0-9]{3}$", id);
        Assert.Equal(("onboarding", "professional", "es"), (Text(made, "status"), Text(made, "service_tier"), Text(made, "default_language")));
        var shown = await host.CompanyAsync(id);
        Assert.Equal(made.GetRawText(), shown.GetRawText());
        Assert.Equal(("ida.canary@example.com", "18:30"), (Text(shown.GetProperty("primary_contact"), "email"), Text(shown.GetProperty("working_hours"), "until")));
        var rows = await host.Host.Database.ScalarAsAdminAsync<string>("select t::text || c::text from fleet.tenants t join fleet.tenant_configurations c using (tenant_id) where tenant_id = $1", P.Text(id));
        Assert.DoesNotContain("anary", rows, StringComparison.Ordinal);
        Assert.Equal(1, await host.Host.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.invitations where tenant_id = $1 and role = 'tenant_admin' and is_first", P.Text(id)));
    }

    [Fact]
    public async Task Repeated_registration_is_the_same_company_with_one_key_and_one_invitation()
    {
        var body = new { company_name = "Repeated Freight", country = "US", time_zone = "America/Chicago", primary_contact = new { email = "admin@example.com" } };
        var key = host.Host.Get<TimeProvider>().NewId().ToString();

        var ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => Text(await ConnectedFixture.JsonAsync(await host.RegisterAsync(body, key)), "tenant_id")));

        var id = Assert.Single(ids.Distinct());
        Assert.Equal(1, await host.Host.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.invitations where tenant_id = $1", P.Text(id)));
        Assert.Equal(1, await host.Host.Database.ScalarAsAdminAsync<long>(
            "select count(*) from fleet.tenants t join directory.registrations r on r.given_id = t.tenant_id and r.key_secret_name = t.key_secret_name where t.tenant_id = $1", P.Text(id)));
        using var other = await host.RegisterAsync(new { company_name = "Another", country = "US", time_zone = "America/Chicago", invite_admin = false }, key);
        await HttpAssert.ProblemAsync(other, HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
    }

    [Fact]
    public async Task Company_is_registered_as_a_parents_child_and_not_under_one_that_is_none()
    {
        var parent = await host.RegisteredAsync("Parent Lines");
        var child = await ConnectedFixture.JsonAsync(await host.RegisterAsync(Child(parent)));

        Assert.Equal(parent, await ParentAsync(child.GetProperty("tenant_id").GetString()!));
        foreach (var (named, status, code) in new[]
        {
            (child.GetProperty("tenant_id").GetString()!, HttpStatusCode.Conflict, "corporate.one_level"),
            ("nobody_at_all_001", HttpStatusCode.BadRequest, "corporate.parent_not_found"),
            ("no-id", HttpStatusCode.BadRequest, "corporate.parent_not_found"),
        })
        {
            using var refused = await host.RegisterAsync(Child(named));
            await HttpAssert.ProblemAsync(refused, status, code);
        }
        Assert.Equal(1, await host.Host.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.tenants where company_name = 'Child Lines'"));

        static object Child(string of) => new { company_name = "Child Lines", country = "US", time_zone = "America/Chicago", invite_admin = false, parent_tenant_id = of };

        Task<string> ParentAsync(string id) => host.Host.Database.ScalarAsAdminAsync<string>("select parent_tenant_id from directory.tenants where tenant_id = $1", P.Text(id));
    }

    [Fact]
    public async Task Registrations_of_one_name_at_the_same_instant_get_different_ids()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.RegisteredAsync("Crowded Lines")));

        Assert.Equal(20, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^crowded_lines_0[0-9]{2}$", id));
    }

    [Fact]
    public async Task An_id_that_somebody_has_from_before_is_not_given_again()
    {
        await host.Host.Database.ExecuteAsAdminAsync("insert into directory.tenants (tenant_id, status, data_region, created_at) values ('old_hand_041', 'terminated', 'us', now())");

        Assert.Equal("old_hand_042", await host.RegisteredAsync("Old Hand"));
        Assert.Equal("old_hand_043", await host.RegisteredAsync("Old  hand!"));
    }

    [Theory]
    [InlineData("ABC Trucking", "abc_trucking")]
    [InlineData("  Müller's Söhne & Co. KG ", "mullers_sohne_co_kg")]
    [InlineData("Łódź Straße", "lodz_strasse")]
    [InlineData("東京運輸", "company")]
    [InlineData("東京 Logistics 24", "logistics_24")]
    [InlineData("ТРАНС ООО", "company")]
    [InlineData("!!!", "company")]
    [InlineData("ﬁne Ⅳ", "fine_iv")]
    [InlineData("_x_", "x")]
    public void Names_of_any_script_give_a_legal_id(string name, string stem)
    {
        Assert.Equal(stem, CompanyNames.StemOf(name));
        Assert.True(TenantId.TryParse($"{stem}_001", out _));
    }

    [Fact]
    public void The_longest_name_leaves_room_for_its_number()
        => Assert.True(TenantId.TryParse($"{CompanyNames.StemOf(string.Concat(Enumerable.Repeat("Lang ", 40)))}_1234567890", out _));

    [Theory]
    [InlineData("""{"country":"US","time_zone":"America/Chicago","invite_admin":false}""", "$.company_name")]
    [InlineData("""{"company_name":"X","country":"us","time_zone":"America/Chicago","invite_admin":false}""", "$.country")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"Chicago","invite_admin":false}""", "$.time_zone")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago"}""", "$.primary_contact.email")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","primary_contact":{"email":"Ida <ida@example.com>"}}""", "$.primary_contact.email")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","invite_admin":false,"service_tier":"gold"}""", "$.service_tier")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","invite_admin":false,"data_region":"mars"}""", "$.data_region")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","invite_admin":false,"currency":"dollars"}""", "$.currency")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","invite_admin":false,"default_language":"de"}""", "$.default_language")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","invite_admin":false,"estimated_driver_count":0}""", "$.estimated_driver_count")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","invite_admin":false,"working_hours":{"days":["monday"],"from":"07:00","until":"18:00"}}""", "$.working_hours.days")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","invite_admin":false,"working_hours":{"days":["mon"],"from":"7","until":"18:00"}}""", "$.working_hours.from")]
    [InlineData("""{"company_name":"X","country":"US","time_zone":"America/Chicago","invite_admin":false,"colour":"red"}""", "$.colour")]
    public async Task What_is_wrong_is_refused_with_its_path(string json, string path)
    {
        using var answer = await host.RegisterAsync(json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(path, HttpAssert.Field(JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task More_drivers_than_the_tier_has_are_its_first_limit()
    {
        var id = Text(await ConnectedFixture.JsonAsync(await host.RegisterAsync(new { company_name = "Large", country = "US", time_zone = "America/Chicago", invite_admin = false, estimated_driver_count = 180 })), "tenant_id");

        Assert.Equal(180, await host.Host.Database.ScalarAsAdminAsync<int>("select max_drivers from fleet.limit_overrides where tenant_id = $1", P.Text(id)));
    }

    [Fact]
    public async Task Companies_are_listed_page_by_page_each_once()
    {
        for (var i = 0; i < 5; i++) await host.RegisteredAsync("Listed");
        var (listed, cursor) = (new List<string>(), "");
        do
        {
            var page = await ConnectedFixture.JsonAsync(await host.AsOperatorAsync(HttpMethod.Get, $"{ConnectedFixture.Platform}?limit=3{cursor}"));
            listed.AddRange(page.GetProperty("data").EnumerateArray().Select(company => Text(company, "tenant_id")));
            cursor = page.GetProperty("next_cursor").GetString() is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);

        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.True(listed.Count(id => id.StartsWith("listed_", StringComparison.Ordinal)) >= 5);
        Assert.Contains(host.A.Tenant.Value, listed);
    }

    [Theory]
    [InlineData("nobody_at_all_001")]
    [InlineData("NO ID")]
    public async Task A_company_that_does_not_exist_is_not_found(string id)
    {
        using var answer = await host.AsOperatorAsync(HttpMethod.Get, $"{ConnectedFixture.Platform}/{Uri.EscapeDataString(id)}");
        await HttpAssert.ProblemAsync(answer, HttpStatusCode.NotFound, "tenants.not_found");
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
