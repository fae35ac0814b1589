using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Samsara;

/// <summary>One authenticated call: the token tells the org.</summary>
internal sealed record SamsaraCall(Org Org, ApiToken Token, HttpRequest Request, JsonElement Json, DateTimeOffset Now)
{
    public Fields Body => Fields.Of(Json, "");

    public string Route(string name) => (string)Request.RouteValues[name]!;

    public string? Query(string name) => Request.Query[name] is [{ Length: > 0 } value] ? value : null;

    /// <summary>Arrays in a query are comma-separated.</summary>
    public IReadOnlyList<string>? QueryList(string name) => Query(name)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public DateTimeOffset? QueryTime(string name)
    {
        if (Query(name) is not { } text)
            return null;
        return WireTime.TryParse(text, out var time) ? time : throw SamsaraErrorException.Invalid($"{name} must be an RFC 3339 time.");
    }

    public DateTimeOffset RequiredQueryTime(string name) => QueryTime(name) ?? throw SamsaraErrorException.Invalid($"{name} is required.");

    /// <summary>A tag-scoped token sees what bears one of its tags, or a tag below it.</summary>
    public bool Sees(IEnumerable<string> tagIds) => Token.TagIds.Count == 0 || tagIds.Any(tag => Org.IsOrIsBelow(tag, Token.TagIds));

    public bool Sees(Driver driver) => Sees(driver.Tags.Select(tag => tag.Id));

    public bool Sees(Vehicle vehicle) => Sees(vehicle.Tags.Select(tag => tag.Id));

    /// <summary>The query's <c>tagIds</c> and <c>parentTagIds</c>: a parent stands for all below it.</summary>
    public Func<IEnumerable<string>, bool> TagFilter(string prefix = "")
    {
        var (own, parents) = (QueryList(prefix.Length == 0 ? "tagIds" : $"{prefix}TagIds"), prefix.Length == 0 ? QueryList("parentTagIds") : null);
        if (own is null && parents is null)
            return _ => true;
        return tagIds => tagIds.Any(tag => own?.Contains(tag) == true || (parents is not null && Org.IsOrIsBelow(tag, parents)));
    }

    /// <summary>With a tag-scoped token whoever writes has to say where it belongs, and may only say what is his.</summary>
    public void RequireTags(Fields body)
    {
        if (Token.TagIds.Count == 0)
            return;
        var tagIds = body.OptionalTexts("tagIds", 50);
        if (tagIds is not { Count: > 0 })
            throw SamsaraErrorException.Invalid("tagIds is required with a tag-scoped token.");
        if (!Sees(tagIds))
            throw body.Bad("tagIds", "must name a tag of the token");
    }

    public int Limit()
        => Query("limit") is not { } text ? SamsaraRest.MostPerPage
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= SamsaraRest.MostPerPage ? limit
            : throw SamsaraErrorException.Invalid($"limit must be between 1 and {SamsaraRest.MostPerPage}.");
}

internal sealed class SamsaraErrorException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;

    public decimal? RetryAfterSeconds { get; init; }

    public static SamsaraErrorException Invalid(string message) => new(StatusCodes.Status400BadRequest, message);

    public static SamsaraErrorException NotFound(string what) => new(StatusCodes.Status404NotFound, $"{what} not found.");
}

/// <summary>What every REST call has in common: token, faults, strict body, errors in Samsara's two shapes, the journal.</summary>
internal sealed class SamsaraRest(SamsaraState state, TimeProvider clock, SimulatorJournal journal)
{
    public const int MostPerPage = 512;

    /// <summary>How Samsara words what a fault plan asks for.</summary>
    public static Refusals Refusals { get; } = new(
        TooMany: context => Error(context, StatusCodes.Status429TooManyRequests, "Exceeded rate limit."),
        Failure: (context, status) => Error(context, status, "Simulated failure."),
        ExpiredToken: context => Error(context, StatusCodes.Status401Unauthorized, "Invalid token."),
        IsMedia: _ => false);

    private readonly SamsaraLimits limits = new();

    public void Map(WebApplication app, SamsaraWorld world)
    {
        OAuthApi.Map(app, state, clock, journal);
        OrgApi.Map(app, this);
        VehiclesApi.Map(app, this);
        DriversApi.Map(app, this, world);
        RoutesApi.Map(app, this, world);
        WebhooksApi.Map(app, this);
        MessagesApi.Map(app, this);
        DocumentsApi.Map(app, this, world);
        FormsApi.Map(app, this);
        AlertsApi.Map(app, this);
        app.MapFallback(Handle(_ => throw SamsaraErrorException.NotFound("Path")));
    }

    public RequestDelegate Handle(Func<SamsaraCall, IResult> answer) => async context =>
    {
        var (result, status, body, org) = await AnswerAsync(context, answer);
        journal.Write("rest.request", SimulatorJson.Object(
            ("method", context.Request.Method),
            ("path", context.Request.Path.ToString()),
            ("query", context.Request.QueryString.ToString()),
            ("org_id", org),
            ("status", status),
            ("body", body is { } json ? JsonNode.Parse(json.GetRawText()) : null)));
        await result.ExecuteAsync(context);
    };

    /// <summary>A page of <paramref name="items"/>, which come in a stable order.</summary>
    public static IResult Page<T>(SamsaraCall call, IEnumerable<T> items, Func<T, string> id, Func<T, JsonObject> json)
    {
        var limit = call.Limit();
        var all = items.ToList();
        var start = 0;
        if (call.Query("after") is { } cursor)
        {
            start = all.FindIndex(item => Cursor(id(item)) == cursor) + 1;
            if (start == 0)
                throw SamsaraErrorException.Invalid("Invalid cursor.");
        }
        var page = all.Skip(start).Take(limit).ToList();
        var hasNextPage = start + page.Count < all.Count;
        return Json(SimulatorJson.Object(
            ("data", SimulatorJson.Array(page.Select(json))),
            ("pagination", SimulatorJson.Object(("endCursor", hasNextPage ? Cursor(id(page[^1])) : ""), ("hasNextPage", hasNextPage)))));
    }

    public static IResult Data(JsonNode data) => Json(SimulatorJson.Object(("data", data)));

    public static IResult Json(JsonNode body) => Results.Text(body.ToJsonString(SimulatorJson.Wire), "application/json", Encoding.UTF8);

    private async Task<(IResult Result, int Status, JsonElement? Body, long? Org)> AnswerAsync(HttpContext context, Func<SamsaraCall, IResult> answer)
    {
        JsonElement? body = null;
        long? orgId = null;
        try
        {
            body = await ReadBodyAsync(context.Request);
            lock (state.Gate)
            {
                var (org, token) = Authenticate(context.Request);
                orgId = org.Id;
                if (SamsaraScopes.Missing(token, context.Request.Method, context.Request.Path) is { } scope)
                    throw new SamsaraErrorException(state.Settings.MissingScopeStatus, $"Token lacks the scope {scope}.");
                limits.Check(org, token, context.Request, state.Settings, clock.GetUtcNow());
                if (state.TakeFault(context.Request.Path) is { } fault)
                    throw new SamsaraErrorException(fault.Status, fault.Status == StatusCodes.Status429TooManyRequests ? "Exceeded rate limit." : "Simulated failure.") { RetryAfterSeconds = fault.RetryAfterSeconds };
                var result = answer(new(org, token, context.Request, body ?? default, clock.GetUtcNow()));
                return (result, (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK, body, orgId);
            }
        }
        catch (SamsaraErrorException error)
        {
            if (error.RetryAfterSeconds is { } seconds)
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return (Error(context, error.Status, error.Message), error.Status, body, orgId);
        }
        catch (InvalidFieldException invalid)
        {
            return (Error(context, StatusCodes.Status400BadRequest, $"Invalid value for parameter: {invalid.Message}."), StatusCodes.Status400BadRequest, body, orgId);
        }
    }

    private (Org Org, ApiToken Token) Authenticate(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith(scheme, StringComparison.Ordinal) && state.FindToken(header[scheme.Length..], clock.GetUtcNow()) is { } found)
            return found;
        throw new SamsaraErrorException(StatusCodes.Status401Unauthorized, "Invalid token.");
    }

    private static async Task<JsonElement?> ReadBodyAsync(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method) && !HttpMethods.IsPatch(request.Method))
            return null;
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw SamsaraErrorException.Invalid("Invalid JSON.");
        }
    }

    // The old part of the API answers errors with a bare string.
    private static IResult Error(HttpContext context, int status, string message)
        => context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal)
            ? Results.Text(message, "text/plain", Encoding.UTF8, status)
            : Results.Text(SimulatorJson.Object(("message", message), ("requestId", Unique.LowerHex(8))).ToJsonString(SimulatorJson.Wire), "application/json", Encoding.UTF8, status);

    private static string Cursor(string id) => Convert.ToBase64String(Encoding.UTF8.GetBytes(id));
}
