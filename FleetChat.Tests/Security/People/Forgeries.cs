using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Simulators.OpenId;

namespace FleetChat.Tests.Security.People;

/// <summary>Bearers that look like an admin's of the company A, and are worth nothing.</summary>
internal static class Forgeries
{
    /// <param name="stranger">An issuer that the installation does not know.</param>
    public static Dictionary<string, string> Tokens(PeopleFixture people, IssuerSimulator stranger)
    {
        var (issuer, admin) = (people.Issuer, Roles.TenantAdmin);
        using var forger = RSA.Create(2048);
        var good = issuer.Token(admin);
        var parts = good.Split('.');
        long At(int minutes) => DateTimeOffset.FromUnixTimeSeconds(people.Host.Get<TimeProvider>().GetUtcNow().ToUnixTimeSeconds()).AddMinutes(minutes).ToUnixTimeSeconds();
        string With(Action<JsonObject, JsonObject> change) => issuer.Token(admin, change: change);
        byte[] SignAsForger(byte[] bytes) => forger.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        return new()
        {
            ["expired"] = With((_, claims) => claims["exp"] = At(-2)),
            ["without an end"] = With((_, claims) => claims.Remove("exp")),
            ["not yet"] = With((_, claims) => claims["nbf"] = At(2)),
            ["another audience"] = With((_, claims) => claims["aud"] = "another-api"),
            ["an audience with a slash"] = With((_, claims) => claims["aud"] = $"{IssuerSimulator.Audience}/"),
            ["no audience"] = With((_, claims) => claims.Remove("aud")),
            ["another issuer's"] = stranger.Token(admin),
            ["another issuer's keys"] = stranger.Token(admin, change: (_, claims) => claims["iss"] = issuer.Issuer),
            ["no issuer"] = With((_, claims) => claims.Remove("iss")),
            ["no subject"] = With((_, claims) => claims.Remove("sub")),
            ["an empty subject"] = With((_, claims) => claims["sub"] = ""),
            ["a long subject"] = issuer.Token(new string('x', 256)),
            ["alg none"] = issuer.Token(admin, change: (header, _) => header["alg"] = "none", sign: _ => []),
            ["alg None with a signature"] = With((header, _) => header["alg"] = "None"),
            ["HS256 with the public key"] = issuer.Token(admin, change: (header, _) => header["alg"] = "HS256", sign: bytes => HMACSHA256.HashData(issuer.PublicKey(IssuerSimulator.Rsa), bytes)),
            ["RS256 that is called ES256"] = With((header, _) => header["alg"] = "ES256"),
            ["RS256 that is called PS256"] = With((header, _) => header["alg"] = "PS256"),
            ["signed by somebody else"] = issuer.Token(admin, sign: SignAsForger),
            ["a key that he brings along"] = issuer.Token(admin, change: (header, _) => header["jwk"] = new JsonObject { ["kty"] = "RSA" }, sign: SignAsForger),
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
        };
    }

    public static async Task<Dictionary<string, string>> KeysAsync(PeopleFixture people)
    {
        var (good, others) = (people.A.Key.Token, people.B.Key);
        var expired = await ApiCompany.KeyAsync(people.Host, people.A.Tenant, "read", "write");
        var revoked = await ApiCompany.KeyAsync(people.Host, people.A.Tenant, "read", "write");
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.api_keys set expires_at = created_at + interval '1 millisecond' where key_id = $1", P.Text(expired.KeyId));
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.api_keys set revoked_at = created_at where key_id = $1", P.Text(revoked.KeyId));
        return new()
        {
            ["expired key"] = expired.Token,
            ["revoked key"] = revoked.Token,
            ["a wrong key"] = $"{good[..^2]}AA",
            ["another key's secret"] = $"{others.Token[..^43]}{good[^43..]}",
            ["another environment's key"] = good.Replace("fc_test_", "fc_prod_", StringComparison.Ordinal),
            ["an unknown key"] = $"fc_test_0123456789abcdef_{good[^43..]}",
            ["a key without its secret"] = good[..^44],
        };
    }
}
