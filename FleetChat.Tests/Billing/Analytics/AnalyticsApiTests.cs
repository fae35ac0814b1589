using System.Net;
using System.Text.Json;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Billing.Analytics;

/// <summary>Analytics, Meta's rates and the margin over HTTP.</summary>
public sealed class AnalyticsApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    [Fact]
    public async Task A_company_reads_its_own_as_JSON_and_as_CSV()
    {
        var usage = await people.A.GetJsonAsync("/api/analytics/usage?from=2026-03-01&until=2026-03-31&by=category");
        using var csv = await people.A.GetAsync("/api/analytics/usage.csv?from=2026-03-01&until=2026-03-31&by=category");

        Assert.Equal(["from", "until", "by", "total", "data"], usage.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["key", "messages_out", "messages_in", "active_drivers", "delivered_percent", "median_response_ms", "p95_response_ms"], usage.GetProperty("total").EnumerateObject().Select(member => member.Name));
        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        Assert.Equal("usage.csv", csv.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.Contains("key,messages_out", await csv.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from=March", "request.parameter_invalid", "from")]
    [InlineData("until=2026-02-30", "request.parameter_invalid", "until")]
    [InlineData("by=hour", "request.parameter_invalid", "by")]
    [InlineData("day=2026-03-01", "request.parameter_unknown", "day")]
    [InlineData("from=2024-01-01&until=2026-03-01", "analytics.range_invalid", "until")]
    public async Task What_makes_no_sense_is_refused_with_its_parameter(string query, string code, string field)
    {
        foreach (var path in new[] { "usage", "usage.csv" })
        {
            using var refused = await people.A.GetAsync($"/api/analytics/{path}?{query}");
            Assert.Equal(field, HttpAssert.Field(await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, code)));
        }
    }

    [Fact]
    public async Task Rates_are_entered_and_read_by_operators()
    {
        const string rate = """{"country": "*", "category": "utility", "valid_from": "2026-10-01", "currency": "USD", "amount": 0.34}""";

        var entered = await OperatorAsync("POST", "/api/platform/meta-rates", rate);

        Assert.Equal((1, "2026-10-01", 0.34m), (entered.GetProperty("version").GetInt32(), entered.GetProperty("valid_from").GetString(), entered.GetProperty("amount").GetDecimal()));
        Assert.Contains((await OperatorAsync("GET", "/api/platform/meta-rates")).GetProperty("data").EnumerateArray(), one => one.GetProperty("category").GetString() == "utility");
        using var refused = await people.AskAsync(Roles.PlatformOperator, "/api/platform/meta-rates", method: "POST", json: """{"country": "US"}""");
        Assert.Equal("$.category", HttpAssert.Field(await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, "billing.price_invalid")));
    }

    [Fact]
    public async Task A_margin_is_of_a_company_and_a_month()
    {
        using var missing = await people.AskAsync(Roles.PlatformOperator, "/api/platform/tenants/nobody_at_all_001/margin?period=2026-03");
        using var strange = await people.AskAsync(Roles.PlatformOperator, "/api/platform/tenants/no-id/margin?period=2026-03");
        using var whenever = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{people.A.Tenant}/margin");
        using var early = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{people.A.Tenant}/margin?period=0001-01");
        using var own = await people.AskAsync(Roles.TenantAdmin, $"/api/platform/tenants/{people.A.Tenant}/margin?period=2026-03");

        await HttpAssert.ProblemAsync(missing, HttpStatusCode.NotFound, "tenants.not_found");
        await HttpAssert.ProblemAsync(strange, HttpStatusCode.NotFound, "tenants.not_found");
        await HttpAssert.ProblemAsync(whenever, HttpStatusCode.BadRequest, "billing.period_invalid");
        await HttpAssert.ProblemAsync(early, HttpStatusCode.BadRequest, "request.parameter_invalid");
        Assert.Equal(HttpStatusCode.Forbidden, own.StatusCode);
    }

    [Fact]
    public async Task A_margin_as_CSV_is_for_operators_and_is_refused_as_the_other()
    {
        var path = $"/api/platform/tenants/{people.A.Tenant}/margin.csv";
        using var missing = await people.AskAsync(Roles.PlatformOperator, "/api/platform/tenants/nobody_at_all_001/margin.csv?period=2026-03");
        using var strange = await people.AskAsync(Roles.PlatformOperator, "/api/platform/tenants/no-id/margin.csv?period=2026-03");
        using var whenever = await people.AskAsync(Roles.PlatformOperator, path);
        using var own = await people.AskAsync(Roles.TenantAdmin, $"{path}?period=2026-03");

        await HttpAssert.ProblemAsync(missing, HttpStatusCode.NotFound, "tenants.not_found");
        await HttpAssert.ProblemAsync(strange, HttpStatusCode.NotFound, "tenants.not_found");
        await HttpAssert.ProblemAsync(whenever, HttpStatusCode.BadRequest, "billing.period_invalid");
        Assert.Equal(HttpStatusCode.Forbidden, own.StatusCode);
    }

    private async Task<JsonElement> OperatorAsync(string method, string path, string? json = null) => await HttpAssert.JsonAsync(people.AskAsync(Roles.PlatformOperator, path, method: method, json: json));
}
