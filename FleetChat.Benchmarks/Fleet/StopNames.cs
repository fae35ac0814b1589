using System.Buffers.Text;
using System.Globalization;

namespace FleetChat.Benchmarks.Fleet;

/// <summary>A stop's name says which event tells of it, and so a message says which event it comes from.</summary>
internal static class StopNames
{
    public static string Of(long code) => string.Create(CultureInfo.InvariantCulture, $"Dock {code}");

    /// <returns>The first event that a text names.</returns>
    public static long? Find(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf("Dock "u8);
        return at >= 0 && Utf8Parser.TryParse(text[(at + 5)..], out long code, out _) ? code : null;
    }
}
