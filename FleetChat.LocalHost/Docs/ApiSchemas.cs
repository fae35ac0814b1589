using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Http;

namespace FleetChat.LocalHost.Docs;

/// <summary>The schemas of the API's bodies and answers, made of their types, each by its name.</summary>
internal sealed class ApiSchemas(XmlDocs docs)
{
    private static readonly JsonSerializerOptions s_json = new(ApiJson.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    private readonly SortedDictionary<string, (Type Type, JsonObject Schema)> _named = new(StringComparer.Ordinal);
    private bool _isBody;

    /// <summary>All that were asked for so far.</summary>
    public JsonObject ToJson() => new(_named.Select(named => KeyValuePair.Create<string, JsonNode?>(named.Key, named.Value.Schema)));

    /// <summary>What a caller may send: what has to be there is marked, and a field that nobody knows is refused.</summary>
    /// <remarks>Bodies before answers: what is both is described as the former.</remarks>
    public JsonNode Body(Type type) => Export(type, isBody: true);

    /// <summary>What is answered: every field is there.</summary>
    public JsonNode Answer(Type type) => Export(type, isBody: false);

    private JsonNode Export(Type type, bool isBody)
    {
        _isBody = isBody;
        return s_json.GetJsonSchemaAsNode(type, new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe });
    }

    private JsonNode Describe(JsonSchemaExporterContext context, JsonNode given)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var isNullable = IsNullable(given) || type != context.TypeInfo.Type;
        var schema = given as JsonObject ?? OfConverted(type, isNullable);
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object) schema = Refer(type, schema, isNullable);
        if (context.PropertyInfo is { } property) DescribeProperty(schema, property, isNullable);
        return schema;
    }

    // What is written by a converter of our own, of which the exporter knows nothing.
    private static JsonObject OfConverted(Type type, bool isNullable)
    {
        if (type == typeof(DateTimeOffset)) return new() { ["type"] = TypeNode("string", isNullable), ["format"] = "date-time" };
        if (type == typeof(TenantId)) return new() { ["type"] = TypeNode("string", isNullable) };
        if (type == typeof(JsonElement)) return [];
        throw new InvalidOperationException($"Nobody says how {type} looks in JSON: say it here.");
    }

    private JsonObject Refer(Type type, JsonObject schema, bool isNullable)
    {
        var name = NameOf(type);
        if (!_named.TryGetValue(name, out var known)) _named[name] = (type, Whole(type, schema));
        else if (known.Type != type) throw new InvalidOperationException($"{type} and {known.Type} are both called {name} in the API: rename one.");
        var reference = new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
        return isNullable ? new() { ["oneOf"] = new JsonArray(reference, new JsonObject { ["type"] = "null" }) } : reference;
    }

    private JsonObject Whole(Type type, JsonObject schema)
    {
        var properties = schema["properties"] as JsonObject ?? [];
        var required = properties.Select(property => property.Key).Where(name => IsThere(type, name)).ToList();
        var whole = new JsonObject { ["type"] = "object" };
        if (docs.Of(type) is { } summary) whole["description"] = summary;
        whole["properties"] = properties.DeepClone();
        if (required.Count > 0) whole["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]);
        if (_isBody) whole["additionalProperties"] = false;
        return whole;
    }

    private void DescribeProperty(JsonObject schema, JsonPropertyInfo property, bool isNullable)
    {
        var member = (MemberInfo)property.AttributeProvider!;
        var attributes = AttributesOf(member.DeclaringType!, member.Name).ToList();
        var target = schema["items"] as JsonObject ?? schema;
        // What is left out is null anyway.
        if (schema.ContainsKey("default") && schema["default"] is null) schema.Remove("default");
        if (attributes.OfType<OneOfAttribute>().FirstOrDefault() is { } words)
            target["enum"] = new JsonArray([.. words.Words.Select(word => JsonValue.Create(word)), .. isNullable && target == schema ? [null] : Array.Empty<JsonNode?>()]);
        foreach (var attribute in attributes) Limit(schema, attribute);
        if (_isBody && attributes.OfType<RequiredAttribute>().Any()) MakeRequired(schema);
        if (docs.Of(member.DeclaringType!, member.Name) is { } text) schema["description"] = text;
    }

    // It can be left out in C#, so that its absence gets a clear answer; for callers it can't.
    private static void MakeRequired(JsonObject schema)
    {
        if (schema["type"] is JsonArray types) schema["type"] = types.First(type => type!.GetValue<string>() != "null")!.DeepClone();
        if (schema["enum"] is JsonArray words) words.RemoveAll(word => word is null);
        if (schema["oneOf"] is not JsonArray choices) return;
        schema["$ref"] = choices[0]!["$ref"]!.DeepClone();
        schema.Remove("oneOf");
    }

    private static void Limit(JsonObject schema, Attribute attribute)
    {
        switch (attribute)
        {
            case StringLengthAttribute length:
                if (length.MinimumLength > 0) schema["minLength"] = length.MinimumLength;
                schema["maxLength"] = length.MaximumLength;
                break;
            case RangeAttribute range:
                schema["minimum"] = Convert.ToInt64(range.Minimum, null);
                if (Convert.ToInt64(range.Maximum, null) is var most and not int.MaxValue) schema["maximum"] = most;
                break;
            case RegularExpressionAttribute pattern:
                schema["pattern"] = pattern.Pattern;
                break;
        }
    }

    // A body has what has to be there, an answer everything but what it leaves out where there is nothing.
    private bool IsThere(Type type, string jsonName)
    {
        var property = type.GetProperties().Single(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name) == jsonName);
        return _isBody ? AttributesOf(type, property.Name).OfType<RequiredAttribute>().Any() : property.GetCustomAttribute<JsonIgnoreAttribute>() is null;
    }

    private static IEnumerable<Attribute> AttributesOf(Type type, string name)
        => (type.GetProperty(name)?.GetCustomAttributes() ?? [])
            .Concat(type.GetConstructors().SelectMany(made => made.GetParameters()).Where(parameter => parameter.Name == name).SelectMany(parameter => parameter.GetCustomAttributes()));

    // DriverView is Driver to the world, and a page of it a DriverPage.
    private static string NameOf(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>)) return $"{NameOf(type.GetGenericArguments()[0])}Page";
        return type == typeof(ProblemDocument) ? "Problem" : type.Name.EndsWith("View", StringComparison.Ordinal) ? type.Name[..^"View".Length] : type.Name;
    }

    private static bool IsNullable(JsonNode schema)
        => schema is JsonObject { } given && given["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "null");

    private static JsonNode TypeNode(string type, bool isNullable) => isNullable ? new JsonArray(type, "null") : JsonValue.Create(type);
}
