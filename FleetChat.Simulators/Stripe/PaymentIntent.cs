using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Stripe;

/// <summary>A payment from its beginning to its end, over however many tries.</summary>
internal sealed class PaymentIntent(string id, long amount, string currency, DateTimeOffset created) : IStripeObject
{
    public string Id { get; } = id;

    public long Amount { get; } = amount;

    public string Currency { get; } = currency;

    public DateTimeOffset Created { get; } = created;

    public Customer? Customer { get; init; }

    public string? Description { get; init; }

    public required IReadOnlyList<string> Types { get; init; }

    public Dictionary<string, string> Metadata { get; init; } = [];

    public PaymentMethod? Method { get; set; }

    /// <summary>As Stripe names it.</summary>
    public string Status { get; set; } = "requires_payment_method";

    public List<Charge> Charges { get; } = [];

    /// <summary>Of the last try; null after one that passed.</summary>
    public StripeErrorException? Error { get; set; }

    public DateTimeOffset? CanceledAt { get; set; }

    public string? CancellationReason { get; set; }

    /// <summary>What it pays, as FleetChat names it; the journal's counts go by it.</summary>
    public string Invoice => Metadata.GetValueOrDefault("invoice", "");

    /// <summary>Webhooks of one lane go out in the order in which they were made.</summary>
    public string Lane => Customer?.Id ?? Id;

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "payment_intent",
        ["allowed_payment_method_types"] = StripeJson.List(Types),
        ["amount"] = Amount,
        ["amount_capturable"] = 0,
        ["amount_received"] = Status == "succeeded" ? Amount : 0,
        ["application"] = null,
        ["automatic_payment_methods"] = null,
        ["canceled_at"] = CanceledAt?.ToUnixTimeSeconds(),
        ["cancellation_reason"] = CancellationReason,
        ["capture_method"] = "automatic_async",
        ["client_secret"] = $"{Id}_secret_simulated",
        ["confirmation_method"] = "automatic",
        ["created"] = Created.ToUnixTimeSeconds(),
        ["currency"] = Currency,
        ["customer"] = Customer?.Id,
        ["description"] = Description,
        ["last_payment_error"] = Error?.ToPaymentError(),
        ["latest_charge"] = Charges.Count > 0 ? Charges[^1].Id : null,
        ["livemode"] = false,
        ["metadata"] = StripeJson.Map(Metadata),
        ["next_action"] = Status == "requires_action"
            ? new JsonObject { ["type"] = "use_stripe_sdk", ["use_stripe_sdk"] = new JsonObject { ["type"] = "three_d_secure_redirect" } }
            : null,
        ["on_behalf_of"] = null,
        // Of one that failed the method is taken off, and stands in the error.
        ["payment_method"] = Status == "requires_payment_method" ? null : Method?.Id,
        ["payment_method_types"] = StripeJson.List(Types),
        ["processing"] = null,
        ["receipt_email"] = null,
        ["setup_future_usage"] = null,
        ["shipping"] = null,
        ["statement_descriptor"] = null,
        ["statement_descriptor_suffix"] = null,
        ["status"] = Status,
    };
}
