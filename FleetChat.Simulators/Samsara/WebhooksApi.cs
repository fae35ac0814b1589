using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>POST, GET one and PATCH answer the webhook bare; only the list is wrapped in <c>data</c>. Each answer shows the secret again.</summary>
internal static class WebhooksApi
{
    private const int MostCustomHeaders = 5;

    private static readonly string[] Versions = ["2018-01-01", "2021-06-09", "2022-09-13", "2024-02-27"];

    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest)
    {
        app.MapPost("/webhooks", rest.Handle(Create));
        app.MapGet("/webhooks", rest.Handle(List));
        app.MapGet("/webhooks/{id}", rest.Handle(call => SamsaraRest.Json(Json(Find(call)))));
        app.MapPatch("/webhooks/{id}", rest.Handle(Change));
        app.MapDelete("/webhooks/{id}", rest.Handle(Delete));
    }

    private static IResult Create(SamsaraCall call)
    {
        var body = call.Body;
        body.RefuseOthers("name", "url", "eventTypes", "version", "customHeaders");
        var webhook = new Webhook(Unique.Digits(16))
        {
            Name = body.Text("name", 255),
            Url = Url(body.Text("url", 2047)),
            SecretKey = Unique.Base64(32),
            EventTypes = body.OptionalTexts("eventTypes", 100) ?? [],
            Version = body.OptionalOneOf("version", Versions) ?? Versions[0],
            CustomHeaders = CustomHeaders(body) ?? [],
        };
        call.Org.Webhooks.Add(webhook);
        return SamsaraRest.Json(Json(webhook));
    }

    private static IResult List(SamsaraCall call)
    {
        var ids = call.QueryList("ids");
        return SamsaraRest.Page(call, call.Org.Webhooks.Where(webhook => ids is null || ids.Contains(webhook.Id)), webhook => webhook.Id, Json);
    }

    // PATCH's schema has no eventTypes: other events mean another webhook.
    private static IResult Change(SamsaraCall call)
    {
        var webhook = Find(call);
        var body = call.Body;
        body.RefuseOthers("name", "url", "version", "customHeaders");
        var (name, url, version, headers) = (body.OptionalText("name", 255), body.OptionalText("url", 2047), body.OptionalOneOf("version", Versions), CustomHeaders(body));
        webhook.Name = name ?? webhook.Name;
        webhook.Url = url is null ? webhook.Url : Url(url);
        webhook.Version = version ?? webhook.Version;
        webhook.CustomHeaders = headers ?? webhook.CustomHeaders;
        return SamsaraRest.Json(Json(webhook));
    }

    private static IResult Delete(SamsaraCall call)
    {
        call.Org.Webhooks.Remove(Find(call));
        return Results.NoContent();
    }

    private static Webhook Find(SamsaraCall call) => call.Org.Webhooks.Find(webhook => webhook.Id == call.Route("id")) ?? throw SamsaraErrorException.NotFound("Webhook");

    // Samsara wants https; a simulator on this machine also talks to plain http on this machine.
    private static Uri Url(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? url
            : throw SamsaraErrorException.Invalid("url must be https.");

    private static List<KeyValuePair<string, string>>? CustomHeaders(Fields body)
    {
        var headers = body.OptionalObjects("customHeaders")?.Select(header => KeyValuePair.Create(header.Text("key", 255), header.Text("value", 2047, allowEmpty: true))).ToList();
        return headers?.Count > MostCustomHeaders ? throw body.Bad("customHeaders", $"must have at most {MostCustomHeaders} items") : headers;
    }

    private static JsonObject Json(Webhook webhook) => SimulatorJson.Object(
        ("customHeaders", SimulatorJson.Array(webhook.CustomHeaders.Select(header => SimulatorJson.Object(("key", header.Key), ("value", header.Value))))),
        ("eventTypes", new JsonArray([.. webhook.EventTypes.Select(type => (JsonNode)type)])),
        ("id", webhook.Id),
        ("name", webhook.Name),
        ("secretKey", webhook.SecretKey),
        ("url", webhook.Url.OriginalString),
        ("version", webhook.Version));
}
