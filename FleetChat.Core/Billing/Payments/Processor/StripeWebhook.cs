using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace FleetChat.Core.Billing.Payments;

/// <summary>
/// Reads Stripe's events, from webhooks and from its list alike. Only ids are read, which every version of its API has in the same places:
/// an endpoint with another version than ours is no trouble.
/// </summary>
internal static class StripeWebhook
{
    /// <summary>What FleetChat's endpoint at Stripe subscribes to, and what is asked for when webhooks may have been missed. Stripe takes 20 at most.</summary>
    public static readonly IReadOnlyList<string> Types =
    [
        "payment_intent.succeeded", "payment_intent.processing", "payment_intent.payment_failed", "payment_intent.requires_action", "payment_intent.canceled",
        "charge.refunded", "refund.created", "refund.updated", "refund.failed",
        "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
        "checkout.session.completed", "checkout.session.expired", "payment_method.detached",
    ];

    /// <returns>False: not from Stripe, too old, or nothing that can be read.</returns>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, string? signature, IReadOnlyList<string> secrets, TimeSpan tolerance, DateTimeOffset now, [NotNullWhen(true)] out PaymentEvent? happened)
    {
        happened = null;
        return StripeSignature.IsValid(body.Span, signature, secrets, tolerance, now) && TryParse(body, out happened);
    }

    /// <summary>For a body whose signature was right.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out PaymentEvent? happened)
    {
        happened = null;
        try
        {
            using var json = JsonDocument.Parse(body);
            happened = Read(json.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
        return happened is not null;
    }

    /// <returns>Null: it has not the form of an event.</returns>
    public static PaymentEvent? Read(JsonElement json)
    {
        if (json.Id("id") is not { } id || json.Text("type") is not { } type || json.UnixSeconds("created") is not { } at) return null;
        if (json.Member("data").Member("object") is not { ValueKind: JsonValueKind.Object } subject) return null;
        var (kind, own, word) = (SubjectOf(subject), subject.Id("id") ?? "", subject.Text("object"));
        var payment = word == "payment_intent" ? own : IdOf(subject.Member("payment_intent"));
        Guid? invoice = Guid.TryParse(subject.Member("metadata").Text(StripeMetadata.Invoice), out var parsed) ? parsed : null;
        return new(id, type, at, kind, word == "charge" && payment is not null ? payment : own, payment, IdOf(subject.Member("customer")), invoice);
    }

    private static PaymentSubject SubjectOf(JsonElement subject) => subject.Text("object") switch
    {
        "payment_intent" => PaymentSubject.Payment,
        // A part of a payment; without one it is none of ours.
        "charge" when subject.Member("payment_intent") is not null => PaymentSubject.Payment,
        "refund" => PaymentSubject.Refund,
        "dispute" => PaymentSubject.Dispute,
        "checkout.session" => PaymentSubject.Setup,
        "payment_method" => PaymentSubject.Method,
        _ => PaymentSubject.Other,
    };

    // Some answers have the object itself in the place of its id.
    private static string? IdOf(JsonElement? value) => value is { ValueKind: JsonValueKind.String } id ? id.GetString() : value.Id("id");
}
