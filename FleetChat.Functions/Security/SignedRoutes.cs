using FleetChat.Functions.Billing;
using FleetChat.Functions.Messaging;

namespace FleetChat.Functions.Security;

/// <summary>The HTTP functions that are guarded by a signature instead of an API key: a webhook's sender's, or our own in a link.</summary>
public static class SignedRoutes
{
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "SamsaraWebhook",
        "SamsaraWebhookSecondDoor",
        "WhatsAppWebhook",
        "WhatsAppHandshake",
        nameof(MediaApi.GetMediaByLink),
        "StripeWebhook",
        nameof(PaymentLinkApi.GetPaymentPage),
    };
}
