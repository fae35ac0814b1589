using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FleetChat.Tests.AzureApi;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FleetChat.Tests.Conventions;

/// <summary>Functions receives, Core decides: which part may know which.</summary>
public sealed partial class LayerTests
{
    private static readonly string[] Features =
    [
        "Tenants", "Drivers", "Consent", "Transports", "Messaging", "Inbox", "Calls", "Reminders", "Orchestrations", "WhatsApp", "Samsara", "Billing", "Privacy", "Monitoring", "Support",
        "Corporate", "Security", "Data", "Webhooks", "Mail", "Restores",
    ];

    /// <summary>Folders for what is no feature.</summary>
    private static readonly Dictionary<string, string[]> OtherFolders = new()
    {
        ["FleetChat.Core"] = [],
        // How requests are read and answers written, the same for every feature's triggers.
        ["FleetChat.Functions"] = ["Http"],
        // Tests of the other projects, and of the rules that hold across all.
        ["FleetChat.Tests"] = ["Azure", "AzureApi", "Benchmarks", "Conventions", "Demo", "Guards", "Http", "LocalHost", "LocalRuntime", "Postgres", "Scenarios", "Simulators"],
    };

    /// <summary>What FleetChat.Functions can name: itself, Core, the framework, and the packages that its project refers to.</summary>
    private static readonly string[] NamespacesOfFunctions =
        ["FleetChat.Core", "FleetChat.Functions", "System", "Microsoft.Extensions", "Microsoft.Azure.Functions.Worker", "Microsoft.DurableTask", "Grpc.Core"];

    [Fact]
    public void Core_refers_to_no_other_part_and_to_no_functions_type()
    {
        var references = Assembly.Load("FleetChat.Core").GetReferencedAssemblies().Select(a => a.Name!).ToList();
        Assert.DoesNotContain(references, name => StartsWithAny(name, ["FleetChat.", "Microsoft.Azure.Functions", "Microsoft.DurableTask", "Microsoft.AspNetCore"]));
    }

    [Fact]
    public void LocalRuntime_knows_nothing_of_FleetChat()
    {
        Assert.DoesNotContain(Assembly.Load("FleetChat.LocalRuntime").GetReferencedAssemblies(), a => a.Name!.StartsWith("FleetChat.", StringComparison.Ordinal));
        Assert.DoesNotContain("FleetChat.Core", string.Concat(Sources.Files("FleetChat.LocalRuntime", ".cs").Select(Sources.Read)), StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_project_refers_to_Core_alone()
    {
        var project = XDocument.Parse(Sources.Read("FleetChat.Functions/FleetChat.Functions.csproj"));
        Assert.Equal(["../FleetChat.Core/FleetChat.Core.csproj"], project.Descendants("ProjectReference").Select(r => r.Attribute("Include")!.Value));
    }

    [Fact]
    public void Functions_holds_no_SQL()
    {
        var literals = Sources.Files("FleetChat.Functions", ".cs")
            .SelectMany(file => CSharpSyntaxTree.ParseText(Sources.Read(file), path: file).GetRoot().DescendantTokens())
            .Where(token => token.IsKind(SyntaxKind.StringLiteralToken) || token.IsKind(SyntaxKind.MultiLineRawStringLiteralToken)
                || token.IsKind(SyntaxKind.SingleLineRawStringLiteralToken) || token.IsKind(SyntaxKind.InterpolatedStringTextToken));
        Assert.DoesNotContain(literals, token => Sql().IsMatch(token.ValueText));
    }

    [Fact]
    public void Functions_uses_nothing_that_the_real_packages_lack()
    {
        var findings = SymbolsUsedIn(Sources.Functions)
            .Where(use => !IsOffered(use.Symbol, PublicApi.Real))
            .Select(use => $"{use.Place} {use.Symbol.ToDisplayString()}");
        Findings.AssertNone(findings);
    }

    [Theory]
    [InlineData("new FleetChat.LocalRuntime.Something()", false)]
    [InlineData("new Microsoft.Azure.Functions.Worker.TimerInfo().Invented", false)]
    [InlineData("typeof(Npgsql.NpgsqlConnection)", false)]
    [InlineData("typeof(Microsoft.AspNetCore.Http.HttpContext)", false)]
    [InlineData("new DurableTask.Core.Exceptions.OrchestrationException()", false)]
    [InlineData("new DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException().Message", true)]
    [InlineData("new Microsoft.Azure.Functions.Worker.TimerInfo().IsPastDue", true)]
    [InlineData("typeof(Microsoft.Extensions.Logging.ILogger)", true)]
    public void A_use_of_something_else_is_found(string expression, bool offered)
    {
        var compilation = Sources.Compile(
            $"namespace FleetChat.Functions.Small; public static class Small {{ public static object Run() => {expression}; }}",
            """
            namespace FleetChat.LocalRuntime { public sealed class Something; }
            namespace DurableTask.Core.Exceptions { public class OrchestrationException : System.Exception; }
            namespace DurableTask.Core.Exceptions { public class OrchestrationAlreadyExistsException : System.Exception; }
            namespace Microsoft.Azure.Functions.Worker { public class TimerInfo { public bool IsPastDue { get; set; } public int Invented { get; } } }
            """);
        var real = PublicApi.Real;

        Assert.Equal(offered, SymbolsUsedIn(compilation).Where(use => use.Place.StartsWith("Small/0.cs", StringComparison.Ordinal)).All(use => IsOffered(use.Symbol, real)));
    }

    [Theory]
    [InlineData("FleetChat.Core")]
    [InlineData("FleetChat.Functions")]
    [InlineData("FleetChat.Tests")]
    public void Folders_bear_the_features_names(string project)
    {
        var folders = Sources.Files(project, ".cs").Select(file => file.Split('/')).Where(parts => parts.Length > 2).Select(parts => parts[1]).Distinct();
        Findings.AssertNone(folders.Except([.. Features, .. OtherFolders[project]]));
    }

    private static IEnumerable<(ISymbol Symbol, string Place)> SymbolsUsedIn(Compilation compilation)
        => from tree in compilation.SyntaxTrees
           let model = compilation.GetSemanticModel(tree)
           from node in tree.GetRoot().DescendantNodes()
           where node is SimpleNameSyntax or BaseObjectCreationExpressionSyntax or AttributeSyntax
           let symbol = model.GetSymbolInfo(node).Symbol
           where symbol is ITypeSymbol or IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol
           where symbol is not ITypeParameterSymbol and not IMethodSymbol { MethodKind: MethodKind.LocalFunction }
           select (symbol is IMethodSymbol { ReducedFrom: { } extension } ? extension : symbol.OriginalDefinition, Sources.Place(node));

    private static bool IsOffered(ISymbol symbol, PublicApi real)
    {
        var type = symbol as ITypeSymbol ?? symbol.ContainingType;
        if (type is IArrayTypeSymbol or IDynamicTypeSymbol || type.ContainingNamespace is null || type.IsAnonymousType || type.IsTupleType)
        {
            return true;
        }

        var inOurSources = type.Locations.Any(l => l.IsInSource) && !type.ContainingNamespace.ToDisplayString().StartsWith("FleetChat.", StringComparison.Ordinal);
        if (inOurSources && ParityChecker.IsRealBesideTheLists(NameOf(type))) return true;
        return inOurSources
            ? real.Types.TryGetValue(NameOf(type), out var theirs) && (symbol is ITypeSymbol || symbol.IsImplicitlyDeclared || theirs.Members.Any(m => m.Name == NameOf(symbol)))
            : StartsWithAny(type.ContainingNamespace.ToDisplayString() + ".", [.. NamespacesOfFunctions.Select(name => name + ".")]);
    }

    private static string NameOf(ITypeSymbol type)
        => $"{(type.ContainingType is { } outer ? NameOf(outer) : type.ContainingNamespace.ToDisplayString())}.{type.MetadataName}";

    private static string NameOf(ISymbol member) => member switch
    {
        IMethodSymbol { MethodKind: MethodKind.Constructor } => ".ctor",
        IPropertySymbol { IsIndexer: true } => "this[]",
        _ => member.Name,
    };

    private static bool StartsWithAny(string name, string[] prefixes) => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    [GeneratedRegex(@"^\s*(select\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s|(create|alter|drop)\s+(table|role|schema)\s)", RegexOptions.IgnoreCase)]
    private static partial Regex Sql();
}
