using System.Buffers;
using System.Text;

namespace FleetChat.Core;

/// <summary>CSV as spreadsheets read it: UTF-8, commas, lines that end in CR and LF.</summary>
internal static class Csv
{
    private static readonly SearchValues<char> s_quoted = SearchValues.Create(",\"\r\n;\t");

    /// <summary>A file's beginning, with a mark: Excel takes it for another encoding without.</summary>
    public static byte[] Begin(IEnumerable<string?> headers) => Encoding.UTF8.GetBytes($"\uFEFF{Line(headers)}");

    /// <summary>More of a file that was begun.</summary>
    public static byte[] Lines(IEnumerable<IEnumerable<string?>> rows) => Encoding.UTF8.GetBytes(string.Concat(rows.Select(Line)));

    /// <summary>A whole file.</summary>
    public static byte[] Write(IEnumerable<string?> headers, IEnumerable<IEnumerable<string?>> rows) => [.. Begin(headers), .. Lines(rows)];

    private static string Line(IEnumerable<string?> cells) => $"{string.Join(',', cells.Select(Cell))}\r\n";

    /// <summary>What begins as a formula is no formula: a roster comes from anywhere, and its results are opened in a spreadsheet.</summary>
    internal static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var safe = text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? $"'{text}" : text;
        return safe.AsSpan().ContainsAny(s_quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
