using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Templates of a WABA: submitted, listed, edited, deleted. The review ends by the business clock (<see cref="TemplateReviews"/>).</summary>
internal static class TemplatesApi
{
    public static void Map(IEndpointRouteBuilder app, GraphRest rest, WhatsAppState state)
    {
        const string at = GraphRest.Version + "/{id}";
        app.MapPost(at + "/message_templates", rest.Handle(call => Create(call, state)));
        app.MapGet(at + "/message_templates", rest.Handle(call => List(call, state)));
        app.MapDelete(at + "/message_templates", rest.Handle(call => Delete(call, state)));
        app.MapPost(at + "/unpause", rest.Handle(call => Unpause(call, state)));
    }

    public static IResult Edit(GraphCall call, WhatsAppState state)
    {
        var (_, template) = Find(call, state);
        if (template.Status is not ("APPROVED" or "REJECTED" or "PAUSED"))
            throw GraphErrorException.Invalid($"a template that is {template.Status} cannot be edited");
        template.ReadComponents(call.Body.Objects("components"));
        Submit(template, call.Now, state);
        return GraphRest.Success();
    }

    public static JsonObject Json(Template template) => SimulatorJson.Object(
        ("id", template.Id),
        ("name", template.Name),
        ("language", template.Language),
        ("status", template.Status),
        ("category", template.Category),
        ("parameter_format", template.Named ? "NAMED" : "POSITIONAL"),
        ("rejected_reason", template.RejectedReason),
        ("components", template.Components.DeepClone()));

    public static (Waba Waba, Template Template) Find(GraphCall call, WhatsAppState state)
    {
        foreach (var waba in state.Wabas.Where(call.Sees))
        {
            if (waba.Templates.Find(template => template.Id == call.Route("id")) is { } found)
                return (waba, found);
        }
        throw GraphErrorException.NoObject(call.Route("id"));
    }

    private static IResult Create(GraphCall call, WhatsAppState state)
    {
        var waba = call.Waba(state, "id");
        var template = Template.Read(call.Body, Unique.Digits(16));
        if (waba.Templates.Exists(other => other.Name == template.Name && other.Language == template.Language))
            throw new GraphErrorException(100, "Invalid parameter", $"there is already {template.Language} content for template {template.Name}") { Subcode = 2388024 };
        Submit(template, call.Now, state);
        waba.Templates.Add(template);
        return GraphRest.Json(SimulatorJson.Object(("id", template.Id), ("status", template.Status), ("category", template.Category)));
    }

    private static IResult List(GraphCall call, WhatsAppState state)
    {
        var waba = call.Waba(state, "id");
        var limit = int.TryParse(call.Query("limit"), out var wanted) && wanted is > 0 and <= 100 ? wanted : 25;
        var found = waba.Templates.Where(template =>
            (call.Query("name") is not { } name || template.Name.Contains(name, StringComparison.Ordinal))
            && (call.Query("language") is not { } language || template.Language == language)
            && (call.Query("status") is not { } status || template.Status == status)).ToList();
        var start = call.Query("after") is { } cursor ? found.FindIndex(template => template.Id == cursor) + 1 : 0;
        var page = found.Skip(start).Take(limit).ToList();
        var more = start + page.Count < found.Count;
        return GraphRest.Json(SimulatorJson.Object(
            ("data", SimulatorJson.Array(page.Select(Json))),
            ("paging", page.Count == 0 ? null : SimulatorJson.Object(
                ("cursors", SimulatorJson.Object(("before", page[0].Id), ("after", page[^1].Id))),
                ("next", more ? $"{call.Request.Scheme}://{call.Request.Host}{call.Request.Path}?after={page[^1].Id}" : null)))));
    }

    private static IResult Delete(GraphCall call, WhatsAppState state)
    {
        var waba = call.Waba(state, "id");
        var name = call.Query("name") ?? throw GraphErrorException.Missing("name is required");
        var id = call.Query("hsm_id");
        if (waba.Templates.RemoveAll(template => template.Name == name && (id is null || template.Id == id)) == 0)
            throw GraphErrorException.NoObject(name);
        return GraphRest.Success();
    }

    private static IResult Unpause(GraphCall call, WhatsAppState state)
    {
        var (_, template) = Find(call, state);
        if (template.Status != "PAUSED")
            throw GraphErrorException.Invalid($"the template is {template.Status}");
        template.Status = "APPROVED";
        return GraphRest.Success();
    }

    private static void Submit(Template template, DateTimeOffset now, WhatsAppState state)
        => (template.Status, template.RejectedReason, template.ReviewedAt) = ("PENDING", null, now + state.Settings.ReviewTime);
}
