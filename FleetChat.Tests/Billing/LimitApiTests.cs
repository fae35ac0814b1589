using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Billing;

public sealed class LimitApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    private const string Day = "2099-12-31";

    [Fact]
    public async Task Operator_allows_more_until_a_day_and_takes_it_back_and_the_company_sees_both()
    {
        using var company = await ApiCompany.SetUpAsync(people.Host, "generous_001");

        var put = await HttpAssert.JsonAsync(AskAsync(company, "PUT", $$"""{"max_drivers":7,"storage_limit_mb":9,"until":"{{Day}}"}"""));
        var during = await company.GetJsonAsync("/api/usage");
        var withdrawn = await HttpAssert.JsonAsync(AskAsync(company, "DELETE"));
        var again = await HttpAssert.JsonAsync(AskAsync(company, "DELETE"));
        var after = await company.GetJsonAsync("/api/usage");

        Assert.Equal($"7 50000 9 {Day}", Limits(put));
        Assert.Equal($"7 50000 9 {Day}", Limits(during));
        foreach (var view in new[] { withdrawn, again, after }) Assert.Equal("100 50000 10000 ", Limits(view));
        Assert.Equal("limits.overridden,limits.withdrawn", await people.Host.Database.ScalarAsAdminAsync<string>(
            "select string_agg(action, ',' order by at, id) from fleet.audit_entries where tenant_id = $1 and actor like 'operator:%'", P.Text(company.Tenant.Value)));
    }

    [Theory]
    [InlineData($$"""{"max_drivers":0,"until":"{{Day}}"}""", "limits.out_of_range", "$")]
    [InlineData($$"""{"max_monthly_messages":-1,"until":"{{Day}}"}""", "limits.out_of_range", "$")]
    [InlineData("""{"max_drivers":5}""", "limits.until_is_past", "$.until")]
    [InlineData("""{"max_drivers":5,"until":"2020-01-01"}""", "limits.until_is_past", "$.until")]
    [InlineData("""{"max_drivers":5,"until":"soon"}""", "request.json_invalid", "$.until")]
    [InlineData($$"""{"max_drivers":99999999999,"until":"{{Day}}"}""", "request.json_invalid", "$.max_drivers")]
    [InlineData($$"""{"drivers":5,"until":"{{Day}}"}""", "request.json_invalid", "$.drivers")]
    public async Task Limits_that_make_no_sense_are_refused_with_their_field(string body, string code, string field)
    {
        using var refused = await AskAsync(people.A, "PUT", body);

        Assert.Equal(field, HttpAssert.Field(await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, code)));
    }

    [Theory]
    [InlineData("PUT", $$"""{"max_drivers":5,"until":"{{Day}}"}""")]
    [InlineData("DELETE", null)]
    public async Task Company_that_does_not_exist_is_not_found(string method, string? body)
    {
        foreach (var id in new[] { "nobody_at_all_001", "no-id" })
        {
            using var response = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{id}/limits", method: method, json: body);
            await HttpAssert.ProblemAsync(response, HttpStatusCode.NotFound, "tenants.not_found");
        }
    }

    private Task<HttpResponseMessage> AskAsync(ApiCompany company, string method, string? json = null)
        => people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{company.Tenant}/limits", method: method, json: json);

    private static string Limits(JsonElement usage)
    {
        var limits = usage.GetProperty("resource_limits");
        return $"{limits.GetProperty("max_drivers")} {limits.GetProperty("max_monthly_messages")} {limits.GetProperty("storage_limit_mb")} {usage.GetProperty("limits_until").GetString()}";
    }
}
