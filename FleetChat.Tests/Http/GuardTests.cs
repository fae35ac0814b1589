using System.Net;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Security;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Http;

public sealed class GuardTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static IEnumerable<Route> Guarded => Route.All.Where(route => !OpenRoutes.Names.Contains(route.Function) && !SignedRoutes.Names.Contains(route.Function));

    /// <summary>AccessTests has those that no key may call.</summary>
    public static TheoryData<string> FunctionsOfKeys => [.. Guarded.Where(route => RoutePermissions.Get(route.Function) is not (Permission.BeKnown or Permission.BePerson) and var needed && Roles.ScopeOf(needed) is not null).Select(route => route.Function)];

    public static TheoryData<string> GuardedFunctions => [.. Guarded.Select(route => route.Function)];

    [Theory]
    [MemberData(nameof(GuardedFunctions))]
    public async Task Without_a_key_every_guarded_route_gives_the_same_401(string function)
    {
        using var client = new DescribedClient { BaseAddress = api.Host.Address };
        var route = Guarded.Single(r => r.Function == function);
        string?[] headers = [null, "Bearer nonsense", $"Bearer {api.A.Key.Token[..^2]}AA", "Basic YTpi"];

        var answers = new List<string>();
        foreach (var header in headers)
        {
            using var request = new HttpRequestMessage(new(route.Method), Fill(route.Path, api.A));
            if (header is not null) request.Headers.TryAddWithoutValidation("Authorization", header);
            using var response = await client.SendAsync(request);
            await HttpAssert.ProblemAsync(response, HttpStatusCode.Unauthorized, "access.unauthenticated");
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
            answers.Add(await response.Content.ReadAsStringAsync());
        }

        Assert.Single(answers.Distinct());
    }

    [Theory]
    [MemberData(nameof(FunctionsOfKeys))]
    public async Task Key_that_lacks_the_scope_gets_403(string function)
    {
        var route = Guarded.Single(r => r.Function == function);
        // A preview is posted, and changes nothing.
        var reads = route.Method == "get" || function == "PostTemplatePreview";
        var key = await ApiCompany.KeyAsync(api.Host, api.A.Tenant, reads ? "write" : "read");
        using var client = Client(key.Token);
        using var request = new HttpRequestMessage(new(route.Method), Fill(route.Path, api.A));

        using var response = await client.SendAsync(request);

        await HttpAssert.ProblemAsync(response, HttpStatusCode.Forbidden, "access.scope_missing");
    }

    [Fact]
    public async Task Suspended_company_reads_and_changes_nothing_from_its_next_request_on()
    {
        var company = await ApiCompany.SetUpAsync(api.Host, "paused_haulage_001");
        await api.Host.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'suspended' where tenant_id = $1", P.Text(company.Tenant.Value));

        using var read = await company.GetAsync("/api/drivers");
        using var written = await company.PostAsync("/api/pauses", "{}");
        await api.Host.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'terminated' where tenant_id = $1", P.Text(company.Tenant.Value));
        using var after = await company.GetAsync("/api/drivers");

        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        await HttpAssert.ProblemAsync(written, HttpStatusCode.Forbidden, "tenants.suspended");
        await HttpAssert.ProblemAsync(after, HttpStatusCode.Forbidden, "tenants.not_in_service");
        company.Dispose();
    }

    [Fact]
    public async Task Another_companys_route_is_denied_alike_whether_it_exists_or_not_and_is_audited_and_alerted()
    {
        using var existing = await api.A.GetAsync($"/api/tenants/{api.B.Tenant}");
        using var missing = await api.A.GetAsync("/api/tenants/nobody_at_all_001");
        using var strange = await api.A.GetAsync("/api/tenants/%27%20or%201=1");

        foreach (var response in new[] { existing, missing, strange }) await HttpAssert.ProblemAsync(response, HttpStatusCode.Forbidden, "access.denied");
        Assert.Equal(await existing.Content.ReadAsStringAsync(), await missing.Content.ReadAsStringAsync());
        Assert.Equal(await existing.Content.ReadAsStringAsync(), await strange.Content.ReadAsStringAsync());
        Assert.Equal($"(no tenant id),{api.B.Tenant},nobody_at_all_001", await api.Host.Database.ScalarAsAdminAsync<string>("""
            select string_agg(subject, ',' order by subject)
            from fleet.audit_entries
            where tenant_id = $1
              and actor = $2
              and action = 'access.denied'
            """, P.Text(api.A.Tenant.Value), P.Text($"api_key:{api.A.Key.KeyId}")));
        var alert = (await api.A.GetJsonAsync("/api/alerts")).GetProperty("data").EnumerateArray().Single(a => a.GetProperty("code").GetString() == "credential.foreign_tenant");
        Assert.Equal(api.A.Key.KeyId, alert.GetProperty("subject").GetString());
        Assert.Equal(3, alert.GetProperty("count").GetInt32());
        Assert.DoesNotContain("credential.foreign_tenant", (await api.B.GetJsonAsync("/api/alerts")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Own_companys_route_is_answered()
    {
        var tenant = await api.A.GetJsonAsync($"/api/tenants/{api.A.Tenant}");

        Assert.Equal(api.A.Tenant.Value, tenant.GetProperty("tenant_id").GetString());
    }

    [Fact]
    public async Task Too_many_requests_get_429_with_the_seconds_to_wait()
    {
        await using var host = await ApiHost.StartAsync("rates", new Dictionary<string, string?>
        {
            ["FleetChat:RequestRate:PerSecond"] = "1",
            ["FleetChat:RequestRate:Burst"] = "30",
        });
        using var company = await ApiCompany.SetUpAsync(host, "busy_haulage_001");

        HttpResponseMessage? refused = null;
        await Until.TrueAsync(
            async () =>
            {
                var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => company.GetAsync("/api/tenant")));
                refused = answers.FirstOrDefault(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
                return refused is not null;
            },
            because: "a company that sends more than one request a second to be refused");

        await HttpAssert.ProblemAsync(refused!, HttpStatusCode.TooManyRequests, "request.too_many");
        Assert.Equal(TimeSpan.FromSeconds(1), refused!.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task One_keys_loop_gets_429_while_the_companys_other_key_is_answered()
    {
        await using var host = await ApiHost.StartAsync("keyrates", new Dictionary<string, string?>
        {
            ["FleetChat:RequestRate:KeyPerSecond"] = "1",
            ["FleetChat:RequestRate:KeyBurst"] = "10",
        });
        using var company = await ApiCompany.SetUpAsync(host, "looping_haulage_001");
        var other = await ApiCompany.KeyAsync(host, company.Tenant, "read");

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => company.GetAsync("/api/tenant")));
        using var client = new DescribedClient { BaseAddress = host.Address, DefaultRequestHeaders = { Authorization = new("Bearer", other.Token) } };
        using var answered = await client.GetAsync("/api/tenant");

        var refused = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        await HttpAssert.ProblemAsync(refused, HttpStatusCode.TooManyRequests, "request.too_many");
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    [Fact]
    public void Open_and_signed_routes_are_functions_that_exist()
        => Findings.AssertNone(OpenRoutes.Names.Concat(SignedRoutes.Names).Except(Route.All.Select(route => route.Function)));

    [Theory]
    [InlineData("/health/live", "application/json")]
    [InlineData("/health/ready", "application/json")]
    [InlineData("/api/openapi.json", "application/json")]
    [InlineData("/api/docs", "text/html")]
    public async Task Open_routes_answer_without_a_key(string path, string contentType)
    {
        using var client = new DescribedClient { BaseAddress = api.Host.Address };

        using var response = await client.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("_haulage_", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private HttpClient Client(string token)
        => new DescribedClient { BaseAddress = api.Host.Address, DefaultRequestHeaders = { Authorization = new("Bearer", token) } };

    private static string Fill(string path, ApiCompany company)
        => path.Replace("{tenantId}", company.Tenant.Value, StringComparison.Ordinal).Replace("{id}", company.Driver.ToString(), StringComparison.Ordinal);
}
