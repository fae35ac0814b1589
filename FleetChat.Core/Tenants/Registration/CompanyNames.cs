using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FleetChat.Core.Tenants.Registration;

/// <summary>A company's id as <see cref="TenantRegister"/> gives it.</summary>
internal sealed record GivenId(string Stem, int Number);

/// <summary>What of a company's name can stand in its id: lower case, digits and <c>_</c>.</summary>
internal static partial class CompanyNames
{
    /// <summary>With <c>_</c> and up to ten digits it is no longer than an id may be.</summary>
    private const int LongestStem = 50;

    /// <summary>Of a name without a letter that an id may have.</summary>
    private const string Nameless = "company";

    /// <summary>Latin letters that are no letter with a mark.</summary>
    private static readonly Dictionary<char, string> s_latin = new()
    {
        ['ß'] = "ss", ['æ'] = "ae", ['œ'] = "oe", ['ø'] = "o", ['ł'] = "l", ['đ'] = "d", ['ð'] = "d", ['þ'] = "th", ['ı'] = "i", ['ħ'] = "h",
    };

    public static string StemOf(string companyName)
    {
        var stem = new StringBuilder();
        foreach (var character in companyName.ToLowerInvariant().Normalize(NormalizationForm.FormKD))
        {
            if (char.IsAsciiLetterOrDigit(character)) stem.Append(character);
            else if (s_latin.TryGetValue(character, out var letters)) stem.Append(letters);
            // Marks go with their letters, and an apostrophe parts no word.
            else if (char.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark && character is not ('\'' or '\u2019') && stem.Length > 0 && stem[^1] != '_') stem.Append('_');
            if (stem.Length >= LongestStem) break;
        }
        var trimmed = stem.ToString(0, Math.Min(stem.Length, LongestStem)).Trim('_');
        return trimmed.Length == 0 ? Nameless : trimmed;
    }

    /// <returns>Null: an id that was not made of a name and a number.</returns>
    public static GivenId? TryRead(string tenant)
        => Given().Match(tenant) is { Success: true } given ? new(given.Groups["stem"].Value, int.Parse(given.Groups["number"].Value, CultureInfo.InvariantCulture)) : null;

    [GeneratedRegex(@"^(?<stem>[a-z0-9][a-z0-9_]{0,52})_(?<number>[0-9]{3,9})\z")]
    private static partial Regex Given();
}
