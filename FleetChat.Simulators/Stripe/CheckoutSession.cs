using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Stripe;

/// <summary>A visit to Stripe's page on which somebody enters a card or a bank account, for later.</summary>
internal sealed class CheckoutSession(string id, Customer customer, SetupIntent setup, DateTimeOffset created) : IStripeObject
{
    public string Id { get; } = id;

    public Customer Customer { get; } = customer;

    public SetupIntent Setup { get; } = setup;

    public DateTimeOffset Created { get; } = created;

    public required DateTimeOffset ExpiresAt { get; init; }

    public required IReadOnlyList<string> Types { get; init; }

    public required string SuccessUrl { get; init; }

    public string? CancelUrl { get; init; }

    public string? Currency { get; init; }

    /// <summary>How it is made sure that an account in the United States is the payer's: <c>instant</c>, or as he likes.</summary>
    public string? Verification { get; init; }

    public string? Reference { get; init; }

    public required Uri Url { get; init; }

    public Dictionary<string, string> Metadata { get; init; } = [];

    /// <summary><c>open</c>, <c>complete</c> or <c>expired</c>.</summary>
    public string Status { get; set; } = "open";

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "checkout.session",
        ["allowed_payment_method_types"] = StripeJson.List(Types),
        ["amount_subtotal"] = null,
        ["amount_total"] = null,
        ["cancel_url"] = CancelUrl,
        ["client_reference_id"] = Reference,
        ["created"] = Created.ToUnixTimeSeconds(),
        ["currency"] = Currency,
        ["customer"] = Customer.Id,
        ["customer_email"] = null,
        ["expires_at"] = ExpiresAt.ToUnixTimeSeconds(),
        ["livemode"] = false,
        ["metadata"] = StripeJson.Map(Metadata),
        ["mode"] = "setup",
        ["payment_intent"] = null,
        ["payment_method_options"] = Verification is null ? new JsonObject() : new JsonObject { ["us_bank_account"] = new JsonObject { ["verification_method"] = Verification } },
        ["payment_method_types"] = StripeJson.List(Types),
        ["payment_status"] = "no_payment_required",
        ["setup_intent"] = Setup.Id,
        ["status"] = Status,
        ["subscription"] = null,
        ["success_url"] = SuccessUrl,
        // Gone with the visit.
        ["url"] = Status == "open" ? Url.ToString() : null,
    };
}

/// <summary>The leave to charge a method later.</summary>
internal sealed class SetupIntent(string id, Customer customer, IReadOnlyList<string> types, DateTimeOffset created) : IStripeObject
{
    public string Id { get; } = id;

    public Customer Customer { get; } = customer;

    public DateTimeOffset Created { get; } = created;

    public Dictionary<string, string> Metadata { get; init; } = [];

    public PaymentMethod? Method { get; set; }

    public bool IsCanceled { get; set; }

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "setup_intent",
        ["application"] = null,
        ["cancellation_reason"] = IsCanceled ? "abandoned" : null,
        ["client_secret"] = $"{Id}_secret_simulated",
        ["created"] = Created.ToUnixTimeSeconds(),
        ["customer"] = Customer.Id,
        ["description"] = null,
        ["last_setup_error"] = null,
        ["latest_attempt"] = null,
        ["livemode"] = false,
        ["mandate"] = null,
        ["metadata"] = StripeJson.Map(Metadata),
        ["next_action"] = null,
        ["payment_method"] = Method?.Id,
        ["payment_method_types"] = StripeJson.List(types),
        ["single_use_mandate"] = null,
        ["status"] = IsCanceled ? "canceled" : Method is null ? "requires_payment_method" : "succeeded",
        ["usage"] = "off_session",
    };
}
