using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace FleetChat.Simulators.Stripe;

/// <summary>Customers and what they pay with.</summary>
internal static class CustomersApi
{
    private static readonly string[] Types = ["card", "sepa_debit", "us_bank_account"];

    public static void Map(WebApplication app, StripeRest rest, StripeState state, StripeEvents events)
    {
        app.MapPost("/v1/customers", rest.Handle(call => Create(call, state, events)));
        app.MapGet("/v1/customers/search", rest.Handle(call => Search(call, state)));
        app.MapGet("/v1/customers/{id}", rest.Handle(call => Customer(call, state).ToJson()));
        app.MapPost("/v1/customers/{id}", rest.Handle(call => Update(call, state, events)));
        app.MapGet("/v1/customers/{id}/payment_methods", rest.Handle(call => Methods(call, Customer(call, state))));
        app.MapGet("/v1/payment_methods", rest.Handle(call => Methods(call, state.Get<Customer>("customer", call.Form.Text("customer"), "customer"))));
        app.MapGet("/v1/payment_methods/{id}", rest.Handle(call => Method(call, state).ToJson()));
        app.MapPost("/v1/payment_methods/{id}/detach", rest.Handle(call => Detach(call, state, events)));
    }

    private static Customer Customer(StripeCall call, StripeState state) => state.Get<Customer>("customer", call.Route("id"));

    private static PaymentMethod Method(StripeCall call, StripeState state) => state.Get<PaymentMethod>("PaymentMethod", call.Route("id"), "payment_method");

    private static JsonObject Create(StripeCall call, StripeState state, StripeEvents events)
    {
        var customer = new Customer(StripeState.NewId("cus"), state.Now);
        Read(call.Form, customer, state);
        state.Add(customer, state.Customers);
        events.Emit("customer.created", customer, customer.Id);
        return customer.ToJson();
    }

    private static JsonObject Update(StripeCall call, StripeState state, StripeEvents events)
    {
        var customer = Customer(call, state);
        Read(call.Form, customer, state);
        events.Emit("customer.updated", customer, customer.Id);
        return customer.ToJson();
    }

    private static void Read(StripeForm form, Customer customer, StripeState state)
    {
        var (name, email, description) = (form.OptionalText("name"), form.OptionalText("email"), form.OptionalText("description"));
        var (metadata, chosen) = (form.Metadata(), form.OptionalText("invoice_settings[default_payment_method]"));
        form.RefuseOthers();
        if (chosen is not null && customer.Methods.Find(method => method.Id == chosen) is null)
            throw StripeErrorException.NoObject("PaymentMethod", chosen, "invoice_settings[default_payment_method]");
        if (form.Has("name")) customer.Name = name;
        if (form.Has("email")) customer.Email = email;
        if (form.Has("description")) customer.Description = description;
        if (chosen is not null) customer.DefaultMethod = state.Get<PaymentMethod>("PaymentMethod", chosen);
        foreach (var (key, value) in metadata)
        {
            // An empty value takes the key away.
            if (value.Length == 0)
                customer.Metadata.Remove(key);
            else
                customer.Metadata[key] = value;
        }
    }

    private static JsonObject Search(StripeCall call, StripeState state)
    {
        var newest = state.Now - state.Settings.Search;
        return StripeLists.Found(call, state.Customers, form =>
        {
            var fits = StripeSearch.Parse<Customer>(form, customer => customer.Metadata, (customer, field) => field switch
            {
                "name" => customer.Name,
                "email" => customer.Email,
                _ => throw StripeErrorException.Invalid("query", $"Field `{field}` is an unsupported search field for resource `customers`."),
            });
            return customer => customer.Created <= newest && fits(customer);
        });
    }

    private static JsonObject Methods(StripeCall call, Customer customer)
    {
        var type = call.Form.OptionalOneOf("type", Types);
        return StripeLists.Page(call, "PaymentMethod", customer.Methods, method => type is null || method.Type == type);
    }

    private static JsonObject Detach(StripeCall call, StripeState state, StripeEvents events)
    {
        var method = Method(call, state);
        call.Form.RefuseOthers();
        var customer = method.Customer
            ?? throw StripeErrorException.Unfit("payment_method_unactivated", "The payment method you provided is not attached to a customer so detachment is impossible.");
        customer.Methods.Remove(method);
        if (customer.DefaultMethod == method) customer.DefaultMethod = null;
        method.Customer = null;
        events.Emit("payment_method.detached", method, customer.Id);
        return method.ToJson();
    }
}
