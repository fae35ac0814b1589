using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>Alert configurations: which webhooks an incident goes to, and in which of the two envelopes.</summary>
internal static class AlertsApi
{
    private const int WebhookAction = 4;

    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest)
    {
        app.MapPost("/alerts/configurations", rest.Handle(Create));
        app.MapGet("/alerts/configurations", rest.Handle(List));
        app.MapDelete("/alerts/configurations", rest.Handle(Delete));
    }

    private static IResult Create(SamsaraCall call)
    {
        var body = call.Body;
        body.RefuseOthers("name", "isEnabled", "scope", "triggers", "actions", "operationalSettings");
        body.Object("scope").OptionalFlag("all");
        foreach (var trigger in body.Objects("triggers"))
            trigger.Number("triggerTypeId");
        var webhooks = body.Objects("actions").Where(action => (int)action.Number("actionTypeId") == WebhookAction).Select(action => action.Object("actionParams").Object("webhooks")).ToList();
        var ids = webhooks.SelectMany(webhook => webhook.OptionalTexts("webhookIds", 50) ?? []).ToList();
        if (ids.Find(id => !call.Org.Webhooks.Exists(webhook => webhook.Id == id)) is { } unknown)
            throw body.Bad("actions", $"names webhook {unknown}, which does not exist");
        var json = SimulatorJson.Object(
            ("actions", JsonNode.Parse(body.Element.GetProperty("actions").GetRawText())),
            ("createdAtTime", WireTime.Milliseconds(call.Now)),
            ("id", Unique.Uuid()),
            ("isEnabled", body.OptionalFlag("isEnabled") ?? throw body.Missing("isEnabled")),
            ("lastModifiedAtTime", WireTime.Milliseconds(call.Now)),
            ("name", body.Text("name", 255)),
            ("scope", JsonNode.Parse(body.Element.GetProperty("scope").GetRawText())),
            ("triggers", JsonNode.Parse(body.Element.GetProperty("triggers").GetRawText())));
        var legacy = webhooks.Select(webhook => webhook.OptionalOneOf("payloadType", "legacy", "enriched")).Any(type => type == "legacy");
        call.Org.AlertConfigurations.Add(new((string)json["id"]!, json, ids, legacy));
        return SamsaraRest.Data(json.DeepClone());
    }

    private static IResult List(SamsaraCall call)
    {
        var ids = call.QueryList("ids");
        return SamsaraRest.Page(call, call.Org.AlertConfigurations.Where(alert => ids is null || ids.Contains(alert.Id)), alert => alert.Id, alert => (JsonObject)alert.Json.DeepClone());
    }

    private static IResult Delete(SamsaraCall call)
    {
        var id = call.Query("id") ?? throw SamsaraErrorException.Invalid("id is required.");
        return call.Org.AlertConfigurations.RemoveAll(alert => alert.Id == id) == 0 ? throw SamsaraErrorException.NotFound("Alert configuration") : Results.NoContent();
    }
}
