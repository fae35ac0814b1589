using System.Text;
using System.Text.Json;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>Finds out how a file is to be read, from its beginning.</summary>
internal static class FileLook
{
    public const string Utf8 = "utf-8";
    private const string Utf16 = "utf-16";
    private const string Utf16BigEndian = "utf-16be";
    private const string Windows1252 = "windows-1252";
    private const int BytesLookedAt = 64;

    public static Encoding EncodingOf(string name) => name switch
    {
        Utf8 => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        Utf16 => new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
        Utf16BigEndian => new UnicodeEncoding(bigEndian: true, byteOrderMark: false),
        _ => CodePagesEncodingProvider.Instance.GetEncoding(1252)!,
    };

    /// <param name="begin">Of the file; the last character may be cut.</param>
    /// <param name="isUtf8">Whether all that is known of it is UTF-8.</param>
    public static ImportReading Of(ImportSettings settings, ReadOnlySpan<byte> begin, bool isUtf8)
    {
        var encoding = FindMark(begin) ?? settings.Encoding ?? FindWide(begin) ?? (isUtf8 ? Utf8 : Windows1252);
        var text = TextOf(begin, encoding);
        if (settings.Source != ImportSettings.Csv) return new(encoding, null, false, ColumnsOf(JsonNames(text), settings));
        var first = FirstLine(text);
        var hint = first is ['s' or 'S', 'e' or 'E', 'p' or 'P', '=', var named] && ImportSettings.Delimiters.Contains($"{named}") ? $"{named}" : null;
        var header = hint is null ? text : text[Math.Min(text.Length, first.Length + (text.AsSpan(first.Length).StartsWith("\r\n") ? 2 : 1))..];
        var delimiter = hint ?? settings.Delimiter ?? FindDelimiter(FirstLine(header));
        return new(encoding, delimiter, hint is not null, ColumnsOf(CsvRows.HeadersOf(header, delimiter), settings));
    }

    /// <summary>Whether the bytes are UTF-8, but for a last character that is cut.</summary>
    public static bool IsUtf8(ReadOnlySpan<byte> bytes)
    {
        var check = new Utf8Check();
        return check.Takes(bytes);
    }

    /// <returns>What a mark at the beginning says: it is right whatever else is said.</returns>
    private static string? FindMark(ReadOnlySpan<byte> begin) => begin switch
    {
        [0xEF, 0xBB, 0xBF, ..] => Utf8,
        [0xFF, 0xFE, ..] => Utf16,
        [0xFE, 0xFF, ..] => Utf16BigEndian,
        _ => null,
    };

    // Latin letters in two bytes have a zero in one of them.
    private static string? FindWide(ReadOnlySpan<byte> begin)
    {
        var looked = begin[..Math.Min(begin.Length, BytesLookedAt)];
        var (even, odd) = (0, 0);
        for (var at = 0; at < looked.Length; at++)
        {
            if (looked[at] != 0) continue;
            if (at % 2 == 0) even++;
            else odd++;
        }
        return odd > looked.Length / 4 ? Utf16 : even > looked.Length / 4 ? Utf16BigEndian : null;
    }

    private static string TextOf(ReadOnlySpan<byte> begin, string encoding) => EncodingOf(encoding).GetString(begin).TrimStart('\uFEFF');

    private static string FirstLine(string text) => text.IndexOfAny(['\r', '\n']) is >= 0 and var end ? text[..end] : text;

    private static string FindDelimiter(string header)
    {
        var (counts, isQuoted) = (new int[ImportSettings.Delimiters.Count], false);
        foreach (var character in header)
        {
            if (character == '"') isQuoted = !isQuoted;
            else if (!isQuoted && ImportSettings.Delimiters.Index().FirstOrDefault(d => d.Item[0] == character) is { Item: not null } found) counts[found.Index]++;
        }
        return ImportSettings.Delimiters[Array.IndexOf(counts, counts.Max())];
    }

    /// <returns>One more than there may be, where there are more.</returns>
    private static IReadOnlyList<ImportColumn> ColumnsOf(IEnumerable<string> headers, ImportSettings settings)
    {
        string[] looked = [.. headers.Take(ImportSettings.MostColumns + 1)];
        return [.. looked.Zip(ImportFields.Understand(looked, settings.Columns), (header, field) => new ImportColumn(header, field is { } known ? ImportFields.NameOf(known) : null))];
    }

    /// <returns>Members of the first object, as far as they are there.</returns>
    private static List<string> JsonNames(string text)
    {
        var names = new List<string>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), isFinalBlock: false, default);
        try
        {
            for (int? depth = null; reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth);)
            {
                if (reader.TokenType == JsonTokenType.StartObject) depth ??= reader.CurrentDepth;
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1) names.Add(reader.GetString()!);
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // Whoever reads it all says where.
        }
        return [.. names.Distinct()];
    }
}

/// <summary>Whether bytes that come piece by piece are UTF-8.</summary>
internal sealed class Utf8Check
{
    private readonly Decoder _decoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetDecoder();
    private readonly char[] _characters = new char[4096];
    private bool _holds = true;

    /// <returns>False as soon as they are not.</returns>
    public bool Takes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (_holds && bytes.Length > 0)
            {
                _decoder.Convert(bytes, _characters, flush: false, out var used, out _, out _);
                bytes = bytes[used..];
            }
        }
        catch (DecoderFallbackException)
        {
            _holds = false;
        }
        return _holds;
    }

    /// <returns>Whether all that came is; no character is cut.</returns>
    public bool Ends()
    {
        try
        {
            if (_holds) _decoder.Convert([], _characters, flush: true, out _, out _, out _);
        }
        catch (DecoderFallbackException)
        {
            _holds = false;
        }
        return _holds;
    }
}
