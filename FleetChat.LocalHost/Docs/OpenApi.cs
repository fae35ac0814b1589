using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.LocalHost.Docs;

/// <summary>The description of the API, <c>docs/openapi.json</c>, made of the functions, their attributes, types and comments.</summary>
internal sealed partial class OpenApi
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private readonly XmlDocs _docs = XmlDocs.Read(typeof(TenantDbs).Assembly, typeof(RoutePermissions).Assembly);
    private readonly ApiSchemas _schemas;

    private OpenApi() => _schemas = new(_docs);

    public static string Write() => new OpenApi().Describe().ToJsonString(s_readable) + "\n";

    private JsonObject Describe()
    {
        var routes = ListRoutes();
        var bodies = routes.Where(route => route.Takes is not null).ToDictionary(route => route.Name, route => _schemas.Body(route.Takes!.Body));
        var paths = new JsonObject();
        foreach (var of in routes.GroupBy(route => route.Path))
            paths[of.Key] = new JsonObject(of.Select(route => KeyValuePair.Create<string, JsonNode?>(route.Verb, Operation(route, bodies.GetValueOrDefault(route.Name)))));
        _schemas.Answer(typeof(ProblemDocument));
        var schemas = _schemas.ToJson();
        AddExamples(paths, new(schemas));
        return new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = OpenApiParts.Info,
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["security"] = new JsonArray(new JsonObject { ["apiKey"] = new JsonArray() }, new JsonObject { ["openId"] = new JsonArray() }),
            ["tags"] = new JsonArray([.. routes.Select(route => route.Tag).Distinct().Order(StringComparer.Ordinal).Select(tag => new JsonObject { ["name"] = tag })]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = OpenApiParts.SecuritySchemes,
                ["parameters"] = OpenApiParts.Parameters,
                ["responses"] = OpenApiParts.Refusals,
                ["schemas"] = schemas,
            },
        };
    }

    private static List<ApiRoute> ListRoutes() => [.. (
        from type in typeof(RoutePermissions).Assembly.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        let trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(found => found is not null)
        where function is not null && trigger is not null && !SignedRoutes.Names.Contains(function.Name)
        from verb in trigger.Methods!
        select new ApiRoute(function.Name, verb.ToLowerInvariant(), "/" + trigger.Route, method)).OrderBy(route => route.Path, StringComparer.Ordinal).ThenBy(route => route.Verb, StringComparer.Ordinal)];

    private JsonObject Operation(ApiRoute route, JsonNode? body)
    {
        var operation = new JsonObject
        {
            ["operationId"] = route.Name,
            ["tags"] = new JsonArray(route.Tag),
            ["summary"] = _docs.Of(route.Method) ?? throw new InvalidOperationException($"{route.Name} has no summary"),
        };
        Permit(operation, route);
        if (ParametersOf(route) is { Count: > 0 } parameters) operation["parameters"] = parameters;
        if (body is not null) operation["requestBody"] = Content("application/json", body, JsonNode.Parse(route.Takes!.Example), isRequired: !route.Takes.IsOptional);
        else if (route.Method.GetCustomAttribute<TakesFileAttribute>() is { } file) operation["requestBody"] = Content(file.ContentType, Binary(), null, isRequired: true);
        operation["responses"] = ResponsesOf(route);
        return operation;
    }

    // Who may call it, in words and for machines.
    private static void Permit(JsonObject operation, ApiRoute route)
    {
        if (OpenRoutes.Names.Contains(route.Name))
        {
            operation["description"] = "Open to all.";
            operation["security"] = new JsonArray();
            return;
        }
        var permission = RoutePermissions.Get(route.Name);
        operation["x-permission"] = permission.ToString();
        if (permission is Permission.BeKnown or Permission.BePerson)
        {
            operation["description"] = permission is Permission.BeKnown ? "For everybody who shows a valid key or token." : "For every person who has signed in; no API key.";
            return;
        }
        List<string> roles = [.. Roles.OfMembers.Concat(Roles.OfPlatform).Where(role => Roles.May(role, permission))];
        operation["x-roles"] = new JsonArray([.. roles.Select(role => JsonValue.Create(role))]);
        var scope = Roles.ScopeOf(permission);
        if (scope is not null) operation["x-scope"] = scope;
        operation["description"] = $"For {string.Join(", ", roles)}; {(scope is null ? "no API key" : $"API keys with the scope {scope}")}.";
    }

    private static JsonArray ParametersOf(ApiRoute route)
    {
        JsonArray parameters = [];
        var texts = route.Method.GetCustomAttributes<PathTextAttribute>().ToDictionary(text => text.Name, text => text.Meaning);
        foreach (var name in PathNames().Matches(route.Path).Select(match => match.Groups[1].Value))
            parameters.Add(OpenApiParts.PathParameter(name, texts.GetValueOrDefault(name)));
        foreach (var query in route.Method.GetCustomAttributes<QueryAttribute>())
            parameters.Add(OpenApiParts.QueryParameter(query));
        if (route.IsPage)
        {
            parameters.Add(OpenApiParts.Shared("parameters", "cursor"));
            parameters.Add(OpenApiParts.Shared("parameters", "limit"));
        }
        if (route.Has<OncePerKeyAttribute>()) parameters.Add(OpenApiParts.Shared("parameters", "idempotencyKey"));
        if (route.Has<IfMatchAttribute>()) parameters.Add(OpenApiParts.Shared("parameters", "ifMatch"));
        return parameters;
    }

    private JsonObject ResponsesOf(ApiRoute route)
    {
        var responses = new SortedDictionary<int, JsonNode>();
        foreach (var answer in route.Answers)
        {
            var response = Content("application/json", _schemas.Answer(answer.Body), null);
            response["description"] = answer.Meaning;
            if (answer.HasETag) response["headers"] = OpenApiParts.ETag;
            responses[answer.Status] = response;
        }
        if (route.Method.GetCustomAttribute<AnswersWithAttribute>() is { } other)
        {
            var schema = other.ContentType.StartsWith("image/", StringComparison.Ordinal) ? Binary() : new JsonObject { ["type"] = other.ContentType == "application/json" ? "object" : "string" };
            var response = Content(other.ContentType, schema, null);
            response["description"] = other.Meaning;
            responses[200] = response;
        }
        foreach (var status in route.Refusals) responses.TryAdd(status, OpenApiParts.Shared("responses", OpenApiParts.RefusalNames[status]));
        return new(responses.Select(response => KeyValuePair.Create<string, JsonNode?>(response.Key.ToString(CultureInfo.InvariantCulture), response.Value)));
    }

    private static void AddExamples(JsonObject paths, ApiExamples examples)
    {
        foreach (var operation in paths.SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!))
        {
            foreach (var response in operation["responses"]!.AsObject())
            {
                if (response.Value!["content"]?["application/json"] is JsonObject json) json["example"] = examples.Of(json["schema"]!);
            }
        }
    }

    private static JsonObject Content(string contentType, JsonNode schema, JsonNode? example, bool? isRequired = null)
    {
        var media = new JsonObject { ["schema"] = schema };
        if (example is not null) media["example"] = example;
        var content = new JsonObject();
        if (isRequired is { } required) content["required"] = required;
        content["content"] = new JsonObject { [contentType] = media };
        return content;
    }

    private static JsonObject Binary() => new() { ["type"] = "string", ["format"] = "binary" };

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex PathNames();
}

/// <summary>An HTTP function as its attributes describe it.</summary>
internal sealed record ApiRoute(string Name, string Verb, string Path, MethodInfo Method)
{
    public string Tag => Method.DeclaringType!.Namespace!.Split('.')[^1];

    public TakesAttribute? Takes => Method.GetCustomAttribute<TakesAttribute>();

    public IReadOnlyList<AnswersAttribute> Answers => [.. Method.GetCustomAttributes<AnswersAttribute>()];

    public bool IsPage => Answers.Any(answer => answer.Body.IsGenericType && answer.Body.GetGenericTypeDefinition() == typeof(Page<>));

    /// <summary>What its method, body and path make possible, and what it says beside.</summary>
    public SortedSet<int> Refusals
    {
        get
        {
            SortedSet<int> statuses = [.. Method.GetCustomAttribute<RefusesAttribute>()?.Statuses ?? []];
            if (!OpenRoutes.Names.Contains(Name)) statuses.UnionWith([401, 403, 429, 500, 503]);
            if (Path.Contains('{', StringComparison.Ordinal)) statuses.Add(404);
            if (IsPage || Has<QueryAttribute>()) statuses.Add(400);
            if (Takes is not null) statuses.UnionWith([400, 411, 413, 415]);
            if (Has<OncePerKeyAttribute>()) statuses.UnionWith([400, 409, 411, 413, 422]);
            if (Has<IfMatchAttribute>()) statuses.UnionWith([412, 428]);
            return statuses;
        }
    }

    public bool Has<T>()
        where T : Attribute
        => Method.GetCustomAttributes<T>().Any();
}
