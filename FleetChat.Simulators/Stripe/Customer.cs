using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Stripe;

/// <summary>Somebody who pays.</summary>
internal sealed class Customer(string id, DateTimeOffset created) : IStripeObject
{
    public string Id { get; } = id;

    public DateTimeOffset Created { get; } = created;

    public string? Name { get; set; }

    public string? Email { get; set; }

    public string? Description { get; set; }

    public PaymentMethod? DefaultMethod { get; set; }

    public Dictionary<string, string> Metadata { get; } = [];

    public List<PaymentMethod> Methods { get; } = [];

    /// <summary>In the order in which they were made.</summary>
    public List<PaymentIntent> Intents { get; } = [];

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "customer",
        ["address"] = null,
        ["balance"] = 0,
        ["created"] = Created.ToUnixTimeSeconds(),
        ["currency"] = null,
        ["default_source"] = null,
        ["delinquent"] = false,
        ["description"] = Description,
        ["email"] = Email,
        ["invoice_settings"] = new JsonObject
        {
            ["custom_fields"] = null,
            ["default_payment_method"] = DefaultMethod?.Id,
            ["footer"] = null,
            ["rendering_options"] = null,
        },
        ["livemode"] = false,
        ["metadata"] = StripeJson.Map(Metadata),
        ["name"] = Name,
        ["phone"] = null,
        ["preferred_locales"] = new JsonArray(),
        ["shipping"] = null,
        ["tax_exempt"] = "none",
    };
}
