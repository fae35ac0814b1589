using Microsoft.CodeAnalysis;

namespace FleetChat.Tests.Conventions;

/// <summary>The functions of a compilation, and what the real host or build would refuse of them or run otherwise than meant.</summary>
public static class Triggers
{
    private const string Worker = "Microsoft.Azure.Functions.Worker.";

    /// <summary>The host's own routes; it does not start with one of ours under them, whatever the prefix.</summary>
    private static readonly string[] RoutesOfTheHost = ["admin", "runtime"];

    public static IReadOnlyList<Function> FunctionsIn(Compilation compilation) =>
    [
        .. compilation.GetSymbolsWithName(_ => true, SymbolFilter.Type).OfType<INamedTypeSymbol>()
            .SelectMany(type => type.GetMembers().OfType<IMethodSymbol>())
            .Select(method => (Method: method, Attribute: Find(method, "FunctionAttribute")))
            .Where(f => f.Attribute is not null)
            .Select(f => new Function((string?)f.Attribute!.ConstructorArguments[0].Value ?? "", f.Method)),
    ];

    public static IEnumerable<string> Broken(IReadOnlyList<Function> functions)
        => functions.SelectMany(Rules).Concat(functions
            .GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase)
            .Where(same => same.Count() > 1)
            .Select(same => $"{same.Key}: the name of {same.Count()} functions"));

    private static IEnumerable<string> Rules(Function function)
    {
        var method = function.Method;
        if (method.DeclaredAccessibility != Accessibility.Public || method.ContainingType.DeclaredAccessibility != Accessibility.Public)
        {
            yield return $"{function.Name}: the real build calls public methods of public classes only";
        }

        foreach (var name in BindingNames(method).GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1))
        {
            yield return $"{function.Name}: two bindings are called {name.Key}, and the host does not load it";
        }

        foreach (var output in Outputs(method).Where(o => Find(o.Symbol, "QueueOutputAttribute") is not null && !IsArrayOfStrings(o.Type)))
        {
            yield return $"{function.Name}: queue output {output.Symbol.Name} is no string[], and the host rewrites any other JSON";
        }

        if (function.HttpTrigger is { } http)
        {
            foreach (var broken in HttpRules(function.Name, http)) yield return broken;
        }
    }

    private static IEnumerable<string> HttpRules(string name, AttributeData trigger)
    {
        if (trigger.ConstructorArguments is not [{ Kind: TypedConstantKind.Enum, Value: 0 }, ..])
        {
            yield return $"{name}: its level is not Anonymous, and a host's key would open every tenant's data";
        }

        var route = trigger.NamedArguments.FirstOrDefault(a => a.Key == "Route").Value.Value as string;
        if (route is null)
        {
            yield return $"{name}: spells no route";
        }
        else if (RoutesOfTheHost.Contains(route.Split('/')[0], StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{name}: the host refuses to start with route {route}";
        }
    }

    private static IEnumerable<string> BindingNames(IMethodSymbol method)
        => method.Parameters.Select(p => p.Name)
            .Concat(Outputs(method).Where(o => o.Symbol is IPropertySymbol).Select(o => o.Symbol.Name));

    // The method's own result, or the properties of the type that carries several outputs.
    private static IEnumerable<(ISymbol Symbol, ITypeSymbol Type)> Outputs(IMethodSymbol method)
    {
        var result = method.ReturnType is INamedTypeSymbol { Name: "Task" or "ValueTask", TypeArguments: [var inner] } ? inner : method.ReturnType;
        var properties = result.GetMembers().OfType<IPropertySymbol>().Where(p => p.GetAttributes().Any(a => NameOf(a).StartsWith(Worker, StringComparison.Ordinal)));
        return properties.Select(p => ((ISymbol)p, p.Type)).Prepend((method, result));
    }

    private static bool IsArrayOfStrings(ITypeSymbol type) => type is IArrayTypeSymbol { ElementType.SpecialType: SpecialType.System_String };

    private static AttributeData? Find(ISymbol symbol, string attribute) => symbol.GetAttributes().FirstOrDefault(a => NameOf(a) == Worker + attribute);

    private static string NameOf(AttributeData attribute) => attribute.AttributeClass?.ToDisplayString() ?? "";

    public sealed record Function(string Name, IMethodSymbol Method)
    {
        public AttributeData? HttpTrigger => Method.Parameters.Select(p => Find(p, "HttpTriggerAttribute")).FirstOrDefault(a => a is not null);

        public string? Route => HttpTrigger?.NamedArguments.FirstOrDefault(a => a.Key == "Route").Value.Value as string;
    }
}
