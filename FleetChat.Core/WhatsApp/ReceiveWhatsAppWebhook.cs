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
            await setAside.KeepUnroutedAsync([new(SetAside.Unparsable, null, null, input.Body)], ct);
            return WebhookReceipt.Kept;
        }

        var (nudges, unrouted) = (new List<Nudge>(), new List<WhatsAppUpdate>());
        foreach (var group in (await RouteAsync(updates, ct)).GroupBy(r => r.Tenant, r => r.Update))
        {
            if (group.Key is { } tenant) unrouted.AddRange(await StoreAsync(tenant, [.. group], nudges, ct));
            else unrouted.AddRange(group);
        }
        await KeepAsync(unrouted, ct);
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

    /// <returns>What belongs to nobody.</returns>
    private async Task<IReadOnlyList<WhatsAppUpdate>> StoreAsync(TenantId tenant, IReadOnlyList<WhatsAppUpdate> updates, List<Nudge> nudges, CancellationToken ct)
    {
        var refused = await StoreAssignedAsync(tenant, updates, nudges, ct);
        if (refused.Count == 0) return refused;

        // The number may be another company's since a moment ago, and we routed by what we knew before.
        var unrouted = new List<WhatsAppUpdate>();
        foreach (var group in refused.GroupBy(u => u.PhoneNumberId!))
        {
            if (await numbers.ReadByNumberAsync(group.Key, ct) is { } holder && holder != tenant) unrouted.AddRange(await StoreAssignedAsync(holder, [.. group], nudges, ct));
            else unrouted.AddRange(group);
        }
        return unrouted;
    }

    /// <returns>What came by a number that was not the tenant's at that time.</returns>
    private async Task<IReadOnlyList<WhatsAppUpdate>> StoreAssignedAsync(TenantId tenant, IReadOnlyList<WhatsAppUpdate> updates, List<Nudge> nudges, CancellationToken ct)
    {
        var stored = await store.HandleAsync(tenant, [.. updates.Select(u => u.Item)], ct);
        nudges.AddRange(stored.Nudges);
        Log.Stored(logger, tenant, stored.Stored, stored.Duplicates);
        return [.. updates.Where(u => stored.Unassigned.Contains(u.Item.ExternalId))];
    }

    private async Task KeepAsync(IReadOnlyList<WhatsAppUpdate> updates, CancellationToken ct)
    {
        if (updates.Count == 0) return;
        var unrouted = updates.Select(u => new Unrouted(u.PhoneNumberId is null ? SetAside.UnknownAccount : SetAside.UnknownNumber, u.PhoneNumberId, u.AccountId, u.Item.Payload)).ToArray();
        await setAside.KeepUnroutedAsync(unrouted, ct);
        foreach (var source in unrouted.CountBy(u => (u.Reason, u.PhoneNumberId, u.AccountId)))
            Log.Unrouted(logger, source.Value, source.Key.Reason, source.Key.PhoneNumberId, source.Key.AccountId);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "WhatsApp webhook rejected: wrong signature")]
        public static partial void Rejected(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, Message = "WhatsApp updates of {TenantId} stored: {Stored} new, {Duplicates} known already")]
        public static partial void Stored(ILogger logger, TenantId tenantId, int stored, int duplicates);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} WhatsApp updates kept aside: {Reason} (number {PhoneNumberId}, account {AccountId})")]
        public static partial void Unrouted(ILogger logger, int count, string reason, string? phoneNumberId, string? accountId);
    }
}
