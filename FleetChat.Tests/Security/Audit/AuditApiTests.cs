using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Simulators.OpenId;
using FleetChat.Tests.Http;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Security.Audit;

/// <summary>The trail over HTTP: who sees it, and where requests are said to come from.</summary>
public sealed class AuditApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    [Fact]
    public async Task Admin_sees_what_he_did_and_from_where_whatever_the_request_says_of_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "/api/tenant") { Content = new StringContent("""{"escalate_after_minutes":20}""", null, "application/json") };
        request.Headers.Add("Authorization", $"Bearer {people.Issuer.Token(Roles.TenantAdmin)}");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9, 203.0.113.10");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var seen = await people.AskAsync(Roles.TenantAdmin, "/api/tenant");
        request.Headers.IfMatch.Add(seen.Headers.ETag!);
        using var client = new DescribedClient { BaseAddress = people.Host.Address };
        using var changed = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);

        var entry = (await ListAsync(Roles.TenantAdmin)).First(e => e.GetProperty("action").GetString() == "tenant.changed");

        Assert.StartsWith("user:", entry.GetProperty("actor").GetString(), StringComparison.Ordinal);
        Assert.Equal(IPAddress.Loopback.ToString(), entry.GetProperty("address").GetString());
        Assert.Equal(20, entry.GetProperty("change").GetProperty("after").GetProperty("escalate_after_minutes").GetInt32());
        Assert.Equal(64, entry.GetProperty("mac").GetString()!.Length);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", entry.GetProperty("correlation_id").GetString());
    }

    [Fact]
    public async Task Trail_of_another_company_is_not_seen_nor_its_cursor_taken()
    {
        using var first = await people.AskAsync(Roles.TenantAdmin, "/api/audit?limit=1");
        var cursor = JsonDocument.Parse(await first.Content.ReadAsStringAsync()).RootElement.GetProperty("next_cursor").GetString();
        using var taken = await people.AskAsync("other", $"/api/audit?cursor={cursor}");

        await HttpAssert.ProblemAsync(taken, HttpStatusCode.BadRequest, "request.cursor_invalid");
        Assert.DoesNotContain(people.A.Tenant.Value, string.Join(' ', await ListAsync("other")), StringComparison.Ordinal);
    }

    private async Task<List<JsonElement>> ListAsync(string who)
    {
        using var response = await people.AskAsync(who, "/api/audit?limit=200");
        return [.. JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("data").EnumerateArray()];
    }
}

/// <summary>What a caller is refused for his rate fills nobody's trail.</summary>
public sealed class AuditRateTests
{
    [Fact]
    public async Task Support_that_asks_too_often_is_not_noted_each_time()
    {
        await using var issuer = await IssuerSimulator.StartAsync();
        await using var host = await ApiHost.StartAsync("auditrate", new Dictionary<string, string?>
        {
            ["FleetChat:Identity:Issuers:0:Issuer"] = issuer.Issuer,
            ["FleetChat:Identity:Issuers:0:Audience"] = IssuerSimulator.Audience,
            ["FleetChat:Identity:Issuers:0:MetadataUri"] = issuer.MetadataUri.ToString(),
            ["FleetChat:Identity:PlatformPeople:0:Issuer"] = issuer.Issuer,
            ["FleetChat:Identity:PlatformPeople:0:Subject"] = Roles.Support,
            ["FleetChat:Identity:PlatformPeople:0:Role"] = Roles.Support,
            ["FleetChat:RequestRate:KeyPerSecond"] = "1",
            ["FleetChat:RequestRate:KeyBurst"] = "3",
        });
        using var company = await ApiCompany.SetUpAsync(host, "helped_001");
        await host.Database.ExecuteAsAdminAsync("""
            insert into fleet.support_grants (tenant_id, id, granted_by, created_at, expires_at)
            values ($1, gen_random_uuid(), 'test', now() - interval '2 hours', now() + interval '1 hour')
            """, P.Text(company.Tenant.Value));
        using var client = new DescribedClient { BaseAddress = host.Address, DefaultRequestHeaders = { { "Authorization", $"Bearer {issuer.Token(Roles.Support)}" }, { AccessRequest.TenantHeader, company.Tenant.Value } } };

        var answers = new List<HttpStatusCode>();
        for (var at = 0; at < 20; at++)
        {
            using var response = await client.GetAsync(new Uri("/api/drivers", UriKind.Relative));
            answers.Add(response.StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.Equal(answers.Count(answer => answer == HttpStatusCode.OK), await host.Database.ScalarAsAdminAsync<long>(
            "select count(*) from fleet.audit_entries where tenant_id = $1 and action = 'support.access'", P.Text(company.Tenant.Value)));
    }
}
