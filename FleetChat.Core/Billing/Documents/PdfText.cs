using System.Globalization;

namespace FleetChat.Core.Billing.Documents;

/// <summary>A text in lines that fit a width.</summary>
internal sealed class PdfText
{
    private const string Ellipsis = "…";

    private PdfText(PdfFace face, bool isRightToLeft, IReadOnlyList<string> lines) => (Face, IsRightToLeft, Lines) = (face, isRightToLeft, lines);

    public PdfFace Face { get; }

    /// <summary>Of the whole text, and so of each of its lines.</summary>
    public bool IsRightToLeft { get; }

    public IReadOnlyList<string> Lines { get; }

    public double Height => Lines.Count * Face.LineHeight;

    /// <param name="mostLines">The last of them ends in an ellipsis if there is more text.</param>
    public static PdfText Of(string text, PdfFace face, double width, int mostLines)
    {
        var whole = face.Prepare(text);
        var lines = Wrap(whole, face, width);
        return new(face, BidiLine.IsRightToLeft(whole), lines.Count <= mostLines ? lines : [.. lines.Take(mostLines - 1), Cut(lines[mostLines - 1], face, width)]);
    }

    private static List<string> Wrap(string text, PdfFace face, double width)
    {
        var (lines, line) = (new List<string>(), "");
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(word => Break(word, face, width)))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && face.WidthOf(longer) > width)
            {
                lines.Add(line);
                line = word;
            }
            else
            {
                line = longer;
            }
        }
        if (line.Length > 0) lines.Add(line);
        return lines;
    }

    /// <summary>A word that is wider than a line, in parts.</summary>
    private static IEnumerable<string> Break(string word, PdfFace face, double width)
    {
        if (face.WidthOf(word) <= width) return [word];
        var parts = new List<string> { "" };
        for (var signs = StringInfo.GetTextElementEnumerator(word); signs.MoveNext();)
        {
            if (parts[^1].Length > 0 && face.WidthOf(parts[^1] + signs.GetTextElement()) > width) parts.Add("");
            parts[^1] += signs.GetTextElement();
        }
        return parts;
    }

    private static string Cut(string line, PdfFace face, double width)
    {
        var signs = StringInfo.ParseCombiningCharacters(line);
        var kept = signs.Length;
        while (kept > 1 && face.WidthOf(line[..EndOf(kept)] + Ellipsis) > width) kept--;
        return line[..EndOf(kept)].TrimEnd() + Ellipsis;

        int EndOf(int count) => count == signs.Length ? line.Length : signs[count];
    }
}
