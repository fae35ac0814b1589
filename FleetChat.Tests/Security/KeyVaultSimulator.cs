using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.Security;

/// <summary>The part of Key Vault's REST protocol that secrets need, over HTTPS: challenge, versions, soft delete, throttling, refusals, an outage.</summary>
/// <remarks>Source: Azure Key Vault REST API, secrets, 7.x.</remarks>
internal sealed class KeyVaultSimulator : IAsyncDisposable
{
    private const string Token = "vault-token";
    private readonly ConcurrentDictionary<string, List<StoredVersion>> _secrets = new();
    private readonly ConcurrentDictionary<string, bool> _deleted = new();
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _app;
    private int _throttled;

    private KeyVaultSimulator()
    {
        _certificate = SelfSigned();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate)));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>The vault's clock; versions are dated by its whole seconds.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    /// <summary>How far its answers are ahead of what it dates: what was set is old by the time it is listed.</summary>
    public TimeSpan Ahead { get; set; } = TimeSpan.FromSeconds(10);

    public bool IsDown { get; set; }

    public bool IsForbidden { get; set; }

    /// <summary>So many of the next calls are answered 429.</summary>
    public int Throttle
    {
        set => _throttled = value;
    }

    /// <summary>Runs once, between the look and the set of whoever sets next.</summary>
    public Action? BeforeNextSet { get; set; }

    public int Calls { get; private set; }

    public static async Task<KeyVaultSimulator> StartAsync()
    {
        var simulator = new KeyVaultSimulator();
        await simulator._app.StartAsync();
        return simulator;
    }

    /// <summary>A client as the product makes it, but for whom it trusts.</summary>
    public SecretClient Client()
    {
        var address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
#pragma warning disable CA2000 // The transport lives as long as the client.
        var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 c && c.Thumbprint == _certificate.Thumbprint } };
        var options = new SecretClientOptions { DisableChallengeResourceVerification = true, Transport = new HttpClientTransport(handler) };
#pragma warning restore CA2000
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        options.Retry.MaxDelay = TimeSpan.FromMilliseconds(20);
        return new(address, new FixedCredential(), options);
    }

    public string Set(string name, string value)
    {
        var version = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _secrets.AddOrUpdate(name, _ => [new(version, value, Now)], (_, all) => [.. all, new(version, value, Now)]);
        return version;
    }

    public void Delete(string name)
    {
        _secrets.TryRemove(name, out _);
        _deleted[name] = true;
    }

    public void Disable(string name) => _secrets[name] = [.. _secrets[name].Select(v => v with { IsEnabled = false })];

    public int VersionsOf(string name) => _secrets.TryGetValue(name, out var versions) ? versions.Count : 0;

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Calls++;
        context.Response.Headers.Date = (Now + Ahead).ToString("R");
        if (IsDown)
        {
            context.Abort();
            return;
        }
        if (context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            context.Response.Headers.WWWAuthenticate = "Bearer authorization=\"https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000\", resource=\"https://vault.azure.net\"";
            await RefuseAsync(context, 401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.");
        }
        else if (Interlocked.Decrement(ref _throttled) >= 0)
        {
            context.Response.Headers.RetryAfter = "0";
            await RefuseAsync(context, 429, "Throttled", "Requests for this operation are throttled.");
        }
        else if (IsForbidden)
        {
            await RefuseAsync(context, 403, "Forbidden", "Caller is not authorized to perform action on resource.");
        }
        else
        {
            await ServeAsync(context, context.Request.Path.Value!.Trim('/').Split('/'));
        }
    }

    private Task ServeAsync(HttpContext context, string[] path) => (context.Request.Method, path) switch
    {
        ("GET", ["secrets", var name, "versions"]) => ListAsync(context, name),
        ("GET", ["secrets", var name, var version]) => GetAsync(context, name, version),
        ("PUT", ["secrets", var name]) => PutAsync(context, name),
        ("DELETE", ["secrets", var name]) => DeleteAsync(context, name),
        _ => RefuseAsync(context, 404, "NotFound", "no such operation"),
    };

    // In pages of one, as a vault may.
    private async Task ListAsync(HttpContext context, string name)
    {
        var versions = _secrets.GetValueOrDefault(name) ?? [];
        var skip = int.TryParse(context.Request.Query["skip"], out var asked) ? asked : 0;
        var next = skip + 1 < versions.Count ? $"https://{context.Request.Host}/secrets/{name}/versions?api-version={context.Request.Query["api-version"]}&skip={skip + 1}" : null;
        await WriteAsync(context, new { value = versions.Skip(skip).Take(1).Select(v => new { id = IdOf(context, name, v), attributes = AttributesOf(v) }), nextLink = next });
    }

    private async Task GetAsync(HttpContext context, string name, string version)
    {
        if ((_secrets.GetValueOrDefault(name) ?? []).Find(v => v.Version == version) is { } found) await WriteAsync(context, Body(context, name, found));
        else await RefuseAsync(context, 404, "SecretNotFound", $"A secret with (name/id) {name} was not found in this key vault.");
    }

    private async Task PutAsync(HttpContext context, string name)
    {
        if (_deleted.ContainsKey(name))
        {
            await RefuseAsync(context, 409, "Conflict", $"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused.");
            return;
        }
        var (meanwhile, body) = (BeforeNextSet, await JsonDocument.ParseAsync(context.Request.Body));
        BeforeNextSet = null;
        meanwhile?.Invoke();
        var version = Set(name, body.RootElement.GetProperty("value").GetString()!);
        await WriteAsync(context, Body(context, name, _secrets[name].Find(v => v.Version == version)!));
    }

    private async Task DeleteAsync(HttpContext context, string name)
    {
        if (_secrets.GetValueOrDefault(name) is not [.., var last])
        {
            await RefuseAsync(context, 404, "SecretNotFound", $"A secret with (name/id) {name} was not found in this key vault.");
            return;
        }
        Delete(name);
        await WriteAsync(context, new { recoveryId = $"https://{context.Request.Host}/deletedsecrets/{name}", deletedDate = Now.ToUnixTimeSeconds(), scheduledPurgeDate = Now.AddDays(90).ToUnixTimeSeconds(), id = IdOf(context, name, last), attributes = AttributesOf(last) });
    }

    private static object Body(HttpContext context, string name, StoredVersion version) => new { value = version.Value, id = IdOf(context, name, version), attributes = AttributesOf(version) };

    private static string IdOf(HttpContext context, string name, StoredVersion version) => $"https://{context.Request.Host}/secrets/{name}/{version.Version}";

    private static object AttributesOf(StoredVersion version)
        => new { enabled = version.IsEnabled, created = version.CreatedAt.ToUnixTimeSeconds(), updated = version.CreatedAt.ToUnixTimeSeconds(), recoveryLevel = "Recoverable+Purgeable", recoverableDays = 90 };

    private static Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, new { error = new { code, message } });
    }

    private static Task WriteAsync(HttpContext context, object body)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(JsonSerializer.Serialize(body));
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private sealed record StoredVersion(string Version, string Value, DateTimeOffset CreatedAt, bool IsEnabled = true);

    private sealed class FixedCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(Token, DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
