using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>The simulator's own routes under <c>/_sim</c>; <see cref="WhatsAppControl"/> is their typed client.</summary>
internal static class WhatsAppControlApi
{
    public static void Map(WebApplication app, WhatsAppSetup setup, WhatsAppPeople people, WhatsAppUpdates updates)
    {
        var sim = app.MapGroup(SimulatorApp.ControlPrefix);
        sim.MapPost("/wabas", (NewWaba request) => Done(() => setup.AddWaba(request)));
        sim.MapGet("/wabas", setup.View);
        sim.MapPost("/wabas/updates", (WabaUpdate request) => Done(() => people.UpdateWaba(request)));
        sim.MapPost("/tokens", (NewAccessToken request) => Done(() => setup.AddToken(request)));
        sim.MapPost("/tokens/expire", (TokenExpiry request) => Done(() => setup.ExpireToken(request)));
        sim.MapPost("/numbers", (NewNumber request) => Done(() => setup.AddNumber(request)));
        sim.MapPost("/numbers/name", (NameDecision request) => Done(() => setup.DecideName(request)));
        sim.MapPost("/users", (NewUser request) => Done(() => setup.AddUser(request)));
        sim.MapPost("/templates", (NewTemplate request) => Done(() => setup.AddTemplate(request)));
        sim.MapPost("/templates/status", (TemplateStatus request) => Done(() => setup.SetTemplateStatus(request)));
        sim.MapPost("/templates/reviews", (ReviewRule request) => Done(() => setup.Review(request)));
        sim.MapPost("/subscription", (Subscription request, CancellationToken ct) => setup.SubscribeAsync(request, ct));

        sim.MapPost("/settings", (WhatsAppSettings request) => Done(() =>
        {
            if (setup.Change(request))
                people.TellLimit();
        }));
        sim.MapGet("/settings", setup.Settings);
        sim.MapPost("/faults", (SendFault request) => Done(() => setup.Fail(request)));
        sim.MapPost("/faults/clear", () => Done(setup.ClearFaults));
        sim.MapPost("/statuses/plan", (StatusPlan request) => Done(() => setup.Plan(request)));
        sim.MapPost("/statuses", (NewStatus request) => Done(() => people.SendStatus(request)));
        sim.MapPost("/hold", () => Done(updates.Hold));
        sim.MapPost("/release", (UpdateRelease request) => new Released(updates.Release(request, setup.Settings())));
        sim.MapPost("/redeliver", (Redelivery request) => Done(() => updates.SendAgain(request.Id)));

        sim.MapPost("/users/text", (UserText request) => people.SendText(request));
        sim.MapPost("/users/tap", (UserTap request) => people.Tap(request));
        sim.MapPost("/users/location", (UserLocation request) => people.SendLocation(request));
        sim.MapPost("/users/media", (UserMedia request) => people.SendMedia(request));
        sim.MapPost("/users/reaction", (UserReaction request) => people.React(request));
        sim.MapPost("/users/revoke", (UserRevocation request) => people.Revoke(request));
        sim.MapPost("/users/edit", (UserEdit request) => people.Edit(request));
        sim.MapPost("/users/contact", (UserContact request) => people.SendContact(request));
        sim.MapPost("/users/order", (UserOrder request) => people.SendOrder(request));
        sim.MapPost("/users/unsupported", (UserUnsupported request) => people.SendUnsupported(request));
        sim.MapPost("/users/welcome", (UserWelcome request) => people.Welcome(request));
        sim.MapPost("/users/id", (UserChangesId request) => Done(() => people.ChangeUserId(request)));
        sim.MapPost("/users/identity", (UserChangesIdentity request) => Done(() => people.ChangeIdentity(request)));
        sim.MapPost("/users/presence", (UserPresence request) => Done(() => people.SetPresence(request)));
        sim.MapPost("/numbers/errors", (NumberErrors request) => Done(() => people.SendErrors(request)));
        sim.MapPost("/users/other", (UserOther request) => people.SendOther(request));
        sim.MapPost("/users/read", (UserRead request) => Done(() => people.Read(request.Wamid)));
        sim.MapPost("/users/preference", (UserPreference request) => Done(() => people.Prefer(request)));
        sim.MapPost("/users/number", (UserChangesNumber request) => Done(() => people.ChangeNumber(request)));
        sim.MapGet("/chats", (string? number, string? user) => people.Chats(number, user));
    }

    private static IResult Done(Action action)
    {
        action();
        return Results.Json(new Nothing());
    }
}
