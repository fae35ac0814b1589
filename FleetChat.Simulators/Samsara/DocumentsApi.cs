using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>Documents have to fit their type: labels and types are checked against <c>GET /fleet/document-types</c>.</summary>
internal static class DocumentsApi
{
    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest)
    {
        app.MapGet("/fleet/document-types", rest.Handle(call => SamsaraRest.Page(call, call.Org.DocumentTypes, type => type.Id, TypeJson)));
        app.MapPost("/fleet/documents", rest.Handle(Create));
        app.MapGet("/fleet/documents", rest.Handle(List));
        app.MapGet("/fleet/documents/{id}", rest.Handle(call => SamsaraRest.Data(Find(call).Json.DeepClone())));
    }

    private static IResult Create(SamsaraCall call)
    {
        var body = call.Body;
        body.RefuseOthers("documentTypeId", "driverId", "name", "notes", "routeStopId", "vehicleId", "state", "fields");
        var type = call.Org.DocumentTypes.Find(found => found.Id == body.Text("documentTypeId", 100)) ?? throw SamsaraErrorException.Invalid("documentTypeId is unknown.");
        var driver = DriversApi.Find(call, body.Text("driverId", 50));
        var route = body.OptionalText("routeStopId", 50) is not { } stopId ? null
            : call.Org.Routes.Find(found => found.Stops.Exists(stop => stop.Id == stopId)) ?? throw SamsaraErrorException.Invalid("routeStopId is unknown.");
        var fields = (body.OptionalObjects("fields") ?? []).Select(field => CheckedField(type, field)).ToList();
        var id = $"{driver.Id}_{call.Now.ToUnixTimeMilliseconds()}";
        var json = SimulatorJson.Object(
            ("conditionalFieldSections", new JsonArray()),
            ("createdAtTime", WireTime.Milliseconds(call.Now)),
            ("documentType", SimulatorJson.Object(("id", type.Id), ("name", type.Name))),
            ("driver", RouteJson.Who(driver)),
            ("fields", SimulatorJson.Array(fields)),
            ("id", id),
            ("name", body.OptionalText("name", 255)),
            ("notes", body.OptionalText("notes", 2000, allowEmpty: true)),
            ("route", route is null ? null : SimulatorJson.Object(("id", route.Id), ("name", route.Name))),
            ("routeStop", route is null ? null : SimulatorJson.Object(("id", body.Text("routeStopId", 50)))),
            // Left out, it is a to-do for the driver, not a document that is there.
            ("state", body.OptionalOneOf("state", "submitted", "required") ?? "required"),
            ("updatedAtTime", WireTime.Milliseconds(call.Now)));
        call.Org.Documents.Add(new(id, json, call.Now));
        return SamsaraRest.Data(json.DeepClone());
    }

    private static IResult List(SamsaraCall call)
    {
        var (start, end) = (call.RequiredQueryTime("startTime"), call.RequiredQueryTime("endTime"));
        return SamsaraRest.Page(call, call.Org.Documents.Where(document => document.CreatedAt >= start && document.CreatedAt <= end), document => document.Id, document => (JsonObject)document.Json.DeepClone());
    }

    private static JsonObject CheckedField(DocumentType type, Fields field)
    {
        var (label, kind) = (field.Text("label", 255), field.Text("type", 50));
        if (!type.Fields.Any(known => known.Key == label && known.Value == kind))
            throw field.Bad("label", $"is no {kind} field of document type {type.Name}");
        return SimulatorJson.Object(
            ("label", label), ("type", kind), ("value", field.OptionalObject("value") is { } value ? JsonNode.Parse(value.Element.GetRawText()) : new JsonObject()));
    }

    private static Document Find(SamsaraCall call) => call.Org.Documents.Find(document => document.Id == call.Route("id")) ?? throw SamsaraErrorException.NotFound("Document");

    private static JsonObject TypeJson(DocumentType type) => SimulatorJson.Object(
        ("fieldTypes", SimulatorJson.Array(type.Fields.Select(field => SimulatorJson.Object(("fieldType", field.Value), ("label", field.Key))))),
        ("id", type.Id),
        ("name", type.Name));
}
