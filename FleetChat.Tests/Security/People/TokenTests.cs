using System.Net;
using System.Text.Json.Nodes;
using FleetChat.Core.Security.Access;
using FleetChat.Simulators.OpenId;

namespace FleetChat.Tests.Security.People;

public sealed class TokenTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    [Theory]
    [InlineData(IssuerSimulator.Rsa)]
    [InlineData(IssuerSimulator.Ec)]
    public async Task Token_of_the_issuers_keys_says_who_somebody_is(string keyId)
    {
        using var response = await people.SendAsync(people.Issuer.Token(Roles.Viewer, keyId), "/api/me");

        var me = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(people.Issuer.Issuer, (string?)me["issuer"]);
        Assert.Equal(Roles.Viewer, (string?)me["subject"]);
        Assert.Null((string?)me["platform_role"]);
        Assert.Equal($"{people.A.Tenant} viewer", $"{me["tenants"]![0]!["tenant_id"]} {me["tenants"]![0]!["role"]}");
    }

    [Fact]
    public async Task Claim_alone_grants_nothing()
    {
        using var me = await people.AskAsync("newcomer", "/api/me");
        using var drivers = await people.AskAsync("newcomer", "/api/drivers");
        using var named = await people.AskAsync("newcomer", "/api/drivers", people.A.Tenant.Value);

        Assert.Contains("\"platform_role\":null,\"tenants\":[]", await me.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await HttpAssert.ProblemAsync(drivers, HttpStatusCode.Forbidden, "access.no_membership");
        await HttpAssert.ProblemAsync(named, HttpStatusCode.Forbidden, "access.denied");
    }

    [Fact]
    public async Task Whatever_is_no_valid_token_gets_the_same_401_as_a_wrong_key()
    {
        await using var stranger = await IssuerSimulator.StartAsync();
        var refused = Forgeries.Tokens(people, stranger).Concat(await Forgeries.KeysAsync(people));
        var answers = new Dictionary<string, string>();
        foreach (var (what, token) in refused)
        {
            using var response = await people.SendAsync(token, "/api/drivers");
            Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{what}: {(int)response.StatusCode}");
            answers[what] = $"{string.Join('\n', response.Headers.Where(HttpAssert.IsComparable).Select(h => $"{h.Key}: {string.Join(',', h.Value)}"))}\n{await response.Content.ReadAsStringAsync()}";
        }
        Assert.Single(answers.Values.Distinct());

        using var accepted = await people.SendAsync(people.Issuer.Token(Roles.TenantAdmin), "/api/drivers");
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
    }
}
