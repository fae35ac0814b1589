using FleetChat.Core.Tenants;

namespace FleetChat.Core.Samsara.Webhooks;

/// <summary>Where a company's events may come in: one door, and another name of it.</summary>
internal sealed record WebhookDoors(Uri Url, Uri OtherUrl)
{
    public static WebhookDoors Of(Uri platform, TenantId tenant) => new(new(platform, $"api/samsara/webhook/{tenant}"), new(platform, $"webhook/samsara/{tenant}"));

    public bool IsOurs(SamsaraWebhook webhook) => Uri.TryCreate(webhook.Url, UriKind.Absolute, out var url) && (url == Url || url == OtherUrl);
}
