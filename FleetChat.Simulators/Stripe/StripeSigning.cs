using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FleetChat.Simulators.Stripe;

/// <summary>Stripe's signature of a webhook: HMAC-SHA256 over <c>{seconds}.{body}</c>, one <c>v1</c> for every secret that is valid.</summary>
public static class StripeSigning
{
    /// <param name="secrets">Such as <c>whsec_…</c>; they are used as they are, prefix and all.</param>
    /// <returns>The value of <c>Stripe-Signature</c>.</returns>
    public static string Header(DateTimeOffset at, ReadOnlySpan<byte> body, params IReadOnlyList<string> secrets)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var header = new StringBuilder($"t={seconds}");
        byte[] signed = [.. Encoding.ASCII.GetBytes(seconds), (byte)'.', .. body];
        foreach (var secret in secrets)
            header.Append(CultureInfo.InvariantCulture, $",v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}");
        // Of test mode: another scheme, which nobody may go by.
        return header.Append(CultureInfo.InvariantCulture, $",v0={Convert.ToHexStringLower(SHA256.HashData(signed))}").ToString();
    }
}
