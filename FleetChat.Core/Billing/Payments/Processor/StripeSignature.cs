using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FleetChat.Core.Billing.Payments;

/// <summary>
/// Checks <c>Stripe-Signature</c>: <c>t=</c> the second of signing, and for each valid secret <c>v1=</c> the lower-case hex of HMAC-SHA256 over <c>{t}.</c> and the raw body.
/// </summary>
/// <remarks>
/// Not by Stripe.net, though that takes a clock: it wants the body as text, one secret at a time, and throws for what is an everyday answer here.
/// Other schemes than <c>v1</c>, such as the <c>v0</c> of test mode, prove nothing.
/// </remarks>
internal static class StripeSignature
{
    private const int LongestHeader = 2_000;
    private const int SignatureLength = 2 * HMACSHA256.HashSizeInBytes;

    /// <param name="secrets">As Stripe shows them, <c>whsec_</c> and all; two while one replaces the other.</param>
    /// <param name="tolerance">How far the second of signing may be from now, to either side.</param>
    public static bool IsValid(ReadOnlySpan<byte> body, string? header, IReadOnlyList<string> secrets, TimeSpan tolerance, DateTimeOffset now)
    {
        if (header is null or { Length: > LongestHeader }) return false;
        var parts = header.Split(',').Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToList();
        var time = parts.Find(part => part[0] == "t")?[1] ?? "";
        var isSigned = false;
        foreach (var secret in secrets.Where(secret => secret.Length > 0))
        {
            var expected = Encoding.ASCII.GetBytes(Sign(secret, time, body));
            // Every one of them is compared, so that time tells nothing.
            foreach (var part in parts.Where(part => part[0] == "v1"))
                isSigned |= IsSame(expected, part[1]);
        }
        return isSigned && IsFresh(time, tolerance, now);
    }

    private static string Sign(string secret, string time, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        mac.AppendData(Encoding.UTF8.GetBytes($"{time}."));
        mac.AppendData(body);
        return Convert.ToHexStringLower(mac.GetHashAndReset());
    }

    private static bool IsSame(byte[] expected, string signature)
    {
        var given = new byte[SignatureLength];
        var fits = signature.Length == SignatureLength && Encoding.ASCII.TryGetBytes(signature, given, out _);
        return CryptographicOperations.FixedTimeEquals(expected, given) & fits;
    }

    private static bool IsFresh(string time, TimeSpan tolerance, DateTimeOffset now)
        => long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && Math.Abs((decimal)now.ToUnixTimeSeconds() - seconds) <= (decimal)tolerance.TotalSeconds;
}
