using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FleetChat.Core.Security.Access;

namespace FleetChat.Tests.Security.People;

public sealed class TokenTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    [Theory]
    [InlineData(TestIssuer.Rsa)]
    [InlineData(TestIssuer.Ec)]
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
        var (issuer, admin) = (people.Issuer, Roles.TenantAdmin);
        await using var stranger = await TestIssuer.StartAsync();
        using var forger = RSA.Create(2048);
        var good = issuer.Token(admin);
        var parts = good.Split('.');
        long At(int minutes) => DateTimeOffset.FromUnixTimeSeconds(people.Host.Get<TimeProvider>().GetUtcNow().ToUnixTimeSeconds()).AddMinutes(minutes).ToUnixTimeSeconds();
        string With(Action<JsonObject, JsonObject> change) => issuer.Token(admin, change: change);

        Dictionary<string, string> refused = new()
        {
            ["expired"] = With((_, claims) => claims["exp"] = At(-2)),
            ["without an end"] = With((_, claims) => claims.Remove("exp")),
            ["not yet"] = With((_, claims) => claims["nbf"] = At(2)),
            ["another audience"] = With((_, claims) => claims["aud"] = "another-api"),
            ["an audience with a slash"] = With((_, claims) => claims["aud"] = $"{TestIssuer.Audience}/"),
            ["no audience"] = With((_, claims) => claims.Remove("aud")),
            ["another issuer's"] = stranger.Token(admin),
            ["another issuer's keys"] = stranger.Token(admin, change: (_, claims) => claims["iss"] = issuer.Issuer),
            ["no issuer"] = With((_, claims) => claims.Remove("iss")),
            ["no subject"] = With((_, claims) => claims.Remove("sub")),
            ["an empty subject"] = With((_, claims) => claims["sub"] = ""),
            ["a long subject"] = issuer.Token(new string('x', 256)),
            ["alg none"] = issuer.Token(admin, change: (header, _) => header["alg"] = "none", sign: _ => []),
            ["alg None with a signature"] = With((header, _) => header["alg"] = "None"),
            ["HS256 with the public key"] = issuer.Token(admin, change: (header, _) => header["alg"] = "HS256", sign: bytes => HMACSHA256.HashData(issuer.PublicKey(TestIssuer.Rsa), bytes)),
            ["RS256 that is called ES256"] = With((header, _) => header["alg"] = "ES256"),
            ["RS256 that is called PS256"] = With((header, _) => header["alg"] = "PS256"),
            ["signed by somebody else"] = issuer.Token(admin, sign: bytes => forger.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            ["a key that he brings along"] = issuer.Token(admin, change: (header, _) => header["jwk"] = new JsonObject { ["kty"] = "RSA" }, sign: bytes => forger.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            ["an unknown key"] = With((header, _) => header["kid"] = "rsa-9"),
            ["no key named"] = With((header, _) => header.Remove("kid")),
            ["something critical"] = With((header, _) => header["crit"] = new JsonArray("b64")),
            ["another's claims"] = $"{parts[0]}.{issuer.Token("other").Split('.')[1]}.{parts[2]}",
            ["no signature"] = $"{parts[0]}.{parts[1]}.",
            ["two parts"] = $"{parts[0]}.{parts[1]}",
            ["five parts"] = $"{good}.a.b",
            ["no JSON"] = "YQ.YQ.YQ",
            ["nothing"] = "..",
            ["too long"] = With((_, claims) => claims["more"] = new string('x', 17_000)),
            ["a wrong key"] = $"{people.A.Key.Token[..^2]}AA",
        };
        var answers = new Dictionary<string, string>();
        foreach (var (what, token) in refused)
        {
            using var response = await people.SendAsync(token, "/api/drivers");
            Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{what}: {(int)response.StatusCode}");
            answers[what] = $"{string.Join('\n', response.Headers.Where(h => h.Key != "Date").Select(h => $"{h.Key}: {string.Join(',', h.Value)}"))}\n{await response.Content.ReadAsStringAsync()}";
        }
        Assert.Single(answers.Values.Distinct());

        using var accepted = await people.SendAsync(good, "/api/drivers");
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
    }
}
