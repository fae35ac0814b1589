using System.Text.Json;
using FleetChat.Functions.Security;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Http;

public sealed class OpenApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Document_has_every_route_of_the_app_and_no_other()
    {
        var described = Operations(await DocumentAsync()).Select(operation => $"{operation.Method} {operation.Path} ({operation.Id})").ToList();

        var routes = Route.All.Where(route => !SignedRoutes.Names.Contains(route.Function)).Select(route => route.ToString()).ToList();
        Findings.AssertNone(routes.Except(described).Select(route => $"not described: {route}"));
        Findings.AssertNone(described.Except(routes).Select(route => $"not there: {route}"));
    }

    [Fact]
    public async Task Open_routes_are_those_that_the_document_calls_open()
    {
        var open = Operations(await DocumentAsync()).Where(operation => operation.IsOpen).Select(operation => operation.Id);

        Assert.Equal(OpenRoutes.Names.Order(), open.Order());
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        var document = await DocumentAsync();

        Findings.AssertNone(References(document).Where(reference => !Leads(document, reference)));
    }

    [Theory]
    [InlineData("/api/tenant", "Tenant")]
    [InlineData("/api/usage", "Usage")]
    [InlineData("/api/drivers", "DriverPage")]
    [InlineData("/api/drivers/{driver}", "Driver")]
    [InlineData("/api/drivers/{invited}/consent", "Consent")]
    [InlineData("/api/imports", "ImportPage")]
    [InlineData("/api/imports/{import}", "Import")]
    [InlineData("/api/imports/{import}/rows", "ImportRowPage")]
    [InlineData("/api/transports", "TransportPage")]
    [InlineData("/api/transports/{transport}", "TransportDetail")]
    [InlineData("/api/stop-kinds", "StopKinds")]
    [InlineData("/api/templates", "TemplateList")]
    [InlineData("/api/messages", "MessagePage")]
    [InlineData("/api/messages/{message}", "Message")]
    [InlineData("/api/messages/{message}/why", "Explanation")]
    [InlineData("/api/media/{medium}", "Media")]
    [InlineData("/api/conversations?needs=dispatcher", "ConversationPage")]
    [InlineData("/api/alerts", "AlertPage")]
    [InlineData("/api/events", "EventPage")]
    [InlineData("/api/events/{event}/why", "Explanation")]
    [InlineData("/api/pauses", "PauseList")]
    [InlineData("/api/me", "Me")]
    [InlineData("/api/webhook-endpoints", "WebhookEndpointPage")]
    [InlineData("/api/webhook-endpoints/{endpoint}", "WebhookEndpoint")]
    [InlineData("/api/webhook-endpoints/{endpoint}/deliveries", "WebhookDeliveryPage")]
    [InlineData("/health/live", "Live")]
    [InlineData("/health/ready", "Readiness")]
    public async Task Answers_have_the_fields_that_the_document_says(string path, string schema)
    {
        var document = await DocumentAsync();
        var answer = await api.A.GetJsonAsync(path
            .Replace("{driver}", api.A.Driver.ToString(), StringComparison.Ordinal)
            .Replace("{import}", api.A.Import.ToString(), StringComparison.Ordinal)
            .Replace("{invited}", api.A.Invited.ToString(), StringComparison.Ordinal)
            .Replace("{transport}", api.A.Transport.ToString(), StringComparison.Ordinal)
            .Replace("{medium}", api.A.Medium.ToString(), StringComparison.Ordinal)
            .Replace("{event}", api.A.Event.ToString(), StringComparison.Ordinal)
            .Replace("{message}", api.A.Message.ToString(), StringComparison.Ordinal)
            .Replace("{endpoint}", api.A.WebhookEndpoint.ToString(), StringComparison.Ordinal));

        Findings.AssertNone(Differences(document, document.GetProperty("components").GetProperty("schemas").GetProperty(schema), answer, "$"));
    }

    private async Task<JsonElement> DocumentAsync() => await api.A.GetJsonAsync("/api/openapi.json");

    private static IEnumerable<(string Method, string Path, string Id, bool IsOpen)> Operations(JsonElement document)
        => from path in document.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select (operation.Name, path.Name, operation.Value.GetProperty("operationId").GetString()!, operation.Value.TryGetProperty("security", out _));

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member.Name == "$ref" ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static bool Leads(JsonElement document, string reference)
    {
        foreach (var name in reference.Split('/').Skip(1))
        {
            if (!document.TryGetProperty(name, out document)) return false;
        }
        return true;
    }

    // As much of JSON Schema as the document uses: fields, arrays, types, words.
    private static IEnumerable<string> Differences(JsonElement document, JsonElement schema, JsonElement value, string path)
    {
        schema = Resolve(document, schema);
        if (schema.TryGetProperty("oneOf", out var choices))
            return value.ValueKind == JsonValueKind.Null ? [] : Differences(document, choices[0], value, path);
        if (!Types(schema).Contains(TypeOf(value))) return [$"{path}: {TypeOf(value)} instead of {string.Join('|', Types(schema))}"];
        if (schema.TryGetProperty("enum", out var words) && words.EnumerateArray().All(word => word.GetString() != value.GetString()))
            return [$"{path}: {value} is not one of {words}"];
        return value.ValueKind switch
        {
            JsonValueKind.Array => value.EnumerateArray().SelectMany((item, i) => Differences(document, schema.GetProperty("items"), item, $"{path}[{i}]")),
            JsonValueKind.Object when Properties(document, schema) is { Count: > 0 } properties => DifferencesOfObject(document, properties, value, path),
            _ => [],
        };
    }

    private static IEnumerable<string> DifferencesOfObject(JsonElement document, Dictionary<string, JsonElement> properties, JsonElement value, string path)
    {
        var names = value.EnumerateObject().Select(member => member.Name).ToList();
        return names.Except(properties.Keys).Select(name => $"{path}.{name}: not described")
            .Concat(properties.Keys.Except(names).Select(name => $"{path}.{name}: not there"))
            .Concat(names.Intersect(properties.Keys).SelectMany(name => Differences(document, properties[name], value.GetProperty(name), $"{path}.{name}")));
    }

    private static Dictionary<string, JsonElement> Properties(JsonElement document, JsonElement schema)
    {
        schema = Resolve(document, schema);
        if (schema.TryGetProperty("allOf", out var parts)) return parts.EnumerateArray().SelectMany(part => Properties(document, part)).ToDictionary();
        return schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().ToDictionary(p => p.Name, p => p.Value) : [];
    }

    private static JsonElement Resolve(JsonElement document, JsonElement schema)
    {
        if (!schema.TryGetProperty("$ref", out var reference)) return schema;
        return reference.GetString()!.Split('/').Skip(1).Aggregate(document, (element, name) => element.GetProperty(name));
    }

    private static IEnumerable<string> Types(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type)) return ["object", "string"];
        return type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.Null => "null",
        _ => "boolean",
    };
}
