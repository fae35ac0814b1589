using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Messaging.Media;

/// <summary>Addresses by which one medium can be had for five minutes, without a key: for a browser's image, or another program.</summary>
public sealed class MediaLinks(DataKeys keys, TimeProvider time, IOptions<PlatformOptions> options)
{
    public static readonly TimeSpan ValidFor = TimeSpan.FromMinutes(5);

    private const string Purpose = "media_link";

    public async Task<(Uri Url, DateTimeOffset ExpiresAt)> MakeAsync(TenantId tenant, Guid media, CancellationToken ct)
    {
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + ValidFor).ToUnixTimeSeconds());
        var said = string.Create(CultureInfo.InvariantCulture, $"{tenant}|{media:N}|{expiresAt.ToUnixTimeSeconds()}");
        var token = $"{Base64Url.EncodeToString(Encoding.ASCII.GetBytes(said))}.{Base64Url.EncodeToString(await SignAsync(said, ct))}";
        return (new(options.Value.PublicBaseUrl!, $"/media/{token}"), expiresAt);
    }

    /// <returns>Null for everything that we did not make, or not so, or that is over.</returns>
    public async Task<(TenantId Tenant, Guid Media)?> TryReadAsync(string token, CancellationToken ct)
    {
        if (token.Split('.') is not [var first, var second] || TryDecode(first) is not { } said || TryDecode(second) is not { } signature) return null;
        var text = Encoding.ASCII.GetString(said);
        var right = await SignAsync(text, ct);
        if (!CryptographicOperations.FixedTimeEquals(signature, right)) return null;
        return text.Split('|') is [var tenant, var media, var until]
               && TenantId.TryParse(tenant, out var id)
               && Guid.TryParseExact(media, "N", out var medium)
               && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
               && time.GetUtcNow().ToUnixTimeSeconds() < seconds
            ? (id, medium)
            : null;
    }

    // With the platform's key: what anybody invents is refused without a look at any tenant.
    private async Task<byte[]> SignAsync(string said, CancellationToken ct) => (await keys.GetPlatformAsync(ct)).BlindIndex(Purpose, said);

    private static byte[]? TryDecode(string text) => text.Length is > 0 and < 300 && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
