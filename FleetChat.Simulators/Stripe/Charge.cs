using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Stripe;

/// <summary>One try to take the money.</summary>
internal sealed class Charge(string id, PaymentIntent intent, PaymentMethod method, DateTimeOffset created) : IStripeObject
{
    public string Id { get; } = id;

    public PaymentIntent Intent { get; } = intent;

    public PaymentMethod Method { get; } = method;

    public DateTimeOffset Created { get; } = created;

    /// <summary><c>pending</c>, <c>succeeded</c> or <c>failed</c>.</summary>
    public string Status { get; set; } = "pending";

    public StripeErrorException? Error { get; set; }

    public List<Refund> Refunds { get; } = [];

    public Dispute? Dispute { get; set; }

    /// <summary>Also what is still on its way back; what failed counts no more.</summary>
    public long AmountRefunded => Refunds.Where(refund => refund.Status is "pending" or "succeeded").Sum(refund => refund.Amount);

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "charge",
        ["amount"] = Intent.Amount,
        ["amount_captured"] = Status == "succeeded" ? Intent.Amount : 0,
        ["amount_refunded"] = AmountRefunded,
        ["balance_transaction"] = null,
        ["captured"] = Status == "succeeded",
        ["created"] = Created.ToUnixTimeSeconds(),
        ["currency"] = Intent.Currency,
        ["customer"] = Intent.Customer?.Id,
        ["description"] = Intent.Description,
        ["disputed"] = Dispute is not null,
        ["failure_code"] = Error?.Code,
        ["failure_message"] = Error?.Message,
        ["livemode"] = false,
        ["metadata"] = StripeJson.Map(Intent.Metadata),
        ["outcome"] = new JsonObject
        {
            ["network_status"] = Status == "failed" ? "declined_by_network" : "approved_by_network",
            ["reason"] = Error?.DeclineCode,
            ["risk_level"] = "normal",
            ["type"] = Status == "failed" ? "issuer_declined" : "authorized",
        },
        ["paid"] = Status != "failed",
        ["payment_intent"] = Intent.Id,
        ["payment_method"] = Method.Id,
        ["payment_method_details"] = Method.ToDetails(),
        ["receipt_url"] = null,
        ["refunded"] = AmountRefunded == Intent.Amount,
        ["status"] = Status,
    };
}

/// <summary>Money on its way back.</summary>
internal sealed class Refund(string id, Charge charge, long amount, DateTimeOffset created) : IStripeObject
{
    public string Id { get; } = id;

    public Charge Charge { get; } = charge;

    public long Amount { get; } = amount;

    public DateTimeOffset Created { get; } = created;

    public string? Reason { get; init; }

    public Dictionary<string, string> Metadata { get; init; } = [];

    /// <summary><c>pending</c>, <c>succeeded</c> or <c>failed</c>.</summary>
    public string Status { get; set; } = "pending";

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["id"] = Id,
            ["object"] = "refund",
            ["amount"] = Amount,
            ["balance_transaction"] = null,
            ["charge"] = Charge.Id,
            ["created"] = Created.ToUnixTimeSeconds(),
            ["currency"] = Charge.Intent.Currency,
            ["destination_details"] = new JsonObject { ["type"] = Charge.Method.Type },
            ["metadata"] = StripeJson.Map(Metadata),
            ["payment_intent"] = Charge.Intent.Id,
            ["reason"] = Reason,
            ["receipt_number"] = null,
            ["status"] = Status,
        };
        if (Status == "pending") json["pending_reason"] = "processing";
        if (Status == "failed") json["failure_reason"] = "lost_or_stolen_card";
        return json;
    }
}

/// <summary>The bank wants the money back.</summary>
internal sealed class Dispute(string id, Charge charge, long amount, string reason, DateTimeOffset created) : IStripeObject
{
    private static readonly TimeSpan TimeToAnswer = TimeSpan.FromDays(9);

    public string Id { get; } = id;

    public Charge Charge { get; } = charge;

    public long Amount { get; } = amount;

    public DateTimeOffset Created { get; } = created;

    /// <summary><c>needs_response</c>, <c>won</c> or <c>lost</c>.</summary>
    public string Status { get; set; } = "needs_response";

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["object"] = "dispute",
        ["amount"] = Amount,
        ["balance_transactions"] = new JsonArray(),
        ["charge"] = Charge.Id,
        ["created"] = Created.ToUnixTimeSeconds(),
        ["currency"] = Charge.Intent.Currency,
        ["evidence_details"] = new JsonObject
        {
            ["due_by"] = (Created + TimeToAnswer).ToUnixTimeSeconds(),
            ["has_evidence"] = false,
            ["past_due"] = false,
            ["submission_count"] = 0,
        },
        ["is_charge_refundable"] = false,
        ["livemode"] = false,
        ["metadata"] = new JsonObject(),
        ["payment_intent"] = Charge.Intent.Id,
        ["reason"] = reason,
        ["status"] = Status,
    };
}
