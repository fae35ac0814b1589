using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Corporate;

/// <param name="Child">As the address names it.</param>
/// <param name="Actor">FleetChat's operator, for the audit trail.</param>
public sealed record ClearParentInput(string Child, string Actor);

/// <summary>Makes a company nobody's child. The next request of the former parent's people finds it no more, and it pays for the month that ends next.</summary>
public sealed class ClearParent(TenantDbs dbs, SuspendTenant suspend, TimeProvider time)
{
    public async Task<Result<ParentView>> HandleAsync(ClearParentInput input, CancellationToken ct)
    {
        if (!TenantId.TryParse(input.Child, out var child)) return GetTenant.NotFound;
        var cleared = await ClearAsync(child, input, ct);
        if (cleared.IsOk) await suspend.LiftChildAsync(child, input.Actor, ct);
        return cleared;
    }

    private async Task<Result<ParentView>> ClearAsync(TenantId child, ClearParentInput input, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(child, ct);
        if (await CorporateLinks.LockAsync(db, ct) is not { } link) return GetTenant.NotFound;
        if (link.Parent is not { } former) return new ParentView(child, null);
        if (await CorporateLinks.TrySetAsync(db, null, ct) is { } refused) return refused;
        await CorporateLinks.NotePayerAsync(db, time, null, ct);
        db.Audit(time, input.Actor, "corporate.parent_cleared", former);
        await db.CommitAsync(ct);
        return new ParentView(child, null);
    }
}
