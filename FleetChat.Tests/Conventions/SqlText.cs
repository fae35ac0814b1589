using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace FleetChat.Tests.Conventions;

/// <summary>Finds command texts that are not constants: text put together at run time is how a value becomes SQL.</summary>
public static class SqlText
{
    private static readonly string[] ParametersOfNpgsql = ["cmdText", "commandText", "copyFromCommand", "copyToCommand", "copyCommand"];

    /// <summary>
    /// A method that hands its own parameter on as command text is a door like Npgsql's own, so its callers are looked at in turn.
    /// </summary>
    public static IReadOnlyList<SqlFinding> NotConstant(IReadOnlyList<Compilation> compilations)
    {
        var uses = compilations.SelectMany(c => c.SyntaxTrees.SelectMany(tree => Uses(c.GetSemanticModel(tree), tree))).ToList();
        var doors = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        while (uses.Where(use => use.IsCommandText(doors)).SelectMany(use => HandedOn(use.Value)).Any(doors.Add))
        {
        }

        return [.. uses.Where(use => use.IsCommandText(doors) && !IsConstant(use.Value)).Select(use => new SqlFinding(
            use.Value.Syntax.SyntaxTree.FilePath, Sources.Member(use.Value.Syntax), $"{Sources.Place(use.Value.Syntax)} {use.Value.Syntax}"))];
    }

    private static IEnumerable<Use> Uses(SemanticModel model, SyntaxTree tree)
        => tree.GetRoot().DescendantNodes()
            .Where(node => node is InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax or AssignmentExpressionSyntax
                or ConstructorInitializerSyntax or PrimaryConstructorBaseTypeSyntax)
            .SelectMany(node => model.GetOperation(node) switch
            {
                IInvocationOperation call => call.Arguments.Select(a => new Use(a.Parameter, a.Value)),
                IObjectCreationOperation creation => creation.Arguments.Select(a => new Use(a.Parameter, a.Value)),
                IAssignmentOperation { Target: IPropertyReferenceOperation target } assignment => [new Use(target.Property, assignment.Value)],
                _ => [],
            })
            .Where(use => use.Target is not null && TypeOf(use.Target)?.SpecialType == SpecialType.System_String);

    private static ITypeSymbol? TypeOf(ISymbol target) => target switch
    {
        IParameterSymbol parameter => parameter.Type,
        IPropertySymbol property => property.Type,
        _ => null,
    };

    private static bool IsConstant(IOperation value) => Results(value).All(v => v.ConstantValue.HasValue || ParameterOf(v) is not null);

    private static IEnumerable<ISymbol> HandedOn(IOperation value) => Results(value).Select(ParameterOf).OfType<IParameterSymbol>().SelectMany(SameInBases);

    // A lambda's parameter has no callers that could be looked at.
    private static IParameterSymbol? ParameterOf(IOperation value)
        => value is IParameterReferenceOperation { Parameter.ContainingSymbol: IMethodSymbol { MethodKind: not MethodKind.AnonymousFunction } } reference
            ? reference.Parameter.OriginalDefinition
            : null;

    private static IEnumerable<IParameterSymbol> SameInBases(IParameterSymbol parameter)
    {
        yield return parameter;
        for (var method = (IMethodSymbol)parameter.ContainingSymbol; method.OverriddenMethod is { } overridden; method = overridden)
        {
            yield return overridden.OriginalDefinition.Parameters[parameter.Ordinal];
        }
    }

    // What a choice between texts can come to.
    private static IEnumerable<IOperation> Results(IOperation value) => value switch
    {
        { ConstantValue.HasValue: true } => [value],
        IConversionOperation conversion => Results(conversion.Operand),
        IConditionalOperation { WhenFalse: not null } choice => [.. Results(choice.WhenTrue), .. Results(choice.WhenFalse)],
        ISwitchExpressionOperation choice => choice.Arms.SelectMany(arm => Results(arm.Value)),
        IThrowOperation => [],
        _ => [value],
    };

    private sealed record Use(ISymbol? Target, IOperation Value)
    {
        public bool IsCommandText(HashSet<ISymbol> doors)
            => doors.Contains(Target!.OriginalDefinition)
            || (IsOfADatabase(Target) && (Target is IPropertySymbol ? Target.Name == "CommandText" : ParametersOfNpgsql.Contains(Target.Name)));

        private static bool IsOfADatabase(ISymbol symbol)
            => symbol.ContainingNamespace.ToDisplayString() is var name
            && (name == "Npgsql" || name.StartsWith("Npgsql.", StringComparison.Ordinal) || name.StartsWith("System.Data", StringComparison.Ordinal));
    }
}

public sealed record SqlFinding(string File, string Member, string Text)
{
    public override string ToString() => $"{Text} (in {Member})";
}
