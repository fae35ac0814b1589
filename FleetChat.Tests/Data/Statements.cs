using System.Text.RegularExpressions;
using FleetChat.Core.Data;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace FleetChat.Tests.Data;

/// <summary>One of Core's statements, as it is handed to Npgsql.</summary>
/// <param name="Name">Its constant, or the class that holds it.</param>
/// <param name="Given">Types of the parameters that its method names after it, without the tenant.</param>
internal sealed partial record Statement(string Name, string Text, IReadOnlyList<string> Given)
{
    public int Parameters => Parameter().Matches(Text).Select(match => int.Parse(match.ValueSpan[1..], System.Globalization.CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();

    public bool NamesTenant => Predicate().IsMatch(Text);

    public bool Writes => Writing().IsMatch(Text);

    /// <summary>As somebody would leave it who forgot the tenant.</summary>
    public Statement WithoutPredicate => this with { Text = Predicate().Replace(Text, "$$1::text is not null") };

    public override string ToString() => Name;

    [GeneratedRegex(@"\$\d+")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\b(\w+\.)?tenant_id = \$1\b")]
    private static partial Regex Predicate();

    [GeneratedRegex(@"\b(insert into|update|delete from) (fleet|directory)\.")]
    private static partial Regex Writing();
}

/// <summary>Every statement of Core: read from its code, in which constants are put together and nothing else is SQL.</summary>
internal static partial class Statements
{
    /// <summary>What <see cref="P"/>'s functions make, in PostgreSQL's words.</summary>
    private static readonly Dictionary<string, string> s_types = new()
    {
        [nameof(P.Text)] = "text", [nameof(P.Texts)] = "text[]", [nameof(P.OptionalTexts)] = "text[]",
        [nameof(P.Uuid)] = "uuid", [nameof(P.Uuids)] = "uuid[]", [nameof(P.UuidsOrNull)] = "uuid[]", [nameof(P.OptionalUuids)] = "uuid[]",
        [nameof(P.Bytes)] = "bytea", [nameof(P.ByteArrays)] = "bytea[]",
        [nameof(P.Small)] = "smallint", [nameof(P.Smalls)] = "smallint[]", [nameof(P.Number)] = "integer", [nameof(P.Numbers)] = "integer[]", [nameof(P.Big)] = "bigint",
        [nameof(P.OptionalBigs)] = "bigint[]", [nameof(P.Doubles)] = "double precision[]", [nameof(P.Bool)] = "boolean", [nameof(P.Bools)] = "boolean[]",
        [nameof(P.Time)] = "timestamp with time zone", [nameof(P.Times)] = "timestamp with time zone[]", [nameof(P.Day)] = "date", [nameof(P.Days)] = "date[]", [nameof(P.Span)] = "interval",
    };

    public static IReadOnlyList<Statement> All { get; } = Read();

    private static List<Statement> Read()
    {
        using var assembly = AssemblyDefinition.ReadAssembly(typeof(TenantDb).Assembly.Location);
        var types = assembly.MainModule.GetTypes().ToList();
        var constants = types.SelectMany(type => type.Fields).Where(field => field.Constant is string)
            .GroupBy(field => (string)field.Constant).ToDictionary(same => same.Key, same => $"{same.First().DeclaringType.Name}.{same.First().Name}");
        return
        [
            .. types.SelectMany(type => type.Methods).Where(method => method.HasBody)
                .SelectMany(method => method.Body.Instructions.Where(i => IsStatement(i)).Select(i => (method.DeclaringType, Loads: i)))
                .GroupBy(use => (string)use.Loads.Operand)
                .Select(same => new Statement(
                    constants.GetValueOrDefault(same.Key) ?? Written(same.First().DeclaringType).Name, same.Key,
                    same.Select(use => TypesAfter(use.Loads)).MaxBy(given => given.Count)!))
                .OrderBy(statement => statement.Name, StringComparer.Ordinal),
        ];
    }

    private static bool IsStatement(Instruction instruction) => instruction.OpCode == OpCodes.Ldstr && Sql().IsMatch((string)instruction.Operand);

    private static List<string> TypesAfter(Instruction loads)
    {
        var types = new List<string>();
        for (var i = loads.Next; i is not null && !IsStatement(i); i = i.Next)
        {
            if (i.Operand is MethodReference { DeclaringType.Name: nameof(P) } called) types.Add(s_types[called.Name]);
        }
        return types;
    }

    // Not one that the compiler made of it.
    private static TypeDefinition Written(TypeDefinition type) => type.DeclaringType is { } outer && type.Name.Contains('<', StringComparison.Ordinal) ? Written(outer) : type;

    [GeneratedRegex(@"^\s*(select|insert\s+into|update|delete\s+from|with\s+(recursive\s+)?\w+\s+(as|\())\s", RegexOptions.IgnoreCase)]
    private static partial Regex Sql();
}
