using System.Globalization;
using System.Text.RegularExpressions;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>What Meta refuses about a template, known before it is asked.</summary>
public static partial class TemplateCheck
{
    private const int LongestName = 512;
    private const int LongestBody = 1024;
    private const int LongestFooter = 60;
    private const int LongestButton = 25;
    private const int MostButtons = 10;

    /// <returns>One sentence; null: nothing is wrong.</returns>
    public static string? FindFault(MessageTemplate template, string footer)
    {
        var numbers = Placeholder().Matches(template.Body).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal).ToList();
        return template switch
        {
            { Name.Length: 0 or > LongestName } => "A name has 1 to 512 characters.",
            _ when !NameOnly().IsMatch(template.Name) => "A name has lower-case letters, digits and underscores only.",
            { Body.Length: 0 or > LongestBody } => "A body has 1 to 1024 characters.",
            _ when AnyBraces().Count(template.Body) != Placeholder().Count(template.Body) => "Placeholders are written {{1}}, {{2}} and so on.",
            _ when !numbers.SequenceEqual(Enumerable.Range(1, numbers.Count).Select(n => n.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal)) => "Placeholders count from {{1}} without a gap.",
            _ when Adjacent().IsMatch(template.Body) => "Between two placeholders there are words.",
            _ when AtEdge().IsMatch(template.Body) => "A body neither begins nor ends with a placeholder.",
            _ when template.Examples.Count != numbers.Count => "Each placeholder has one example.",
            _ when template.Examples.Any(string.IsNullOrWhiteSpace) => "No example is empty.",
            { Buttons.Count: > MostButtons } => "There are at most 10 buttons.",
            _ when template.Buttons.Any(b => b.Length is 0 or > LongestButton) => "A button has 1 to 25 characters.",
            _ when template.Buttons.Distinct().Count() != template.Buttons.Count => "No two buttons are alike.",
            _ => FindFaultOfFooter(footer),
        };
    }

    /// <returns>One sentence; null: nothing is wrong.</returns>
    public static string? FindFaultOfFooter(string footer) => footer switch
    {
        { Length: > LongestFooter } => "A footer has at most 60 characters.",
        _ when footer.Any(char.IsControl) => "A footer is one line.",
        _ when footer.Contains("{{", StringComparison.Ordinal) => "A footer has no placeholders.",
        _ => null,
    };

    [GeneratedRegex("^[a-z0-9_]+$")]
    private static partial Regex NameOnly();

    [GeneratedRegex(@"\{\{([1-9][0-9]?)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{\{")]
    private static partial Regex AnyBraces();

    [GeneratedRegex(@"\}\}\s*\{\{")]
    private static partial Regex Adjacent();

    [GeneratedRegex(@"^\s*\{\{|\}\}\s*$")]
    private static partial Regex AtEdge();
}
