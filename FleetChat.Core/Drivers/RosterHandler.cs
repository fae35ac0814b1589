using FleetChat.Core.Billing;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Samsara;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Drivers;

/// <summary>
/// Follows Samsara's roster, by looks and by its own events: who is new is enrolled and not written to, who has another phone has
/// agreed to nothing on it, and who left gets nothing any more.
/// </summary>
public sealed class RosterHandler : IInboxHandler
{
    public bool Handles(string source, string kind) => source == InboxSource.Samsara && kind is SamsaraEvents.DriverSeen or SamsaraEvents.DriverGone or SamsaraEvents.DriverCreated or SamsaraEvents.DriverUpdated;

    public Concerns ConcernsOf(InboxRow row) => RosterEntry.DriverIdOf(row.Payload) is { } driver ? new([driver], []) : Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (RosterEntry.DriverIdOf(row.Payload) is not { } id) return "ignored: names no driver";
        var driver = await RosterSql.LockAsync(processing.Db, processing.Key, id, ct);
        if (row.Kind == SamsaraEvents.DriverGone)
            return driver is { Status: not RosterSql.Deactivated } ? await SaveAsync(processing, driver, driver with { Status = RosterSql.Deactivated }, ct) : "ignored: not enrolled, or left before";
        if (RosterEntry.TryRead(row.Kind, row.Payload, row.ReceivedAt) is not { } entry) return "ignored: names no driver";
        if (driver is null) return entry.IsActive ? await EnrolAsync(processing, entry, ct) : "ignored: left before he was known";
        if (entry.At < driver.RosterAt) return "ignored: older than what is known";
        return await SaveAsync(processing, driver, await FollowAsync(processing, driver, entry, ct), ct);
    }

    private static async Task<string> EnrolAsync(Processing processing, RosterEntry entry, CancellationToken ct)
    {
        var nobody = new RosterDriver(processing.Time.NewId(), entry.Name ?? $"Driver {entry.SamsaraId}", null, null, null, "unknown", await StatusAsync(processing, isActive: false, ct), new(entry.Name, entry.Phone), entry.At) { TimeZone = entry.TimeZone };
        var driver = await MoveAsync(processing, nobody, entry.Phone, ct);
        if (!await RosterSql.TryInsertAsync(processing.Db, processing.Key, entry, driver with { ConsentStatus = nobody.ConsentStatus }, processing.Time.GetUtcNow(), ct)) return $"{IInboxHandler.Later} enrolled meanwhile";
        await DriverConsent.NotePhoneAsync(processing.Db, processing.Key, processing.Time, driver.Id, driver.Conversation, nobody.ConsentStatus, driver.ConsentStatus, ConsentProof.System, ct);
        await RoutePlans.AdoptAsync(processing.Db, processing.Time, processing.Settings.Rules, driver.Id, ct);
        if (!driver.IsActive) await Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.DriverOverLimit, Alerts.Warning, driver.Id.ToString(), ct);
        return !driver.IsActive ? "waits: over max_drivers" : driver.Number is null ? "enrolled: no phone" : "enrolled";
    }

    /// <summary>Whoever the roster has is taken from it, and counts once there is room for him.</summary>
    private static async Task<string> StatusAsync(Processing processing, bool isActive, CancellationToken ct)
        => isActive || await DriverRoom.LockAsync(processing.Db, processing.Settings, processing.Time, ct) > 0 ? RosterSql.Active : RosterSql.OverLimit;

    internal static async Task<RosterDriver> FollowAsync(Processing processing, RosterDriver driver, RosterEntry entry, CancellationToken ct)
    {
        // The first look records. Only what is missing here is taken from it: the rest somebody entered, and knew why.
        var (isNewName, isNewPhone) = driver.Roster is { } before
            ? (before.Name != entry.Name, before.Phone != entry.Phone)
            : (!entry.IsFirstLook, !entry.IsFirstLook || driver.Number is null);
        var followed = isNewPhone ? await MoveAsync(processing, driver, entry.Phone, ct) : driver;
        return followed with
        {
            Name = isNewName && entry.Name is { } name ? name : driver.Name,
            Status = entry.IsActive ? await StatusAsync(processing, driver.IsActive, ct) : RosterSql.Deactivated,
            Roster = new(entry.Name, entry.Phone),
            RosterAt = entry.At,
            TimeZone = entry.TimeZone ?? driver.TimeZone,
        };
    }

    /// <summary>To another phone, with its own conversation. What was agreed on the old one is not agreed on the new.</summary>
    private static async Task<RosterDriver> MoveAsync(Processing processing, RosterDriver driver, string? phone, CancellationToken ct)
    {
        var reading = phone is null ? default : PhoneReading.Of(phone, processing.Settings.Country);
        if (reading.Number?.E164 == driver.Number) return driver with { PhoneFlag = reading.Flag };
        if (reading.Number is not { } number)
            return driver with { Number = null, PhoneFlag = reading.Flag, Conversation = null, ConsentStatus = DriverPhones.ConsentOnNewPhone(driver.ConsentStatus, isStopped: false) };
        var conversation = await Conversations.FindOrCreateAsync(processing.Db, processing.Key, [ChatIdentity.Of(number)], processing.Time, ct);
        var isStopped = await DriverPhones.IsStoppedAsync(processing.Db, conversation, ct);
        return driver with
        {
            Number = number.E164, PhoneFlag = reading.Flag, Conversation = conversation, ConsentStatus = DriverPhones.ConsentOnNewPhone(driver.ConsentStatus, isStopped),
        };
    }

    internal static async Task<string> SaveAsync(Processing processing, RosterDriver before, RosterDriver driver, CancellationToken ct)
    {
        var (db, time) = (processing.Db, processing.Time);
        var (hasLeft, isBack, hasMoved) = (before.IsActive && !driver.IsActive, !before.IsActive && driver.IsActive, before.Number is not null && before.Number != driver.Number);
        await RosterSql.UpdateAsync(db, processing.Key, driver, time.GetUtcNow(), ct);
        // Two numbers may be one chat, and he agreed on one of them.
        if (before.Conversation != driver.Conversation || before.ConsentStatus != driver.ConsentStatus)
            await DriverConsent.NotePhoneAsync(db, processing.Key, time, driver.Id, driver.Conversation, before.ConsentStatus, driver.ConsentStatus, ConsentProof.System, ct);
        if (hasMoved && driver.Conversation is { } chat) await DriverPhones.MoveWaitingAsync(db, driver.Id, chat, ct);
        if (hasMoved) await Alerts.RaiseAsync(db, time, AlertCodes.DriverPhoneChanged, Alerts.Warning, driver.Id.ToString(), ct);
        if (hasLeft && await RosterSql.HasOpenTransportAsync(db, driver.Id, ct)) await Alerts.RaiseAsync(db, time, AlertCodes.DriverDeactivated, Alerts.Warning, driver.Id.ToString(), ct);
        if (isBack) await Alerts.CloseAsync(db, time, AlertCodes.DriverDeactivated, driver.Id.ToString(), ct);
        var (waited, waits) = (before.Status == RosterSql.OverLimit, driver.Status == RosterSql.OverLimit);
        if (waits && !waited) await Alerts.RaiseAsync(db, time, AlertCodes.DriverOverLimit, Alerts.Warning, driver.Id.ToString(), ct);
        if (waited && !waits) await Alerts.CloseAsync(db, time, AlertCodes.DriverOverLimit, driver.Id.ToString(), ct);
        if (hasLeft || hasMoved)
        {
            foreach (var conversation in await RosterSql.HurryWaitingAsync(db, driver.Id, time.GetUtcNow(), ct)) processing.SendLaneOf(conversation);
        }
        return hasLeft ? "driver: deactivated" : isBack ? "driver: back" : hasMoved ? "driver: other phone" : "noted: roster";
    }
}
