using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using FleetChat.Core.Monitoring;
using FleetChat.LocalHost.Commands;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Monitoring;

/// <summary>Whatever rings has a page, each page is rung for, and what a page says to type can be typed.</summary>
public sealed partial class RunbookTests
{
    private const string List = $"{AlertRunbooks.Folder}/README.md";

    private static readonly string[] Parts = ["## What it means to drivers", "## First look", "## First act", "## Way back"];

    /// <summary>Rung for by nothing: other pages lead there.</summary>
    private const string WayIn = $"{AlertRunbooks.Folder}/way-in.md";

    private static IReadOnlyList<string> Pages => [.. Sources.Files(AlertRunbooks.Folder, ".md").Except([List, WayIn])];

    [Fact]
    public void Every_code_has_a_page_and_every_page_of_a_code_is_of_one_that_exists()
    {
        var codes = typeof(AlertCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).ToList();

        Findings.AssertNone(codes.Except(AlertRunbooks.Codes).Select(code => $"no page: {code}"));
        Findings.AssertNone(AlertRunbooks.Codes.Except(codes).Select(code => $"no code: {code}"));
    }

    [Fact]
    public void Every_alert_leads_to_a_page_that_names_it()
        => Findings.AssertNone(
            from named in Named()
            let page = Pages.Contains(named.Page) ? Sources.Read(named.Page) : null
            where page?.Split('\n').Any(line => line.StartsWith(named.Kind, StringComparison.Ordinal) && line.Contains($"`{named.Name}`", StringComparison.Ordinal)) != true
            select $"{named.Name}: {named.Page} {(page is null ? "does not exist" : "does not name it")}");

    [Fact]
    public void No_page_is_left_over_or_names_what_does_not_ring()
    {
        var named = Named().ToList();
        Findings.AssertNone(Pages.Except(named.Select(n => n.Page)).Select(page => $"rung for by nothing: {page}"));
        Findings.AssertNone(
            from page in Pages
            from line in Sources.Read(page).Split('\n').Where(line => line.StartsWith("Rules:", StringComparison.Ordinal) || line.StartsWith("Codes:", StringComparison.Ordinal))
            from name in Names().Matches(line).Select(match => match.Groups["name"].Value)
            where !named.Exists(n => n.Page == page && n.Name == name)
            select $"{page}: {name}");
    }

    [Fact]
    public void The_list_has_every_rule_code_and_page_beside_each_other()
    {
        var lines = Sources.Read(List).Split('\n');
        Findings.AssertNone(
            from named in Named()
            let shown = AlertRules.Promises.Any(promise => AlertRules.Text(promise, "name") == named.Name) ? $"`{named.Name}-fast`" : $"`{named.Name}`"
            where !lines.Any(line => line.Contains(shown, StringComparison.Ordinal) && line.Contains($"]({Path.GetFileName(named.Page)})", StringComparison.Ordinal))
            select $"{named.Name}: {named.Page}");
    }

    [Fact]
    public void Every_page_has_its_four_parts_in_order()
        => Findings.AssertNone(Pages.Where(page => !Sources.Read(page).Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).SequenceEqual(Parts)));

    // Storage, vaults and the database answer nobody from outside, and no person has a right there.
    [Fact]
    public void A_page_that_looks_behind_a_closed_door_says_how_to_open_it()
    {
        var looking = Pages.Where(page => ClosedDoor().IsMatch(Sources.Read(page))).ToList();

        Assert.NotEmpty(looking);
        Findings.AssertNone(looking.Where(page => !Sources.Read(page).Contains("](way-in.md", StringComparison.Ordinal)));
    }

    [Fact]
    public void Whatever_is_opened_for_the_night_is_closed_again()
    {
        var commands = Sources.Read(WayIn).Split('\n').Where(line => line.StartsWith("az ", StringComparison.Ordinal)).ToList();

        Assert.Equal(Count("role assignment create"), Count("role assignment delete"));
        Assert.Equal(Count("network-rule add"), Count("network-rule remove"));
        Assert.Equal(Count("firewall-rule create"), Count("firewall-rule delete"));
        Assert.Equal(Count("microsoft-entra-admin create"), Count("microsoft-entra-admin delete"));
        Assert.Equal(Count("access Enabled"), Count("access Disabled"));

        int Count(string words)
        {
            var count = commands.Count(command => command.Contains(words, StringComparison.Ordinal));
            Assert.NotEqual(0, count);
            return count;
        }
    }

    [Fact]
    public void Every_route_that_a_page_names_is_one_of_the_API()
    {
        using var document = JsonDocument.Parse(Sources.Read("docs/openapi.json"));
        var routes = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")).ToHashSet();

        var found = (from page in Pages.Append(List) from match in Routes().Matches(Sources.Read(page)) select (page, Route: match.Value)).ToList();

        Assert.NotEmpty(found);
        Findings.AssertNone(found.Where(f => !routes.Contains(f.Route)));
    }

    [Fact]
    public void Every_command_that_a_page_names_is_one_and_its_options_are_too()
    {
        var found = (from page in Pages.Append(List) from match in Commands().Matches(Sources.Read(page)) select (Page: page, Line: match.Groups["line"].Value.Trim())).ToList();

        Assert.NotEmpty(found);
        Findings.AssertNone(found.Where(f => !IsKnown(f.Line)).Select(f => $"{f.Page}: {f.Line}"));
    }

    [Theory]
    [InlineData("why MESSAGE", true)]
    [InlineData("billing run --period 2026-03 --dry-run", true)]
    [InlineData("billing sing", false)]
    [InlineData("replay --gently", false)]
    public void A_command_that_does_not_exist_is_found(string line, bool known) => Assert.Equal(known, IsKnown(line));

    private static bool IsKnown(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = string.Join(' ', words.TakeWhile(word => char.IsLower(word[0])));
        return Regex.IsMatch(CommandLine.Help, $@"(^|, ) *{Regex.Escape(name)}\b", RegexOptions.Multiline)
            && words.Where(word => word.StartsWith("--", StringComparison.Ordinal)).All(option => Regex.IsMatch(CommandLine.Help, $@"{option}\b"));
    }

    private static IEnumerable<(string Kind, string Name, string Page)> Named()
        => AlertRules.All.Select(rule => ("Rules:", rule.Name, $"{AlertRunbooks.Folder}/{rule.Runbook}"))
            .Concat(AlertRunbooks.Codes.Select(code => ("Codes:", code, AlertRunbooks.PageOf(code))));

    [GeneratedRegex("az (keyvault|storage) |[Aa]n? administrator|As administrator")]
    private static partial Regex ClosedDoor();

    [GeneratedRegex("`(?<name>[a-z_]+(?:[.-][a-z_-]+)*)`")]
    private static partial Regex Names();

    [GeneratedRegex(@"\b(GET|POST|PUT|PATCH|DELETE) /(api|health)/[\w/{}.-]*[\w}]")]
    private static partial Regex Routes();

    [GeneratedRegex(@"FleetChat\.LocalHost -- (?<line>[^`\n]+)")]
    private static partial Regex Commands();
}
