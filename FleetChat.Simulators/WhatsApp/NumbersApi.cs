using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Numbers of a WABA: added, verified by a code, registered; and the WABA's subscription to webhooks.</summary>
internal static class NumbersApi
{
    private const int MostRegistrations = 10;

    private static readonly TimeSpan RegistrationWindow = TimeSpan.FromHours(72);

    public static void Map(IEndpointRouteBuilder app, GraphRest rest, WhatsAppState state, WhatsAppPeople people, SimulatorJournal journal)
    {
        const string at = GraphRest.Version + "/{id}";
        app.MapPost(at + "/phone_numbers", rest.Handle(call => Add(call, state)));
        app.MapGet(at + "/phone_numbers", rest.Handle(call => List(call, state)));
        app.MapPost(at + "/request_code", rest.Handle(call => RequestCode(call, state, journal)));
        app.MapPost(at + "/verify_code", rest.Handle(call => VerifyCode(call, state)));
        app.MapPost(at + "/register", rest.Handle(call => Register(call, state)));
        app.MapPost(at + "/deregister", rest.Handle(call => Deregister(call, state)));
        app.MapPost(at + "/subscribed_apps", rest.HandleAsync(call => SubscribeAsync(call, state, people)));
        app.MapGet(at + "/subscribed_apps", rest.Handle(call => Subscriptions(call.Waba(state, "id"))));
        app.MapDelete(at + "/subscribed_apps", rest.Handle(call => Unsubscribe(call.Waba(state, "id"))));
        app.MapPost(at, rest.Handle(call => Change(call, state)));
    }

    public static JsonObject Json(Number number, WhatsAppSettings settings) => SimulatorJson.Object(
        ("verified_name", number.VerifiedName),
        ("name_status", number.NameStatus),
        ("new_display_name", number.NewDisplayName),
        ("new_name_status", number.NewNameStatus),
        ("code_verification_status", number.Verified ? "VERIFIED" : "NOT_VERIFIED"),
        ("display_phone_number", "+" + number.Phone),
        ("quality_rating", "GREEN"),
        ("platform_type", number.Registered ? "CLOUD_API" : "NOT_APPLICABLE"),
        ("status", number.Registered ? "CONNECTED" : "PENDING"),
        ("throughput", SimulatorJson.Object(("level", settings.MessagesPerSecond is null or > 80 ? "HIGH" : "STANDARD"))),
        ("whatsapp_business_manager_messaging_limit", settings.MessagingTier),
        ("id", number.Id));

    private static IResult Add(GraphCall call, WhatsAppState state)
    {
        var waba = call.Waba(state, "id");
        var phone = call.Body.Text("cc", 4) + call.Body.Text("phone_number", 20);
        var name = call.Body.Text("verified_name", 100);
        if (!phone.All(char.IsAsciiDigit))
            throw call.Body.Bad("phone_number", "must be digits");
        if (state.Numbers.Exists(other => other.Phone == phone))
            throw call.Body.Bad("phone_number", "is in use by another account");
        var number = new Number(Unique.Digits(15), waba, phone) { VerifiedName = name, NameStatus = "PENDING_REVIEW" };
        state.Numbers.Add(number);
        return GraphRest.Json(SimulatorJson.Object(("id", number.Id)));
    }

    private static IResult List(GraphCall call, WhatsAppState state)
    {
        var waba = call.Waba(state, "id");
        return GraphRest.Json(SimulatorJson.Object(("data", SimulatorJson.Array(state.Numbers.Where(number => number.Waba == waba).Select(number => Json(number, state.Settings))))));
    }

    private static IResult RequestCode(GraphCall call, WhatsAppState state, SimulatorJournal journal)
    {
        var number = call.Number(state, "id");
        call.Body.OneOf("code_method", "SMS", "VOICE");
        call.Body.Text("language", 10);
        number.RequestedCode = Unique.Digits(6);
        journal.Write("code.sent", SimulatorJson.Object(("phone_number_id", number.Id), ("phone", number.Phone), ("code", number.RequestedCode)));
        return GraphRest.Success();
    }

    private static IResult VerifyCode(GraphCall call, WhatsAppState state)
    {
        var number = call.Number(state, "id");
        if (number.RequestedCode is null || call.Body.Text("code", 10) != number.RequestedCode)
            throw new GraphErrorException(136025, "Code couldn't be verified", "The code is wrong or was never requested.");
        (number.Verified, number.RequestedCode) = (true, null);
        return GraphRest.Success();
    }

    private static IResult Register(GraphCall call, WhatsAppState state)
    {
        var number = call.Number(state, "id");
        call.Body.OneOf("messaging_product", "whatsapp");
        var pin = call.Body.Text("pin", 6);
        if (pin.Length != 6 || !pin.All(char.IsAsciiDigit))
            throw call.Body.Bad("pin", "must be 6 digits");
        if (!number.Verified)
            throw new GraphErrorException(133006, "Phone number re-verification needed", "The phone number must be verified before it is registered.");
        number.Registrations.RemoveAll(time => call.Now - time >= RegistrationWindow);
        if (number.Registrations.Count >= MostRegistrations)
            throw new GraphErrorException(133016, "Account register deregister rate limit exceeded", "Too many registrations within 72 hours.");
        if (number.Pin is { } known && known != pin)
            throw new GraphErrorException(133005, "Two step verification PIN mismatch", "The PIN is wrong.");
        number.Registrations.Add(call.Now);
        (number.Pin, number.Registered) = (pin, true);
        // An approved name counts from then on.
        if (number.NewNameStatus == "APPROVED") (number.VerifiedName, number.NameStatus, number.NewDisplayName, number.NewNameStatus) = (number.NewDisplayName!, "APPROVED", null, null);
        return GraphRest.Success();
    }

    private static IResult Deregister(GraphCall call, WhatsAppState state)
    {
        var number = call.Number(state, "id");
        if (!number.Registered)
            throw GraphErrorException.NotRegistered();
        number.Registered = false;
        return GraphRest.Success();
    }

    private static async Task<IResult> SubscribeAsync(GraphCall call, WhatsAppState state, WhatsAppPeople people)
    {
        var callback = call.Body.OptionalText("override_callback_uri", 200);
        var url = callback is null ? null : Uri.TryCreate(callback, UriKind.Absolute, out var parsed) ? parsed : throw call.Body.Bad("override_callback_uri", "must be a URL");
        if (url is not null && !(await people.ShakeHandsAsync(url, call.Body.Text("verify_token", 500), call.Request.HttpContext.RequestAborted)).Verified)
            throw new GraphErrorException(2200, "Callback verification failed", "The callback URL did not answer with the challenge.");
        lock (state.Gate)
        {
            var waba = call.Waba(state, "id");
            (waba.Subscribed, waba.OverrideCallback) = (true, url);
            return GraphRest.Success();
        }
    }

    private static IResult Subscriptions(Waba waba)
    {
        var app = SimulatorJson.Object(
            ("whatsapp_business_api_data", SimulatorJson.Object(("id", "670843887433847"), ("name", "FleetChat"))), ("override_callback_uri", waba.OverrideCallback?.ToString()));
        return GraphRest.Json(SimulatorJson.Object(("data", waba.Subscribed ? new JsonArray(app) : new JsonArray())));
    }

    private static IResult Unsubscribe(Waba waba)
    {
        (waba.Subscribed, waba.OverrideCallback) = (false, null);
        return GraphRest.Success();
    }

    /// <summary>A number's new display name stands in the query; an edit of a template comes to the same kind of path.</summary>
    private static IResult Change(GraphCall call, WhatsAppState state)
    {
        if (state.Numbers.Exists(number => number.Id == call.Route("id")))
        {
            var number = call.Number(state, "id");
            (number.NewDisplayName, number.NewNameStatus) = (call.Query("new_display_name") ?? call.Body.Text("new_display_name", 100), "PENDING_REVIEW");
            return GraphRest.Success();
        }
        return TemplatesApi.Edit(call, state);
    }
}
