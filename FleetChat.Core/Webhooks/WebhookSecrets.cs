using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FleetChat.Core.Security;

namespace FleetChat.Core.Webhooks;

/// <param name="Until">Null for the newest; an older one signs beside it until then.</param>
internal sealed record WebhookSecret([property: JsonPropertyName("key")] byte[] Key, [property: JsonPropertyName("until")] DateTimeOffset? Until)
{
    /// <summary>As the receiver has to enter it.</summary>
    public string Reveal() => $"whsec_{Convert.ToBase64String(Key)}";

    // A record's own text would print the key.
    public override string ToString() => "whsec_...";
}

/// <summary>An endpoint's secrets, the newest first, and what they sign: Standard Webhooks 1.0.</summary>
internal static class WebhookSecrets
{
    /// <summary>Each makes a signature; headers have an end.</summary>
    public const int Most = 5;

    private const int KeyLength = 32;

    public static IReadOnlyList<WebhookSecret> First() => [new(RandomNumberGenerator.GetBytes(KeyLength), null)];

    /// <summary>A new one in front; those before it go on for a while, so that the receiver can be changed without a gap.</summary>
    public static IReadOnlyList<WebhookSecret> Rotate(IReadOnlyList<WebhookSecret> secrets, DateTimeOffset now, TimeSpan overlap) =>
    [
        .. First(),
        .. Valid(secrets, now).Select(s => s.Until < now + overlap ? s : s with { Until = now + overlap }).Where(s => s.Until > now),
    ];

    public static IEnumerable<WebhookSecret> Valid(IReadOnlyList<WebhookSecret> secrets, DateTimeOffset now) => secrets.Where(s => s.Until is null || s.Until > now);

    /// <summary>The header <c>webhook-signature</c>: one signature for each secret that is valid.</summary>
    public static string Sign(IReadOnlyList<WebhookSecret> secrets, string id, DateTimeOffset at, byte[] body)
    {
        byte[] text = [.. Encoding.UTF8.GetBytes($"{id}.{at.ToUnixTimeSeconds()}."), .. body];
        return string.Join(' ', Valid(secrets, at).Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret.Key, text))}"));
    }

    public static byte[] Seal(DataKey key, Guid endpoint, IReadOnlyList<WebhookSecret> secrets)
        => key.Encrypt(EncryptedColumns.WebhookSecrets, endpoint.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(secrets));

    public static IReadOnlyList<WebhookSecret> Open(DataKey key, Guid endpoint, byte[] sealedSecrets)
        => JsonSerializer.Deserialize<WebhookSecret[]>(key.Decrypt(EncryptedColumns.WebhookSecrets, endpoint.ToString("N"), sealedSecrets))!;
}
