using System.Text.Json;

namespace FleetChat.Tests.Simulators;

/// <summary>Which members a JSON value has, and of what types: two payloads of one shape differ in their values alone.</summary>
internal static class Shape
{
    public static IReadOnlyList<string> Of(JsonElement value) => [.. Walk(value, "").Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Walk(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Walk(member.Value, $"{path}.{member.Name}")).Prepend($"{path}: object"),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(item => Walk(item, $"{path}[]")).Prepend($"{path}: array"),
        JsonValueKind.True or JsonValueKind.False => [$"{path}: boolean"],
        var kind => [$"{path}: {kind.ToString().ToLowerInvariant()}"],
    };
}
