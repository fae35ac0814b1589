using System.Buffers.Binary;
using System.IO.Compression;

namespace FleetChat.Core.Billing.Documents;

/// <summary>
/// A company's logo, if it is a picture that may go onto its invoices. Its bytes come from the company: so what they say of their size is
/// checked before anything unpacks them, and whatever is wrong with them, the invoice goes out without.
/// </summary>
/// <param name="MediaType">Such as <c>image/png</c>.</param>
internal sealed record InvoiceLogo(byte[] Bytes, string MediaType, int Width, int Height)
{
    public const int MostBytes = 1 << 20;

    private const int MostPixels = 4_000_000;

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> Header => "IHDR"u8;

    private static ReadOnlySpan<byte> Pixels => "IDAT"u8;

    public static InvoiceLogo? Find(byte[]? bytes)
    {
        if (bytes is null || bytes.Length > MostBytes) return null;
        var (mediaType, size) = bytes.AsSpan().StartsWith(PngSignature) ? ("image/png", SizeOfPng(bytes)) : ("image/jpeg", SizeOfJpeg(bytes));
        return size is (> 0, > 0) and var (width, height) && (long)width * height <= MostPixels ? new(bytes, mediaType, width, height) : null;
    }

    /// <returns>(0, 0): it is broken.</returns>
    private static (int Width, int Height) SizeOfPng(byte[] png)
    {
        if (png.Length < 33 || !png.AsSpan(12, 4).SequenceEqual(Header)) return default;
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        if (width <= 0 || height <= 0 || (long)width * height > MostPixels) return default;
        // Of one pixel at most four channels of two bytes; of one row a byte more, and of an interlaced picture's rows there are at most twice as many and some.
        return HasPixels(png, 8L * width * height + 2L * height + 64) ? (width, height) : default;
    }

    // A small file can unpack to gigabytes.
    private static bool HasPixels(byte[] png, long most)
    {
        using var packed = new MemoryStream();
        for (var at = PngSignature.Length; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - 12) return false;
            if (png.AsSpan(at + 4, 4).SequenceEqual(Pixels)) packed.Write(png, at + 8, (int)length);
            at += 12 + (int)length;
        }
        packed.Position = 0;
        return UnpackedLength(packed, most) is var unpacked && unpacked > 0 && unpacked <= most;
    }

    private static long UnpackedLength(Stream packed, long most)
    {
        using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
        var (buffer, length) = (new byte[81_920], 0L);
        try
        {
            for (int read; length <= most && (read = unpacked.Read(buffer)) > 0;) length += read;
            return length;
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }

    // Segments follow each other, until one of those that begin a picture: SOF0 to SOF2 are what PDF readers can show.
    private static (int Width, int Height) SizeOfJpeg(byte[] jpeg)
    {
        if (jpeg is not [0xFF, 0xD8, ..] || !jpeg.AsSpan().TrimEnd((byte)0).EndsWith<byte>([0xFF, 0xD9])) return default;
        for (var at = 2; at + 9 < jpeg.Length && jpeg[at] == 0xFF;)
        {
            var (marker, length) = (jpeg[at + 1], BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2)));
            if (marker is >= 0xC0 and <= 0xC2) return (BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 7)), BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 5)));
            if (marker == 0xDA) return default;
            at += 2 + length;
        }
        return default;
    }
}
