using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Security.Audit;

namespace FleetChat.Core.Tenants.Configuration;

/// <summary>What a change made of the settings, by the path that a request has for it.</summary>
internal static class SettingChanges
{
    private const string Configuration = "configuration.";

    /// <summary>They follow from the rest.</summary>
    private static readonly string[] s_passedOver = ["version", "updated_at", "warnings"];

    /// <summary>Of these it is told only that they were given: they are secret, or a person's.</summary>
    private static readonly string[] s_unshown = ["samsara_config.api_token", "samsara_config.webhook_secret", "whatsapp_config.access_token", "primary_contact", "address", "tax_id"];

    public static JsonObject Between(TenantView before, TenantView after)
    {
        var (old, made) = (Leaves(before), Leaves(after));
        var changes = new JsonObject();
        foreach (var path in old.Keys.Union(made.Keys).Where(path => !s_passedOver.Contains(path) && old.GetValueOrDefault(path) != made.GetValueOrDefault(path)).Order(StringComparer.Ordinal))
        {
            if (Array.Find(s_unshown, hidden => path == hidden || path.StartsWith($"{hidden}.", StringComparison.Ordinal)) is { } unshown) changes[unshown] = new JsonObject { ["set"] = true };
            else changes[path] = Change(Parse(old.GetValueOrDefault(path)), Parse(made.GetValueOrDefault(path)));
        }
        return changes;
    }

    public static JsonObject Of(string path, JsonNode? from, JsonNode? to) => new() { [path] = Change(from, to) };

    /// <summary>Of what is never shown.</summary>
    public static JsonObject Given(string path) => new() { [path] = new JsonObject { ["set"] = true } };

    /// <summary>The same as two sides; what is only told as given stands in neither.</summary>
    public static AuditChange Sides(JsonObject changes)
    {
        return new(Side("from"), Side("to"));

        JsonObject Side(string name) => new(changes.Where(change => change.Value is JsonObject sides && sides.ContainsKey(name)).Select(change => KeyValuePair.Create(change.Key, change.Value![name]?.DeepClone())));
    }

    public static JsonObject Change(JsonNode? from, JsonNode? to) => new() { ["from"] = from, ["to"] = to };

    private static JsonNode? Parse(string? json) => json is null ? null : JsonNode.Parse(json);

    private static Dictionary<string, string> Leaves(TenantView view)
    {
        var leaves = new Dictionary<string, string>();
        Add("", JsonSerializer.SerializeToElement(view, PublicJson.Options));
        return leaves;

        void Add(string path, JsonElement element)
        {
            if (element.ValueKind != JsonValueKind.Object) leaves[path.StartsWith(Configuration, StringComparison.Ordinal) ? path[Configuration.Length..] : path] = element.GetRawText();
            else foreach (var member in element.EnumerateObject()) Add(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value);
        }
    }
}
