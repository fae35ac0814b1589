using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>What drivers do in Samsara's own app: documents, inspections, messages to dispatch.</summary>
internal sealed class SamsaraPapers(SamsaraState state, SamsaraEvents events, TimeProvider clock)
{
    public Created SubmitDocument(long orgId, NewDocument request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var driver = org.GetDriver(request.DriverId);
            var type = org.DocumentTypes.Find(known => known.Id == request.DocumentTypeId) ?? throw new ControlException($"org {orgId} has no document type {request.DocumentTypeId}");
            var fields = type.Fields.Select(field => (JsonNode)SimulatorJson.Object(("label", field.Key), ("type", field.Value), ("value", request.Values?[field.Key]?.DeepClone() ?? new JsonObject())));
            var document = Document(org, driver, type, "submitted", request.Name, request.Notes, request.RouteStopId, request.VehicleId is { } vehicle ? org.GetVehicle(vehicle) : null, fields, clock.GetUtcNow());
            Submitted(org, document, request.Options);
            return new(document.Id);
        }
    }

    /// <summary>Kept, and told by webhook if it is no to-do.</summary>
    public void Submitted(Org org, Document document, EventOptions? how = null)
    {
        org.Documents.Add(document);
        if ((string?)document.Json["state"] == "submitted")
            events.Emit(org, "DocumentSubmitted", SimulatorJson.Object(("document", document.Json.DeepClone())), how ?? new());
    }

    /// <summary>A message of a driver to dispatch: no webhook carries its text, only <c>GET /v1/fleet/messages</c>.</summary>
    public void Say(long orgId, DriverWords words)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var driver = org.GetDriver(words.DriverId);
            org.Messages.Add(new(driver.Id, driver.Name, "driver", clock.GetUtcNow(), words.Text, IsRead: false));
        }
    }

    public static Document Document(
        Org org, Driver driver, DocumentType type, string documentState, string? name, string? notes, string? stopId, Vehicle? vehicle, IEnumerable<JsonNode> fields, DateTimeOffset now)
    {
        var route = stopId is null ? null : org.Routes.Find(found => found.Stops.Exists(stop => stop.Id == stopId)) ?? throw new ControlException($"no route has a stop {stopId}");
        var id = FreeId(org, driver, now);
        var json = SimulatorJson.Object(
            ("createdAtTime", WireTime.Milliseconds(now)),
            ("documentType", SimulatorJson.Object(("id", type.Id), ("name", type.Name))),
            ("driver", RouteJson.Who(driver)),
            ("fields", SimulatorJson.Array(fields)),
            ("id", id),
            ("name", name),
            ("notes", notes),
            ("route", route is null ? null : SimulatorJson.Object(("id", route.Id), ("name", route.Name))),
            ("routeStop", route is null ? null : SimulatorJson.Object(("id", stopId))),
            ("state", documentState),
            ("updatedAtTime", WireTime.Milliseconds(now)),
            ("vehicle", vehicle is null ? null : RouteJson.Which(vehicle)));
        return new(id, driver, type.Id, stopId, json, now);
    }

    // Two within one millisecond of the business clock, which may stand still.
    private static string FreeId(Org org, Driver driver, DateTimeOffset now)
    {
        for (var at = now.ToUnixTimeMilliseconds(); ; at++)
        {
            var id = $"{driver.Id}_{at}";
            if (!org.Documents.Exists(document => document.Id == id))
                return id;
        }
    }
}
