using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FleetChat.Tests.Conventions;

public sealed partial class SourceTextTests
{
    private const string DataOfTheRealHost = "FleetChat.Tests/AzureApi/data/";

    [Fact]
    public void No_test_sleeps_but_the_one_polling_helper()
    {
        var sleeps = Sources.Files("FleetChat.Tests", ".cs")
            .Where(file => file != "FleetChat.Tests/Until.cs" && !file.StartsWith(DataOfTheRealHost, StringComparison.Ordinal))
            .SelectMany(file => Sleeps(Sources.Read(file), file));
        Findings.AssertNone(sleeps);
    }

    [Theory]
    [InlineData("Thread.Sleep(100);", 1)]
    [InlineData("await System.Threading.Tasks.Task.Delay(1);", 1)]
    [InlineData("SpinWait.SpinUntil(() => done);", 1)]
    [InlineData("await Until.TrueAsync(() => done, because: \"Thread.Sleep(1)\"); // Task.Delay", 0)]
    public void A_sleep_is_found(string statement, int found) => Assert.Equal(found, Sleeps(statement, "Small.cs").Count());

    [Fact]
    public void Every_suppression_says_why()
    {
        var code = AllFiles(".cs").SelectMany(file => SuppressionsWithoutReason(Sources.Read(file), file));
        var projects = AllFiles(".csproj").Concat(AllFiles(".props")).Concat(AllFiles(".targets")).SelectMany(file => LinesWithoutReason(file, NoWarn(), XmlComment()));
        var styles = AllFiles(".editorconfig").SelectMany(file => LinesWithoutReason(file, SwitchedOff(), HashComment()));
        Findings.AssertNone(code.Concat(projects).Concat(styles));
    }

    [Theory]
    [InlineData("#pragma warning disable CA1000\n", 1)]
    [InlineData("#pragma warning disable CA1000 // the interface of the real worker wants it\n", 0)]
    [InlineData("// The interface of the real worker wants it.\n#pragma warning disable CA1000\n", 0)]
    [InlineData("#nullable disable\n", 1)]
    [InlineData("[SuppressMessage(\"a\", \"b\")] class C;", 1)]
    [InlineData("[SuppressMessage(\"a\", \"b\", Justification = \"the real worker has it so\")] class C;", 0)]
    public void A_suppression_without_a_reason_is_found(string source, int found) => Assert.Equal(found, SuppressionsWithoutReason(source, "Small.cs").Count());

    private static IEnumerable<string> Sleeps(string source, string file)
        => Parse(source, file).DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Where(access => (access.Expression.ToString().Split('.')[^1], access.Name.Identifier.Text)
                is ("Thread", "Sleep") or ("Task", "Delay") or ("SpinWait", "SpinUntil"))
            .Select(Sources.Place);

    private static IEnumerable<string> SuppressionsWithoutReason(string source, string file)
    {
        var lines = source.Split('\n');
        var root = Parse(source, file);
        var directives = lines
            .Select((line, index) => (line, index))
            .Where(l => Directive().IsMatch(l.line) && !l.line.Contains("//", StringComparison.Ordinal))
            .Where(l => l.index == 0 || !lines[l.index - 1].TrimStart().StartsWith("//", StringComparison.Ordinal))
            .Select(l => $"{file}:{l.index + 1} {l.line.Trim()}");
        var attributes = root.DescendantNodes().OfType<AttributeSyntax>()
            .Where(a => a.Name.ToString().Split('.')[^1] is "SuppressMessage" or "UnconditionalSuppressMessage")
            .Where(a => a.ArgumentList?.Arguments.Any(argument => argument.NameEquals?.Name.Identifier.Text == "Justification") != true)
            .Select(Sources.Place);
        return directives.Concat(attributes);
    }

    // The reason stands on the line above; several settings in a row may share it.
    private static IEnumerable<string> LinesWithoutReason(string file, Regex suppression, Regex comment)
    {
        var lines = Sources.Read(file).Split('\n');
        return Enumerable.Range(0, lines.Length)
            .Where(i => suppression.IsMatch(lines[i]))
            .Where(i => !comment.IsMatch(lines.Take(i).LastOrDefault(line => !suppression.IsMatch(line)) ?? ""))
            .Select(i => $"{file}:{i + 1} {lines[i].Trim()}");
    }

    private static IEnumerable<string> AllFiles(string extension)
        => Sources.Files(".", extension).Where(file => !file.StartsWith(DataOfTheRealHost, StringComparison.Ordinal) || extension == ".editorconfig");

    private static SyntaxNode Parse(string source, string file) => CSharpSyntaxTree.ParseText(source, path: file).GetRoot();

    [GeneratedRegex(@"^\s*#(pragma\s+warning\s+disable|nullable\s+disable)\b")]
    private static partial Regex Directive();

    [GeneratedRegex("<(NoWarn|WarningsNotAsErrors)>|NoWarn=\"")]
    private static partial Regex NoWarn();

    [GeneratedRegex(@"-->\s*$")]
    private static partial Regex XmlComment();

    [GeneratedRegex(@"severity\s*=\s*none|generated_code\s*=\s*true")]
    private static partial Regex SwitchedOff();

    [GeneratedRegex(@"^\s*#")]
    private static partial Regex HashComment();
}
