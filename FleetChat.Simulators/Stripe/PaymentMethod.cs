using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Stripe;

/// <summary>A card or a bank account.</summary>
/// <param name="type"><c>card</c>, <c>us_bank_account</c> or <c>sepa_debit</c>.</param>
internal sealed class PaymentMethod(string id, string type, DateTimeOffset created) : IStripeObject
{
    private int used;

    public string Id { get; } = id;

    public string Type { get; } = type;

    public DateTimeOffset Created { get; } = created;

    public bool IsDebit => Type != "card";

    /// <summary>Null: it was detached, and pays nothing any more.</summary>
    public Customer? Customer { get; set; }

    public MethodBehaviour Behaviour { get; private set; } = new();

    /// <summary>Accounts pay in their own currency alone.</summary>
    public static bool Pays(string type, string currency) => type switch
    {
        "us_bank_account" => currency == "usd",
        "sepa_debit" => currency == "eur",
        _ => true,
    };

    public void Behave(MethodBehaviour behaviour) => (Behaviour, used) = (behaviour, 0);

    /// <summary>What the next payment with it meets, used up by asking.</summary>
    public MethodBehaviour NextPayment() => Behaviour.Times is { } times && used++ >= times ? Behaviour with { Outcome = MethodOutcome.Succeeds } : Behaviour;

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "payment_method",
        ["allow_redisplay"] = "limited",
        ["billing_details"] = new JsonObject { ["address"] = null, ["email"] = Customer?.Email, ["name"] = Customer?.Name, ["phone"] = null, ["tax_id"] = null },
        ["created"] = Created.ToUnixTimeSeconds(),
        ["customer"] = Customer?.Id,
        ["livemode"] = false,
        ["metadata"] = new JsonObject(),
        ["type"] = Type,
        [Type] = Details(),
    };

    /// <summary>As a charge tells what paid it.</summary>
    public JsonObject ToDetails() => new() { ["type"] = Type, [Type] = Details() };

    private JsonObject Details() => Type switch
    {
        "card" => new()
        {
            ["brand"] = "visa",
            ["country"] = "US",
            ["exp_month"] = 12,
            ["exp_year"] = Created.Year + 3,
            ["fingerprint"] = $"fp{Id[3..]}",
            ["funding"] = "credit",
            ["last4"] = "4242",
        },
        "us_bank_account" => new()
        {
            ["account_holder_type"] = "company",
            ["account_type"] = "checking",
            ["bank_name"] = "STRIPE TEST BANK",
            ["fingerprint"] = $"fp{Id[3..]}",
            ["last4"] = "6789",
            ["routing_number"] = "110000000",
        },
        _ => new()
        {
            ["bank_code"] = "37040044",
            ["branch_code"] = "",
            ["country"] = "DE",
            ["fingerprint"] = $"fp{Id[3..]}",
            ["last4"] = "3000",
        },
    };
}
