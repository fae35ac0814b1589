using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Corporate;

public sealed class CorporateApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    private static readonly string[] s_parts = ["", "/drivers", "/transports"];

    [Theory]
    [InlineData("overseer")]
    [InlineData("parent")]
    public async Task Parents_people_see_children_drivers_and_transports(string who)
    {
        using var family = await Family.SetUpAsync(people, $"seen_{who}");
        var subject = $"seen_{who}-{who}";

        var children = await family.SeeAsync(subject: subject);
        var child = await family.SeeAsync($"/{family.Child.Tenant}", subject);
        var drivers = await family.SeeAsync($"/{family.Child.Tenant}/drivers", subject);
        var transports = await family.SeeAsync($"/{family.Child.Tenant}/transports", subject);

        Assert.Equal([family.Child.Tenant.Value, family.Sibling.Tenant.Value], children.GetProperty("data").EnumerateArray().Select(c => c.GetProperty("tenant_id").GetString()!).Order());
        Assert.Equal($"Company {family.Child.Tenant} active US", $"{child.GetProperty("company_name")} {child.GetProperty("status")} {child.GetProperty("country")}");
        Assert.Contains(drivers.GetProperty("data").EnumerateArray(), d => d.GetProperty("id").GetGuid() == family.Child.Driver && d.GetProperty("name").GetString() == $"Ana of {family.Child.Tenant}");
        Assert.Equal(family.Child.Transport, Assert.Single(transports.GetProperty("data").EnumerateArray()).GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Nothing_that_is_shown_holds_a_phone_a_chat_or_what_was_written()
    {
        using var family = await Family.SetUpAsync(people, "silent");
        await family.Child.AddInboundAsync("CANARY in the cab");

        foreach (var part in new[] { "", $"/{family.Child.Tenant}", $"/{family.Child.Tenant}/drivers", $"/{family.Child.Tenant}/transports" })
        {
            var text = (await family.SeeAsync(part)).ToString();
            foreach (var canary in new[] { "1555823", "number-", "waba-", "CANARY", "whatsapp", "phone", family.Child.Conversation.ToString(), family.Child.Message.ToString() })
                Assert.DoesNotContain(canary, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Parents_people_see_what_each_used_and_a_childs_people_only_their_own()
    {
        using var family = await Family.SetUpAsync(people, "used");

        var usage = await HttpAssert.JsonAsync(people.AskAsync(family.Overseer, "/api/corporate/analytics/usage?by=event_type"));
        using var csv = await people.AskAsync(family.Overseer, "/api/corporate/analytics/usage.csv");
        using var byDriver = await people.AskAsync(family.Overseer, "/api/corporate/analytics/usage?by=driver");
        var childs = await HttpAssert.JsonAsync(people.AskAsync("used-child", "/api/corporate/analytics/usage"));

        Assert.Equal(["from", "until", "by", "total", "data", "companies"], usage.EnumerateObject().Select(member => member.Name));
        Assert.Equal([family.Parent.Tenant.Value, family.Child.Tenant.Value, family.Sibling.Tenant.Value], CompaniesOf(usage));
        Assert.Equal([family.Child.Tenant.Value], CompaniesOf(childs));
        Assert.Equal("corporate-usage.csv", csv.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.StartsWith("tenant_id,company_name,key,messages_out,", (await csv.Content.ReadAsStringAsync()).TrimStart('\uFEFF'), StringComparison.Ordinal);
        await HttpAssert.ProblemAsync(byDriver, HttpStatusCode.BadRequest, "request.parameter_invalid");
        Assert.StartsWith($"corporate.parent_set {family.Parent.Tenant}", await family.AuditAsync(family.Child), StringComparison.Ordinal);
        Assert.Contains("corporate.looked", await family.AuditAsync(family.Child), StringComparison.Ordinal);

        static IEnumerable<string?> CompaniesOf(JsonElement usage) => usage.GetProperty("companies").EnumerateArray().Select(company => company.GetProperty("tenant_id").GetString());
    }

    [Fact]
    public async Task Filters_and_pages_are_those_of_a_companys_own_lists()
    {
        using var family = await Family.SetUpAsync(people, "paged");
        await family.Child.AddSecondOfEverythingAsync();
        var child = $"/{family.Child.Tenant}";

        Assert.Equal(2, (await WalkAsync(family, "")).Distinct().Count());
        Assert.Equal(5, (await WalkAsync(family, $"{child}/drivers")).Distinct().Count());
        Assert.Equal(2, (await WalkAsync(family, $"{child}/transports")).Distinct().Count());
        Assert.Empty((await family.SeeAsync($"{child}/drivers?status=deactivated")).GetProperty("data").EnumerateArray());
        Assert.Empty((await family.SeeAsync($"{child}/transports?driver_id={family.Sibling.Driver}")).GetProperty("data").EnumerateArray());
        using var unknown = await family.LookAsync($"{child}/drivers?name=Ana");
        await HttpAssert.ProblemAsync(unknown, HttpStatusCode.BadRequest, "request.parameter_unknown");
    }

    [Fact]
    public async Task Cursor_leads_nowhere_but_in_the_list_that_gave_it()
    {
        using var family = await Family.SetUpAsync(people, "cursor");
        await family.Child.AddSecondOfEverythingAsync();
        var (own, child, sibling) = ("/api/drivers?limit=1", $"/{family.Child.Tenant}/drivers?limit=1", $"/{family.Sibling.Tenant}/drivers?limit=1");
        var ofChild = (await family.SeeAsync(child)).GetProperty("next_cursor").GetString();
        var ofChildsOwn = (await family.Child.GetJsonAsync(own)).GetProperty("next_cursor").GetString();

        HttpResponseMessage[] refused =
        [
            await family.LookAsync($"{sibling}&cursor={ofChild}"), await family.LookAsync($"{child}&cursor={ofChildsOwn}"),
            await family.Child.GetAsync($"{own}&cursor={ofChild}"), await family.LookAsync($"/{family.Child.Tenant}/transports?limit=1&cursor={ofChild}"), await family.LookAsync($"?cursor={ofChild}"),
        ];

        foreach (var response in refused)
        {
            using (response) await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "request.cursor_invalid");
        }
    }

    [Fact]
    public async Task Company_that_is_no_child_is_answered_as_one_that_does_not_exist_byte_for_byte()
    {
        using var family = await Family.SetUpAsync(people, "alike");
        using var other = await Family.SetUpAsync(people, "foreign");
        (await family.ClearParentAsync(family.Sibling)).Dispose();
        string[] strangers = [other.Parent.Tenant.Value, other.Child.Tenant.Value, people.A.Tenant.Value, family.Parent.Tenant.Value, family.Sibling.Tenant.Value, "nobody_at_all_001", "no-id", "%27%20or%201=1", "UPPER_001"];

        foreach (var part in s_parts)
        {
            var answers = new List<string>();
            foreach (var stranger in strangers) answers.Add(await HttpAssert.WholeAsync(family.LookAsync($"/{stranger}{part}")));
            Assert.StartsWith("404", Assert.Single(answers.Distinct()), StringComparison.Ordinal);
        }
        Assert.Equal(["alike_child_001"], await WalkAsync(family, ""));
    }

    [Theory]
    [InlineData("child")]
    [InlineData("sibling")]
    public async Task Child_sees_neither_its_parent_nor_its_siblings_nor_itself_this_way(string who)
    {
        using var family = await Family.SetUpAsync(people, $"below_{who}");
        var subject = $"below_{who}-{who}";

        foreach (var part in s_parts)
        {
            var answers = new List<string>();
            foreach (var company in new[] { family.Parent, family.Child, family.Sibling }) answers.Add(await HttpAssert.WholeAsync(family.LookAsync($"/{company.Tenant}{part}", subject)));
            answers.Add(await HttpAssert.WholeAsync(family.LookAsync($"/nobody_at_all_001{part}", subject)));
            Assert.StartsWith("404", Assert.Single(answers.Distinct()), StringComparison.Ordinal);
        }
        Assert.Empty((await family.SeeAsync(subject: subject)).GetProperty("data").EnumerateArray());
        Assert.DoesNotContain(family.Parent.Tenant.Value, (await HttpAssert.JsonAsync(people.AskAsync(subject, "/api/tenant"))).ToString(), StringComparison.Ordinal);
        using var asParent = await people.AskAsync(subject, "/api/corporate/tenants", family.Parent.Tenant.Value);
        await HttpAssert.ProblemAsync(asParent, HttpStatusCode.Forbidden, "access.denied");
    }

    [Fact]
    public async Task Overseer_is_a_stranger_on_a_childs_own_routes()
    {
        using var family = await Family.SetUpAsync(people, "routes");

        foreach (var path in new[] { "/api/drivers", "/api/messages", "/api/usage" })
        {
            var foreign = await HttpAssert.WholeAsync(people.AskAsync(family.Overseer, path, family.Child.Tenant.Value));
            Assert.Equal(await HttpAssert.WholeAsync(people.AskAsync(family.Overseer, path, "nobody_at_all_001")), foreign);
            Assert.StartsWith("403", foreign, StringComparison.Ordinal);
        }
        using var driver = await people.AskAsync(family.Overseer, $"/api/drivers/{family.Child.Driver}");
        await HttpAssert.ProblemAsync(driver, HttpStatusCode.NotFound, "drivers.not_found");
    }

    [Fact]
    public async Task Child_that_was_taken_away_is_gone_with_the_next_request_and_comes_back_with_its_parent()
    {
        using var family = await Family.SetUpAsync(people, "former");
        await family.SeeAsync($"/{family.Child.Tenant}/drivers");

        using (var cleared = await family.ClearParentAsync(family.Child)) Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);

        foreach (var part in s_parts)
        {
            using var gone = await family.LookAsync($"/{family.Child.Tenant}{part}");
            await HttpAssert.ProblemAsync(gone, HttpStatusCode.NotFound, "tenants.not_found");
        }
        (await family.SetParentAsync(family.Child, family.Parent.Tenant.Value)).Dispose();
        await family.SeeAsync($"/{family.Child.Tenant}/drivers");
    }

    [Fact]
    public async Task Suspended_child_is_seen_as_before()
    {
        using var family = await Family.SetUpAsync(people, "off_suspended");
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'suspended' where tenant_id = $1", P.Text(family.Child.Tenant.Value));

        Assert.Equal("suspended", (await family.SeeAsync($"/{family.Child.Tenant}")).GetProperty("status").GetString());
        Assert.NotEmpty((await family.SeeAsync($"/{family.Child.Tenant}/drivers")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Closed_child_is_named_and_shows_no_more_than_to_its_own_people()
    {
        const string status = "terminated";
        using var family = await Family.SetUpAsync(people, $"off_{status}");
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.tenants set status = $2 where tenant_id = $1", P.Text(family.Child.Tenant.Value), P.Text(status));

        var children = await family.SeeAsync();
        var child = await family.SeeAsync($"/{family.Child.Tenant}");
        using var own = await people.AskAsync($"off_{status}-child", "/api/drivers");

        Assert.Contains(children.GetProperty("data").EnumerateArray(), c => c.GetProperty("status").GetString() == status);
        Assert.Equal(status, child.GetProperty("status").GetString());
        foreach (var part in new[] { "/drivers", "/transports" })
        {
            using var inside = await family.LookAsync($"/{family.Child.Tenant}{part}");
            await HttpAssert.ProblemAsync(inside, HttpStatusCode.Forbidden, "tenants.not_in_service");
            Assert.Equal(await own.Content.ReadAsStringAsync(), await inside.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Closed_parent_sees_nothing()
    {
        using var family = await Family.SetUpAsync(people, "orphans");
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'terminated' where tenant_id = $1", P.Text(family.Parent.Tenant.Value));

        using var refused = await family.LookAsync($"/{family.Child.Tenant}/drivers");

        await HttpAssert.ProblemAsync(refused, HttpStatusCode.Forbidden, "tenants.not_in_service");
    }

    [Fact]
    public async Task Childs_audit_trail_says_once_an_hour_that_somebody_looked()
    {
        using var family = await Family.SetUpAsync(people, "noted");
        await family.SeeAsync();
        Assert.DoesNotContain("corporate.looked", await family.AuditAsync(family.Child), StringComparison.Ordinal);

        for (var i = 0; i < 3; i++)
        {
            foreach (var part in s_parts) await family.SeeAsync($"/{family.Child.Tenant}{part}");
        }
        Assert.Equal([$"user:{family.OverseerId} corporate_overseer"], await LooksAsync(family.Child));

        await family.SeeAsync($"/{family.Child.Tenant}", "noted-parent");
        Assert.Equal(2, (await LooksAsync(family.Child)).Length);
        Assert.Empty(await LooksAsync(family.Sibling));

        await people.Host.Database.ExecuteAsAdminAsync("update fleet.overseer_visits set noted_at = noted_at - interval '1 hour' where tenant_id = $1", P.Text(family.Child.Tenant.Value));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => family.SeeAsync($"/{family.Child.Tenant}/drivers")));
        Assert.Equal(2, (await LooksAsync(family.Child)).Count(look => look.EndsWith(Roles.CorporateOverseer, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Who_finds_no_child_or_is_let_see_nothing_leaves_no_trace_in_it()
    {
        using var family = await Family.SetUpAsync(people, "untraced");
        using var other = await Family.SetUpAsync(people, "untouched");
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'terminated' where tenant_id = $1", P.Text(family.Child.Tenant.Value));

        (await family.LookAsync($"/{other.Child.Tenant}/drivers")).Dispose();
        (await family.LookAsync($"/{family.Child.Tenant}/drivers")).Dispose();

        Assert.Empty(await LooksAsync(other.Child));
        Assert.Empty(await LooksAsync(family.Child));
    }

    private Task<string[]> LooksAsync(ApiCompany child) => people.Host.Database.ScalarAsAdminAsync<string[]>(
        "select coalesce(array_agg(actor || ' ' || detail order by at, id), '{}') from fleet.audit_entries where tenant_id = $1 and action = 'corporate.looked'", P.Text(child.Tenant.Value));

    private static async Task<List<string>> WalkAsync(Family family, string path)
    {
        var (ids, cursor) = (new List<string>(), "");
        do
        {
            var page = await family.SeeAsync($"{path}?limit=1{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}");
            ids.AddRange(page.GetProperty("data").EnumerateArray().Select(row => (row.TryGetProperty("id", out var id) ? id : row.GetProperty("tenant_id")).GetString()!));
            cursor = page.GetProperty("next_cursor").GetString() ?? "";
        }
        while (cursor.Length > 0);
        return ids;
    }
}
