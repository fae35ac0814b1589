using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FleetChat.Core.Security.Identity;

/// <summary>Reads who somebody is from a token of a configured issuer's, and nothing else: what it claims of roles or tenants is not looked at.</summary>
public sealed partial class ReadToken(IOptions<IdentityOptions> options, SigningKeys keys, TimeProvider time, ILogger<ReadToken> logger)
{
    private const int LongestToken = 16 * 1024;
    private const int LongestSubject = 255;

    // Issuers' clocks are not ours.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>Only those whose verifier cannot sign.</summary>
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = LongestToken };
    private readonly Dictionary<string, IssuerOptions> _issuers = options.Value.Issuers.ToDictionary(issuer => issuer.Issuer);

    /// <returns>Null if it is no token, of nobody we know, forged, or not in force: all alike.</returns>
    public async Task<Person?> HandleAsync(string text, CancellationToken ct)
    {
        if (TryRead(text) is not { } token || !_issuers.TryGetValue(token.Issuer, out var issuer)) return null;
        if (!s_algorithms.Contains(token.Alg) || string.IsNullOrEmpty(token.Kid)) return null;
        // What a token says must be understood to be valid, and we understand nothing of the kind (RFC 7515, 4.1.11).
        if (token.IsEncrypted || token.TryGetHeaderValue<JsonElement>("crit", out _)) return null;
        if (await keys.FindAsync(issuer, token.Kid, ct) is not { } key) return null;
        var result = await _handler.ValidateTokenAsync(token, Rules(issuer, key));
        if (result.IsValid && token.Subject is { Length: > 0 and <= LongestSubject } subject) return new(issuer.Issuer, subject);
        var reason = result.Exception?.GetType().Name ?? "subject";
        Log.Refused(logger, issuer.Issuer, reason);
        return null;
    }

    private TokenValidationParameters Rules(IssuerOptions issuer, SecurityKey key) => new()
    {
        ValidIssuer = issuer.Issuer,
        ValidAudience = issuer.Audience,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        ValidAlgorithms = s_algorithms,
        IssuerSigningKey = key,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) => IsInForce(notBefore, expires),
    };

    private bool IsInForce(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + Skew && (notBefore is not { } start || now >= start - Skew);
    }

    private static JsonWebToken? TryRead(string text)
    {
        if (text.Length > LongestToken) return null;
        try
        {
            return new(text);
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenException or JsonException or FormatException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "A token of {Issuer} was refused: {Reason}")]
        public static partial void Refused(ILogger logger, string issuer, string reason);
    }
}
