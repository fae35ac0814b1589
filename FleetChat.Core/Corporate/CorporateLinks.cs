using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Corporate;

/// <summary>Whose child a company is. It stands in the child's own row, and nowhere else.</summary>
internal static class CorporateLinks
{
    private const string FindStatus = """
        select t.status
        from directory.tenants d
        join fleet.tenants t on t.tenant_id = d.tenant_id
        where d.tenant_id = $1
          and d.parent_tenant_id = $2
        for share of d
        """;

    /// <summary>The child's status; until the transaction ends it stays this parent's child.</summary>
    /// <returns>Null if the company does not exist, or is no child of this parent.</returns>
    public static Task<string?> FindStatusAsync(TenantTransaction child, TenantId parent, CancellationToken ct)
        => child.FindAsync(FindStatus, row => row.GetString(0), ct, P.Text(parent.Value));

    private const string Lock = """
        select parent_tenant_id
        from directory.tenants
        where tenant_id = $1
        for no key update
        """;

    /// <returns>Null if the company does not exist.</returns>
    public static Task<CorporateLink?> LockAsync(TenantTransaction child, CancellationToken ct) => child.FindAsync(Lock, row => new CorporateLink(row.TextOrNull(0)), ct);

    /// <returns>Null if no such company exists, or it is out of service or leaving.</returns>
    public static async Task<TenantId?> FindParentAsync(TenantDbs dbs, string? named, CancellationToken ct)
        => TenantId.TryParse(named, out var parent) && await SupportGrants.FindTenantStatusAsync(dbs.For(parent), ct) is not (null or "suspended" or "terminating" or "terminated") ? parent : null;

    private const string FindParent = """
        select parent_tenant_id
        from directory.tenants
        where tenant_id = $1
        """;

    /// <returns>Null: it is nobody's child.</returns>
    public static async Task<TenantId?> FindParentAsync(TenantDb child, CancellationToken ct)
        => await child.FindAsync(FindParent, row => row.TextOrNull(0), ct) is { } parent ? TenantId.Parse(parent) : null;

    private const string ListChildren = """
        select tenant_id
        from directory.tenants
        where parent_tenant_id = $1
        order by tenant_id
        """;

    /// <summary>By id.</summary>
    public static Task<List<TenantId>> ListChildrenAsync(SystemDb system, TenantId parent, CancellationToken ct)
        => system.ListAsync(ListChildren, row => TenantId.Parse(row.GetString(0)), ct, P.Text(parent.Value));

    private const string Set = """
        update directory.tenants
        set parent_tenant_id = $2
        where tenant_id = $1
        """;

    /// <returns>Null: it is done. Else the transaction is of no use any more.</returns>
    public static async Task<Error?> TrySetAsync(TenantTransaction child, TenantId? parent, CancellationToken ct)
    {
        try
        {
            await child.ExecuteAsync(Set, ct, P.Text(parent?.Value));
            return null;
        }
        // Companies that become each other's children at once wait for each other until Postgres ends one: it would have been a second level.
        catch (PostgresException refused) when (refused.ConstraintName == "tenants_parent" || refused.SqlState == PostgresErrorCodes.DeadlockDetected)
        {
            return CorporateErrors.OneLevel;
        }
    }

    /// <summary>Who pays from now on: taken after the books are held, so that nobody closes a month that ended after that moment without knowing.</summary>
    public static async Task NotePayerAsync(TenantTransaction child, TimeProvider time, TenantId? parent, CancellationToken ct)
    {
        await Books.ShareAsync(child, ct);
        await child.WriteAsync(PayerTerms.Note, ct, P.Time(time.GetUtcNow()), P.Text(parent?.Value));
    }
}

/// <param name="Parent">Null: it is nobody's child.</param>
internal sealed record CorporateLink(string? Parent);
