using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Corporate;

/// <summary>Who of a parent's people looks at which child.</summary>
/// <param name="By">In the parent.</param>
/// <param name="Child">As the address names it.</param>
public sealed record ChildLook(Caller By, string Child);

/// <summary>
/// Lets a parent's people look at one child, as that child's own tenant: row-level security knows nothing of parents. That it is theirs
/// stands in the same transaction as what they see, and cannot change before it ends.
/// </summary>
public sealed class ChildDoor(TenantDbs dbs, TimeProvider time)
{
    /// <summary>Somebody who looks through page after page stands once in the child's audit trail.</summary>
    public static readonly TimeSpan NotedAgainAfter = TimeSpan.FromHours(1);

    /// <summary>What the child is, whatever has become of it.</summary>
    internal Task<Result<T>> LookAsync<T>(ChildLook look, Func<TenantTransaction, Task<Result<T>>> read, CancellationToken ct) => LookAsync(look, mustBeOpen: false, read, ct);

    /// <summary>What the child has: no more than its own people would see, which is nothing once it is closed.</summary>
    internal Task<Result<T>> LookInsideAsync<T>(ChildLook look, Func<TenantTransaction, Task<Result<T>>> read, CancellationToken ct) => LookAsync(look, mustBeOpen: true, read, ct);

    private async Task<Result<T>> LookAsync<T>(ChildLook look, bool mustBeOpen, Func<TenantTransaction, Task<Result<T>>> read, CancellationToken ct)
    {
        if (!TenantId.TryParse(look.Child, out var child)) return GetTenant.NotFound;
        await using var db = await dbs.BeginAsync(child, ct);
        if (await CorporateLinks.FindStatusAsync(db, look.By.Tenant!.Value, ct) is not { } status) return GetTenant.NotFound;
        if (mustBeOpen && status == "terminated") return AccessErrors.TenantNotInService;
        var seen = await read(db);
        await NoteAsync(db, look.By, ct);
        await db.CommitAsync(ct);
        return seen;
    }

    private async Task NoteAsync(TenantTransaction db, Caller by, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (!await db.FindAsync(NoteVisit, row => row.GetBoolean(0), ct, P.Text(by.Actor), P.Time(now), P.Time(now - NotedAgainAfter))) return;
        db.Audit(time, by.Actor, "corporate.looked", by.Tenant!.Value.Value, by.Role);
    }

    private const string NoteVisit = """
        insert into fleet.overseer_visits as v (tenant_id, actor, noted_at)
        values ($1, $2, $3)
        on conflict (tenant_id, actor) do update
        set noted_at = excluded.noted_at
        where v.noted_at <= $4
        returning true
        """;
}
