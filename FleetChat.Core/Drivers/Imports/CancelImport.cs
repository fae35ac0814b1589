using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>Ends an import where it is: what its rows did stays, the others are not looked at, and nobody is asked any more.</summary>
public sealed class CancelImport(TenantDbs dbs, DataKeys keys, TimeProvider time)
{
    /// <returns>The import's id; again the same, however often.</returns>
    public async Task<Result<Guid>> HandleAsync(TenantId tenant, Guid id, string actor, CancellationToken ct)
    {
        var key = await keys.GetAsync(tenant, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (await ImportSql.LockAsync(db, key, id, ct) is not { } import) return ImportErrors.NotFound;
        if (import.State == ImportState.Cancelled) return id;
        if (import.IsOver) return ImportErrors.HasEnded;
        await ImportSql.SetStateAsync(db, id, ImportState.Cancelled, time.GetUtcNow(), ct);
        await ImportParts.DeleteAsync(db, id, ct);
        db.Audit(time, actor, "import.cancelled", id.ToString(), $"after row {import.RowsDone}");
        await db.CommitAsync(ct);
        return id;
    }
}
