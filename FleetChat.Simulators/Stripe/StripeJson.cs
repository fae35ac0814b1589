using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Stripe;

/// <summary>Something with an id that Stripe's calls and events show.</summary>
internal interface IStripeObject
{
    string Id { get; }

    DateTimeOffset Created { get; }

    /// <summary>As Stripe writes it, with null for what there is not.</summary>
    JsonObject ToJson();
}

internal static class StripeJson
{
    public static JsonObject Map(Dictionary<string, string> map) => new(map.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key, entry.Value)));

    public static JsonArray List(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode)item)]);

    /// <summary>Puts an object in the place of its id, as <c>expand[]=latest_charge</c> asks; of a list <c>data.latest_charge</c>.</summary>
    public static void Expand(JsonObject answer, IEnumerable<string> paths, Func<string, IStripeObject?> find)
    {
        foreach (var path in paths)
            Replace(answer, path.Split('.'), find);
    }

    private static void Replace(JsonNode? node, ReadOnlySpan<string> path, Func<string, IStripeObject?> find)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
                Replace(item, path, find);
        }
        if (node is not JsonObject parent || path.IsEmpty || !parent.ContainsKey(path[0]))
            return;
        if (parent[path[0]] is JsonValue id && find((string)id!) is { } found)
            parent[path[0]] = found.ToJson();
        Replace(parent[path[0]], path[1..], find);
    }
}
