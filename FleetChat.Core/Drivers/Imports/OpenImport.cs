using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers.Imports;

/// <param name="Actor">Who imports: a key's id, a user.</param>
public sealed record OpenImportInput(TenantId Tenant, ImportSettings Settings, string Actor);

/// <param name="Work">Lanes that got work.</param>
public sealed record ImportTaken(Guid Id, LaneWork Work);

/// <summary>Begins an import: of a file whose parts follow, or of Samsara's roster, which runs at once.</summary>
public sealed class OpenImport(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    private const int MostOpen = 5;

    public async Task<Result<ImportTaken>> HandleAsync(OpenImportInput input, CancellationToken ct)
    {
        if (input.Settings.FindFault() is { } fault) return fault;
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        var isFromSamsara = input.Settings.Source == ImportSettings.Samsara;
        if (isFromSamsara && tenant.Samsara is null) return ImportErrors.NoSamsara;

        var (key, id) = (await keys.GetAsync(input.Tenant, ct), time.NewId());
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        // One after the other, so that they are counted.
        await TenantLock.TakeAsync(db, ct);
        if (await ImportSql.CountOpenAsync(db, ct) >= MostOpen) return ImportErrors.TooMany;
        var processing = new Processing(db, key, tenant, time);
        await ImportSql.InsertAsync(db, key, new(id, input.Settings, null, isFromSamsara ? ImportState.Running : ImportState.Open, time.GetUtcNow(), input.Actor), ct);
        if (isFromSamsara) await processing.StartAsync(ImportSql.Flow, id, ct);
        db.Audit(time, input.Actor, "import.opened", id.ToString(), input.Settings.DryRun ? $"{input.Settings.Source} dry run" : input.Settings.Source!);
        return new ImportTaken(id, await processing.CommitAsync(ct));
    }
}
