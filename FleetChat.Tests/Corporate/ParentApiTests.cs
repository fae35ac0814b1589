using System.Net;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;
using Npgsql;

namespace FleetChat.Tests.Corporate;

public sealed class ParentApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    [Fact]
    public async Task Operator_sets_moves_and_clears_a_parent_and_the_childs_audit_trail_tells()
    {
        using var family = await Family.SetUpAsync(people, "moved");
        using var other = await Family.SetUpAsync(people, "taker");
        var (child, parent, taker) = (family.Child, family.Parent.Tenant.Value, other.Parent.Tenant.Value);

        var moved = await HttpAssert.JsonAsync(family.SetParentAsync(child, taker));
        var again = await HttpAssert.JsonAsync(family.SetParentAsync(child, taker));
        var cleared = await HttpAssert.JsonAsync(family.ClearParentAsync(child));
        var clearedAgain = await HttpAssert.JsonAsync(family.ClearParentAsync(child));

        Assert.Equal($$"""{"tenant_id":"{{child.Tenant}}","parent_tenant_id":"{{taker}}"}""", moved.GetRawText());
        Assert.Equal(moved.GetRawText(), again.GetRawText());
        Assert.Equal($$"""{"tenant_id":"{{child.Tenant}}","parent_tenant_id":null}""", cleared.GetRawText());
        Assert.Equal(cleared.GetRawText(), clearedAgain.GetRawText());
        Assert.Equal($"corporate.parent_set {parent} ,corporate.parent_set {taker} {parent},corporate.parent_cleared {taker} ", await family.AuditAsync(child));
        Assert.StartsWith("operator:", await people.Host.Database.ScalarAsAdminAsync<string>("select max(actor) from fleet.audit_entries where tenant_id = $1 and action like 'corporate.%'", P.Text(child.Tenant.Value)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_is_one_level()
    {
        using var family = await Family.SetUpAsync(people, "level");
        using var other = await Family.SetUpAsync(people, "level_other");

        HttpResponseMessage[] refused =
        [
            await family.SetParentAsync(family.Child, family.Child.Tenant.Value),
            await family.SetParentAsync(family.Child, family.Sibling.Tenant.Value),
            await family.SetParentAsync(family.Child, other.Child.Tenant.Value),
            await family.SetParentAsync(family.Parent, family.Child.Tenant.Value),
            await family.SetParentAsync(family.Parent, other.Parent.Tenant.Value),
            await family.SetParentAsync(family.Parent, family.Parent.Tenant.Value),
        ];

        foreach (var response in refused)
        {
            using (response) await HttpAssert.ProblemAsync(response, HttpStatusCode.Conflict, "corporate.one_level");
        }
        Assert.Equal(family.Parent.Tenant.Value, await family.ParentOfAsync(family.Child));
        Assert.Equal("", await family.ParentOfAsync(family.Parent));
    }

    [Theory]
    [InlineData("missing", "nobody_at_all_001")]
    [InlineData("strange", "no-id")]
    [InlineData("empty", "")]
    [InlineData("closed", "ended_parent_001")]
    public async Task Parent_that_is_no_company_in_service_is_refused(string what, string parent)
    {
        using var family = await Family.SetUpAsync(people, what);
        using var closed = parent == "ended_parent_001" ? await ApiCompany.SetUpAsync(people.Host, parent) : null;
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'terminated' where tenant_id = 'ended_parent_001'");

        using var refused = await family.SetParentAsync(family.Child, parent);

        Assert.Equal("$.parent_tenant_id", HttpAssert.Field(await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, "corporate.parent_not_found")));
        Assert.Equal(family.Parent.Tenant.Value, await family.ParentOfAsync(family.Child));
    }

    [Theory]
    [InlineData("{}", "corporate.parent_not_found", "$.parent_tenant_id")]
    [InlineData("""{"parent_tenant_id":null}""", "corporate.parent_not_found", "$.parent_tenant_id")]
    [InlineData("""{"parent_tenant_id":7}""", "request.json_invalid", "$.parent_tenant_id")]
    [InlineData("""{"parent":"x"}""", "request.json_invalid", "$.parent")]
    public async Task Body_that_names_no_parent_is_refused_with_its_field(string body, string code, string field)
    {
        using var refused = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{people.A.Tenant}/parent", method: "PUT", json: body);

        Assert.Equal(field, HttpAssert.Field(await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, code)));
    }

    [Fact]
    public async Task Child_that_does_not_exist_is_not_found_whatever_the_parent_is()
    {
        foreach (var id in new[] { "nobody_at_all_001", "no-id", "0199b0a0-0000-7000-8000-00000000dead" })
        {
            foreach (var parent in new[] { people.A.Tenant.Value, "nobody_at_all_002" })
            {
                using var set = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{id}/parent", method: "PUT", json: $$"""{"parent_tenant_id":"{{parent}}"}""");
                await HttpAssert.ProblemAsync(set, HttpStatusCode.NotFound, "tenants.not_found");
            }
            using var cleared = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{id}/parent", method: "DELETE");
            await HttpAssert.ProblemAsync(cleared, HttpStatusCode.NotFound, "tenants.not_found");
        }
    }

    [Fact]
    public async Task Whoever_writes_at_once_with_whom_no_second_level_and_no_circle_comes_about()
    {
        using var one = await ApiCompany.SetUpAsync(people.Host, "race_one_001");
        using var two = await ApiCompany.SetUpAsync(people.Host, "race_two_001");
        using var three = await ApiCompany.SetUpAsync(people.Host, "race_three_001");
        using var family = await Family.SetUpAsync(people, "race");

        for (var round = 0; round < 6; round++)
        {
            // A circle of two, one of three, and a chain.
            var pairs = new (ApiCompany Child, ApiCompany Parent)[][] { [(one, two), (two, one)], [(one, two), (two, three), (three, one)], [(one, two), (two, three)] }[round % 3];
            var answers = await Task.WhenAll(pairs.Select(pair => family.SetParentAsync(pair.Child, pair.Parent.Tenant.Value)));

            Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict, $"{(int)answer.StatusCode}"));
            Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
            Assert.Equal(0, await people.Host.Database.ScalarAsAdminAsync<long>(
                "select count(*) from directory.tenants c join directory.tenants p on p.tenant_id = c.parent_tenant_id where p.parent_tenant_id is not null"));
            foreach (var company in new[] { one, two, three }) (await family.ClearParentAsync(company)).Dispose();
        }
    }

    [Fact]
    public async Task Database_itself_refuses_a_second_level_a_circle_and_another_companys_row()
    {
        using var family = await Family.SetUpAsync(people, "itself");

        Assert.Equal("tenants_parent", (await RefusedAsync(family.Child, $"update directory.tenants set parent_tenant_id = '{family.Sibling.Tenant}' where tenant_id = $1")).ConstraintName);
        Assert.Equal("tenants_parent", (await RefusedAsync(family.Parent, $"update directory.tenants set parent_tenant_id = '{people.A.Tenant}' where tenant_id = $1")).ConstraintName);
        Assert.Equal("tenants_parent", (await RefusedAsync(family.Parent, "update directory.tenants set parent_tenant_id = tenant_id where tenant_id = $1")).ConstraintName);
        Assert.Equal("428C9", (await RefusedAsync(family.Child, "update directory.tenants set is_child = false where tenant_id = $1")).SqlState);
        // Row-level security knows nothing of parents: a parent's own statement does not even see its child.
        Assert.Equal(0, await people.Host.Get<TenantDbs>().For(family.Parent.Tenant).ExecuteAsync($"update directory.tenants set parent_tenant_id = null where tenant_id = '{family.Child.Tenant}' and $1 <> ''", default));
        Assert.Equal(family.Parent.Tenant.Value, await family.ParentOfAsync(family.Child));
    }

    private Task<PostgresException> RefusedAsync(ApiCompany company, string sql)
        => Assert.ThrowsAsync<PostgresException>(() => people.Host.Get<TenantDbs>().For(company.Tenant).ExecuteAsync(sql, default));
}
