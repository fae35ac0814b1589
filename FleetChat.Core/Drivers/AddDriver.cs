using FleetChat.Core.Billing;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;
using Npgsql;

namespace FleetChat.Core.Drivers;

/// <param name="Phone">As people write it; read in the tenant's country. Null: the driver gets no messages.</param>
/// <param name="Language">One of <see cref="Languages"/>; null for the tenant's.</param>
/// <param name="ConsentStatus">What is known of the driver's opt-in without evidence in <see cref="OptIn"/>. Where the phone is in doubt, nothing is.</param>
public sealed record AddDriverInput(TenantId Tenant, string SamsaraDriverId, string Name, string? Phone, string? Language, string ConsentStatus = "unknown")
{
    public OptIn? OptIn { get; init; }

    /// <summary>Samsara's roster is taken as it is, with a flag where no phone can be read from it; a person is asked again.</summary>
    public bool IsFromRoster { get; init; }

    /// <summary>Who does it: a key's id.</summary>
    public string Actor { get; init; } = "system";
}

/// <summary>Enrols a driver of the tenant's roster. Drivers whose phone is the same share its conversation.</summary>
public sealed class AddDriver(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    internal const int LongestSamsaraId = 100;

    public async Task<Result<Guid>> HandleAsync(AddDriverInput input, CancellationToken ct)
    {
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        var phone = string.IsNullOrWhiteSpace(input.Phone) ? default : PhoneReading.Of(input.Phone, tenant.Country);
        if (FindFault(input, phone) is { } fault) return fault;

        var (key, now, id) = (await keys.GetAsync(input.Tenant, ct), time.GetUtcNow(), time.NewId());
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        var conversation = phone.Number is { } number ? await Conversations.FindOrCreateAsync(db, key, [ChatIdentity.Of(number)], time, ct) : (Guid?)null;
        var isStopped = conversation is { } chat && await DriverPhones.IsStoppedAsync(db, chat, ct);
        if (isStopped && input.OptIn is not null) return DriverErrors.Stopped;
        var consent = isStopped || phone.Flag is not null || input.OptIn is not null ? ConsentState.Unknown : input.ConsentStatus;
        try
        {
            await InsertDriverAsync(db, key, id, input, phone, conversation, consent, now, ct);
        }
        catch (PostgresException exception) when (exception.ConstraintName == "drivers_tenant_id_samsara_driver_id_key")
        {
            return DriverErrors.AlreadyEnrolled;
        }
        if (isStopped) await DriverConsent.NotePhoneAsync(db, key, time, id, conversation, consent, ConsentState.Withdrawn, input.Actor, ct);
        if (input.OptIn is { } optIn) await OptIns.EnterAsync(new(db, key, tenant, time), id, conversation!.Value, consent, optIn, input.Actor, ct);
        await RoutePlans.AdoptAsync(db, time, tenant.Rules, id, ct);
        db.Audit(time, input.Actor, "driver.added", id.ToString(), input.OptIn is null ? "" : "with opt-in");
        // Last, so that nobody waits for more than a commit.
        if (await DriverRoom.LockAsync(db, tenant, time, ct) < 0) return UsageErrors.DriversReached;
        await db.CommitAsync(ct);
        return id;
    }

    private Error? FindFault(AddDriverInput input, PhoneReading phone)
    {
        if (string.IsNullOrWhiteSpace(input.SamsaraDriverId) || input.SamsaraDriverId.Length > LongestSamsaraId) return DriverErrors.SamsaraId;
        if (!DriverErrors.IsName(input.Name)) return DriverErrors.Name;
        if (!DriverErrors.IsLanguage(input.Language)) return DriverErrors.Language;
        if (phone.Flag == PhoneFlags.NotPossible && !input.IsFromRoster) return DriverErrors.PhoneInvalid;
        if (input.OptIn is null) return null;
        return phone is { Number: not null, Flag: null } ? input.OptIn.FindFault(time.GetUtcNow()) : DriverErrors.PhoneInDoubt;
    }

    private const string InsertDriver = """
        insert into fleet.drivers (tenant_id, id, samsara_driver_id, name, whatsapp_number, phone_flag, conversation_id,
                                   consent_status, language, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
        """;

    private static Task InsertDriverAsync(
        TenantDb db, DataKey key, Guid id, AddDriverInput input, PhoneReading phone, Guid? conversation, string consent, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(InsertDriver, ct,
            P.Uuid(id), P.Text(input.SamsaraDriverId), P.Bytes(key.Encrypt(EncryptedColumns.DriverName, id, input.Name)),
            P.Bytes(phone.Number is { } number ? key.Encrypt(EncryptedColumns.DriverNumber, id, number.E164) : null), P.Text(phone.Flag),
            P.Uuid(conversation), P.Text(consent), P.Text(input.Language), P.Time(now));
}
