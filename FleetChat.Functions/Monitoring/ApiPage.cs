using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace FleetChat.Functions.Monitoring;

/// <summary>The API's description as one page to read: without scripts, and without anything of another host.</summary>
internal sealed class ApiPage
{
    // Examples are read by people.
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StringBuilder _html = new();
    private readonly JsonElement _root;

    private ApiPage(JsonElement root) => _root = root;

    /// <param name="document">OpenAPI 3.1, as <c>docs/openapi.json</c>.</param>
    public static string Of(ReadOnlyMemory<byte> document)
    {
        using var parsed = JsonDocument.Parse(document);
        return new ApiPage(parsed.RootElement).Write();
    }

    private string Write()
    {
        var info = _root.GetProperty("info");
        _html.Append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>FleetChat API</title><style>")
            .Append(Style).Append("</style><h1>FleetChat API</h1><p>").Append(Text(info, "description"))
            .Append(" The same for machines: <a href=\"openapi.json\">openapi.json</a>.");
        var operations = (from path in _root.GetProperty("paths").EnumerateObject() from verb in path.Value.EnumerateObject() select (path.Name, verb)).ToLookup(o => o.verb.Value.GetProperty("tags")[0].GetString()!);
        _html.Append("<nav>");
        foreach (var tag in operations) _html.Append(CultureInfo.InvariantCulture, $"<a href=\"#{Encode(tag.Key)}\">{Encode(tag.Key)}</a> ");
        _html.Append("</nav>");
        foreach (var tag in operations)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<h2 id=\"{Encode(tag.Key)}\">{Encode(tag.Key)}</h2>");
            foreach (var (path, verb) in tag) WriteOperation(path, verb.Name, verb.Value);
        }
        _html.Append("<h2 id=\"schemas\">Schemas</h2>");
        foreach (var schema in _root.GetProperty("components").GetProperty("schemas").EnumerateObject()) WriteSchema(schema.Name, schema.Value);
        return _html.Append("</html>").ToString();
    }

    private void WriteOperation(string path, string verb, JsonElement operation)
    {
        _html.Append(CultureInfo.InvariantCulture, $"<details id=\"{Text(operation, "operationId")}\"><summary><b>{verb.ToUpperInvariant()}</b> <code>{Encode(path)}</code> {Text(operation, "summary")}</summary><p>{Text(operation, "description")}</p>");
        if (operation.TryGetProperty("parameters", out var parameters)) WriteParameters(parameters);
        if (operation.TryGetProperty("requestBody", out var body)) WriteContent("Body", body.GetProperty("content"));
        foreach (var answer in operation.GetProperty("responses").EnumerateObject())
        {
            var response = Resolve(answer.Value);
            _html.Append(CultureInfo.InvariantCulture, $"<p><b>{answer.Name}</b> {Text(response, "description")}");
            // Refusals all look alike: the schema Problem shows how.
            if (!answer.Value.TryGetProperty("$ref", out _)) WriteContent("", response.GetProperty("content"));
        }
        _html.Append("</details>");
    }

    private void WriteParameters(JsonElement parameters)
    {
        _html.Append("<table>");
        foreach (var given in parameters.EnumerateArray())
        {
            var parameter = Resolve(given);
            _html.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Text(parameter, "name")}</code><td>{Text(parameter, "in")}<td>{Type(parameter.GetProperty("schema"))}<td>{Text(parameter, "description")}");
        }
        _html.Append("</table>");
    }

    private void WriteContent(string title, JsonElement content)
    {
        foreach (var media in content.EnumerateObject())
        {
            _html.Append(CultureInfo.InvariantCulture, $"<p>{title} {Encode(media.Name)}: {Type(media.Value.GetProperty("schema"))}");
            if (media.Value.TryGetProperty("example", out var example)) _html.Append("<pre>").Append(Encode(JsonSerializer.Serialize(example, s_readable))).Append("</pre>");
        }
    }

    private void WriteSchema(string name, JsonElement schema)
    {
        _html.Append(CultureInfo.InvariantCulture, $"<details id=\"schema-{Encode(name)}\"><summary><code>{Encode(name)}</code> {Text(schema, "description")}</summary><table>");
        var required = schema.TryGetProperty("required", out var listed) ? listed.EnumerateArray().Select(n => n.GetString()).ToHashSet() : [];
        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
                _html.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Encode(property.Name)}</code><td>{(required.Contains(property.Name) ? "" : "may be left out")}<td>{Type(property.Value)}<td>{Text(property.Value, "description")}");
        }
        _html.Append("</table></details>");
    }

    // What it is, in a word or two.
    private static string Type(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var name = Encode(reference.GetString()!.Split('/')[^1]);
            return $"<a href=\"#schema-{name}\">{name}</a>";
        }
        if (schema.TryGetProperty("oneOf", out var choices)) return $"{Type(choices[0])} or null";
        if (schema.TryGetProperty("enum", out var words)) return string.Join(", ", words.EnumerateArray().Select(word => $"<code>{Encode(word.ToString())}</code>"));
        if (schema.TryGetProperty("items", out var items)) return $"list of {Type(items)}";
        if (!schema.TryGetProperty("type", out var type)) return "anything";
        var names = type.ValueKind == JsonValueKind.Array ? string.Join(" or ", type.EnumerateArray().Select(t => t.GetString())) : type.GetString()!;
        return schema.TryGetProperty("format", out var format) ? $"{Encode(names)}, {Encode(format.GetString()!)}" : Encode(names);
    }

    private JsonElement Resolve(JsonElement element) => element.TryGetProperty("$ref", out var reference)
        ? reference.GetString()!.Split('/').Skip(1).Aggregate(_root, (from, name) => from.GetProperty(name))
        : element;

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? Encode(text.GetString()!) : "";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private const string Style = """
        body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
        summary{cursor:pointer;padding:.3rem 0}details{border-bottom:1px solid #ddd}details>*:not(summary){margin-left:1rem}
        table{border-collapse:collapse}td{padding:.2rem .8rem .2rem 0;vertical-align:top}pre{background:#f4f4f4;padding:.6rem;overflow:auto}
        code{font-family:ui-monospace,monospace}nav a{margin-right:.6rem}
        @media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}a{color:#8ab4f8}pre{background:#222}details{border-color:#333}}
        """;
}
