using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Samsara;

/// <summary>The simulator's own routes under <c>/_sim</c>; <see cref="SamsaraControl"/> is their typed client.</summary>
internal static class SamsaraControlApi
{
    public static void Map(WebApplication app, SamsaraWorld world, SamsaraEvents events)
    {
        var sim = app.MapGroup(SimulatorApp.ControlPrefix);
        sim.MapPost("/orgs", (NewOrg request) => Done(() => world.AddOrg(request)));
        sim.MapGet("/orgs", world.View);
        sim.MapPost("/settings", (SamsaraSettings request) => Done(() => world.Change(request)));
        sim.MapGet("/settings", world.Settings);
        sim.MapPost("/faults", (CallFault request) => Done(() => world.Fail(request)));
        sim.MapPost("/faults/clear", () => Done(world.ClearFaults));
        sim.MapPost("/hold", () => Done(events.Hold));
        sim.MapPost("/release", (Release request) => new Released(events.Release(request.Order)));
        sim.MapPost("/events/{eventId}/again", (string eventId) => events.EmitAgain(eventId));

        var org = sim.MapGroup("/orgs/{orgId:long}");
        org.MapPost("/tokens", (long orgId, NewToken request) => Done(() => world.AddToken(orgId, request)));
        org.MapPost("/tokens/revoke", (long orgId, NewToken request) => Done(() => world.RevokeToken(orgId, request.Value)));
        org.MapPost("/tokens/expire", (long orgId, TokenEnd request) => Done(() => world.ExpireToken(orgId, request)));
        org.MapPost("/tags", (long orgId, Tag request) => Done(() => world.AddTag(orgId, request)));
        org.MapPost("/grants", (long orgId, NewGrant request) => Done(() => world.AddGrant(orgId, request)));
        org.MapPost("/drivers", (long orgId, NewDriver request) => world.AddDriver(orgId, request));
        org.MapPost("/drivers/{driverId}", (long orgId, string driverId, DriverChange request) => Done(() => world.ChangeDriver(orgId, driverId, request)));
        org.MapPost("/vehicles", (long orgId, NewVehicle request) => world.AddVehicle(orgId, request));
        org.MapPost("/vehicles/{vehicleId}", (long orgId, string vehicleId, VehicleChange request) => Done(() => world.ChangeVehicle(orgId, vehicleId, request)));
        org.MapPost("/vehicles/{vehicleId}/position", (long orgId, string vehicleId, VehiclePosition request) => Done(() => world.MoveVehicle(orgId, vehicleId, request)));
        org.MapPost("/assignments", (long orgId, NewAssignment request) => Done(() => world.Assign(orgId, request)));
        org.MapPost("/drivers/{driverId}/unassign", (long orgId, string driverId) => Done(() => world.Unassign(orgId, driverId)));
        org.MapPost("/addresses", (long orgId, NewAddress request) => world.AddAddress(orgId, request));
        org.MapPost("/addresses/{addressId}", (long orgId, string addressId, AddressChange request) => Done(() => world.ChangeAddress(orgId, addressId, request)));
        org.MapDelete("/addresses/{addressId}", (long orgId, string addressId) => Done(() => world.DeleteAddress(orgId, addressId)));
        org.MapPost("/addresses/{addressId}/crossings", (long orgId, string addressId, GeofenceCrossing request) => world.CrossGeofence(orgId, addressId, request));
        org.MapPost("/webhooks", (long orgId, NewWebhook request) => world.AddWebhook(orgId, request));
        org.MapPost("/webhooks/{webhookId}/ping", (long orgId, string webhookId) => world.Ping(orgId, webhookId));
        org.MapPost("/document-types", (long orgId, NewDocumentType request) => world.AddDocumentType(orgId, request));
        org.MapPost("/documents", (long orgId, NewDocument request) => world.Papers.SubmitDocument(orgId, request));
        org.MapPost("/messages", (long orgId, DriverWords request) => Done(() => world.Papers.Say(orgId, request)));
        org.MapPost("/incidents", (long orgId, NewIncident request) => world.Alerts.Raise(orgId, request));
        org.MapPost("/incidents/{incidentId}/resolve", (long orgId, string incidentId, IncidentEnd request) => world.Alerts.Resolve(orgId, incidentId, request.Options));
        org.MapPost("/samples/{eventType}", (long orgId, string eventType, SampleRequest request) => world.EmitSample(orgId, eventType, request));
        org.MapPost("/events", (long orgId, EmitEvent request) => world.Emit(orgId, request));
        org.MapPost("/alerts", (long orgId, EmitAlert request) => world.EmitAlert(orgId, request));

        org.MapPost("/routes", (long orgId, NewRoute request) => world.Dispatch.AddRoute(orgId, request));
        org.MapGet("/routes/{routeId}", (long orgId, string routeId) => world.Dispatch.GetRoute(orgId, routeId));
        org.MapPost("/routes/{routeId}", (long orgId, string routeId, RouteChange request) => world.Dispatch.ChangeRoute(orgId, routeId, request));
        org.MapDelete("/routes/{routeId}", (long orgId, string routeId) => Done(() => world.Dispatch.DeleteRoute(orgId, routeId)));
        org.MapPost("/routes/{routeId}/order", (long orgId, string routeId, NewOrder request) => world.Dispatch.Resequence(orgId, routeId, request));
        var stop = org.MapGroup("/routes/{routeId}/stops/{stopId}");
        stop.MapPost("/en-route", (long orgId, string routeId, string stopId, StopEvent request) => world.EnRoute(orgId, routeId, stopId, request));
        stop.MapPost("/arrive", (long orgId, string routeId, string stopId, StopEvent request) => world.Arrive(orgId, routeId, stopId, request));
        stop.MapPost("/depart", (long orgId, string routeId, string stopId, StopEvent request) => world.Depart(orgId, routeId, stopId, request));
        stop.MapPost("/skip", (long orgId, string routeId, string stopId, StopEvent request) => world.Skip(orgId, routeId, stopId, request));
        stop.MapPost("/eta", (long orgId, string routeId, string stopId, StopEvent request) => world.Expect(orgId, routeId, stopId, request));
    }

    private static IResult Done(Action action)
    {
        action();
        return Results.Json(new Nothing());
    }
}
