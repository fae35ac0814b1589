using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Samsara;

/// <param name="Tenant">As the route spells it.</param>
/// <param name="Timestamp">Header <c>X-Samsara-Timestamp</c>, as it came.</param>
/// <param name="Signature">Header <c>X-Samsara-Signature</c>.</param>
public sealed record SamsaraWebhookInput(string Tenant, string? Timestamp, string? Signature, byte[] Body);

/// <param name="IsAccepted">False: unknown tenant or wrong signature, which are to be answered alike.</param>
public sealed record WebhookReceipt(bool IsAccepted, IReadOnlyList<Nudge> Nudges)
{
    public static readonly WebhookReceipt Rejected = new(false, []);
    public static readonly WebhookReceipt Kept = new(true, []);
}

/// <summary>Verifies and stores one webhook of Samsara's. Nothing else happens in the request.</summary>
public sealed partial class ReceiveSamsaraWebhook(
    TenantSettingsCache settings, SamsaraSignature signature, DeliveryOwnership ownership, StoreItems store, SetAside setAside, ILogger<ReceiveSamsaraWebhook> logger)
{
    // Somebody who guesses tenants must not learn from the time it takes which of them exist.
    private const string NobodysSecret = "bm9ib2R5J3Mgc2VjcmV0LCBuZXZlciBnaXZlbiBvdXQ=";

    /// <exception cref="Exception">It could not be stored: the sender has to try again.</exception>
    public async Task<WebhookReceipt> HandleAsync(SamsaraWebhookInput input, CancellationToken ct)
    {
        var tenant = TenantId.TryParse(input.Tenant, out var id) ? await settings.FindAtDoorAsync(id, ct) : null;
        if (!IsSigned(tenant, input) && !IsSigned(tenant = tenant is null ? null : await settings.FindFreshAsync(id, ct), input))
        {
            Log.Rejected(logger, input.Tenant.Length <= 63 ? input.Tenant : "(too long)");
            return WebhookReceipt.Rejected;
        }

        var delivery = SamsaraDelivery.TryParse(input.Body);
        if (delivery is null) return await KeepAsync(id, SetAside.Unparsable, input.Body, ct);
        if (ownership.FindObjection(tenant!, delivery) is { } objection) return await KeepAsync(id, objection, input.Body, ct);

        var stored = await store.HandleAsync(id, [delivery.ToItem(input.Body)], ct);
        Log.Stored(logger, id, delivery.EventType, delivery.EventId, stored.Duplicates);
        return new(true, stored.Nudges);
    }

    private bool IsSigned(TenantSettings? tenant, SamsaraWebhookInput input)
        => signature.IsValid(tenant?.SamsaraWebhookSecret ?? NobodysSecret, input.Timestamp, input.Signature, input.Body) & tenant is { TakesEvents: true, SamsaraWebhookSecret: not null };

    private async Task<WebhookReceipt> KeepAsync(TenantId tenant, string reason, byte[] body, CancellationToken ct)
    {
        await setAside.KeepAsync(tenant, InboxSource.Samsara, reason, body, ct);
        Log.SetAside(logger, tenant, reason);
        return WebhookReceipt.Kept;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Samsara webhook for {Tenant} rejected: unknown tenant or wrong signature")]
        public static partial void Rejected(ILogger logger, string tenant);

        [LoggerMessage(Level = LogLevel.Information, Message = "Samsara {EventType} {EventId} of {TenantId} stored ({Duplicates} known already)")]
        public static partial void Stored(ILogger logger, TenantId tenantId, string eventType, string eventId, int duplicates);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Samsara webhook of {TenantId} set aside: {Reason}")]
        public static partial void SetAside(ILogger logger, TenantId tenantId, string reason);
    }
}
