using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Onboarding;
using Npgsql;

namespace FleetChat.Core.Tenants.Numbers;

/// <summary>
/// Hands a reserved number over to its company, with its WABA and that one's token; and takes it back. Each may be repeated: the company's
/// own transaction comes first, and a pool that does not know of it yet learns it the next time.
/// </summary>
public sealed class AssignNumber(NumberPool pool, TenantDbs dbs, SystemDb system, DataKeys keys, ISecretStore secrets, TenantSettingsCache settings, TimeProvider time)
{
    // Nobody asks for it by itself: it is a step of a company's coming and going.
    private const string Actor = "system";

    public async Task<Result<PoolNumber>> HandleAsync(TenantId tenant, CancellationToken ct)
    {
        if (await pool.FindOfAsync(tenant, ct) is not { } entry) return NumberErrors.Unreserved;
        if (entry.Number.State == PoolNumber.Assigned) return entry.Number;
        var isTakenUp = await HoldsAsync(dbs.For(tenant), entry.Number.PhoneNumberId!, ct);
        if (!isTakenUp && await HandOverAsync(tenant, entry, ct) is { } conflict) return conflict;
        await pool.NoteAssignedAsync(tenant, ct);
        await settings.ReadAsync(tenant, ct);
        var assigned = (await pool.FindOfAsync(tenant, ct))!;
        // Whoever put in another token meanwhile found nobody who had the number.
        if (isTakenUp || assigned.TokenSecret != entry.TokenSecret) await RenewTokenAsync(tenant, Actor, ct);
        return assigned.Number;
    }

    /// <summary>
    /// Gives a company the access token that the pool has of its number now: its next message goes out with it, here at once and in other processes once they look again,
    /// seconds later; then what the one before was refused for goes on too. It may be repeated.
    /// </summary>
    internal async Task RenewTokenAsync(TenantId tenant, string actor, CancellationToken ct)
    {
        if (await pool.FindOfAsync(tenant, ct) is not { } entry) return;
        var (key, token, now) = (await keys.GetAsync(tenant, ct), await NumberSecrets.ReadAsync(secrets, entry.TokenSecret, ct), time.GetUtcNow());
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            await TenantLock.TakeAsync(db, ct);
            // Whoever has put in yet another one since then hands that on.
            if ((await pool.FindOfAsync(tenant, ct))?.TokenSecret != entry.TokenSecret) return;
            if (await settings.ReadAsync(tenant, ct) is not { } company || company.PhoneNumberId != entry.Number.PhoneNumberId || company.WhatsAppAccessToken == token) return;
            if (await db.ExecuteAsync(SetToken, ct, P.Bytes(Seal(key, tenant, token)), P.Time(now), P.Text(company.PhoneNumberId)) == 0) return;
            await db.WriteAsync(TenantVersions.Insert, ct, TenantVersions.Parameters(now, actor, SettingChanges.Given("whatsapp_config.access_token")));
            await SendingHoldSql.EndForTakenTokenAsync(db, now, ct);
            if (company.Status == "active") await KeepTemplates.LookSoonAsync(db, key, time, ct);
            await OnboardingSql.TellAsync(db, time, ct);
            db.Audit(time, actor, "number.token_changed", entry.Number.Id.ToString());
            await db.CommitAsync(ct);
        }
        await settings.ReadAsync(tenant, ct);
    }

    /// <summary>The number cools down; a company that has none keeps having none.</summary>
    public async Task TakeBackAsync(TenantId tenant, CancellationToken ct)
    {
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            await NumberAssignments.EndAsync(db, time.GetUtcNow(), ct);
            if (await db.ExecuteAsync(ForgetNumber, ct, P.Time(time.GetUtcNow())) > 0)
            {
                await NoteAsync(db, null, ct);
                db.Audit(time, Actor, "number.taken_back", tenant.Value);
            }
            await db.CommitAsync(ct);
        }
        await pool.CoolAsync(tenant, ct);
        await settings.ReadAsync(tenant, ct);
    }

    private const string FindPointer = """
        select true
        from directory.phone_numbers
        where tenant_id = $1
          and phone_number_id = $2
        """;

    private const string FindOwn = """
        select true
        from fleet.tenant_configurations
        where tenant_id = $1
          and whatsapp_ownership = 'company'
          and whatsapp_phone_number_id is not null
        """;

    private static Task<bool> HoldsAsync(TenantDb db, string phoneNumberId, CancellationToken ct) => db.FindAsync(FindPointer, row => row.GetBoolean(0), ct, P.Text(phoneNumberId));

    /// <returns>What stands in the way; null: it is done.</returns>
    private async Task<Error?> HandOverAsync(TenantId tenant, PoolEntry entry, CancellationToken ct)
    {
        var (number, now, key) = (entry.Number, time.GetUtcNow(), await keys.GetAsync(tenant, ct));
        var token = await NumberSecrets.ReadAsync(secrets, entry.TokenSecret, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        // As a change of the company does: of the two at once, one comes first.
        await TenantLock.TakeAsync(db, ct);
        if (await db.FindAsync(FindOwn, row => row.GetBoolean(0), ct)) return NumberErrors.HasOwn;
        try
        {
            await NumberAssignments.BeginAsync(db, system, number.PhoneNumberId!, number.BusinessAccountId, now, ct);
            await db.ExecuteAsync(SetNumber, ct, P.Text(number.PhoneNumber), P.Text(number.PhoneNumberId), P.Text(number.BusinessAccountId),
                P.Bytes(Seal(key, tenant, token)), P.Time(now));
            await NoteAsync(db, number.PhoneNumber, ct);
            db.Audit(time, Actor, "number.assigned", number.Id.ToString());
            await db.CommitAsync(ct);
            return null;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation && NumberAssignments.FindConflict(exception) is { } conflict)
        {
            // This company's own, by another process a moment ago.
            return await HoldsAsync(dbs.For(tenant), number.PhoneNumberId!, ct) ? null : conflict;
        }
    }

    private Task NoteAsync(TenantTransaction db, string? phoneNumber, CancellationToken ct)
        => db.WriteAsync(TenantVersions.Insert, ct, TenantVersions.Parameters(time.GetUtcNow(), Actor, SettingChanges.Of("whatsapp_config.phone_number", null, phoneNumber)));

    private static byte[] Seal(DataKey key, TenantId tenant, string token) => key.Encrypt(EncryptedColumns.WhatsAppAccessToken, tenant.Value, Encoding.UTF8.GetBytes(token));

    private const string SetNumber = """
        update fleet.tenant_configurations
        set whatsapp_phone_number = $2, whatsapp_phone_number_id = $3, whatsapp_business_account_id = $4, whatsapp_access_token = $5, whatsapp_ownership = 'pool',
            secret_notes = secret_notes - 'whatsapp_access_token', version = version + 1, updated_at = $6
        where tenant_id = $1
        """;

    // A number that is taken back meanwhile leaves with its token.
    private const string SetToken = """
        update fleet.tenant_configurations
        set whatsapp_access_token = $2, version = version + 1, updated_at = $3
        where tenant_id = $1
          and whatsapp_phone_number_id = $4
        """;

    private const string ForgetNumber = """
        update fleet.tenant_configurations
        set whatsapp_phone_number = null, whatsapp_phone_number_id = null, whatsapp_business_account_id = null, whatsapp_access_token = null,
            secret_notes = secret_notes - 'whatsapp_access_token', version = version + 1, updated_at = $2
        where tenant_id = $1
          and whatsapp_phone_number_id is not null
        """;
}
