using System.Security.Cryptography;
using System.Text;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>Name-based UUIDs, version 5 of RFC 9562: the same names give the same ids in every replay, here and on the real worker.</summary>
internal static class DeterministicGuid
{
    /// <summary>The namespace that the real worker uses.</summary>
    private static readonly byte[] Namespace = Guid.Parse("9e952958-5e33-4daf-827f-2fa12937b875").ToByteArray(bigEndian: true);

    public static Guid Of(string name)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // SHA-1 is what version 5 of a UUID is made with; it protects nothing here.
        SHA1.HashData([.. Namespace, .. Encoding.UTF8.GetBytes(name)], hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new(hash[..16], bigEndian: true);
    }
}
