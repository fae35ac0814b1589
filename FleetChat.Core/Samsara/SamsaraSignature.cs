using System.Security.Cryptography;
using System.Text;

namespace FleetChat.Core.Samsara;

/// <summary>
/// Checks <c>X-Samsara-Signature</c>: <c>v1=</c> and the lower-case hex of HMAC-SHA256, key = the Base64-decoded secret,
/// message = <c>v1:{X-Samsara-Timestamp}:</c> followed by the raw body.
/// </summary>
/// <remarks>Source: Samsara's webhook reference and its .NET SDK's WebhooksHelper. No freshness window is documented: repeats are known by their event id.</remarks>
public class SamsaraSignature
{
    private const string Version = "v1";
    private const int SignatureLength = 3 + 2 * HMACSHA256.HashSizeInBytes;

    /// <param name="timestamp">The header's text, as it came.</param>
    public virtual bool IsValid(string? secret, string? timestamp, string? signature, ReadOnlySpan<byte> body)
    {
        var expected = Encoding.ASCII.GetBytes(Sign(DecodeKey(secret), timestamp ?? "", body));
        var given = new byte[SignatureLength];
        var fits = signature?.Length == SignatureLength && Encoding.ASCII.TryGetBytes(signature, given, out _);
        // Compared whatever else is wrong, so that time tells nothing.
        return CryptographicOperations.FixedTimeEquals(expected, given) & fits & IsNumber(timestamp) & DecodeKey(secret).Length > 0;
    }

    private static string Sign(byte[] key, string timestamp, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData(Encoding.UTF8.GetBytes($"{Version}:{timestamp}:"));
        mac.AppendData(body);
        return $"{Version}={Convert.ToHexStringLower(mac.GetHashAndReset())}";
    }

    private static byte[] DecodeKey(string? secret)
    {
        var key = new byte[secret?.Length ?? 0];
        return Convert.TryFromBase64String(secret ?? "", key, out var length) ? key[..length] : [];
    }

    private static bool IsNumber(string? timestamp) => timestamp is { Length: > 0 and <= 20 } && timestamp.All(char.IsAsciiDigit);
}
