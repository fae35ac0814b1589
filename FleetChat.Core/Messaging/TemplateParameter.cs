using System.Text;

namespace FleetChat.Core.Messaging;

/// <summary>Makes any text fit to be a template's parameter.</summary>
public static class TemplateParameter
{
    /// <summary>What stands where there is nothing: WhatsApp refuses an empty parameter.</summary>
    public const string Nothing = "-";

    /// <summary>
    /// Flattens and cuts a text: WhatsApp refuses line breaks, tabs, runs of more than four spaces and emptiness in a parameter,
    /// and Samsara's notes hold all of these.
    /// </summary>
    /// <param name="longest">Characters at the most, the ellipsis included; cut at the end of a word where there is one.</param>
    public static string From(string? text, int longest = 200)
    {
        var flat = Flatten(text ?? "");
        return flat.Length == 0 ? Nothing : Cut(flat, longest);
    }

    /// <summary>Cuts a text, at the end of a word where there is one.</summary>
    /// <param name="longest">Characters at the most, the ellipsis included.</param>
    public static string Cut(string text, int longest)
    {
        if (text.Length <= longest) return text;
        var cut = text.LastIndexOfAny([' ', '\n'], longest - 1);
        // A single long word is cut where it must be, though not through the middle of an emoji.
        if (cut < longest / 2) cut = char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1;
        return text[..cut].TrimEnd() + "…";
    }

    private static string Flatten(string text)
    {
        var flat = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                if (flat.Length > 0 && flat[^1] != ' ') flat.Append(' ');
            }
            else
            {
                flat.Append(rune.ToString());
            }
        }
        return flat.ToString().TrimEnd();
    }
}
