using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FleetChat.Simulators.OpenId;

/// <summary>A small OpenID Connect issuer: it serves its metadata and keys over HTTP, and signs whatever it is asked to.</summary>
public sealed class IssuerSimulator : IAsyncDisposable
{
    public const string Audience = "fleetchat-api";
    public const string Rsa = "rsa-1";
    public const string Ec = "ec-1";

    private readonly WebApplication app;
    private readonly Dictionary<string, AsymmetricAlgorithm> keys = new() { [Rsa] = RSA.Create(2048), [Ec] = ECDsa.Create(ECCurve.NamedCurves.nistP256) };
    private int asked;

    private IssuerSimulator(WebApplication app) => this.app = app;

    public string Issuer { get; private set; } = "";

    public Uri JwksUri => new($"{Issuer}/keys");

    public Uri MetadataUri => new($"{Issuer}/.well-known/openid-configuration");

    /// <summary>What its metadata call themselves; null: by their right name.</summary>
    public string? OtherName { get; set; }

    public bool IsDown { get; set; }

    /// <summary>How often its keys were asked for.</summary>
    public int Asked => asked;

    /// <summary>Business time.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public static async Task<IssuerSimulator> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var issuer = new IssuerSimulator(builder.Build());
        issuer.app.Run(issuer.AnswerAsync);
        await issuer.app.StartAsync();
        issuer.Issuer = issuer.app.Urls.Single();
        return issuer;
    }

    public void AddKey(string keyId) => keys[keyId] = RSA.Create(2048);

    public void Withdraw(string keyId) => keys.Remove(keyId);

    public byte[] PublicKey(string keyId) => Encoding.ASCII.GetBytes(((RSA)keys[keyId]).ExportSubjectPublicKeyInfoPem());

    /// <summary>Somebody signs in.</summary>
    /// <returns>His token, good for ten minutes of the clock as it is now.</returns>
    public async Task<string> SignInAsync(string subject, CancellationToken ct)
    {
        if (Clock is HostClock host)
            await host.RefreshAsync(ct);
        return Token(subject);
    }

    /// <param name="change">Header and claims, before they are signed.</param>
    /// <param name="sign">In place of the key's signature.</param>
    public string Token(string subject, string keyId = Rsa, Action<JsonObject, JsonObject>? change = null, Func<byte[], byte[]>? sign = null)
    {
        var now = Clock.GetUtcNow();
        var header = new JsonObject { ["alg"] = keys[keyId] is RSA ? "RS256" : "ES256", ["kid"] = keyId, ["typ"] = "JWT" };
        var claims = new JsonObject
        {
            ["iss"] = Issuer, ["aud"] = Audience, ["sub"] = subject, ["nbf"] = now.ToUnixTimeSeconds(), ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(),
            // Worth nothing with us.
            ["role"] = "platform_operator", ["tenant_id"] = "alfa_haulage_001",
        };
        change?.Invoke(header, claims);
        var text = $"{Encode(header)}.{Encode(claims)}";
        var signature = (sign ?? (bytes => Sign(keys[keyId], bytes)))(Encoding.ASCII.GetBytes(text));
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        foreach (var key in keys.Values) key.Dispose();
    }

    private static byte[] Sign(AsymmetricAlgorithm key, byte[] bytes)
        => key is RSA rsa ? rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : ((ECDsa)key).SignData(bytes, HashAlgorithmName.SHA256);

    private static string Encode(JsonObject value) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(value.ToJsonString()));

    private Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/keys") Interlocked.Increment(ref asked);
        if (IsDown)
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        }
        return context.Request.Path == "/keys"
            ? context.Response.WriteAsync(new JsonObject { ["keys"] = new JsonArray([.. keys.Select(key => PublicJwk(key.Key, key.Value))]) }.ToJsonString())
            : context.Response.WriteAsync(new JsonObject { ["issuer"] = OtherName ?? Issuer, ["jwks_uri"] = JwksUri.ToString() }.ToJsonString());
    }

    private static JsonObject PublicJwk(string keyId, AsymmetricAlgorithm key)
    {
        if (key is RSA rsa)
        {
            var its = rsa.ExportParameters(false);
            return new() { ["kty"] = "RSA", ["kid"] = keyId, ["use"] = "sig", ["n"] = Base64Url.EncodeToString(its.Modulus), ["e"] = Base64Url.EncodeToString(its.Exponent) };
        }
        var curve = ((ECDsa)key).ExportParameters(false);
        return new() { ["kty"] = "EC", ["kid"] = keyId, ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(curve.Q.X), ["y"] = Base64Url.EncodeToString(curve.Q.Y) };
    }
}
