using FleetChat.Core.Billing;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>What became of a batch.</summary>
internal enum BatchEnd
{
    Done,

    /// <summary>Somebody else did it, or the import was cancelled: the import's row says what is to be done next.</summary>
    NotOurs,

    /// <summary>Somebody else changed the roster meanwhile: nothing was done, and it is to be done again.</summary>
    Again,
}

/// <summary>
/// Some rows of an import, in one transaction with their results and with the cursor that goes on with them: killed anywhere, a batch
/// is done or not done. In a dry run each row is decided as ever, and nothing is kept of it but the results.
/// </summary>
internal sealed class ImportBatch(ChangeDriver change, TimeProvider time)
{
    private const string Savepoint = "import_row";

    public async Task<BatchEnd> RunAsync(TenantDbs dbs, DataKey key, TenantSettings tenant, Import import, IReadOnlyList<ImportRow> rows, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(tenant.Tenant, ct);
        db.Cause = Causes.Flow(ImportSql.Flow, import.Id);
        if (await ImportSql.LockAsync(db, key, import.Id, ct) is not { State: ImportState.Running } locked || locked.RowsDone != rows[0].Row.Number - 1) return BatchEnd.NotOurs;
        var room = await DriverRoom.EstimateAsync(db, tenant, time, ct) - (locked.Settings.DryRun ? locked.Added : 0);
        var work = new BatchWork(new(db, key, tenant, time), locked, await Roster.LockAsync(db, key, import.Id, rows, ct), room);
        // In their order, because the first rows take the last places.
        foreach (var row in rows) work.Results.Add(Decide(work, row));
        if (work.IsDryRun) await db.SaveAsync(Savepoint, ct);
        else if (!await NewDrivers.TryAddAsync(work, ct)) return BatchEnd.Again;
        // Whoever is known already is changed one by one: few are.
        foreach (var (at, finishAsync) in work.Later)
        {
            work.Results[at] = await finishAsync(work.Results[at], ct);
            if (work.IsDryRun) await db.RollbackToAsync(Savepoint, ct);
        }
        return await EndAsync(work, ct);
    }

    private async Task<BatchEnd> EndAsync(BatchWork work, CancellationToken ct)
    {
        var (db, import, counts) = (work.Processing.Db, work.Import, work.Counts);
        await using (var batch = db.Batch())
        {
            batch.Add(ImportRowSql.Insert, ImportRowSql.InsertParameters(work.Processing.Key, import.Id, work.Results, keepsPhones: work.IsDryRun))
                .Add(ImportSql.Advance, ImportSql.AdvanceParameters(import.Id, counts));
            await batch.ExecuteAsync(ct);
        }
        if (!work.IsDryRun && counts.Added + counts.Changed > 0)
            db.Audit(time, import.OpenedBy, "import.rows", import.Id.ToString(), $"rows {import.RowsDone + 1} to {import.RowsDone + counts.Total}: {counts}");
        // Last, so that nobody waits for more than a commit.
        if (!work.IsDryRun && work.New.Count > 0 && await DriverRoom.LockAsync(db, work.Processing.Settings, time, ct) < 0) return BatchEnd.Again;
        // No lane's flag is raised: an activity has no way to nudge, and the sweep finds what is due.
        await db.CommitAsync(ct);
        return BatchEnd.Done;
    }

    private ImportResult Decide(BatchWork work, ImportRow row)
    {
        if (row.Fault is { } fault) return Refuse(row, fault) with { SubjectHash = row.SamsaraId is { } named ? work.TakeSubject(named).Hash : null };
        var sharers = row.SamsaraId is null && row.PhoneIndex is { } index ? work.Roster.ListByPhone(index) : [];
        if (row.SamsaraId is null && sharers.Count != 1) return Refuse(row, sharers.Count > 0 ? ImportErrors.DriverAmbiguous : work.HadPhone(row) ? ImportErrors.Duplicate : ImportErrors.DriverUnknown);
        var known = row.SamsaraId is { } id ? work.Roster.Find(id) : sharers[0];
        var (subject, isTaken) = work.TakeSubject(known?.SamsaraId ?? row.SamsaraId!);
        var result = isTaken ? Refuse(row, ImportErrors.Duplicate) : known is null ? Enrol(work, row) : work.IsOfRoster ? Follow(work, row, known) : Change(work, row, known);
        return result with { SubjectHash = subject };
    }

    private static ImportResult Refuse(ImportRow row, Error error) => new(row, ImportResult.Refused) { Error = error };

    private ImportResult Enrol(BatchWork work, ImportRow row)
    {
        var named = row.Name is null && work.IsOfRoster ? row with { Name = $"Driver {row.SamsaraId}" } : row;
        if (named.Name is null) return Refuse(row, DriverErrors.Name);
        if (row.OptIn is not null && row.PhoneIndex is null) return Refuse(row, DriverErrors.PhoneInDoubt);
        if (row.OptIn is not null && work.Roster.FindPhone(row.PhoneIndex!) is { IsStopped: true }) return Refuse(row, DriverErrors.Stopped);
        if (!work.TryTakePlace()) return Refuse(row, UsageErrors.DriversReached);

        var phone = row.PhoneIndex is null ? null : work.PhoneOf(row);
        var driver = new NewDriver(time.NewId(), named, phone);
        work.New.Add(driver);
        var consent = row.OptIn is not null ? (work.Processing.Settings.DriverConsentRequired ? ImportConsent.ToAsk : ImportConsent.Granted) : phone is { IsStopped: true } ? ImportConsent.Withdrawn : null;
        return new(named, ImportResult.Added) { Driver = work.IsDryRun ? null : driver.Id, IsShared = row.PhoneIndex is { } index && work.TakePhone(index, null), Consent = consent };
    }

    private ImportResult Change(BatchWork work, ImportRow row, KnownDriver known)
    {
        var driver = known.Driver;
        var unchanged = new ImportResult(row, ImportResult.Unchanged) { Driver = driver.Id, IsShared = row.PhoneIndex is { } index && work.TakePhone(index, driver.Id) };
        // The same number read with less doubt is better known than before; with more, it is not worse known.
        var isOtherNumber = row.Phone.Number is { } number && number.E164 != driver.Number;
        var isOtherPhone = isOtherNumber || (row.Phone is { Number: not null, Flag: null } && driver.PhoneFlag is not null);
        var isKnown = row.OptIn is { } given && !isOtherPhone && work.Roster.Evidence.Contains(ConsentRecords.Same(driver.Id, driver.Conversation, given));
        var consent = !isKnown ? null : work.Processing.Settings.DriverConsentRequired && driver.ConsentStatus == ConsentState.Unknown ? ImportConsent.ToAsk : ImportConsent.Known;
        var input = new ChangeDriverInput(work.Processing.Settings.Tenant, driver.Id, row.Name == driver.Name ? null : row.Name, isOtherPhone ? row.PhoneText : null,
            row.Language == known.Language ? null : row.Language, isKnown ? null : row.OptIn, work.Import.OpenedBy) { AsksLater = true };
        if (input is { Name: null, Phone: null, Language: null, OptIn: null }) return unchanged with { Consent = consent };
        if (isOtherNumber) work.PhoneOf(row);
        work.Later.Add((work.Results.Count, (result, ct) => ChangeAsync(work, row, known, input, result, ct)));
        return unchanged with { Outcome = ImportResult.Changed, Consent = consent };
    }

    private async Task<ImportResult> ChangeAsync(BatchWork work, ImportRow row, KnownDriver known, ChangeDriverInput input, ImportResult result, CancellationToken ct)
    {
        var changed = await change.ApplyAsync(work.Processing, known.Locked, input, ct);
        if (!changed.IsOk) return Refuse(row, changed.Error) with { SubjectHash = result.SubjectHash };
        return changed.Value switch { OptInEntered.Counts => result with { Consent = ImportConsent.Granted }, OptInEntered.HasToBeAsked => result with { Consent = ImportConsent.ToAsk }, _ => result };
    }

    /// <summary>What Samsara's roster says of somebody who is known is followed as the first look at it would be; after the new ones, because that may lock the company.</summary>
    private static ImportResult Follow(BatchWork work, ImportRow row, KnownDriver known)
    {
        var (driver, memory) = (known.Driver, new RosterMemory(row.Name, row.PhoneText));
        var takesPhone = driver.Roster is { } before ? before.Phone != memory.Phone : driver.Number is null;
        if (takesPhone && row.Phone.Number is { } number && number.E164 != driver.Number) work.PhoneOf(row);
        if (driver.Roster != memory || !driver.IsActive) work.Later.Add((work.Results.Count, (result, ct) => FollowAsync(work, row, driver, result, ct)));
        return new(row, ImportResult.Unchanged) { Driver = driver.Id, IsShared = row.PhoneIndex is { } index && work.TakePhone(index, driver.Id) };
    }

    private static async Task<ImportResult> FollowAsync(BatchWork work, ImportRow row, RosterDriver before, ImportResult result, CancellationToken ct)
    {
        var entry = new RosterEntry(row.SamsaraId!, row.Name, row.PhoneText, IsActive: true, work.Processing.Time.GetUtcNow(), IsFirstLook: true) { TimeZone = row.TimeZone };
        var after = await RosterHandler.FollowAsync(work.Processing, before, entry, ct);
        await RosterHandler.SaveAsync(work.Processing, before, after, ct);
        return (after.Name, after.Number, after.PhoneFlag, after.Status) == (before.Name, before.Number, before.PhoneFlag, before.Status) ? result : result with { Outcome = ImportResult.Changed };
    }
}
