using System.Security.Cryptography;
using System.Text;

namespace FleetChat.Simulators.Samsara;

/// <summary>HMAC-SHA256 over <c>v1:{timestamp}:{body}</c> with the decoded secret: Samsara's Webhooks 2.0, as its .NET SDK verifies it.</summary>
public static class SamsaraSignature
{
    /// <param name="secretKey">Base64, as Samsara shows it; the bytes behind it are the key.</param>
    /// <returns><c>v1=</c> and 64 lower-case hex digits.</returns>
    public static string Sign(string secretKey, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String(secretKey));
        hmac.AppendData(Encoding.UTF8.GetBytes($"v1:{timestamp}:"));
        hmac.AppendData(body);
        return "v1=" + Convert.ToHexStringLower(hmac.GetHashAndReset());
    }
}
