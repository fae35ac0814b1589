using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers;

/// <summary>What is null stays as it is.</summary>
/// <param name="OptIn">For the phone that the driver has afterwards.</param>
public sealed record ChangeDriverInput(TenantId Tenant, Guid DriverId, string? Name, string? Phone, string? Language, OptIn? OptIn, string Actor)
{
    /// <summary>Where evidence has a driver asked for his own yes, the caller does that in his own time.</summary>
    internal bool AsksLater { get; init; }
}

/// <summary>Changes what is known of a driver. A new phone is one that nobody agreed to be written to on, unless evidence comes with it.</summary>
public sealed class ChangeDriver(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    /// <returns>The driver's id.</returns>
    public async Task<Result<Guid>> HandleAsync(ChangeDriverInput input, CancellationToken ct)
    {
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await DriverPhones.LockAsync(db, input.DriverId, ct) is not { } driver) return GetDriver.NotFound;
        var changed = await ApplyAsync(new(db, key, tenant, time), driver, input, ct);
        if (!changed.IsOk) return changed.Error;
        await db.CommitAsync(ct);
        return driver.Id;
    }

    /// <summary>Changes a driver who is locked, in the caller's transaction. Where there is an error, nothing was written but perhaps the beginning of his phone's chat.</summary>
    /// <returns>What became of the evidence.</returns>
    internal async Task<Result<OptInEntered>> ApplyAsync(Processing processing, LockedDriver driver, ChangeDriverInput input, CancellationToken ct)
    {
        var (db, key, tenant) = (processing.Db, processing.Key, processing.Settings);
        var phone = input.Phone is { } text ? PhoneReading.Of(text, tenant.Country) : (PhoneReading?)null;
        if (FindFault(input, driver, phone) is { } fault) return fault;

        var conversation = phone?.Number is { } number ? await Conversations.FindOrCreateAsync(db, key, [ChatIdentity.Of(number)], time, ct) : driver.Conversation;
        var isStopped = conversation is { } chat && await DriverPhones.IsStoppedAsync(db, chat, ct);
        if ((isStopped || driver.ConsentStatus == ConsentState.Withdrawn) && input.OptIn is not null) return DriverErrors.Stopped;
        if (driver.ConsentStatus == ConsentState.Declined && input.OptIn is { AgreedAt: { } agreedAt } && await ConsentRecords.HasLaterWordAsync(db, driver.Id, agreedAt, ct)) return DriverErrors.SaidNo;
        var isMoved = conversation != driver.Conversation;
        var before = isMoved ? DriverPhones.ConsentOnNewPhone(driver.ConsentStatus, isStopped) : driver.ConsentStatus;
        await UpdateAsync(db, key, input, driver, phone, conversation, ct);
        if (isMoved)
        {
            await DriverPhones.MoveWaitingAsync(db, driver.Id, conversation!.Value, ct);
            await DriverConsent.NotePhoneAsync(db, key, time, driver.Id, conversation, driver.ConsentStatus, before, input.Actor, ct);
        }
        var entered = input.OptIn is { } optIn ? await OptIns.EnterAsync(processing, driver.Id, conversation!.Value, before, optIn, input.Actor, ct, input.AsksLater) : OptInEntered.None;
        db.Audit(time, input.Actor, "driver.changed", driver.Id.ToString(), WhatChanges(input));
        return entered;
    }

    private Error? FindFault(ChangeDriverInput input, LockedDriver driver, PhoneReading? phone)
    {
        if (input.Name is not null && !DriverErrors.IsName(input.Name)) return DriverErrors.Name;
        if (!DriverErrors.IsLanguage(input.Language)) return DriverErrors.Language;
        if (phone is { Number: null }) return DriverErrors.PhoneInvalid;
        if (input.OptIn is null) return null;
        var (hasPhone, flag) = phone is { } given ? (true, given.Flag) : (driver.Conversation is not null, driver.PhoneFlag);
        return hasPhone && flag is null ? input.OptIn.FindFault(time.GetUtcNow()) : DriverErrors.PhoneInDoubt;
    }

    private static string WhatChanges(ChangeDriverInput input)
        => string.Join(' ', new[] { (input.Name, "name"), (input.Phone, "phone"), (input.Language, "language"), (input.OptIn?.Method, "opt-in") }.Where(c => c.Item1 is not null).Select(c => c.Item2));

    private const string Update = """
        update fleet.drivers
        set name = coalesce($3, name), whatsapp_number = $4, phone_flag = $5, conversation_id = $6,
            language = coalesce($7, language), updated_at = $8
        where tenant_id = $1
          and id = $2
        """;

    private Task UpdateAsync(
        TenantDb db, DataKey key, ChangeDriverInput input, LockedDriver driver, PhoneReading? phone, Guid? conversation, CancellationToken ct)
        => db.ExecuteAsync(Update, ct,
            P.Uuid(driver.Id), P.Bytes(input.Name is { } name ? key.Encrypt(EncryptedColumns.DriverName, driver.Id, name) : null),
            P.Bytes(phone?.Number is { } number ? key.Encrypt(EncryptedColumns.DriverNumber, driver.Id, number.E164) : driver.Number),
            P.Text(phone is { } reading ? reading.Flag : driver.PhoneFlag), P.Uuid(conversation), P.Text(input.Language), P.Time(time.GetUtcNow()));
}
