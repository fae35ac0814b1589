using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;

namespace FleetChat.Simulators.Stripe;

/// <summary>Checkout in setup mode: nothing is charged, a method is kept for later.</summary>
internal static class CheckoutApi
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(24);
    private static readonly string[] Types = ["card", "sepa_debit", "us_bank_account"];

    public static void Map(WebApplication app, StripeRest rest, StripeState state, StripeEvents events)
    {
        app.MapPost("/v1/checkout/sessions", rest.Handle(call => Create(call, state, events)));
        app.MapGet("/v1/checkout/sessions/{id}", rest.Handle(call => Session(call, state).ToJson()));
        app.MapPost("/v1/checkout/sessions/{id}/expire", rest.Handle(call => Expire(call, state, events)));
        app.MapGet("/v1/setup_intents/{id}", rest.Handle(call => state.Get<SetupIntent>("setupintent", call.Route("id"), "intent").ToJson()));
    }

    /// <summary>Somebody has entered a method on the page.</summary>
    public static PaymentMethod Complete(StripeState state, StripeEvents events, CheckoutSession session, string type, MethodBehaviour? behaviour)
    {
        if (session.Status != "open")
            throw new ControlException($"{session.Id} is {session.Status}");
        if (!session.Types.Contains(type))
            throw new ControlException($"{session.Id} takes only {string.Join(", ", session.Types)}");
        var method = Attach(state, events, session.Customer, type, behaviour);
        (session.Status, session.Setup.Method) = ("complete", method);
        events.Emit("setup_intent.succeeded", session.Setup, session.Customer.Id);
        events.Emit("checkout.session.completed", session, session.Customer.Id);
        return method;
    }

    public static PaymentMethod Attach(StripeState state, StripeEvents events, Customer customer, string type, MethodBehaviour? behaviour)
    {
        if (!Types.Contains(type))
            throw new ControlException($"there is no method {type}, only {string.Join(", ", Types)}");
        var method = state.Add(new PaymentMethod(StripeState.NewId("pm"), type, state.Now) { Customer = customer });
        if (behaviour is not null) method.Behave(behaviour);
        customer.Methods.Add(method);
        events.Emit("payment_method.attached", method, customer.Id);
        return method;
    }

    public static void Expire(StripeEvents events, CheckoutSession session)
    {
        if (session.Status != "open")
            return;
        (session.Status, session.Setup.IsCanceled) = ("expired", true);
        events.Emit("checkout.session.expired", session, session.Customer.Id);
    }

    private static CheckoutSession Session(StripeCall call, StripeState state) => state.Get<CheckoutSession>("checkout.session", call.Route("id"), "session");

    private static JsonObject Create(StripeCall call, StripeState state, StripeEvents events)
    {
        var session = Read(call.Form, state);
        state.Add(session.Setup);
        state.Add(session, state.Sessions);
        events.Emit("setup_intent.created", session.Setup, session.Customer.Id);
        state.Schedule.At(session.ExpiresAt, () => Expire(events, session));
        return session.ToJson();
    }

    private static CheckoutSession Read(StripeForm form, StripeState state)
    {
        if (form.Text("mode") != "setup") throw StripeErrorException.Invalid("mode", "Invalid mode: the simulator knows setup alone.");
        var customer = state.Get<Customer>("customer", form.Text("customer"), "customer");
        var (currency, chosen) = (form.OptionalText("currency"), form.List("allowed_payment_method_types"));
        if (chosen.Count == 0 && currency is null) throw StripeErrorException.Missing("currency");
        if (chosen.FirstOrDefault(type => !Types.Contains(type)) is { } unknown)
            throw StripeErrorException.Invalid("allowed_payment_method_types", $"Invalid allowed_payment_method_types: {unknown}");
        var types = (chosen.Count > 0 ? chosen : Types).Where(type => currency is null || PaymentMethod.Pays(type, currency)).ToList();
        var (id, now) = ($"cs_test_{Unique.Letters(58)}", state.Now);
        var setup = new SetupIntent(StripeState.NewId("seti"), customer, types, now) { Metadata = form.Metadata("setup_intent_data[metadata]") };
        var session = new CheckoutSession(id, customer, setup, now)
        {
            ExpiresAt = form.OptionalNumber("expires_at") is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : now + Life,
            Types = types,
            SuccessUrl = form.Text("success_url"),
            CancelUrl = form.OptionalText("cancel_url"),
            Currency = currency,
            Verification = form.OptionalOneOf("payment_method_options[us_bank_account][verification_method]", "automatic", "instant"),
            Reference = form.OptionalText("client_reference_id"),
            Url = new(state.Address, $"{CheckoutPage.Path}/{id}"),
            Metadata = form.Metadata(),
        };
        form.OptionalText("locale");
        form.RefuseOthers();
        return session;
    }

    private static JsonObject Expire(StripeCall call, StripeState state, StripeEvents events)
    {
        var session = Session(call, state);
        call.Form.RefuseOthers();
        if (session.Status != "open")
            throw StripeErrorException.Unfit(null, $"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {session.Status}.");
        Expire(events, session);
        return session.ToJson();
    }
}
