using System.Collections.Frozen;
using System.Text;

namespace FleetChat.Core.Messaging.Media;

/// <summary>What WhatsApp users may send us, by WhatsApp's kinds: how large, and of which types.</summary>
/// <remarks>Limits: Meta's media page. Types: those that Meta lists, and nothing that a browser would run.</remarks>
public static class MediaKinds
{
    private const int Kilo = 1024;
    private const int Mega = 1024 * Kilo;

    private const string Ole = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    private const string Zip = "PK\x03\x04";

    private static readonly FrozenDictionary<string, (long Longest, string[] Types)> Kinds = new Dictionary<string, (long, string[])>
    {
        ["image"] = (5 * Mega, ["image/jpeg", "image/png", "image/webp"]),
        ["sticker"] = (500 * Kilo, ["image/webp"]),
        ["audio"] = (16 * Mega, ["audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr"]),
        ["video"] = (16 * Mega, ["video/mp4", "video/3gpp"]),
        ["document"] = (100 * Mega,
        [
            "application/pdf", "text/plain", "text/csv", "image/jpeg", "image/png",
            "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ]),
    }.ToFrozenDictionary();

    /// <summary>How the bytes of a type begin: at which place, with which.</summary>
    private static readonly FrozenDictionary<string, (int At, string Magic)[]> Beginnings = new Dictionary<string, (int, string)[]>
    {
        ["image/jpeg"] = [(0, "\xFF\xD8\xFF")],
        ["image/png"] = [(0, "\x89PNG\r\n\x1A\n")],
        ["image/webp"] = [(8, "WEBP")],
        ["audio/ogg"] = [(0, "OggS")],
        ["audio/mpeg"] = [(0, "ID3"), (0, "\xFF\xFB"), (0, "\xFF\xF3"), (0, "\xFF\xF2")],
        ["audio/mp4"] = [(4, "ftyp")],
        ["audio/aac"] = [(0, "\xFF\xF1"), (0, "\xFF\xF9")],
        ["audio/amr"] = [(0, "#!AMR")],
        ["video/mp4"] = [(4, "ftyp")],
        ["video/3gpp"] = [(4, "ftyp")],
        ["application/pdf"] = [(0, "%PDF-")],
        ["application/msword"] = [(0, Ole)],
        ["application/vnd.ms-excel"] = [(0, Ole)],
        ["application/vnd.ms-powerpoint"] = [(0, Ole)],
        ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"] = [(0, Zip)],
        ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = [(0, Zip)],
        ["application/vnd.openxmlformats-officedocument.presentationml.presentation"] = [(0, Zip)],
    }.ToFrozenDictionary();

    /// <summary>So many bytes tell what a file is.</summary>
    public const int BeginningLength = 512;

    public static bool IsKind(string type) => Kinds.ContainsKey(type);

    /// <summary>Bytes at the most.</summary>
    public static long LongestOf(string kind) => Kinds[kind].Longest;

    /// <returns>The type without its parameters (<c>audio/ogg; codecs=opus</c>); null if that kind may not have it.</returns>
    public static string? FindType(string kind, string mimeType)
    {
        var type = mimeType.Split(';')[0].Trim().ToLowerInvariant();
        return Array.IndexOf(Kinds[kind].Types, type) >= 0 ? type : null;
    }

    /// <summary>Whether a file that begins so can be of that type.</summary>
    public static bool Agrees(string type, ReadOnlySpan<byte> beginning)
    {
        if (!Beginnings.TryGetValue(type, out var known)) return IsText(beginning);
        foreach (var (at, magic) in known)
        {
            if (beginning.Length >= at + magic.Length && beginning.Slice(at, magic.Length).SequenceEqual(Encoding.Latin1.GetBytes(magic))) return true;
        }
        return false;
    }

    private static bool IsText(ReadOnlySpan<byte> beginning) => beginning.IndexOfAnyInRange((byte)0, (byte)8) < 0 && !beginning.StartsWith("%PDF-"u8);
}
