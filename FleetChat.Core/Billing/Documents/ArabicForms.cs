using System.Globalization;
using System.Text;

namespace FleetChat.Core.Billing.Documents;

/// <summary>
/// Arabic letters have up to four forms by their neighbours, and PDFsharp draws none but the lone one. Unicode has the forms as characters of
/// their own; whoever reads the text out of the PDF gets the letters back by NFKC, as readers and searches do.
/// </summary>
internal static class ArabicForms
{
    private const char Lam = '\u0644';
    private const char Tatweel = '\u0640';
    private const int DualJoining = 4;

    // Their order in Unicode: lone, after a letter, before a letter, between two.
    private static readonly Dictionary<char, string> s_forms = Forms('\uFB50', '\uFBE7').Concat(Forms('\uFBFC', '\uFBFF')).Concat(Forms('\uFE80', '\uFEF4'))
        .GroupBy(form => form.Letters[0], form => form.Form).ToDictionary(forms => forms.Key, forms => string.Concat(forms));

    /// <summary>Lam with an alef is one sign, lone and after a letter.</summary>
    private static readonly Dictionary<char, string> s_lamAlefs = Forms('\uFEF5', '\uFEFC', letters: 2)
        .GroupBy(form => form.Letters[1], form => form.Form).ToDictionary(forms => forms.Key, forms => string.Concat(forms));

    public static string Shape(string text)
    {
        if (!text.Any(letter => letter == Tatweel || s_forms.ContainsKey(letter))) return text;
        var shaped = new StringBuilder(text.Length);
        var joinsNext = false;
        for (var at = 0; at < text.Length; at++)
        {
            var letter = text[at];
            if (IsMark(letter))
            {
                shaped.Append(letter);
                continue;
            }
            if (letter == Lam && at + 1 < text.Length && s_lamAlefs.TryGetValue(text[at + 1], out var lamAlef))
            {
                shaped.Append(lamAlef[joinsNext ? 1 : 0]);
                (joinsNext, at) = (false, at + 1);
                continue;
            }
            var joinsBefore = joinsNext && CanJoinBefore(letter);
            joinsNext = CanJoinNext(letter) && CanJoinBefore(NextLetter(text, at));
            shaped.Append(FormOf(letter, joinsBefore, joinsNext));
        }
        return shaped.ToString();
    }

    private static char FormOf(char letter, bool joinsBefore, bool joinsNext)
        => s_forms.TryGetValue(letter, out var forms) ? forms[(joinsBefore ? 1 : 0) + (joinsNext ? 2 : 0)] : letter;

    private static bool CanJoinNext(char letter) => letter == Tatweel || s_forms.TryGetValue(letter, out var forms) && forms.Length == DualJoining;

    private static bool CanJoinBefore(char letter) => letter == Tatweel || s_forms.TryGetValue(letter, out var forms) && forms.Length > 1;

    private static char NextLetter(string text, int at) => text.Skip(at + 1).FirstOrDefault(letter => !IsMark(letter));

    private static bool IsMark(char letter) => char.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark;

    private static IEnumerable<(string Letters, char Form)> Forms(char first, char last, int letters = 1)
        => Enumerable.Range(first, last - first + 1)
            .Select(form => (Letters: ((char)form).ToString().Normalize(NormalizationForm.FormKC), Form: (char)form))
            .Where(form => form.Letters.Length == letters);
}
