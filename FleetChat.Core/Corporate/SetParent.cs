using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Corporate;

/// <param name="Child">As the address names it.</param>
/// <param name="Actor">FleetChat's operator, for the audit trail.</param>
public sealed record SetParentInput(string Child, string? Parent, string Actor);

/// <param name="ParentTenantId">Null: it is nobody's child.</param>
public sealed record ParentView(TenantId TenantId, TenantId? ParentTenantId);

/// <summary>Makes a company another one's child. It holds with the next request of the parent's people, and for the month that ends next.</summary>
public sealed class SetParent(TenantDbs dbs, SuspendTenant suspend, TimeProvider time)
{
    public async Task<Result<ParentView>> HandleAsync(SetParentInput input, CancellationToken ct)
    {
        if (!TenantId.TryParse(input.Child, out var child)) return GetTenant.NotFound;
        var set = await SetAsync(child, input, ct);
        // Its new parent is in service.
        if (set.IsOk) await suspend.LiftChildAsync(child, input.Actor, ct);
        return set;
    }

    private async Task<Result<ParentView>> SetAsync(TenantId child, SetParentInput input, CancellationToken ct)
    {
        var found = await CorporateLinks.FindParentAsync(dbs, input.Parent, ct);
        var currency = found is { } named ? await FamilyCurrency.FindAsync(dbs.For(named), ct) : null;
        await using var db = await dbs.BeginAsync(child, ct);
        if (await CorporateLinks.LockAsync(db, ct) is not { } link) return GetTenant.NotFound;
        if (found is not { } parent) return CorporateErrors.ParentNotFound;
        if (link.Parent == parent.Value) return new ParentView(child, parent);
        if (await FamilyCurrency.FindAsync(db, ct) != currency) return CorporateErrors.CurrencyDiffers;
        if (await CorporateLinks.TrySetAsync(db, parent, ct) is { } refused) return refused;
        await CorporateLinks.NotePayerAsync(db, time, parent, ct);
        db.Audit(time, input.Actor, "corporate.parent_set", parent.Value, link.Parent ?? "");
        await db.CommitAsync(ct);
        return new ParentView(child, parent);
    }
}
