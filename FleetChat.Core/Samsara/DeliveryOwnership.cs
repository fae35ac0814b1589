using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Samsara;

/// <summary>
/// Whether a rightly signed delivery is this tenant's: an org or webhook that it names must be the tenant's own.
/// What it does not name (a Ping names nothing) is accepted on the signature.
/// </summary>
public class DeliveryOwnership
{
    /// <returns>Null if it is; else the reason to set it aside.</returns>
    public virtual string? FindObjection(TenantSettings tenant, SamsaraDelivery delivery)
    {
        if (delivery.OrgId is { } org && tenant.SamsaraOrgId is { } ours && org != ours) return SetAside.ForeignOrg;
        if (delivery.WebhookId is { } webhook && tenant.SamsaraWebhookId is { } own && webhook != own) return SetAside.ForeignWebhook;
        return null;
    }
}
