using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Identity;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Security.People;

public sealed class UserApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    private const string Missing = "0199b0a0-0000-7000-8000-00000000dead";

    [Fact]
    public async Task Role_that_was_changed_holds_with_the_next_request()
    {
        using var company = await CompanyAsync("roles_001");
        var member = await people.AddMemberAsync(company, "roles-member", Roles.Viewer);
        using (var before = await people.AskAsync("roles-member", $"/api/drivers/{Missing}", method: "PATCH")) Assert.Equal(HttpStatusCode.Forbidden, before.StatusCode);

        using var changed = await people.AskAsync("roles_001-admin", $"/api/users/{member}", method: "PATCH", json: """{"role":"dispatcher"}""");

        Assert.Equal("dispatcher", (await JsonAsync(changed)).GetProperty("role").GetString());
        using var after = await people.AskAsync("roles-member", $"/api/drivers/{Missing}", method: "PATCH", json: """{"language":"es"}""");
        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode);
        Assert.Equal("dispatcher", await AuditAsync(company, "user.role_changed", member));
    }

    [Fact]
    public async Task Member_who_was_removed_is_a_stranger_with_his_next_request()
    {
        using var company = await CompanyAsync("removed_001");
        var member = await people.AddMemberAsync(company, "removed-member", Roles.Dispatcher);
        using (var before = await people.AskAsync("removed-member", "/api/drivers")) Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        using var removed = await people.AskAsync("removed_001-admin", $"/api/users/{member}", method: "DELETE");
        using var again = await people.AskAsync("removed_001-admin", $"/api/users/{member}", method: "DELETE");

        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        await HttpAssert.ProblemAsync(again, HttpStatusCode.NotFound, "users.not_found");
        using var after = await people.AskAsync("removed-member", "/api/drivers");
        await HttpAssert.ProblemAsync(after, HttpStatusCode.Forbidden, "access.no_membership");
        using var named = await people.AskAsync("removed-member", "/api/drivers", company.Tenant.Value);
        await HttpAssert.ProblemAsync(named, HttpStatusCode.Forbidden, "access.denied");
        Assert.Equal("", await AuditAsync(company, "user.removed", member));
    }

    [Fact]
    public async Task Last_admin_can_neither_leave_nor_become_less()
    {
        using var company = await CompanyAsync("last_001");
        var first = await IdAsync("last_001-admin", "last_001-admin@example.com");
        var second = await people.AddMemberAsync(company, "last-second", Roles.TenantAdmin);

        using var gone = await people.AskAsync("last_001-admin", $"/api/users/{second}", method: "DELETE");
        using var deleted = await people.AskAsync("last_001-admin", $"/api/users/{first}", method: "DELETE");
        using var lowered = await people.AskAsync("last_001-admin", $"/api/users/{first}", method: "PATCH", json: """{"role":"viewer"}""");

        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
        await HttpAssert.ProblemAsync(deleted, HttpStatusCode.Conflict, "users.last_admin");
        await HttpAssert.ProblemAsync(lowered, HttpStatusCode.Conflict, "users.last_admin");
    }

    [Fact]
    public async Task Of_two_admins_who_remove_each_other_at_once_one_stays()
    {
        for (var round = 0; round < 5; round++)
        {
            using var company = await CompanyAsync($"duel_{round:000}");
            var (one, other) = (await IdAsync($"duel_{round:000}-admin", $"duel_{round:000}-admin@example.com"), await people.AddMemberAsync(company, $"duel-{round}", Roles.TenantAdmin));

            var answers = await Task.WhenAll(
                people.AskAsync($"duel_{round:000}-admin", $"/api/users/{other}", method: "DELETE"),
                people.AskAsync($"duel-{round}", $"/api/users/{one}", method: "DELETE"));

            Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        }
    }

    [Fact]
    public async Task List_shows_members_by_pages_and_addresses_lie_encrypted()
    {
        using var company = await CompanyAsync("listed_001");
        await people.AddMemberAsync(company, "listed-1", Roles.Viewer);
        await people.AddMemberAsync(company, "listed-2", Roles.Dispatcher);

        var (emails, cursor) = (new List<string>(), "");
        do
        {
            using var page = await people.AskAsync("listed_001-admin", $"/api/users?limit=1{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}");
            var json = await JsonAsync(page);
            emails.AddRange(json.GetProperty("data").EnumerateArray().Select(user => user.GetProperty("email").GetString()!));
            cursor = json.GetProperty("next_cursor").GetString() ?? "";
        }
        while (cursor.Length > 0);

        Assert.Equal(["listed-2@example.com", "listed-1@example.com", "listed_001-admin@example.com"], emails);
        Assert.DoesNotContain("listed-1", await people.Host.Database.ScalarAsAdminAsync<string>("select string_agg(m::text || encode(m.email, 'escape'), ' ') from fleet.memberships m"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PATCH", """{"role":"viewer"}""")]
    [InlineData("DELETE", null)]
    public async Task Another_companys_member_gets_the_same_404_as_a_missing_one_and_one_that_is_no_id(string method, string? json)
    {
        var foreign = await IdAsync("other", "other@example.com");

        var answers = new List<string>();
        foreach (var id in new[] { foreign.ToString(), Missing, "no-id" })
        {
            using var response = await people.AskAsync(Roles.TenantAdmin, $"/api/users/{id}", method: method, json: json);
            await HttpAssert.ProblemAsync(response, HttpStatusCode.NotFound, "users.not_found");
            answers.Add(await response.Content.ReadAsStringAsync());
        }

        Assert.Single(answers.Distinct());
        Assert.Equal(foreign, await IdAsync("other", "other@example.com"));
    }

    [Fact]
    public async Task Role_that_no_member_can_have_is_refused()
    {
        foreach (var body in new[] { "{}", """{"role":"platform_operator"}""", """{"role":"support"}""", """{"role":"machine"}""" })
        {
            using var response = await people.AskAsync(Roles.TenantAdmin, $"/api/users/{Missing}", method: "PATCH", json: body);
            Assert.Equal("$.role", HttpAssert.Field(await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "users.role_invalid")));
        }
    }

    [Fact]
    public async Task Member_of_several_companies_names_the_one_and_has_its_role_there()
    {
        using var company = await CompanyAsync("several_001");
        await people.AddMemberAsync(company, "several", Roles.Viewer);
        await people.AddMemberAsync(people.B, "several", Roles.Dispatcher);

        using var unnamed = await people.AskAsync("several", "/api/drivers");
        using var first = await people.AskAsync("several", "/api/tenant", company.Tenant.Value);
        using var second = await people.AskAsync("several", "/api/tenant", people.B.Tenant.Value);
        using var byRoute = await people.AskAsync("several", $"/api/tenants/{company.Tenant}");
        using var both = await people.AskAsync("several", $"/api/tenants/{company.Tenant}", people.B.Tenant.Value);
        using var lowHere = await people.AskAsync("several", "/api/drivers", company.Tenant.Value, "POST");
        using var highThere = await people.AskAsync("several", "/api/drivers", people.B.Tenant.Value, "POST");
        using var me = await people.AskAsync("several", "/api/me");

        Assert.Equal(AccessRequest.TenantHeader, HttpAssert.Field(await HttpAssert.ProblemAsync(unnamed, HttpStatusCode.BadRequest, "access.tenant_unnamed")));
        Assert.Equal(company.Tenant.Value, (await JsonAsync(first)).GetProperty("tenant_id").GetString());
        Assert.Equal(people.B.Tenant.Value, (await JsonAsync(second)).GetProperty("tenant_id").GetString());
        Assert.Equal(company.Tenant.Value, (await JsonAsync(byRoute)).GetProperty("tenant_id").GetString());
        await HttpAssert.ProblemAsync(both, HttpStatusCode.Forbidden, "access.denied");
        await HttpAssert.ProblemAsync(lowHere, HttpStatusCode.Forbidden, "access.role_too_low");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, highThere.StatusCode);
        Assert.Equal(["bravo_freight_001 dispatcher", "several_001 viewer"],
            (await JsonAsync(me)).GetProperty("tenants").EnumerateArray().Select(tenant => $"{tenant.GetProperty("tenant_id")} {tenant.GetProperty("role")}"));
    }

    [Fact]
    public async Task Foreign_tenant_is_audited_and_alerted_in_the_persons_own_company()
    {
        using var company = await CompanyAsync("curious_001");
        var id = await IdAsync("curious_001-admin", "curious_001-admin@example.com");

        using var existing = await people.AskAsync("curious_001-admin", "/api/drivers", people.A.Tenant.Value);
        using var missing = await people.AskAsync("curious_001-admin", "/api/drivers", "nobody_at_all_001");

        Assert.Equal(await existing.Content.ReadAsStringAsync(), await missing.Content.ReadAsStringAsync());
        Assert.Equal("alfa_haulage_001 GetDrivers,nobody_at_all_001 GetDrivers", await people.Host.Database.ScalarAsAdminAsync<string>("""
            select string_agg(subject || ' ' || detail, ',' order by subject)
            from fleet.audit_entries
            where tenant_id = $1
              and actor = $2
              and action = 'access.denied'
            """, P.Text(company.Tenant.Value), P.Text($"user:{id}")));
        var alert = (await company.GetJsonAsync("/api/alerts")).GetProperty("data").EnumerateArray().Single(a => a.GetProperty("code").GetString() == "credential.foreign_tenant");
        Assert.Equal($"user:{id} 2", $"{alert.GetProperty("subject").GetString()} {alert.GetProperty("count").GetInt32()}");
    }

    [Fact]
    public async Task Who_asks_for_other_companies_again_and_again_is_slowed_down_and_fills_no_audit_trail()
    {
        using var company = await CompanyAsync("insistent_001");
        var host = people.Host;
        var admit = AdmitAt(new() { PerSecond = 1, Burst = 3 });
        var request = new AccessRequest(null, Permission.ReadDrivers, people.A.Tenant.Value, null, "GetDrivers");

        var entries = new List<Entry>();
        for (var i = 0; i < 10; i++) entries.Add(await admit.HandleAsync(new(people.Issuer.Issuer, "insistent_001-admin"), request, default));

        Assert.Equal(3, entries.OfType<Entry.Refused>().Count());
        Assert.Equal(7, entries.OfType<Entry.TooMany>().Count());
        Assert.Equal(3, await host.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.audit_entries where tenant_id = $1 and action = 'access.denied'", P.Text(company.Tenant.Value)));
    }

    [Theory]
    [InlineData(Permission.BeKnown)]
    [InlineData(Permission.BePerson)]
    [InlineData(Permission.ReadDrivers)]
    [InlineData(Permission.ReadPool)]
    public async Task Who_is_a_member_of_nothing_is_slowed_down_too(Permission permission)
    {
        var admit = AdmitAt(new() { KeyPerSecond = 1, KeyBurst = 3 });
        var request = new AccessRequest(null, permission, null, null, "any");

        var entries = new List<Entry>();
        for (var i = 0; i < 10; i++) entries.Add(await admit.HandleAsync(new(people.Issuer.Issuer, "nobody"), request, default));

        Assert.Equal(7, entries.OfType<Entry.TooMany>().Count());
        Assert.IsNotType<Entry.TooMany>(await admit.HandleAsync(new(people.Issuer.Issuer, "somebody-else"), request, default));
    }

    [Fact]
    public async Task Suspended_company_is_told_to_its_people_and_to_nobody_else()
    {
        using var company = await CompanyAsync("suspended_001");
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'suspended' where tenant_id = $1", P.Text(company.Tenant.Value));

        using var own = await people.AskAsync("suspended_001-admin", "/api/pauses", method: "POST", json: "{}");
        using var read = await people.AskAsync("suspended_001-admin", "/api/drivers");
        using var foreign = await people.AskAsync("other", "/api/drivers", company.Tenant.Value);

        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        await HttpAssert.ProblemAsync(own, HttpStatusCode.Forbidden, "tenants.suspended");
        await HttpAssert.ProblemAsync(foreign, HttpStatusCode.Forbidden, "access.denied");
    }

    [Fact]
    public async Task Support_comes_in_while_the_grant_lasts_and_each_time_is_in_the_companys_audit_trail()
    {
        using var company = await CompanyAsync("helped_001");
        await people.GrantSupportAsync(company, "-1 second");
        using (var late = await people.AskAsync(Roles.Support, "/api/drivers", company.Tenant.Value)) await HttpAssert.ProblemAsync(late, HttpStatusCode.Forbidden, "access.denied");

        await people.GrantSupportAsync(company);
        using (var during = await people.AskAsync(Roles.Support, "/api/drivers", company.Tenant.Value)) Assert.Equal(HttpStatusCode.OK, during.StatusCode);
        using (var byOperator = await people.AskAsync(Roles.PlatformOperator, "/api/messages", company.Tenant.Value)) Assert.Equal(HttpStatusCode.OK, byOperator.StatusCode);
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.support_grants set revoked_at = now() where tenant_id = $1", P.Text(company.Tenant.Value));
        using (var after = await people.AskAsync(Roles.Support, "/api/drivers", company.Tenant.Value)) await HttpAssert.ProblemAsync(after, HttpStatusCode.Forbidden, "access.denied");

        Assert.Equal("GetDrivers,GetMessages", await people.Host.Database.ScalarAsAdminAsync<string>(
            "select string_agg(detail, ',' order by detail) from fleet.audit_entries where tenant_id = $1 and action = 'support.access' and actor like 'support:%'", P.Text(company.Tenant.Value)));
    }

    [Fact]
    public async Task Key_that_names_another_tenant_in_the_header_is_refused_and_its_own_is_taken()
    {
        using var own = await people.SendAsync(people.A.Key.Token, "/api/tenant", people.A.Tenant.Value);
        using var foreign = await people.SendAsync(people.A.Key.Token, "/api/tenant", people.B.Tenant.Value);
        using var me = await people.SendAsync(people.A.Key.Token, "/api/me");

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        await HttpAssert.ProblemAsync(foreign, HttpStatusCode.Forbidden, "access.denied");
        Assert.Equal("api_key machine", $"{(await JsonAsync(me)).GetProperty("kind")} {(await JsonAsync(me)).GetProperty("tenants")[0].GetProperty("role")}");
    }

    /// <summary>With an admin who is called by its id.</summary>
    private async Task<ApiCompany> CompanyAsync(string id)
    {
        var company = await ApiCompany.SetUpAsync(people.Host, id);
        await people.AddMemberAsync(company, $"{id}-admin", Roles.TenantAdmin);
        return company;
    }

    private AdmitPerson AdmitAt(RequestRateOptions rates)
    {
        var host = people.Host;
        return new(host.Get<PersonIndexes>(), host.Get<PlatformPeople>(), host.Get<SystemDb>(), host.Get<TenantDbs>(), new(rates, new FakeTimeProvider()), host.Get<ReportForeignTenant>(), host.Get<TimeProvider>());
    }

    private async Task<Guid> IdAsync(string admin, string email)
    {
        using var response = await people.AskAsync(admin, "/api/users");
        return (await JsonAsync(response)).GetProperty("data").EnumerateArray().Single(user => user.GetProperty("email").GetString() == email).GetProperty("id").GetGuid();
    }

    private Task<string> AuditAsync(ApiCompany company, string action, Guid subject) => people.Host.Database.ScalarAsAdminAsync<string>(
        "select detail from fleet.audit_entries where tenant_id = $1 and action = $2 and subject = $3 and actor like 'user:%'", P.Text(company.Tenant.Value), P.Text(action), P.Text(subject.ToString()));

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
