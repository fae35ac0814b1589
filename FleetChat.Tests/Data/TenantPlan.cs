using System.Text.Json;
using System.Text.RegularExpressions;

namespace FleetChat.Tests.Data;

/// <summary>What PostgreSQL would do: whether each table that it reads is asked for the tenant's rows alone, whatever rows there are.</summary>
internal static partial class TenantPlan
{
    /// <param name="plan">Of <c>explain (verbose, format json)</c>, of a statement whose parameters are not known yet.</param>
    /// <returns>Tables of which it reads other tenants' rows too.</returns>
    public static IReadOnlyList<string> ReadUnasked(string plan, IReadOnlySet<string> tables)
    {
        using var document = JsonDocument.Parse(plan);
        var nodes = Nodes(document.RootElement[0].GetProperty("Plan")).ToList();
        var conditions = nodes.SelectMany(Conditions).ToList();
        var asked = conditions.SelectMany(condition => IsTenant().Matches(condition).Select(match => match.Groups[1].Value)).ToHashSet();
        var same = conditions.SelectMany(condition => IsSame().Matches(condition).Select(match => (One: match.Groups[1].Value, Other: match.Groups[2].Value))).ToList();
        while (same.Exists(pair => (asked.Contains(pair.One) && asked.Add(pair.Other)) || (asked.Contains(pair.Other) && asked.Add(pair.One)))) { }
        return
        [
            .. nodes.Where(node => Text(node, "Relation Name") is not null && Text(node, "Node Type") != "ModifyTable")
                .Select(node => (Table: $"{Text(node, "Schema")}.{Text(node, "Relation Name")}", Alias: Text(node, "Alias")!))
                .Where(read => tables.Contains(read.Table) && !asked.Contains(read.Alias)).Select(read => read.Table).Distinct(),
        ];
    }

    private static IEnumerable<JsonElement> Nodes(JsonElement node)
        => node.TryGetProperty("Plans", out var below) ? below.EnumerateArray().SelectMany(Nodes).Prepend(node) : [node];

    private static IEnumerable<string> Conditions(JsonElement node)
        => node.EnumerateObject().Where(member => member.Name.EndsWith(" Cond", StringComparison.Ordinal) || member.Name.EndsWith("Filter", StringComparison.Ordinal))
            .Select(member => member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : "");

    private static string? Text(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetString() : null;

    [GeneratedRegex(@"\b(\w+)\.tenant_id = \$1\b")]
    private static partial Regex IsTenant();

    [GeneratedRegex(@"\b(\w+)\.tenant_id = (\w+)\.tenant_id\b")]
    private static partial Regex IsSame();
}
