using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace FleetChat.Simulators.Stripe;

/// <summary>Payments and the charges in them.</summary>
internal static class PaymentIntentsApi
{
    private const long Most = 99_999_999;

    public static void Map(WebApplication app, StripeRest rest, StripeState state, StripePayments payments)
    {
        app.MapPost("/v1/payment_intents", rest.Handle(call => Create(call, state, payments)));
        app.MapGet("/v1/payment_intents", rest.Handle(call => List(call, state)));
        app.MapGet("/v1/payment_intents/search", rest.Handle(call => Search(call, state)));
        app.MapGet("/v1/payment_intents/{id}", rest.Handle(call => Intent(call, state).ToJson()));
        app.MapPost("/v1/payment_intents/{id}/confirm", rest.Handle(call => Confirm(call, state, payments)));
        app.MapPost("/v1/payment_intents/{id}/cancel", rest.Handle(call => Cancel(call, state, payments)));
        app.MapGet("/v1/charges/{id}", rest.Handle(call => state.Get<Charge>("charge", call.Route("id")).ToJson()));
    }

    private static PaymentIntent Intent(StripeCall call, StripeState state) => state.Get<PaymentIntent>("payment_intent", call.Route("id"), "intent");

    private static JsonObject Create(StripeCall call, StripeState state, StripePayments payments)
    {
        var form = call.Form;
        var (amount, currency) = (form.Number("amount"), form.Text("currency"));
        var customer = form.OptionalText("customer") is { } id ? state.Get<Customer>("customer", id, "customer") : null;
        var method = Method(form, state, customer);
        var (confirm, offSession) = (form.Flag("confirm"), form.Flag("off_session"));
        var intent = new PaymentIntent(StripeState.NewId("pi"), amount, currency, state.Now)
        {
            Customer = customer,
            Description = form.OptionalText("description"),
            Types = form.List("allowed_payment_method_types") is { Count: > 0 } types ? types : ["card"],
            Metadata = form.Metadata(),
            Method = method,
        };
        form.RefuseOthers();
        Check(intent, confirm, offSession);
        payments.Create(intent);
        if (confirm) payments.Confirm(intent, offSession);
        return intent.ToJson();
    }

    private static PaymentMethod? Method(StripeForm form, StripeState state, Customer? customer)
    {
        if (form.OptionalText("payment_method") is not { } id) return null;
        var method = state.Get<PaymentMethod>("PaymentMethod", id, "payment_method");
        // One that was taken away, or is somebody else's.
        if (method.Customer != customer)
            throw StripeErrorException.Invalid("payment_method", $"The customer does not have a payment method with the ID {id}.", "resource_missing");
        return method;
    }

    private static void Check(PaymentIntent intent, bool confirm, bool offSession)
    {
        if (offSession && !confirm) throw StripeErrorException.Invalid("off_session", "You can only pass in `off_session` when `confirm=true`.");
        if (intent.Currency.Length != 3 || !intent.Currency.All(char.IsAsciiLetterLower)) throw StripeErrorException.Invalid("currency", $"Invalid currency: {intent.Currency}.");
        if (intent.Amount < 1) throw StripeErrorException.Invalid("amount", "This value must be greater than or equal to 1.", "parameter_invalid_integer");
        if (intent.Amount > Most) throw StripeErrorException.Invalid("amount", "Amount must be no more than $999,999.99.", "amount_too_large");
        if (intent.Amount < Least(intent.Currency)) throw StripeErrorException.Invalid("amount", "The amount charged must be greater than the minimum charge amount.", "amount_too_small");
        // The last of three decimals has to be 0.
        if (intent.Currency is "bhd" or "jod" or "kwd" or "omr" or "tnd" && intent.Amount % 10 != 0)
            throw StripeErrorException.Invalid("amount", $"Invalid {intent.Currency} amount: it must be a multiple of 10.", "invalid_amount");
        if (intent.Method is not { } method) return;
        if (!intent.Types.Contains(method.Type))
            throw StripeErrorException.Invalid("payment_method", $"The PaymentMethod provided ({method.Type}) is not allowed for this PaymentIntent.");
        if (!PaymentMethod.Pays(method.Type, intent.Currency)) throw StripeErrorException.Invalid("currency", $"{method.Type} can't be used with {intent.Currency}.");
    }

    private static long Least(string currency) => currency switch
    {
        "usd" or "eur" or "cad" or "aud" or "chf" => 50,
        "gbp" => 30,
        _ => 1,
    };

    private static JsonObject List(StripeCall call, StripeState state)
    {
        if (call.Form.OptionalText("customer") is not { } id) return StripeLists.Page(call, "payment_intent", state.Intents);
        return StripeLists.Page(call, "payment_intent", state.Get<Customer>("customer", id, "customer").Intents);
    }

    private static JsonObject Search(StripeCall call, StripeState state)
    {
        var newest = state.Now - state.Settings.Search;
        return StripeLists.Found(call, state.Intents, form =>
        {
            var fits = StripeSearch.Parse<PaymentIntent>(form, intent => intent.Metadata, (intent, field) => field switch
            {
                "customer" => intent.Customer?.Id,
                "status" => intent.Status,
                "currency" => intent.Currency,
                _ => throw StripeErrorException.Invalid("query", $"Field `{field}` is an unsupported search field for resource `payment_intents`."),
            });
            return intent => intent.Created <= newest && fits(intent);
        });
    }

    private static JsonObject Confirm(StripeCall call, StripeState state, StripePayments payments)
    {
        var (intent, form) = (Intent(call, state), call.Form);
        var (method, offSession) = (Method(form, state, intent.Customer), form.Flag("off_session"));
        form.RefuseOthers();
        if (method is not null) intent.Method = method;
        payments.Confirm(intent, offSession);
        return intent.ToJson();
    }

    private static JsonObject Cancel(StripeCall call, StripeState state, StripePayments payments)
    {
        var intent = Intent(call, state);
        var reason = call.Form.OptionalOneOf("cancellation_reason", "abandoned", "duplicate", "fraudulent", "requested_by_customer");
        call.Form.RefuseOthers();
        payments.Cancel(intent, reason);
        return intent.ToJson();
    }
}
