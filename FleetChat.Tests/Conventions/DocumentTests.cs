using System.Text.RegularExpressions;

namespace FleetChat.Tests.Conventions;

public sealed partial class DocumentTests
{
    [Fact]
    public void Relative_links_lead_to_files_that_exist()
    {
        var dead = Documents().SelectMany(file => Targets(Sources.Read(file)).Where(target => !Exists(file, target)).Select(target => $"{file} -> {target}"));
        Findings.AssertNone(dead);
    }

    [Theory]
    [InlineData("See [the map](docs/architecture.md#folders).", "docs/architecture.md")]
    [InlineData("![flow](docs/flow.png \"a title\")", "docs/flow.png")]
    [InlineData("<img src=\"docs/flow.svg\">", "docs/flow.svg")]
    [InlineData("[site](https://example.com), [mail](mailto:a@example.com), [below](#below), `[not](a-link)`", null)]
    public void Targets_are_read_from_every_kind_of_link(string text, string? target) => Assert.Equal(target, Targets(text).SingleOrDefault());

    private static IEnumerable<string> Documents()
        => Directory.EnumerateFiles(Sources.Root, "*.md").Select(path => Path.GetFileName(path))
            .Concat(Directory.Exists(Path.Combine(Sources.Root, "docs")) ? Sources.Files("docs", ".md") : []);

    private static IEnumerable<string> Targets(string text)
        => Link().Matches(Code().Replace(text, ""))
            .Select(match => match.Groups["target"].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !Absolute().IsMatch(target));

    private static bool Exists(string file, string target)
        => Path.Combine(Sources.Root, Path.GetDirectoryName(file)!, Uri.UnescapeDataString(target)) is var path && (File.Exists(path) || Directory.Exists(path));

    [GeneratedRegex("""\]\((?<target>[^)\s]+)(\s+"[^"]*")?\)|<(img|a)\s[^>]*(src|href)="(?<target>[^"]+)["]""")]
    private static partial Regex Link();

    [GeneratedRegex(@"^[a-z]+:", RegexOptions.IgnoreCase)]
    private static partial Regex Absolute();

    [GeneratedRegex("```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();
}
