using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Stripe;

/// <summary>The simulator's own routes under <c>/_sim/stripe</c>; <see cref="StripeControl"/> is their typed client.</summary>
internal static class StripeControlApi
{
    public const string Prefix = "/stripe";

    public static void Map(WebApplication app, StripeDesk desk)
    {
        var sim = app.MapGroup(SimulatorApp.ControlPrefix + Prefix);
        sim.MapGet("", desk.View);
        sim.MapGet("/money", (string? invoice) => desk.Money(invoice));
        sim.MapGet("/settings", desk.Settings);
        sim.MapPost("/settings", (StripeSettings request) => Done(() => desk.Change(request)));
        sim.MapPost("/advance", desk.Advance);

        sim.MapPost("/endpoints", (NewEndpoint request) => Done(() => desk.AddEndpoint(request)));
        sim.MapPost("/endpoints/remove", (EndpointView request) => Done(() => desk.RemoveEndpoint(request.Url)));
        sim.MapPost("/endpoints/rotate", (SecretRotation request) => Done(() => desk.RotateSecret(request)));
        sim.MapPost("/hold", () => Done(desk.Hold));
        sim.MapPost("/release", (EventRelease request) => desk.Release(request.Order));
        sim.MapPost("/redeliver", (StripeObjectId request) => Done(() => desk.SendAgain(request.Id)));

        sim.MapPost("/checkout/complete", (CheckoutCompletion request) => desk.CompleteCheckout(request));
        sim.MapPost("/checkout/expire", (StripeObjectId request) => Done(() => desk.ExpireCheckout(request.Id)));
        sim.MapPost("/methods", (NewMethod request) => desk.AddMethod(request));
        sim.MapPost("/methods/change", (MethodChange request) => Done(() => desk.ChangeMethod(request)));
        sim.MapPost("/payments/authenticate", (StripeObjectId request) => Done(() => desk.Authenticate(request.Id)));
        sim.MapPost("/disputes", (NewDispute request) => desk.OpenDispute(request));
        sim.MapPost("/disputes/close", (DisputeEnd request) => Done(() => desk.CloseDispute(request)));
        sim.MapPost("/refunds", (DashboardRefund request) => desk.Refund(request));
    }

    private static IResult Done(Action action)
    {
        action();
        return Results.Json(new Nothing());
    }
}
