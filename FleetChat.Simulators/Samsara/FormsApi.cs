using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>Forms that a program hands to a driver: they always begin as not started.</summary>
internal static class FormsApi
{
    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest)
    {
        app.MapPost("/form-submissions", rest.Handle(Create));
        app.MapGet("/form-submissions", rest.Handle(List));
    }

    private static IResult Create(SamsaraCall call)
    {
        var body = call.Body;
        body.RefuseOthers("formTemplate", "status", "assignedTo", "routeStopId", "fields", "externalIds", "dueAtTime", "title", "isRequired");
        body.OneOf("status", "notStarted");
        var assignedTo = body.OptionalObject("assignedTo");
        if (assignedTo is { } somebody && somebody.OneOf("type", "driver", "user") == "driver")
            DriversApi.Find(call, somebody.Text("id", 50));
        var stopId = body.OptionalText("routeStopId", 50);
        if (stopId is not null && !call.Org.Routes.Exists(route => route.Stops.Exists(stop => stop.Id == stopId)))
            throw body.Bad("routeStopId", "is unknown");
        foreach (var field in body.OptionalObjects("fields") ?? [])
            (_, _) = (field.Text("id", 100), field.Text("type", 50));
        var form = SimulatorJson.Object(
            ("assignedAtTime", assignedTo is null ? null : WireTime.Milliseconds(call.Now)),
            ("assignedTo", Copy(assignedTo)),
            ("createdAtTime", WireTime.Milliseconds(call.Now)),
            ("fields", SimulatorJson.Array((body.OptionalObjects("fields") ?? []).Select(field => Copy(field)!))),
            ("formTemplate", SimulatorJson.Object(("id", body.Object("formTemplate").Text("id", 100)), ("revisionId", Unique.Uuid()))),
            ("id", Unique.Uuid()),
            ("routeStopId", stopId),
            ("status", "notStarted"),
            ("updatedAtTime", WireTime.Milliseconds(call.Now)));
        call.Org.Forms.Add(new((string)form["id"]!, form));
        return SamsaraRest.Data(form.DeepClone());
    }

    private static IResult List(SamsaraCall call)
    {
        var ids = call.QueryList("ids") ?? throw SamsaraErrorException.Invalid("ids is required.");
        return SamsaraRest.Data(SimulatorJson.Array(call.Org.Forms.Where(form => ids.Contains(form.Id)).Select(form => form.Json.DeepClone())));
    }

    private static JsonNode? Copy(Fields? fields) => fields is { } given ? JsonNode.Parse(given.Element.GetRawText()) : null;
}
