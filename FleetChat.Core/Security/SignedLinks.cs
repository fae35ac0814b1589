using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security;

/// <summary>What a link is for, and where it leads. One that was made for one purpose opens nothing of another.</summary>
/// <param name="Name">Part of what is signed: it never changes.</param>
/// <param name="Path">Before the token, such as <c>/media/</c>.</param>
/// <param name="ValidFor">From when it is made.</param>
public sealed record LinkPurpose(string Name, string Path, TimeSpan ValidFor);

/// <summary>Addresses that open one thing of one company without a key, for a while.</summary>
public sealed class SignedLinks(DataKeys keys, TimeProvider time, IOptions<PlatformOptions> options)
{
    public async Task<(Uri Url, DateTimeOffset ExpiresAt)> MakeAsync(LinkPurpose purpose, TenantId tenant, Guid subject, CancellationToken ct)
    {
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + purpose.ValidFor).ToUnixTimeSeconds());
        var said = string.Create(CultureInfo.InvariantCulture, $"{tenant}|{subject:N}|{expiresAt.ToUnixTimeSeconds()}");
        var token = $"{Base64Url.EncodeToString(Encoding.ASCII.GetBytes(said))}.{Base64Url.EncodeToString(await SignAsync(purpose, said, ct))}";
        return (new(options.Value.PublicBaseUrl!, $"{purpose.Path}{token}"), expiresAt);
    }

    /// <returns>Null for everything that we did not make, or not so, or that is over.</returns>
    public async Task<(TenantId Tenant, Guid Subject)?> TryReadAsync(LinkPurpose purpose, string token, CancellationToken ct)
    {
        if (token.Split('.') is not [var first, var second] || TryDecode(first) is not { } said || TryDecode(second) is not { } signature) return null;
        var text = Encoding.ASCII.GetString(said);
        var right = await SignAsync(purpose, text, ct);
        if (!CryptographicOperations.FixedTimeEquals(signature, right)) return null;
        return text.Split('|') is [var tenant, var subject, var until]
               && TenantId.TryParse(tenant, out var id)
               && Guid.TryParseExact(subject, "N", out var named)
               && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
               && time.GetUtcNow().ToUnixTimeSeconds() < seconds
            ? (id, named)
            : null;
    }

    // With the platform's key: what anybody invents is refused without a look at any tenant.
    private async Task<byte[]> SignAsync(LinkPurpose purpose, string said, CancellationToken ct) => (await keys.GetPlatformAsync(ct)).BlindIndex(purpose.Name, said);

    private static byte[]? TryDecode(string text) => text.Length is > 0 and < 300 && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
