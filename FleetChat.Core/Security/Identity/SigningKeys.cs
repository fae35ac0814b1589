using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace FleetChat.Core.Security.Identity;

/// <summary>
/// The issuers' public keys, kept in memory. A key that is not known makes us ask again, but not oftener than the floor allows: anybody
/// can make up key ids. It measures real time, not business time: the issuer is outside.
/// </summary>
public sealed partial class SigningKeys
{
    public const string HttpClientName = "openid";

    /// <summary>A key that the issuer withdrew is ours no longer than this.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    /// <summary>Nor this, if the issuer cannot be asked.</summary>
    private static readonly TimeSpan Usable = TimeSpan.FromHours(24);

    private static readonly TimeSpan Floor = TimeSpan.FromSeconds(30);

    private readonly IHttpClientFactory _http;
    private readonly TimeProvider _realTime;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, Kept> _issuers = new();

    public SigningKeys(IHttpClientFactory http, ILogger<SigningKeys> logger)
        : this(http, TimeProvider.System, logger)
    {
    }

    internal SigningKeys(IHttpClientFactory http, TimeProvider realTime, ILogger logger) => (_http, _realTime, _logger) = (http, realTime, logger);

    /// <returns>Null if the issuer has no such key, or cannot be asked.</returns>
    public async Task<SecurityKey?> FindAsync(IssuerOptions issuer, string keyId, CancellationToken ct)
    {
        var kept = _issuers.GetOrAdd(issuer.Issuer, _ => new());
        var known = Find(kept, keyId);
        if (!IsDue(kept, known)) return known;
        // Whoever has a key does not wait for a slow issuer while somebody else is asking.
        if (!await kept.Gate.WaitAsync(known is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, ct)) return known;
        try
        {
            if (IsDue(kept, Find(kept, keyId))) kept.Set = await RefreshAsync(issuer, kept.Set);
            return Find(kept, keyId);
        }
        finally
        {
            kept.Gate.Release();
        }
    }

    private SecurityKey? Find(Kept kept, string keyId) => IsYoungerThan(kept.Set.ReadAt, Usable) ? kept.Set.Keys.GetValueOrDefault(keyId) : null;

    private bool IsDue(Kept kept, SecurityKey? known) => (known is null || !IsYoungerThan(kept.Set.ReadAt, Fresh)) && !IsYoungerThan(kept.Set.TriedAt, Floor);

    private bool IsYoungerThan(long? at, TimeSpan age) => at is { } then && _realTime.GetElapsedTime(then) < age;

    // Not for the one request that came upon it: whoever goes away would leave the next one to ask again, below the floor.
    private async Task<KeySet> RefreshAsync(IssuerOptions issuer, KeySet before)
    {
        var now = _realTime.GetTimestamp();
        try
        {
            using var http = _http.CreateClient(HttpClientName);
            var address = issuer.JwksUri ?? await FindKeysAddressAsync(http, issuer);
            return new(Read(await http.GetStringAsync(address)), ReadAt: now, TriedAt: now);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or JsonException or ArgumentException or InvalidOperationException)
        {
            Log.Unreachable(_logger, issuer.Issuer, exception.GetType().Name);
            return before with { TriedAt = now };
        }
    }

    private static async Task<Uri> FindKeysAddressAsync(HttpClient http, IssuerOptions issuer)
    {
        using var metadata = JsonDocument.Parse(await http.GetStringAsync(issuer.MetadataUri));
        if (metadata.RootElement.Member("issuer")?.GetString() != issuer.Issuer) throw new InvalidOperationException("the metadata are another issuer's");
        return Uri.TryCreate(metadata.RootElement.Member("jwks_uri")?.GetString(), UriKind.Absolute, out var address) && IssuerOptions.MayAsk(address)
            ? address
            : throw new InvalidOperationException("the metadata name no address of keys");
    }

    private static Dictionary<string, SecurityKey> Read(string json) => new JsonWebKeySet(json).Keys
        .Where(key => (key.Kty is JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve) && (key.Use is null or "" or "sig") && !string.IsNullOrEmpty(key.Kid))
        .GroupBy(key => key.Kid).ToDictionary(same => same.Key, SecurityKey (same) => same.First());

    private sealed class Kept
    {
        private volatile KeySet _set = new(new Dictionary<string, SecurityKey>(), null, null);

        public SemaphoreSlim Gate { get; } = new(1, 1);

        public KeySet Set
        {
            get => _set;
            set => _set = value;
        }
    }

    private sealed record KeySet(IReadOnlyDictionary<string, SecurityKey> Keys, long? ReadAt, long? TriedAt);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The keys of {Issuer} could not be read: {Reason}. People of this issuer cannot sign in with a key that is not known yet.")]
        public static partial void Unreachable(ILogger logger, string issuer, string reason);
    }
}
