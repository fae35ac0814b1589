using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace FleetChat.Tests.Conventions;

/// <summary>PgBouncer in transaction mode refuses a connection that brings settings for its session.</summary>
public sealed partial class ConnectionSettingTests
{
    /// <summary>Files whose connections never go through PgBouncer, and why.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["FleetChat.LocalRuntime/Hosting/LocalDatabase.cs"] = "LocalRuntime listens and holds session locks: its connections are direct by requirement.",
        ["FleetChat.LocalHost/Hosting/WorkServices.cs"] = "An administrator's own connection, for one command in a part's role: whoever makes roles and databases talks to the server itself.",
    };

    private static readonly Lazy<IReadOnlyList<Setting>> s_inProduct = new(() => [.. Sources.Product.SelectMany(Settings)]);

    [Fact]
    public void No_connection_brings_settings_for_its_session()
        => Findings.AssertNone(s_inProduct.Value.Where(setting => !Exceptions.ContainsKey(setting.File)));

    [Fact]
    public void Every_exception_is_still_needed() => Findings.AssertNone(Exceptions.Keys.Except(s_inProduct.Value.Select(setting => setting.File)));

    [Theory]
    [InlineData("text = \"Host=localhost;Search Path=fleet\"", 1)]
    [InlineData("text = $\"{text};options=-c app.tenant_id=1\"", 1)]
    [InlineData("new NpgsqlConnectionStringBuilder { SearchPath = \"fleet\" }", 1)]
    [InlineData("new NpgsqlDataSourceBuilder(text).ConnectionStringBuilder.Options = text", 1)]
    [InlineData("new NpgsqlConnectionStringBuilder { Host = \"localhost\" }.Options", 0)]
    [InlineData("text = \"set search_path to fleet\"", 0)]
    public void A_setting_for_the_session_is_found(string expression, int found)
        => Assert.Equal(found, Settings(Sources.Compile($"using Npgsql; class Small {{ object Run(string text) => {expression}; }}")).Count());

    private static IEnumerable<Setting> Settings(Compilation compilation)
        => from tree in compilation.SyntaxTrees
           let model = compilation.GetSemanticModel(tree)
           from node in tree.GetRoot().DescendantNodes()
           where node switch
           {
               AssignmentExpressionSyntax assignment => IsSetForTheSession((model.GetOperation(assignment) as ISimpleAssignmentOperation)?.Target),
               LiteralExpressionSyntax or InterpolatedStringTextSyntax => SettingInText().IsMatch(node.GetFirstToken().ValueText),
               _ => false,
           }
           select new Setting(tree.FilePath, $"{Sources.Place(node)} {node}");

    private static bool IsSetForTheSession(IOperation? target)
        => target is IPropertyReferenceOperation { Property: { Name: "SearchPath" or "Options", ContainingType.Name: "NpgsqlConnectionStringBuilder" } };

    [GeneratedRegex(@"(^|;)\s*(search\s?path|options)\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex SettingInText();

    private sealed record Setting(string File, string Text)
    {
        public override string ToString() => Text;
    }
}
