using System.Globalization;
using System.Text;

namespace FleetChat.Core.Billing.Documents;

/// <param name="Order">Its place from the left.</param>
internal readonly record struct BidiPiece(string Text, int Order);

/// <summary>
/// Where the pieces of a line stand that has Hebrew or Arabic in it: the Unicode bidirectional algorithm (UAX 9) without explicit marks, which
/// names on invoices do not need. The pieces come in the order in which they are read, and each is drawn at its place: so the line looks
/// right, and whoever takes the text out of the PDF gets the name as it was written.
/// </summary>
internal static class BidiLine
{
    private const string Mirrored = "()[]{}<>«»‹›";
    private const string NumberSigns = ".,:/-+";

    private enum Kind
    {
        Neutral,
        Left,
        Right,
        Digit,
    }

    /// <summary>By the first letter that has a direction.</summary>
    public static bool IsRightToLeft(string text) => text.EnumerateRunes().Select(KindOf).FirstOrDefault(kind => kind is Kind.Left or Kind.Right) == Kind.Right;

    /// <param name="isRightToLeft">Of the whole text that the line is of.</param>
    public static IReadOnlyList<BidiPiece> Split(string line, bool isRightToLeft)
    {
        if (!isRightToLeft && !line.EnumerateRunes().Any(rune => KindOf(rune) == Kind.Right)) return [new(line, 0)];
        string[] signs = [.. Signs(line)];
        var levels = Levels(signs, isRightToLeft);
        var pieces = new List<(string Text, int Level)>();
        for (var at = 0; at < signs.Length; at++)
        {
            if (levels[at] % 2 == 1) pieces.Add((Mirror(signs[at]), levels[at]));
            else if (pieces is [.., var last] && last.Level == levels[at]) pieces[^1] = (last.Text + signs[at], last.Level);
            else pieces.Add((signs[at], levels[at]));
        }
        var orders = Orders([.. pieces.Select(piece => piece.Level)]);
        return [.. pieces.Select((piece, at) => new BidiPiece(piece.Text, orders[at]))];
    }

    private static IEnumerable<string> Signs(string line)
    {
        for (var signs = StringInfo.GetTextElementEnumerator(line); signs.MoveNext();) yield return signs.GetTextElement();
    }

    private static int[] Levels(string[] signs, bool isRightToLeft)
    {
        var leftLevel = isRightToLeft ? 2 : 0;
        var kinds = KindsOf(signs);
        var directions = Directions(signs, kinds, isRightToLeft ? Kind.Right : Kind.Left);
        return [.. kinds.Select((kind, at) => directions[at] == Kind.Left ? leftLevel : kind == Kind.Digit ? 2 : 1)];
    }

    private static Kind[] KindsOf(string[] signs)
    {
        Kind[] kinds = [.. signs.Select(sign => KindOf(Rune.GetRuneAt(sign, 0)))];
        for (var at = 1; at + 1 < kinds.Length; at++)
        {
            var isBetweenDigits = kinds[at - 1] == Kind.Digit && kinds[at + 1] == Kind.Digit;
            if (isBetweenDigits && NumberSigns.Contains(signs[at], StringComparison.Ordinal)) kinds[at] = Kind.Digit;
        }
        return kinds;
    }

    // A number goes with the letters before it; what has no direction goes with both sides if they agree, else with the text.
    private static Kind[] Directions(string[] signs, Kind[] kinds, Kind ofText)
    {
        var directions = new Kind[kinds.Length];
        var last = ofText;
        for (var at = 0; at < kinds.Length; at++)
        {
            if (kinds[at] is Kind.Left or Kind.Right) last = kinds[at];
            directions[at] = kinds[at] == Kind.Neutral ? Kind.Neutral : last;
        }
        TurnBrackets(signs, directions, ofText);
        for (var at = 0; at < kinds.Length; at++)
        {
            if (directions[at] != Kind.Neutral) continue;
            var end = Array.FindIndex(directions, at, direction => direction != Kind.Neutral);
            var (before, after) = (at == 0 ? ofText : directions[at - 1], end < 0 ? ofText : directions[end]);
            Array.Fill(directions, before == after ? before : ofText, at, (end < 0 ? directions.Length : end) - at);
        }
        return directions;
    }

    // A pair goes with the text, unless all in it and what is before it run the other way: so both its halves turn alike.
    private static void TurnBrackets(string[] signs, Kind[] directions, Kind ofText)
    {
        var open = new Stack<int>();
        for (var at = 0; at < signs.Length; at++)
        {
            if (signs[at] is "(" or "[" or "{") open.Push(at);
            if (signs[at] is not (")" or "]" or "}") || !open.TryPop(out var start)) continue;
            var within = directions[(start + 1)..at].Where(direction => direction != Kind.Neutral).ToList();
            if (within.Count == 0) continue;
            var before = directions[..start].LastOrDefault(direction => direction != Kind.Neutral, ofText);
            directions[start] = directions[at] = within.Contains(ofText) ? ofText : before;
        }
    }

    // From the highest level down, all that is at least as high is turned round.
    private static int[] Orders(int[] levels)
    {
        int[] places = [.. Enumerable.Range(0, levels.Length)];
        for (var level = levels.Max(); level > 0; level--)
        {
            for (var at = 0; at < places.Length; at++)
            {
                var start = at;
                while (at < places.Length && levels[places[at]] >= level) at++;
                Array.Reverse(places, start, at - start);
            }
        }
        var orders = new int[levels.Length];
        for (var order = 0; order < places.Length; order++) orders[places[order]] = order;
        return orders;
    }

    private static string Mirror(string sign) => Mirrored.IndexOf(sign, StringComparison.Ordinal) is var at and >= 0 ? Mirrored[at ^ 1].ToString() : sign;

    private static Kind KindOf(Rune rune) => rune.Value switch
    {
        >= 0x0590 and <= 0x08FF or >= 0xFB1D and <= 0xFDFF or >= 0xFE70 and <= 0xFEFC when Rune.IsLetter(rune) => Kind.Right,
        _ when Rune.IsLetter(rune) => Kind.Left,
        _ when Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber => Kind.Digit,
        _ => Kind.Neutral,
    };
}
