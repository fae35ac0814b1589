using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;

namespace FleetChat.Tests.Http;

/// <summary>What an answer has to look like, by <c>docs/openapi.json</c>. A field that is not described is a difference, too.</summary>
internal static partial class ApiContract
{
    private const string Id = "https://api.fleetchat.example/described";

    private static readonly EvaluationOptions s_strict = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };
    private static readonly List<Operation> s_operations = Read();

    /// <returns>None for what is no route of the document: webhooks, links, and what does not exist.</returns>
    public static IEnumerable<string> FindDifferences(HttpMethod method, string path, HttpResponseMessage response, byte[] body)
    {
        // A literal route stands before one with a parameter.
        if (s_operations.Where(o => o.Method == method.Method && o.Path.IsMatch(path)).MinBy(o => o.Parameters) is not { } operation) return [];
        var at = $"{operation.Name} {(int)response.StatusCode}";
        if (!operation.Answers.TryGetValue((int)response.StatusCode, out var answer)) return [$"{at}: no such answer is described"];
        var type = response.Content.Headers.ContentType?.MediaType;
        if (type != answer.ContentType) return [$"{at}: {type} instead of {answer.ContentType}"];
        if (answer.Schema is null) return [];
        using var document = JsonDocument.Parse(body);
        var result = answer.Schema.Evaluate(document.RootElement, s_strict);
        return result.IsValid ? [] : (result.Details ?? []).Where(d => d.Errors is not null)
            .SelectMany(d => d.Errors!.Select(error => $"{at}: {d.InstanceLocation} {error.Value}"));
    }

    private static List<Operation> Read()
    {
        var root = JsonObject.Create(ApiDocument.Root)!;
        var schemas = root["components"]!["schemas"]!.DeepClone().AsObject();
        foreach (var (_, schema) in schemas)
        {
            if (schema!["properties"] is not null) schema["additionalProperties"] = false;
        }
        SchemaRegistry.Global.Register(JsonSchema.FromText(Refer(new JsonObject { ["$id"] = Id, ["$defs"] = schemas })));
        return [.. from path in root["paths"]!.AsObject() from verb in path.Value!.AsObject() select Of(root, path.Key, verb.Key, verb.Value!)];
    }

    private static Operation Of(JsonObject root, string path, string verb, JsonNode operation) => new(
        operation["operationId"]!.GetValue<string>(),
        verb.ToUpperInvariant(),
        new($"^{PathParameter().Replace(path, "[^/]+")}$"),
        PathParameter().Count(path),
        operation["responses"]!.AsObject().ToDictionary(r => int.Parse(r.Key, CultureInfo.InvariantCulture), r => AnswerOf(root, r.Value!)));

    private static Answer AnswerOf(JsonObject root, JsonNode response)
    {
        if (response["$ref"] is { } reference) response = root["components"]!["responses"]![reference.GetValue<string>().Split('/')[^1]]!;
        var (type, media) = response["content"]!.AsObject().Single();
        var isJson = type.EndsWith("json", StringComparison.Ordinal);
        return new(type, isJson ? JsonSchema.FromText(Refer(media!["schema"]!)) : null);
    }

    private static string Refer(JsonNode schema) => schema.ToJsonString().Replace("#/components/schemas/", $"{Id}#/$defs/", StringComparison.Ordinal);

    private sealed record Operation(string Name, string Method, Regex Path, int Parameters, IReadOnlyDictionary<int, Answer> Answers);

    private sealed record Answer(string ContentType, JsonSchema? Schema);

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex PathParameter();
}
