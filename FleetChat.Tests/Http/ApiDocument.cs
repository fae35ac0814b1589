using System.Text.Json;
using FleetChat.Core.Data;

namespace FleetChat.Tests.Http;

/// <summary>A parameter of an operation, its references followed.</summary>
/// <param name="In"><c>path</c>, <c>query</c> or <c>header</c>.</param>
internal sealed record ApiParameter(string Name, string In, JsonElement Schema)
{
    /// <summary>Whether it takes an id of ours.</summary>
    public bool IsId => ApiDocument.IsId(Schema);
}

/// <param name="Function">The <c>operationId</c>.</param>
/// <param name="BodySchema">Null: it takes no JSON body.</param>
/// <param name="BodyExample">Null: none is given.</param>
internal sealed record ApiOperation(string Function, IReadOnlyList<ApiParameter> Parameters, JsonElement? BodySchema, JsonElement? BodyExample)
{
    /// <summary>The body's fields that take an id of ours, by name.</summary>
    public IReadOnlyList<string> BodyIds => BodySchema is { } schema
        ? [.. ApiDocument.Properties(schema).Where(property => ApiDocument.IsId(property.Value)).Select(property => property.Key)]
        : [];

    public bool HasParameter(string name) => Parameters.Any(parameter => parameter.Name == name);
}

/// <summary><c>docs/openapi.json</c>, as the host serves it.</summary>
internal static class ApiDocument
{
    public static JsonElement Root { get; } = Read();

    public static IReadOnlyDictionary<string, ApiOperation> Operations { get; } = (
        from path in Root.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select Of(operation.Value)).ToDictionary(operation => operation.Function);

    public static JsonElement Resolve(JsonElement schema)
    {
        if (!schema.TryGetProperty("$ref", out var reference)) return schema;
        return reference.GetString()!.Split('/').Skip(1).Aggregate(Root, (element, name) => element.GetProperty(name));
    }

    /// <summary>With those of the parts that it is all of.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Properties(JsonElement schema)
    {
        schema = Resolve(schema);
        if (schema.TryGetProperty("allOf", out var parts)) return parts.EnumerateArray().SelectMany(Properties).ToDictionary();
        return schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().ToDictionary(p => p.Name, p => p.Value) : new Dictionary<string, JsonElement>();
    }

    public static bool IsId(JsonElement schema) => Resolve(schema).TryGetProperty("format", out var format) && format.GetString() == "uuid";

    private static ApiOperation Of(JsonElement operation)
    {
        var parameters = operation.TryGetProperty("parameters", out var listed) ? listed.EnumerateArray().Select(Resolve) : [];
        var content = operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out var json) ? json : (JsonElement?)null;
        return new(
            operation.GetProperty("operationId").GetString()!,
            [.. parameters.Select(p => new ApiParameter(p.GetProperty("name").GetString()!, p.GetProperty("in").GetString()!, p.GetProperty("schema")))],
            content?.GetProperty("schema"),
            content is { } given && given.TryGetProperty("example", out var example) ? example : null);
    }

    private static JsonElement Read()
    {
        using var stream = typeof(TenantDbs).Assembly.GetManifestResourceStream("openapi.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
