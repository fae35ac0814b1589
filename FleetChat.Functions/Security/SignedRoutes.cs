namespace FleetChat.Functions.Security;

/// <summary>The HTTP functions that are guarded by the sender's signature instead of an API key.</summary>
public static class SignedRoutes
{
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "SamsaraWebhook",
        "SamsaraWebhookSecondDoor",
        "WhatsAppWebhook",
        "WhatsAppHandshake",
    };
}
