using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>One authenticated call of the Graph API.</summary>
internal sealed record GraphCall(AccessToken Token, HttpRequest Request, JsonElement Json, DateTimeOffset Now)
{
    public Fields Body => Fields.Of(Json, "");

    public string Route(string name) => (string)Request.RouteValues[name]!;

    public string? Query(string name) => Request.Query[name] is [{ Length: > 0 } value] ? value : null;

    public bool Sees(Waba waba) => Token.WabaIds?.Contains(waba.Id) ?? true;

    // Somebody else's object and a missing one look alike.
    public Number Number(WhatsAppState state, string parameter)
        => state.Numbers.Find(number => number.Id == Route(parameter) && Sees(number.Waba)) ?? throw GraphErrorException.NoObject(Route(parameter));

    public Waba Waba(WhatsAppState state, string parameter)
        => state.Wabas.Find(waba => waba.Id == Route(parameter) && Sees(waba)) ?? throw GraphErrorException.NoObject(Route(parameter));
}

/// <summary>What every Graph call has in common: token, strict JSON, Meta's error body, the journal.</summary>
internal sealed class GraphRest(WhatsAppState state, TimeProvider clock, SimulatorJournal journal)
{
    /// <summary>Every path but the media links begins with the API's version.</summary>
    public const string Version = @"/{version:regex(^v\d+\.\d+$)}";

    public void Map(WebApplication app, WhatsAppSending sending, WhatsAppPeople people)
    {
        app.MapPost(Version + "/{id}/messages", async context =>
        {
            if (await ReadAsync(context) is { } call)
                await AnswerAsync(context, () => sending.HandleAsync(context, call));
        });
        NumbersApi.Map(app, this, state, people, journal);
        TemplatesApi.Map(app, this, state);
        MediaApi.Map(app, this, state);
        app.MapFallback(Handle(call => throw GraphErrorException.NoObject(call.Request.Path.ToString())));
    }

    /// <summary>A call whose answer needs no waiting, made under the state's gate.</summary>
    public RequestDelegate Handle(Func<GraphCall, IResult> answer) => HandleAsync(call =>
    {
        lock (state.Gate)
            return Task.FromResult(answer(call));
    });

    public RequestDelegate HandleAsync(Func<GraphCall, Task<IResult>> answer) => async context =>
    {
        if (await ReadAsync(context) is not { } call)
            return;
        await AnswerAsync(context, async () =>
        {
            var result = await answer(call);
            Write(context, (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK, call.Json);
            await result.ExecuteAsync(context);
        });
    };

    public static IResult Json(JsonNode body) => Results.Text(body.ToJsonString(SimulatorJson.Wire), "application/json", Encoding.UTF8);

    public static IResult Success() => Json(SimulatorJson.Object(("success", true)));

    private async Task<GraphCall?> ReadAsync(HttpContext context)
    {
        try
        {
            var token = Authenticate(context.Request);
            return new(token, context.Request, await BodyAsync(context.Request), clock.GetUtcNow());
        }
        catch (GraphErrorException refused)
        {
            Write(context, refused.Status, default);
            await refused.ToResult().ExecuteAsync(context);
            return null;
        }
    }

    private async Task AnswerAsync(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer();
        }
        catch (Exception error) when (error is GraphErrorException or InvalidFieldException)
        {
            var refused = error as GraphErrorException ?? GraphErrorException.Of((InvalidFieldException)error);
            Write(context, refused.Status, default);
            if (refused.RetryAfterSeconds is { } seconds)
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            await refused.ToResult().ExecuteAsync(context);
        }
    }

    private AccessToken Authenticate(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
            throw GraphErrorException.NoToken();
        lock (state.Gate)
        {
            if (!header.StartsWith(scheme, StringComparison.Ordinal) || !state.Tokens.TryGetValue(header[scheme.Length..], out var token))
                throw GraphErrorException.BadToken();
            return token.ExpiresAt <= clock.GetUtcNow() ? throw GraphErrorException.ExpiredToken() : token;
        }
    }

    private static async Task<JsonElement> BodyAsync(HttpRequest request)
    {
        // Uploads are multipart; some calls take everything from the query.
        if (!HttpMethods.IsPost(request.Method) || request.HasFormContentType || request.ContentLength == 0 || request.ContentType is null)
            return JsonSerializer.SerializeToElement(new JsonObject());
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw GraphErrorException.Invalid("the body is no JSON");
        }
    }

    private void Write(HttpContext context, int status, JsonElement body) => journal.Write("rest.request", SimulatorJson.Object(
        ("method", context.Request.Method),
        ("path", context.Request.Path.ToString()),
        ("query", context.Request.QueryString.ToString()),
        ("status", status),
        ("body", body.ValueKind == JsonValueKind.Undefined ? null : JsonNode.Parse(body.GetRawText()))));
}
