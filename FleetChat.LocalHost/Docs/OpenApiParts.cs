using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Functions.Http;

namespace FleetChat.LocalHost.Docs;

/// <summary>What many routes share, said once.</summary>
internal static class OpenApiParts
{
    public static readonly IReadOnlyDictionary<int, string> RefusalNames = new Dictionary<int, string>
    {
        [400] = "Invalid",
        [401] = "Unauthenticated",
        [403] = "Forbidden",
        [404] = "NotFound",
        [409] = "Conflict",
        [411] = "LengthRequired",
        [412] = "Stale",
        [413] = "TooLarge",
        [415] = "UnsupportedMediaType",
        [422] = "KeyReused",
        [428] = "VersionUnnamed",
        [429] = "TooManyRequests",
        [500] = "Unexpected",
        [503] = "Unavailable",
    };

    public static JsonObject Info => new()
    {
        ["title"] = "FleetChat",
        ["version"] = "1.0.0",
        ["description"] = "A company's drivers, transports and messages. Every request is tied to one company: that of its API key, or the one that its user names; another company's id is answered as one that does not exist, and /api/platform is FleetChat's own people's. Times are UTC. Lists page by cursor. POSTs take an Idempotency-Key. Every answer names its request in X-Correlation-Id: the one that the caller sent, or a new one.",
    };

    public static JsonObject SecuritySchemes => new()
    {
        ["apiKey"] = Bearer(
            "fc_{environment}_{key id}_{secret}",
            "An API key. GETs need the scope read, others the scope write; users, invitations and keys are for people alone."),
        ["openId"] = Bearer(
            "JWT",
            "A person's token of an OpenID Connect issuer that the platform knows. It says who somebody is; what he may do is his role in the company (docs/access.md). Who works in several companies names one in the header X-Tenant-Id."),
    };

    public static JsonObject Parameters => new()
    {
        ["cursor"] = Parameter("cursor", "query", new() { ["type"] = "string" }, "next_cursor of the page before, with the same filters."),
        ["limit"] = Parameter(
            "limit", "query", new() { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = PageRequest.MaxLimit, ["default"] = PageRequest.DefaultLimit }, "Rows of a page."),
        ["idempotencyKey"] = Parameter(
            "Idempotency-Key", "header", new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = IdempotencyKeys.MaxLength },
            "The same request made again with this key gets the first one's answer, for a day."),
        ["ifMatch"] = Parameter("If-Match", "header", new() { ["type"] = "string" }, "The ETag that GET showed.", isRequired: true),
    };

    public static JsonObject Refusals => new()
    {
        ["Invalid"] = Refusal("Something in the request is wrong: field says what."),
        ["Unauthenticated"] = Refusal("No valid API key or token.", "WWW-Authenticate"),
        ["Forbidden"] = Refusal("The caller may not do this: code says why."),
        ["NotFound"] = Refusal("There is no such thing, or it is another company's."),
        ["Conflict"] = Refusal("Not possible now: code says why.", "Retry-After"),
        ["LengthRequired"] = Refusal("Content-Length is missing."),
        ["Stale"] = Refusal("Somebody changed it meanwhile: read it again."),
        ["TooLarge"] = Refusal("Over 1 MiB."),
        ["UnsupportedMediaType"] = Refusal("Not JSON."),
        ["KeyReused"] = Refusal("The Idempotency-Key belongs to another request."),
        ["VersionUnnamed"] = Refusal("Send the header If-Match with the ETag that was shown."),
        ["TooManyRequests"] = Refusal("Too many requests.", "Retry-After"),
        ["Unexpected"] = Refusal("Our fault."),
        ["Unavailable"] = Refusal("Somebody outside gave no usable answer, or a key of ours can't be read, and nothing was changed: code says which. Send it again in some minutes."),
    };

    public static JsonObject ETag => new()
    {
        [nameof(ETag)] = new JsonObject { ["description"] = "Its version, for If-Match.", ["schema"] = new JsonObject { ["type"] = "string" } },
    };

    public static JsonObject Shared(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };

    /// <param name="meaning">Of a text; null: it is an id of ours.</param>
    public static JsonObject PathParameter(string name, string? meaning)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (meaning is null) schema["format"] = "uuid";
        return Parameter(name, "path", schema, meaning ?? "The id.", isRequired: true);
    }

    public static JsonObject QueryParameter(QueryAttribute query)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (query.IsId) schema["format"] = "uuid";
        if (query.Words.Count > 0) schema["enum"] = new JsonArray([.. query.Words.Select(word => JsonValue.Create(word))]);
        return Parameter(query.Name, "query", schema, query.Meaning);
    }

    private static JsonObject Parameter(string name, string where, JsonObject schema, string description, bool isRequired = false)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = where, ["schema"] = schema, ["description"] = description };
        if (isRequired) parameter["required"] = true;
        return parameter;
    }

    private static JsonObject Bearer(string format, string description)
        => new() { ["type"] = "http", ["scheme"] = "bearer", ["bearerFormat"] = format, ["description"] = description };

    private static JsonObject Refusal(string description, string? header = null)
    {
        var refusal = new JsonObject { ["description"] = description };
        if (header is not null) refusal["headers"] = new JsonObject { [header] = new JsonObject { ["schema"] = new JsonObject { ["type"] = header == "Retry-After" ? "integer" : "string" } } };
        refusal["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = Shared("schemas", "Problem") } };
        return refusal;
    }
}
