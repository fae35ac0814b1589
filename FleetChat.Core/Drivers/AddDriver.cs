using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Drivers;

/// <param name="Phone">As the roster writes it; read in the tenant's country. Null: the driver gets no messages.</param>
/// <param name="Language"><c>en</c> or <c>es</c>; null for the tenant's.</param>
/// <param name="ConsentStatus">What the company's evidence says about the driver's opt-in.</param>
public sealed record AddDriverInput(TenantId Tenant, string SamsaraDriverId, string Name, string? Phone, string? Language, string ConsentStatus);

/// <summary>Enrols a driver of the tenant's roster. Drivers whose phone is the same share its conversation.</summary>
public sealed class AddDriver(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    public async Task<Result<Guid>> HandleAsync(AddDriverInput input, CancellationToken ct)
    {
        var tenant = await settings.FindAsync(input.Tenant, ct);
        if (tenant is null) return GetTenant.NotFound;
        var number = default(PhoneNumber?);
        if (input.Phone is not null)
        {
            if (!PhoneNumber.TryParse(input.Phone, tenant.Country, out var parsed))
                return Error.Invalid("drivers.phone_invalid", "Give the phone number with its country code, such as +1 555 823 4327.", "$.phone");
            number = parsed;
        }

        var (key, now, id) = (await keys.GetAsync(input.Tenant, ct), time.GetUtcNow(), time.NewId());
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        var conversation = number is { } phone ? await Conversations.FindOrCreateAsync(db, key, [ChatIdentity.Of(phone)], time, ct) : (Guid?)null;
        try
        {
            await InsertDriverAsync(db, key, id, input, number, conversation, now, ct);
        }
        catch (PostgresException exception) when (exception.ConstraintName == "drivers_tenant_id_samsara_driver_id_key")
        {
            return Error.Conflict("drivers.already_enrolled", "A driver with this Samsara id is enrolled already.");
        }
        await db.CommitAsync(ct);
        return id;
    }

    private const string InsertDriver = """
        insert into fleet.drivers (tenant_id, id, samsara_driver_id, name, whatsapp_number, conversation_id,
                                   consent_status, language, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        """;

    private static Task InsertDriverAsync(
        TenantDb db, DataKey key, Guid id, AddDriverInput input, PhoneNumber? number, Guid? conversation, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(InsertDriver, ct,
            P.Uuid(id), P.Text(input.SamsaraDriverId), P.Bytes(key.Encrypt(EncryptedColumns.DriverName, id, input.Name)),
            P.Bytes(number is { } phone ? key.Encrypt(EncryptedColumns.DriverNumber, id, phone.E164) : null),
            P.Uuid(conversation), P.Text(input.ConsentStatus), P.Text(input.Language), P.Time(now));
}
