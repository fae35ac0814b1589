using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.WhatsApp;

/// <summary>
/// Checks <c>X-Hub-Signature-256</c>: <c>sha256=</c> and the lower-case hex of HMAC-SHA256 over the raw body, key = the app
/// secret's text. One app secret serves all tenants: the signature proves Meta, not the tenant.
/// </summary>
/// <remarks>Meta signs the body as it is on the wire, with escaped non-ASCII: a body that was parsed and written again does not verify.</remarks>
public class WhatsAppSignature(IOptions<WhatsAppOptions> options)
{
    private const string Prefix = "sha256=";
    private readonly byte[] _key = Encoding.UTF8.GetBytes(options.Value.AppSecret);

    public virtual bool IsValid(string? signature, ReadOnlySpan<byte> body)
    {
        var expected = Encoding.ASCII.GetBytes(Prefix + Convert.ToHexStringLower(HMACSHA256.HashData(_key, body)));
        var given = new byte[expected.Length];
        var fits = signature?.Length == expected.Length && Encoding.ASCII.TryGetBytes(signature, given, out _);
        return CryptographicOperations.FixedTimeEquals(expected, given) & fits;
    }

    /// <summary>The handshake's token, compared in constant time.</summary>
    public bool IsVerifyToken(string? token)
        => CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(token ?? "")), SHA256.HashData(Encoding.UTF8.GetBytes(options.Value.VerifyToken)));
}
