using System.Text.RegularExpressions;

namespace FleetChat.Tests.Data;

/// <summary>
/// Finds in a migration what code of the version before could stumble over: it still runs while the new one comes, and once more if that is taken back. What the script itself
/// creates, nobody knows yet.
/// </summary>
internal static partial class Contraction
{
    private static readonly (Regex Pattern, string What)[] s_kinds =
    [
        (Dropped(), "takes away what old code may name"),
        (Renamed(), "gives another name to what old code may name"),
        (Retyped(), "gives a column another type"),
        (Required(), "makes a column required that old code may leave out"),
        (Undefaulted(), "takes a default away that old code may rely on"),
        (Restricted(), "adds a rule that old code may break"),
        (Revoked(), "takes a right away"),
        (Executed(), "runs a text that nobody can judge here"),
    ];

    /// <returns>What it is and where, a line each.</returns>
    public static IReadOnlyList<string> Find(string sql)
    {
        var plain = Noise().Replace(sql, " ");
        var created = Created().Matches(plain).Select(m => m.Groups["table"].Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. plain.Split(';').Where(s => !IsOf(created, s)).SelectMany(FindIn)];
    }

    private static IEnumerable<string> FindIn(string statement)
    {
        foreach (var (pattern, what) in s_kinds)
            if (pattern.Match(statement) is { Success: true } found) yield return $"{what}: {Blanks().Replace(found.Value.Trim(), " ")}";
        // Each column on its own: another one's default helps nobody.
        foreach (Match column in Added().Matches(statement))
            if (NotNull().IsMatch(column.Value) && !Filled().IsMatch(column.Value)) yield return $"adds a required column without a default: {Blanks().Replace(column.Value.Trim(), " ")}";
    }

    private static bool IsOf(HashSet<string> created, string statement) => Subject().Match(statement) is { Success: true } subject && created.Contains(subject.Groups["table"].Value);

    // Comments, texts, and functions' bodies, which run later and are old code's as well as new. What a DO block does it does at once.
    [GeneratedRegex(@"--[^\n]*|/\*.*?\*/|(?<=\bas\s+)(?<tag>\$\w*\$).*?\k<tag>|'(?:[^']|'')*'", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Noise();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\bcreate\s+table\s+(if\s+not\s+exists\s+)?(?<table>[\w.]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Created();

    [GeneratedRegex(@"\b(alter\s+table|on)\s+(only\s+)?(?<table>\w+\.\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex Subject();

    // A key or a rule too: `on conflict` names the one, and the other is what a violation is told by.
    [GeneratedRegex(@"\bdrop\s+(table|column|schema|view|materialized\s+view|function|type|domain|sequence|role|policy|index|constraint|trigger)\b[^,]*", RegexOptions.IgnoreCase)]
    private static partial Regex Dropped();

    [GeneratedRegex(@"\brename\s+(to|column|constraint|\w+\s+to)\b[^,]*", RegexOptions.IgnoreCase)]
    private static partial Regex Renamed();

    [GeneratedRegex(@"\balter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b[^,]*", RegexOptions.IgnoreCase)]
    private static partial Regex Retyped();

    [GeneratedRegex(@"\balter\s+(column\s+)?\w+\s+set\s+not\s+null\b", RegexOptions.IgnoreCase)]
    private static partial Regex Required();

    [GeneratedRegex(@"\balter\s+(column\s+)?\w+\s+drop\s+default\b", RegexOptions.IgnoreCase)]
    private static partial Regex Undefaulted();

    [GeneratedRegex(@"\badd\s+(constraint\s+\w+\s+)?(check|unique|foreign\s+key|exclude|primary\s+key)\b|\bcreate\s+unique\s+index\b[^(]*", RegexOptions.IgnoreCase)]
    private static partial Regex Restricted();

    [GeneratedRegex(@"\brevoke\b.*", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Revoked();

    // A right to execute, and what a trigger executes, are none.
    [GeneratedRegex(@"\bexecute\b(?!\s+(on|function|procedure)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Executed();

    // Up to the comma that is in no parentheses.
    [GeneratedRegex(@"\badd\s+column\s+(?:[^,()]|\((?:[^()]|\([^()]*\))*\))*", RegexOptions.IgnoreCase)]
    private static partial Regex Added();

    [GeneratedRegex(@"\bnot\s+null\b", RegexOptions.IgnoreCase)]
    private static partial Regex NotNull();

    [GeneratedRegex(@"\bdefault\b|\bgenerated\b", RegexOptions.IgnoreCase)]
    private static partial Regex Filled();
}
