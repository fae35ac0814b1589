using FleetChat.Core.Data;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Tenants.Configuration;

/// <summary>What Samsara and WhatsApp say to what a change brings; null: it brings nothing of the kind.</summary>
internal sealed record CheckedConnections(string? SamsaraOrgId = null, CheckedNumber? Number = null);

/// <param name="IsNew">The company had another one, or none.</param>
internal sealed record CheckedNumber(string PhoneNumberId, string AccountId, string PhoneNumber, bool IsNew);

/// <summary>Tries the secrets of a change where they are to be used. Nothing is written.</summary>
public sealed class CheckConnections(TenantDbs dbs, TenantSettingsCache settings, VerifySamsaraToken samsara, CheckWhatsAppNumber whatsApp, IWhatsAppNumbers meta)
{
    internal async Task<Result<CheckedConnections>> HandleAsync(TenantChange change, TenantView seen, CancellationToken ct)
    {
        var org = change.SamsaraConfig?.ApiToken is { } token ? await CheckTokenAsync(token, seen, ct) : (Result<string?>)(string?)null!;
        if (!org.IsOk) return org.Error;
        var number = await CheckNumberAsync(change.WhatsappConfig, seen, ct);
        return number.IsOk ? new CheckedConnections(org.Value, number.Value) : number.Error;
    }

    private const string FindAddress = """
        select samsara_base_url
        from fleet.tenant_configurations
        where tenant_id = $1
        """;

    private async Task<Result<string?>> CheckTokenAsync(string token, TenantView seen, CancellationToken ct)
    {
        var address = (await dbs.For(seen.TenantId).FindAsync(FindAddress, row => row.GetString(0), ct))!;
        var org = await samsara.HandleAsync(new(new(address), token), ct);
        if (!org.IsOk) return org.Error;
        var connection = seen.Configuration.SamsaraConnection;
        // The webhook is the old organization's: its events would be strangers'.
        return connection is { WebhookId: not null, OrgId: { } known } && known != org.Value.Id ? TenantErrors.OtherOrg : org.Value.Id;
    }

    private async Task<Result<CheckedNumber?>> CheckNumberAsync(WhatsappConfigChange? change, TenantView seen, CancellationToken ct)
    {
        var now = seen.Configuration.WhatsappConfig;
        if (change is null || IsNothingNew(change, now)) return (CheckedNumber?)null!;
        if ((change.Ownership ?? now.Ownership) == WhatsappConfig.Pool) return now.Ownership == WhatsappConfig.Pool ? TenantErrors.PoolNumber : TenantErrors.PoolOnlyByFleetChat;
        if (now is { Ownership: WhatsappConfig.Pool, PhoneNumberId: not null }) return TenantErrors.PoolNumber;

        var own = now.Ownership == WhatsappConfig.Company ? now : null;
        var (id, account) = (change.PhoneNumberId ?? own?.PhoneNumberId, change.BusinessAccountId ?? own?.BusinessAccountId);
        if (id is null) return TenantErrors.NumberIncomplete("phone_number_id");
        if (account is null or WhatsappConfig.ManagedByFleetChat) return TenantErrors.NumberIncomplete("business_account_id");
        var isNew = id != own?.PhoneNumberId || account != own.BusinessAccountId;
        var token = change.AccessToken ?? (isNew ? null : (await settings.ReadAsync(seen.TenantId, ct))?.WhatsAppAccessToken);
        return token is null ? TenantErrors.NumberIncomplete("access_token") : await AskMetaAsync(new(account, token), id, change.PhoneNumber, isNew, ct);
    }

    private static bool IsNothingNew(WhatsappConfigChange change, WhatsappConfig now)
        => change.AccessToken is null && Same(change.Ownership, now.Ownership) && Same(change.PhoneNumber, now.PhoneNumber)
            && Same(change.PhoneNumberId, now.PhoneNumberId) && Same(change.BusinessAccountId, now.BusinessAccountId);

    private static bool Same(string? wanted, string? now) => wanted is null || wanted == now;

    private async Task<Result<CheckedNumber?>> AskMetaAsync(WhatsAppAccount account, string id, string? phone, bool isNew, CancellationToken ct)
    {
        var found = await whatsApp.HandleAsync(account, id, ct);
        if (!found.IsOk) return found.Error;
        var number = $"+{found.Value.Digits}";
        if (phone is not null && phone != number) return TenantErrors.PhoneDiffers;
        try
        {
            // Without it the account's messages reach nobody. Before anything is written: an account that is listened to and is nobody's is only told of.
            await meta.SubscribeAsync(account, ct);
        }
        catch (WhatsAppException)
        {
            return CheckWhatsAppNumber.Unreachable;
        }
        return new CheckedNumber(id, account.AccountId, number, isNew);
    }
}
