using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using PublicApiGenerator;

namespace FleetChat.Tests.AzureApi;

/// <summary>A printed public API as types and members whose texts can be compared one by one.</summary>
public sealed record PublicApi(IReadOnlyDictionary<string, ApiType> Types)
{
    /// <summary>
    /// Attributes that neither a caller's compiler nor a subclass sees, or that name types which the real assemblies keep internal.
    /// Every other attribute has to match.
    /// </summary>
    private static readonly HashSet<string> AttributesNotCompared =
    [
        "Microsoft.Azure.Functions.Worker.Converters.InputConverter",                      // names an internal converter
        "Microsoft.Azure.Functions.Worker.Converters.ConverterFallbackBehavior",           // order of the worker's own converters
        "Microsoft.Azure.Functions.Worker.Extensions.Abstractions.BindingCapabilities",    // read by the real build to write function metadata
        "System.Text.Json.Serialization.JsonConverter",                                    // names an internal converter
        "Newtonsoft.Json.JsonProperty",                                                    // read by a package that LocalRuntime does not have
        "System.Runtime.CompilerServices.AsyncIteratorStateMachine",                       // what the compiler made of an iterator
    ];

    private static readonly Lazy<PublicApi> s_real = new(() => Parse(ApiFile.ReadReal()));

    /// <summary>What the real worker and Durable Task offer.</summary>
    public static PublicApi Real => s_real.Value;

    public static PublicApi Of(Assembly assembly) => Parse([new ApiFile(assembly.GetName().Name!, Print(assembly))]);

    public static PublicApi Parse(IReadOnlyList<ApiFile> files)
    {
        var types = new Dictionary<string, ApiType>(StringComparer.Ordinal);
        foreach (var type in files.SelectMany(TypesIn))
        {
            // Two assemblies may each declare a static class of one name; callers see the extension methods of both.
            types[type.Name] = types.TryGetValue(type.Name, out var same) ? same with { Members = [.. same.Members, .. type.Members] } : type;
        }

        return new PublicApi(types);
    }

    private static string Print(Assembly assembly) => assembly.GeneratePublicApi(new ApiGeneratorOptions
    {
        IncludeAssemblyAttributes = false,
        DenyNamespacePrefixes = [],
        UseDenyNamespacePrefixesForExtensionMethods = false,
    });

    private static IEnumerable<ApiType> TypesIn(ApiFile file)
    {
        // A compiler-made name in an attribute is no C#; the line carries an attribute that is not compared.
        var readable = string.Join('\n', file.Text.Split('\n').Where(line => !line.Contains(">d__", StringComparison.Ordinal)));
        var root = CSharpSyntaxTree.ParseText(readable, path: file.Name).GetCompilationUnitRoot();
        var errors = root.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        return errors.Count == 0
            ? root.DescendantNodes().OfType<MemberDeclarationSyntax>().Where(IsType).Select(ToType)
            : throw new InvalidDataException($"{file.Name} does not parse: {errors[0]}");
    }

    private static bool IsType(MemberDeclarationSyntax node) => node is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax;

    private static ApiType ToType(MemberDeclarationSyntax node)
    {
        var name = FullName(node);
        return node switch
        {
            TypeDeclarationSyntax type => new ApiType(
                name,
                Text(type.WithMembers(default).WithBaseList(Sorted(type.BaseList))),
                [.. (type.BaseList?.Types ?? []).Select(b => WithoutArguments(b.Type))],
                IsOpen: type is InterfaceDeclarationSyntax || type.Modifiers.Any(SyntaxKind.AbstractKeyword),
                [.. type.Members.Where(m => !IsType(m)).Select(m => ToMember(m, name, type))]),
            EnumDeclarationSyntax type => new ApiType(
                name, Text(type.WithMembers(default)), [], IsOpen: true, [.. type.Members.Select(m => ToMember(m, name, type))]),
            _ => new ApiType(name, Text(node), [], IsOpen: false, []),
        };
    }

    private static ApiMember ToMember(MemberDeclarationSyntax node, string typeName, BaseTypeDeclarationSyntax type)
    {
        var (name, parameters, arity) = node switch
        {
            MethodDeclarationSyntax m => (m.Identifier.Text, m.ParameterList, m.Arity),
            ConstructorDeclarationSyntax c => (".ctor", c.ParameterList, 0),
            OperatorDeclarationSyntax o => ("operator " + o.OperatorToken.Text, o.ParameterList, 0),
            ConversionOperatorDeclarationSyntax o => (o.ImplicitOrExplicitKeyword.Text + " operator", o.ParameterList, 0),
            IndexerDeclarationSyntax i => ("this[]", i.ParameterList, 0),
            PropertyDeclarationSyntax p => (p.Identifier.Text, (BaseParameterListSyntax?)null, 0),
            EventDeclarationSyntax e => (e.Identifier.Text, null, 0),
            BaseFieldDeclarationSyntax f => (f.Declaration.Variables.Single().Identifier.Text, null, 0),
            EnumMemberDeclarationSyntax e => (e.Identifier.Text, null, 0),
            _ => throw new InvalidDataException($"{typeName} has a member of a kind not known here: {node}"),
        };
        return new ApiMember(
            typeName,
            name,
            Text(node),
            Shape: parameters is null ? name : $"{name}`{arity}({string.Join(", ", parameters.Parameters.Select(p => Bare(p.Type!)))})",
            CallGroups: parameters is null ? [] : CallGroups(typeName, name, parameters),
            MustBeImplemented: type is InterfaceDeclarationSyntax or EnumDeclarationSyntax || node.Modifiers.Any(SyntaxKind.AbstractKeyword));
    }

    // An overload is chosen among the methods of one name on one receiver: those of the type and the extension methods for it, wherever declared.
    private static string[] CallGroups(string typeName, string name, BaseParameterListSyntax parameters)
    {
        var declared = ApiMember.CallGroup(typeName, name);
        return parameters.Parameters is [var first, ..] && first.Modifiers.Any(SyntaxKind.ThisKeyword)
            ? [declared, ApiMember.CallGroup(WithoutArguments(first.Type!), name)]
            : [declared];
    }

    private static string FullName(MemberDeclarationSyntax node)
    {
        var own = node switch
        {
            TypeDeclarationSyntax { Arity: > 0 } t => $"{t.Identifier.Text}`{t.Arity}",
            BaseTypeDeclarationSyntax t => t.Identifier.Text,
            DelegateDeclarationSyntax { Arity: > 0 } d => $"{d.Identifier.Text}`{d.Arity}",
            DelegateDeclarationSyntax d => d.Identifier.Text,
            _ => throw new InvalidOperationException(),
        };
        return node.Parent switch
        {
            BaseNamespaceDeclarationSyntax parent => $"{parent.Name}.{own}",
            BaseTypeDeclarationSyntax parent => $"{FullName(parent)}.{own}",
            _ => own,
        };
    }

    private static string WithoutArguments(TypeSyntax type)
    {
        var text = Bare(type);
        var arguments = type.DescendantNodesAndSelf().OfType<GenericNameSyntax>().FirstOrDefault()?.Arity ?? 0;
        return arguments == 0 ? text : $"{text[..text.IndexOf('<', StringComparison.Ordinal)]}`{arguments}";
    }

    private static string Bare(TypeSyntax type) => type.NormalizeWhitespace().ToString().Replace("?", "", StringComparison.Ordinal);

    private static BaseListSyntax? Sorted(BaseListSyntax? bases)
        => bases?.WithTypes(SyntaxFactory.SeparatedList(bases.Types.OrderBy(b => b.ToString(), StringComparer.Ordinal)));

    /// <summary>One line: the compared attributes in order, then the declaration without its body.</summary>
    private static string Text(MemberDeclarationSyntax node)
    {
        var attributes = node.AttributeLists
            .SelectMany(list => list.Attributes.Select(attribute => (Target: list.Target?.ToString() ?? "", Attribute: attribute)))
            .Where(a => !AttributesNotCompared.Contains(a.Attribute.Name.ToString()))
            .Select(a => $"[{a.Target}{WithoutDefaults(a.Attribute).NormalizeWhitespace()}]")
            .Order(StringComparer.Ordinal);
        var declaration = node.WithAttributeLists(default) switch
        {
            BaseMethodDeclarationSyntax m => m.WithBody(null).WithSemicolonToken(default),
            TypeDeclarationSyntax t => t.WithOpenBraceToken(default).WithCloseBraceToken(default),
            var other => other,
        };
        var line = string.Join(' ', declaration.NormalizeWhitespace().ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return string.Concat(attributes) + line;
    }

    // AttributeUsage says the same with its defaults written out or left out.
    private static AttributeSyntax WithoutDefaults(AttributeSyntax attribute)
    {
        if (attribute.ArgumentList is not { } list || attribute.Name.ToString() != "System.AttributeUsage")
        {
            return attribute;
        }

        var kept = list.Arguments.Where(a => (a.NameEquals?.Name.ToString(), a.Expression.ToString()) is not (("AllowMultiple", "false") or ("Inherited", "true")));
        return attribute.WithArgumentList(list.WithArguments(SyntaxFactory.SeparatedList(kept)));
    }
}

/// <param name="Name">With namespace, outer types and `arity.</param>
/// <param name="Declaration">Modifiers, name, bases, constraints and attributes.</param>
/// <param name="Bases">Names of the base class and interfaces, without type arguments.</param>
/// <param name="IsOpen">An interface, an abstract class or an enum: others implement it or list its values, so nothing of it may be left out.</param>
public sealed record ApiType(string Name, string Declaration, IReadOnlyList<string> Bases, bool IsOpen, IReadOnlyList<ApiMember> Members);

/// <param name="Shape">Name and parameter types without nullability: equal for two versions of one overload.</param>
/// <param name="CallGroups">The overload sets that the member belongs to; none if it cannot be overloaded.</param>
public sealed record ApiMember(
    string TypeName, string Name, string Text, string Shape, IReadOnlyList<string> CallGroups, bool MustBeImplemented)
{
    public static string CallGroup(string receiver, string name) => $"{receiver}::{name}";
}
