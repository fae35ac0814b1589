using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.WhatsApp;

/// <param name="Signature">Header <c>X-Hub-Signature-256</c>.</param>
public sealed record WhatsAppWebhookInput(string? Signature, byte[] Body);

/// <summary>Verifies one POST of Meta's, finds each update's tenant, and stores them tenant by tenant. Nothing else happens in the request.</summary>
public sealed partial class ReceiveWhatsAppWebhook(
    WhatsAppSignature signature, NumberDirectory numbers, StoreItems store, SetAside setAside, TimeProvider time, ILogger<ReceiveWhatsAppWebhook> logger)
{
    /// <exception cref="Exception">Not all of it could be stored: Meta has to try again, and what is stored is known then.</exception>
    public async Task<WebhookReceipt> HandleAsync(WhatsAppWebhookInput input, CancellationToken ct)
    {
        if (!signature.IsValid(input.Signature, input.Body))
        {
            Log.Rejected(logger);
            return WebhookReceipt.Rejected;
        }
        if (WhatsAppDelivery.TrySplit(input.Body, time.GetUtcNow()) is not { } updates)
        {
            await setAside.KeepUnroutedAsync(SetAside.Unparsable, null, null, input.Body, ct);
            return WebhookReceipt.Kept;
        }

        var nudges = new List<Nudge>();
        foreach (var group in (await RouteAsync(updates, ct)).GroupBy(r => r.Tenant, r => r.Update))
        {
            if (group.Key is { } tenant) nudges.AddRange(await StoreAsync(tenant, [.. group], ct));
            else foreach (var update in group) await KeepAsync(update, ct);
        }
        return new(true, nudges);
    }

    // A POST may hold a thousand updates of one number: each number is asked for once.
    private async Task<List<(TenantId? Tenant, WhatsAppUpdate Update)>> RouteAsync(IReadOnlyList<WhatsAppUpdate> updates, CancellationToken ct)
    {
        var tenants = new Dictionary<(string?, string?), TenantId?>();
        foreach (var update in updates.DistinctBy(u => (u.PhoneNumberId, u.AccountId)))
            tenants[(update.PhoneNumberId, update.AccountId)] = await FindTenantAsync(update, ct);
        return [.. updates.Select(u => (tenants[(u.PhoneNumberId, u.AccountId)], u))];
    }

    // A number names the tenant; only what carries none goes by the account.
    private async Task<TenantId?> FindTenantAsync(WhatsAppUpdate update, CancellationToken ct)
        => update.PhoneNumberId is { } number ? await numbers.FindByNumberAsync(number, ct)
            : update.AccountId is { } account ? await numbers.FindByAccountAsync(account, ct)
            : null;

    private async Task<IReadOnlyList<Nudge>> StoreAsync(TenantId tenant, IReadOnlyList<WhatsAppUpdate> updates, CancellationToken ct)
    {
        var stored = await store.HandleAsync(tenant, [.. updates.Select(u => u.Item)], ct);
        foreach (var update in updates.Where(u => stored.Unassigned.Contains(u.Item.ExternalId))) await KeepAsync(update, ct);
        Log.Stored(logger, tenant, stored.Stored, stored.Duplicates);
        return stored.Nudges;
    }

    private async Task KeepAsync(WhatsAppUpdate update, CancellationToken ct)
    {
        var reason = update.PhoneNumberId is null ? SetAside.UnknownAccount : SetAside.UnknownNumber;
        await setAside.KeepUnroutedAsync(reason, update.PhoneNumberId, update.AccountId, update.Item.Payload, ct);
        Log.Unrouted(logger, reason, update.PhoneNumberId, update.AccountId);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "WhatsApp webhook rejected: wrong signature")]
        public static partial void Rejected(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, Message = "WhatsApp updates of {TenantId} stored: {Stored} new, {Duplicates} known already")]
        public static partial void Stored(ILogger logger, TenantId tenantId, int stored, int duplicates);

        [LoggerMessage(Level = LogLevel.Warning, Message = "WhatsApp update kept aside: {Reason} (number {PhoneNumberId}, account {AccountId})")]
        public static partial void Unrouted(ILogger logger, string reason, string? phoneNumberId, string? accountId);
    }
}
