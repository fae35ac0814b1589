using System.Globalization;
using System.Security.Cryptography;

namespace FleetChat.Simulators.Hosting;

/// <summary>
/// Ids as the outside makes them. Never from a seed: a simulator that is started again must not repeat the ids of its former life,
/// because the receiver still knows them and would take the new events for duplicates.
/// </summary>
internal static class Unique
{
    public static string Uuid()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
    }

    public static string Digits(int count) => RandomNumberGenerator.GetString("0123456789", count - 1).Insert(0, RandomNumberGenerator.GetString("123456789", 1));

    public static string LowerHex(int count) => RandomNumberGenerator.GetHexString(count, lowercase: true);

    public static string UpperHex(int count) => RandomNumberGenerator.GetHexString(count);

    public static string Letters(int count) => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", count);

    public static string Base64(int bytes) => Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes));
}
