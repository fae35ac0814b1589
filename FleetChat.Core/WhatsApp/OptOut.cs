using System.Text;

namespace FleetChat.Core.WhatsApp;

/// <summary>The words that stop all messages to a phone, in the languages of our drivers, whoever is asked in whichever.</summary>
public static class OptOut
{
    // Words that United States rules (47 CFR 64.1200) name as always enough, Meta's own button, and their Spanish counterparts.
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal)
    {
        "stop", "stopall", "quit", "end", "revoke", "opt out", "optout", "cancel", "unsubscribe",
        "alto", "parar", "cancelar", "baja", "salir", "detener",
    };

    /// <param name="words">The whole message: "stop at the gate" is no opt-out.</param>
    public static bool IsStop(string? words) => words is { Length: <= 40 } && Words.Contains(Normalize(words));

    // Only letters reach the normalization: on some systems it throws at code points that are no characters.
    private static string Normalize(string words)
    {
        var letters = new StringBuilder();
        foreach (var rune in words.EnumerateRunes())
        {
            if (Rune.IsLetter(rune)) letters.Append(rune);
            else if (Rune.IsWhiteSpace(rune)) letters.Append(' ');
        }
        var bare = letters.ToString().Normalize(NormalizationForm.FormKD).Where(c => char.IsLetter(c) || c == ' ').Select(char.ToLowerInvariant);
        return string.Join(' ', string.Concat(bare).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
