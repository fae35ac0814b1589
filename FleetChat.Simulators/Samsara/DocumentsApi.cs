using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>Documents have to fit their type: labels and types are checked against <c>GET /fleet/document-types</c>.</summary>
internal static class DocumentsApi
{
    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest, SamsaraWorld world)
    {
        app.MapGet("/fleet/document-types", rest.Handle(call => SamsaraRest.Page(call, call.Org.DocumentTypes, type => type.Id, TypeJson)));
        app.MapPost("/fleet/documents", rest.Handle(call => Create(call, world)));
        app.MapGet("/fleet/documents", rest.Handle(List));
        app.MapGet("/fleet/documents/{id}", rest.Handle(call => SamsaraRest.Data(Find(call).Json.DeepClone())));
    }

    private static IResult Create(SamsaraCall call, SamsaraWorld world)
    {
        var body = call.Body;
        body.RefuseOthers("documentTypeId", "driverId", "name", "notes", "routeStopId", "vehicleId", "state", "fields");
        var type = call.Org.DocumentTypes.Find(found => found.Id == body.Text("documentTypeId", 100)) ?? throw SamsaraErrorException.Invalid("documentTypeId is unknown.");
        var driver = DriversApi.Find(call, body.Text("driverId", 50));
        var vehicle = body.OptionalText("vehicleId", 50) is { } vehicleId ? VehiclesApi.Find(call, vehicleId) : null;
        var stopId = body.OptionalText("routeStopId", 50);
        if (stopId is not null && !call.Org.Routes.Exists(route => route.Stops.Exists(stop => stop.Id == stopId)))
            throw SamsaraErrorException.Invalid("routeStopId is unknown.");
        var fields = (body.OptionalObjects("fields") ?? []).Select(field => DocumentFields.Checked(type, field, world.Settings().PhotoLinks)).ToList();
        // Left out, the state makes a to-do for the driver of it, not a document that is there.
        var state = body.OptionalOneOf("state", "submitted", "required") ?? "required";
        var document = SamsaraPapers.Document(call.Org, driver, type, state, body.OptionalText("name", 255), body.OptionalText("notes", 2000, allowEmpty: true), stopId, vehicle, fields, call.Now);
        world.Papers.Submitted(call.Org, document);
        return SamsaraRest.Data(document.Json.DeepClone());
    }

    private static IResult List(SamsaraCall call)
    {
        var (start, end, type) = (call.RequiredQueryTime("startTime"), call.RequiredQueryTime("endTime"), call.Query("documentTypeId"));
        var found = call.Org.Documents.Where(document =>
            document.CreatedAt >= start && document.CreatedAt <= end && (type is null || document.DocumentTypeId == type) && call.Sees(document.Driver));
        return SamsaraRest.Page(call, found, document => document.Id, document => (JsonObject)document.Json.DeepClone());
    }

    private static Document Find(SamsaraCall call)
        => call.Org.Documents.Find(document => document.Id == call.Route("id") && call.Sees(document.Driver)) ?? throw SamsaraErrorException.NotFound("Document");

    private static JsonObject TypeJson(DocumentType type) => SimulatorJson.Object(
        ("fieldTypes", SimulatorJson.Array(type.Fields.Select(field => SimulatorJson.Object(("fieldType", field.Value), ("label", field.Key))))),
        ("id", type.Id),
        ("name", type.Name));
}
