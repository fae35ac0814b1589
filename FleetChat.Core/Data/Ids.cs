using System.Security.Cryptography;
using System.Text;

namespace FleetChat.Core.Data;

/// <summary>Makes the ids of rows: UUIDv7, so that they grow with the business clock and rows of one time lie together.</summary>
public static class Ids
{
#pragma warning disable RS0030 // The one place that may make ids; everybody else is sent here by the ban.
    public static Guid NewId(this TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow());
#pragma warning restore RS0030

    /// <summary>The id of what there is once for these words, whoever makes it and however often: a UUID of version 8, of their SHA-256.</summary>
    public static Guid Of(params string[] words)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', words))).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new(bytes, bigEndian: true);
    }
}
