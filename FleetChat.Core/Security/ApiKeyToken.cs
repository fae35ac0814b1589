using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace FleetChat.Core.Security;

/// <summary>
/// What a caller shows: <c>fc_{environment}_{key id}_{secret}</c>, the key id 16 letters and digits, the secret 32 random
/// bytes as 43 characters of base64url. <see cref="ToString"/> leaves the secret out, so that a log line never holds one.
/// </summary>
public sealed partial class ApiKeyToken
{
    private const int KeyIdLength = 16;
    private const int SecretBytes = 32;
    private const string KeyIdCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

    private readonly string _secret;

    private ApiKeyToken(string environment, string keyId, string secret) => (Environment, KeyId, _secret) = (environment, keyId, secret);

    public string Environment { get; }

    public string KeyId { get; }

    /// <summary>Whether it means to be a key, whatever becomes of it: nothing else begins so.</summary>
    public static bool LooksLikeOne(string text) => text.StartsWith("fc_", StringComparison.Ordinal);

    public static ApiKeyToken Create(string environment) => Create(environment, RandomNumberGenerator.GetString(KeyIdCharacters, KeyIdLength));

    /// <summary>Another secret for a key that exists.</summary>
    public static ApiKeyToken Create(string environment, string keyId) => new(environment, keyId, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes)));

    public static bool TryParse(string? text, [NotNullWhen(true)] out ApiKeyToken? token)
    {
        var match = text is null ? Match.Empty : Shape().Match(text);
        token = match.Success ? new(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value) : null;
        return match.Success;
    }

    /// <summary>SHA-256 of the secret: 256 random bits leave nothing to guess, so no slow hash is needed.</summary>
    public byte[] SecretHash() => SHA256.HashData(Encoding.ASCII.GetBytes(_secret));

    public bool Matches(byte[] secretHash) => CryptographicOperations.FixedTimeEquals(SecretHash(), secretHash);

    /// <summary>The whole token. Shown once, when the key is made.</summary>
    public string Reveal() => $"fc_{Environment}_{KeyId}_{_secret}";

    public override string ToString() => $"fc_{Environment}_{KeyId}_…";

    [GeneratedRegex(@"^fc_([a-z0-9]{1,16})_([a-z0-9]{16})_([A-Za-z0-9_-]{43})\z")]
    private static partial Regex Shape();
}
