using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace FleetChat.Tests.Conventions;

/// <summary>Finds where errors are made that their catalogue does not see: it sees static fields and properties, and static methods that take texts and numbers.</summary>
public static class ErrorPlaces
{
    private static readonly string[] Errors = ["FleetChat.Core.Error", "FleetChat.Functions.Http.Problem", "FleetChat.Functions.Http.RequestRefusedException"];
    private static readonly string[] Sentences = ["message", "detail"];
    private static readonly string[] Samples = ["string", "int", "System.TimeSpan", "System.Collections.Generic.IEnumerable<string>"];

    public static IReadOnlyList<ErrorFinding> OutsideOfTheCatalog(IReadOnlyList<Compilation> compilations)
        => [.. from compilation in compilations
               from tree in compilation.SyntaxTrees
               let model = compilation.GetSemanticModel(tree)
               from node in tree.GetRoot().DescendantNodes()
               where Makes(node, model) && !IsSeen(node, model)
               select new ErrorFinding(tree.FilePath, Sources.Member(node), $"{Sources.Place(node)} {node}")];

    private static bool Makes(SyntaxNode node, SemanticModel model) => node switch
    {
        InvocationExpressionSyntax => model.GetOperation(node) is IInvocationOperation { TargetMethod: var method } && IsMaker(method),
        BaseObjectCreationExpressionSyntax => model.GetOperation(node) is IObjectCreationOperation { Constructor: { } made } && IsError(made.ContainingType) && made.Parameters.Any(p => p.Name is "Code"),
        WithExpressionSyntax changed => IsError(model.GetTypeInfo(changed).Type) && changed.Initializer.Expressions.Any(e => e is AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.Text: "Code" } }),
        _ => false,
    };

    private static bool IsSeen(SyntaxNode node, SemanticModel model)
        => node.Ancestors().OfType<MemberDeclarationSyntax>().First() switch
        {
            FieldDeclarationSyntax field => field.Declaration.Variables.All(v => model.GetDeclaredSymbol(v) is IFieldSymbol { IsStatic: true, Type: var type } && IsError(type)),
            PropertyDeclarationSyntax property => model.GetDeclaredSymbol(property) is { IsStatic: true, Type: var type } && IsError(type),
            MethodDeclarationSyntax method => model.GetDeclaredSymbol(method) is { IsStatic: true, ReturnNullableAnnotation: not NullableAnnotation.Annotated } made
                && IsError(made.ReturnType) && (IsMaker(made) || made.Parameters.All(IsSample)),
            _ => false,
        };

    // Whoever calls it says the sentence, so the error is its caller's.
    private static bool IsMaker(IMethodSymbol method) => IsError(method.ReturnType) && method.Parameters.Any(p => Sentences.Contains(p.Name));

    private static bool IsSample(IParameterSymbol parameter) => Samples.Contains(NameOf(parameter.Type));

    private static bool IsError(ITypeSymbol? type) => type is not null && Errors.Contains(NameOf(type));

    private static string NameOf(ITypeSymbol type) => type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString();
}

public sealed record ErrorFinding(string File, string Member, string Text)
{
    public override string ToString() => $"{Text} (in {Member})";
}
