using FleetChat.Functions.Billing;
using FleetChat.Functions.Messaging;

namespace FleetChat.Functions.Security;

/// <summary>The HTTP functions that are guarded by a signature instead of an API key: a webhook's sender's, or our own in a link.</summary>
public static class SignedRoutes
{
    /// <summary>Those that tell us of something: whoever sends it waits for our word that it is stored.</summary>
    public static readonly IReadOnlySet<string> Webhooks = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "SamsaraWebhook",
        "SamsaraWebhookSecondDoor",
        "WhatsAppWebhook",
        "StripeWebhook",
    };

    public static readonly IReadOnlySet<string> Names = new HashSet<string>(Webhooks, StringComparer.OrdinalIgnoreCase)
    {
        "WhatsAppHandshake",
        nameof(MediaApi.GetMediaByLink),
        nameof(PaymentLinkApi.GetPaymentPage),
    };
}
