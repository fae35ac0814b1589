using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace FleetChat.Simulators.Stripe;

/// <summary>Refunds and disputes.</summary>
internal static class RefundsApi
{
    public static void Map(WebApplication app, StripeRest rest, StripeState state, StripeMoneyBack back)
    {
        app.MapPost("/v1/refunds", rest.Handle(call => Create(call, state, back)));
        app.MapGet("/v1/refunds", rest.Handle(call => Refunds(call, state)));
        app.MapGet("/v1/refunds/{id}", rest.Handle(call => state.Get<Refund>("refund", call.Route("id")).ToJson()));
        app.MapGet("/v1/disputes", rest.Handle(call => Disputes(call, state)));
        app.MapGet("/v1/disputes/{id}", rest.Handle(call => state.Get<Dispute>("dispute", call.Route("id"), "dispute").ToJson()));
    }

    private static JsonObject Create(StripeCall call, StripeState state, StripeMoneyBack back)
    {
        var form = call.Form;
        var (payment, charge) = (form.OptionalText("payment_intent"), form.OptionalText("charge"));
        var (amount, reason, metadata) = (form.OptionalNumber("amount"), form.OptionalOneOf("reason", "duplicate", "fraudulent", "requested_by_customer"), form.Metadata());
        form.RefuseOthers();
        var intent = payment is not null ? state.Get<PaymentIntent>("payment_intent", payment, "payment_intent")
            : charge is not null ? state.Get<Charge>("charge", charge, "charge").Intent
            : throw StripeErrorException.Missing("charge");
        return back.Refund(intent, amount, reason, metadata).ToJson();
    }

    private static JsonObject Refunds(StripeCall call, StripeState state)
    {
        var (payment, charge) = (call.Form.OptionalText("payment_intent"), call.Form.OptionalText("charge"));
        return StripeLists.Page(call, "refund", state.Refunds, refund => (payment is null || refund.Charge.Intent.Id == payment) && (charge is null || refund.Charge.Id == charge));
    }

    private static JsonObject Disputes(StripeCall call, StripeState state)
    {
        var (payment, charge) = (call.Form.OptionalText("payment_intent"), call.Form.OptionalText("charge"));
        return StripeLists.Page(call, "dispute", state.Disputes, dispute => (payment is null || dispute.Charge.Intent.Id == payment) && (charge is null || dispute.Charge.Id == charge));
    }
}
